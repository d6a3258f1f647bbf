package program

import (
	"crypto/rand"
	"regexp"

	"tributary/internal/fault"
)

// Codes are case-exact. Letters that people confuse are left out of those we make.
var codeShape = regexp.MustCompile(`^[A-Za-z0-9_-]{3,40}$`)

const (
	codeRule       = "a code has 3 to 40 letters, digits, hyphens and underscores"
	tagRule        = "a tag has 1 to 40 lower-case letters, digits, hyphens and underscores"
	codeLetters    = "abcdefghjkmnpqrstuvwxyz23456789"
	madeCodeLength = 10
)

// ErrCodeTaken is returned for a code that is in use.
var ErrCodeTaken = fault.New(fault.Conflict, "CODE_TAKEN", "this code is taken").On("code")

// codeOr checks a wished code, or makes one: ten of 31 letters, so 50 bits.
func codeOr(field, wish string) (string, error) {
	if wish != "" {
		if !codeShape.MatchString(wish) {
			return "", fault.InvalidField(field, "CODE_INVALID", codeRule)
		}
		return wish, nil
	}
	code := make([]byte, 0, madeCodeLength)
	raw := make([]byte, 4*madeCodeLength)
	for len(code) < madeCodeLength {
		if _, err := rand.Read(raw); err != nil {
			return "", err
		}
		for _, b := range raw {
			// 248 is the largest multiple of 31 in a byte: above it letters would not be equally likely.
			if int(b) < 248 && len(code) < madeCodeLength {
				code = append(code, codeLetters[int(b)%len(codeLetters)])
			}
		}
	}
	return string(code), nil
}
