package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// A key reads "trib_<prefix>_<secret>": the prefix finds the row, the hash of the whole proves it.
const (
	keyMark         = "trib_"
	keyCaller       = "apikey:" // begins the name of a caller that is a key
	keyPrefixChars  = 12
	keySecretBytes  = 32
	maxKeyNameRunes = 100
	lastUsedGrain   = time.Hour // last_used_at is written at most once in this time
)

var keyLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func isAPIKey(credential string) bool { return strings.HasPrefix(credential, keyMark) }

// APIKeyInput says what a key is for, what it may do and until when.
type APIKeyInput struct {
	Name      string
	Scopes    []Scope
	ExpiresAt *time.Time // nil for a key that works until it is revoked
}

// CreateAPIKey makes a key for the caller's merchant and gives its text, which is not stored and not shown again.
// The caller cannot give scopes it does not have. Codes UNAUTHENTICATED, FORBIDDEN, EMAIL_UNVERIFIED, NAME_MISSING,
// NAME_TOO_LONG, SCOPE_UNKNOWN, EXPIRY_INVALID.
func (s *Service) CreateAPIKey(tx *models.Tx, by Caller, in APIKeyInput) (models.APIKey, string, error) {
	merchantID, err := by.Can(KeysWrite)
	if err != nil {
		return models.APIKey{}, "", err
	}
	if err := by.MustBeVerified(); err != nil {
		return models.APIKey{}, "", err
	}
	name, err := NormalName(in.Name)
	if err != nil {
		return models.APIKey{}, "", err
	}
	expiresAt, err := checkExpiry(in.ExpiresAt, tx.Now)
	if err != nil {
		return models.APIKey{}, "", err
	}
	if len([]rune(name)) > maxKeyNameRunes {
		return models.APIKey{}, "", fault.InvalidField("name", "NAME_TOO_LONG", "the name of a key has at most %d characters", maxKeyNameRunes)
	}
	texts := make([]string, 0, len(in.Scopes))
	for _, scope := range in.Scopes {
		if !slices.Contains(AllScopes, scope) {
			return models.APIKey{}, "", fault.InvalidField("scopes", "SCOPE_UNKNOWN", "there is no scope %q", string(scope))
		}
		if !by.has(scope) {
			return models.APIKey{}, "", ErrForbidden
		}
		texts = append(texts, string(scope))
	}
	slices.Sort(texts)
	return addKey(tx, by, models.APIKey{MerchantID: merchantID, Name: name, Scopes: strings.Join(slices.Compact(texts), " "), ExpiresAt: expiresAt})
}

// addKey gives a key its secret and stores it.
func addKey(tx *models.Tx, by Caller, row models.APIKey) (models.APIKey, string, error) {
	raw := make([]byte, keySecretBytes+keyPrefixChars)
	if _, err := rand.Read(raw); err != nil {
		return models.APIKey{}, "", fmt.Errorf("read randomness: %w", err)
	}
	letters := keyLetters.EncodeToString(raw)
	key := keyMark + letters[:keyPrefixChars] + "_" + letters[keyPrefixChars:]
	row.ID, row.Prefix, row.SecretHash = models.NewID(), letters[:keyPrefixChars], models.HashOf([]byte(key))
	row.CreatedBy, row.CreatedAt = by.person(), tx.Now
	if err := tx.Create(&row).Error; err != nil {
		return models.APIKey{}, "", fmt.Errorf("create API key: %w", err)
	}
	return row, key, nil
}

// RevokeAPIKey ends a key at once. Revoking a revoked key changes nothing. Codes UNAUTHENTICATED, FORBIDDEN,
// API_KEY_NOT_FOUND.
func (s *Service) RevokeAPIKey(tx *models.Tx, by Caller, id models.ID) (models.APIKey, error) {
	merchantID, err := by.Can(KeysWrite)
	if err != nil {
		return models.APIKey{}, err
	}
	var row models.APIKey
	if err := tx.Where("id = ? AND merchant_id = ?", id, merchantID).Take(&row).Error; err != nil {
		if models.IsMissing(err) {
			return models.APIKey{}, ErrKeyMissing
		}
		return models.APIKey{}, fmt.Errorf("read API key: %w", err)
	}
	if row.RevokedAt != nil {
		return row, nil
	}
	row.RevokedAt = &tx.Now
	err = tx.Model(&models.APIKey{}).Where("id = ? AND revoked_at IS NULL", id).Update("revoked_at", tx.Now).Error
	return row, err
}

// APIKeys lists the caller's merchant's keys. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) APIKeys(ctx context.Context, by Caller, page models.Page) (models.Slice[models.APIKey], error) {
	merchantID, err := by.Can(KeysWrite)
	if err != nil {
		return models.Slice[models.APIKey]{}, err
	}
	return models.FetchPage[models.APIKey](s.db.Read(ctx).Where("merchant_id = ?", merchantID), "id", page)
}

func (s *Service) callerOfKey(ctx context.Context, key string) (Caller, error) {
	prefix, _, ok := strings.Cut(strings.TrimPrefix(key, keyMark), "_")
	if !ok || !isPrintable(prefix) { // MySQL refuses to compare a column of ASCII with other letters
		return Caller{}, ErrUnauthenticated
	}
	row, err := s.keys.do(ctx, prefix, func(ctx context.Context) (row models.APIKey, err error) {
		err = s.db.Read(ctx).Where("prefix = ?", prefix).Take(&row).Error
		return row, err
	})
	if models.IsMissing(err) {
		return Caller{}, ErrUnauthenticated
	}
	if err != nil {
		return Caller{}, fmt.Errorf("read API key: %w", err)
	}
	sum := models.HashOf([]byte(key))
	if subtle.ConstantTimeCompare(sum[:], row.SecretHash[:]) != 1 || isOver(row, s.db.Now()) {
		return Caller{}, ErrUnauthenticated
	}
	if err := s.noteUse(ctx, row); err != nil {
		return Caller{}, err
	}
	caller := Caller{Name: keyCaller + row.ID.String(), MerchantID: row.MerchantID, behind: row.CreatedBy}
	for _, scope := range strings.Fields(row.Scopes) {
		caller.scopes = append(caller.scopes, Scope(scope))
	}
	return caller, nil
}

func (s *Service) noteUse(ctx context.Context, row models.APIKey) error {
	if row.LastUsedAt != nil && s.db.Now().Sub(*row.LastUsedAt) < lastUsedGrain {
		return nil
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		return tx.Model(&models.APIKey{}).Where("id = ?", row.ID).Update("last_used_at", tx.Now).Error
	})
}
