package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"tributary/internal/fault"
)

// Vault seals texts that are stored and must be had again, such as a merchant's key to a payment provider. What it seals
// is encrypted and authenticated (AES-256-GCM) under a key that is derived from the instance's secret, and bound to what it
// is about: moved to another row, it does not open.
type Vault struct{ aead cipher.AEAD }

// sealedV1 begins what is sealed under the first key: a later one has another number, and both can be opened meanwhile.
const sealedV1 = 1

const vaultKeyBytes = 32

// ErrSealed is returned for what does not open: it was sealed under another secret, or about something else, or changed.
var ErrSealed = fault.New(fault.Internal, "SEALED_UNREADABLE", "a stored secret does not open")

// NewVault makes the vault of an instance's secret.
func NewVault(secret string) (*Vault, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "tributary vault v1", vaultKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive vault key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("vault cipher: %w", err)
	}
	return &Vault{aead: aead}, nil
}

// Seal gives the text sealed: a version byte, a random nonce, and the ciphertext. It opens only with the same about.
func (v *Vault) Seal(text, about string) ([]byte, error) {
	sealed := make([]byte, 1+v.aead.NonceSize(), 1+v.aead.NonceSize()+len(text)+v.aead.Overhead())
	sealed[0] = sealedV1
	if _, err := rand.Read(sealed[1:]); err != nil {
		return nil, fmt.Errorf("vault nonce: %w", err)
	}
	return v.aead.Seal(sealed, sealed[1:], []byte(text), bound(about)), nil
}

// Open gives the text back. Code SEALED_UNREADABLE.
func (v *Vault) Open(sealed []byte, about string) (string, error) {
	begin := 1 + v.aead.NonceSize()
	if len(sealed) < begin || sealed[0] != sealedV1 {
		return "", ErrSealed
	}
	text, err := v.aead.Open(nil, sealed[1:begin], sealed[begin:], bound(about))
	if err != nil {
		return "", ErrSealed.Because(err)
	}
	return string(text), nil
}

// bound is the associated data: the version too, so that nobody passes one off as another.
func bound(about string) []byte { return append([]byte{sealedV1}, about...) }
