package notify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// What Standard Webhooks says of secrets and signatures.
const (
	secretPrefix  = "whsec_"
	secretBytes   = 24
	signedVersion = "v1,"
)

// OldSecretLife is how long the secret before a rotation signs beside the new one.
const OldSecretLife = 24 * time.Hour

// ErrNoVault is returned where a secret could not be had again.
var ErrNoVault = fault.New(fault.Precondition, "SECRET_NOT_KEPT", "endpoints are kept only where TRIBUTARY_SECRET is set")

// newSecret makes a secret and seals it for an endpoint. Code SECRET_NOT_KEPT.
func (s *Service) newSecret(endpointID models.ID) (text string, sealed []byte, err error) {
	if s.vault == nil {
		return "", nil, ErrNoVault
	}
	raw := make([]byte, secretBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", nil, fmt.Errorf("read randomness: %w", err)
	}
	text = secretPrefix + base64.StdEncoding.EncodeToString(raw)
	sealed, err = s.vault.Seal(text, aboutSecret(endpointID))
	return text, sealed, err
}

func aboutSecret(endpointID models.ID) string { return "webhook endpoint " + endpointID.String() }

// errSecretLost marks a secret that cannot be opened, since TRIBUTARY_SECRET was another when it was sealed.
var errSecretLost = errors.New("the secret cannot be read any more")

// signatures signs a body with each secret that is good now, the latest first, separated by spaces. One before a rotation that cannot
// be opened is left out; it is what a rotation is for.
func signatures(vault *access.Vault, e models.WebhookEndpoint, now time.Time, id, body string) (string, error) {
	sealed := [][]byte{e.Secret}
	if e.OldUntil != nil && now.Before(*e.OldUntil) {
		sealed = append(sealed, e.OldSecret)
	}
	var texts []string
	for i, s := range sealed {
		secret, err := vault.Open(s, aboutSecret(e.ID))
		switch {
		case err != nil && i > 0:
			continue
		case err != nil:
			return "", fmt.Errorf("%w: %w", errSecretLost, err)
		}
		text, err := sign(secret, id, now, body)
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " "), nil
}

func sign(secret, id string, at time.Time, body string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", fmt.Errorf("decode secret: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "." + body))
	return signedVersion + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
