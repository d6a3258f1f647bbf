package access

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/models"
)

// The limits of a key's life: how far ahead its end may be, and how long a key works on beside the one that takes its place.
const (
	MaxKeyLife      = 10 * 365 * 24 * time.Hour
	MaxOverlapHours = 168
)

// The refusals around a key's life.
var (
	ErrKeyMissing = fault.NotFoundf("API_KEY_NOT_FOUND", "API key")
	ErrKeyEnded   = fault.New(fault.Precondition, "API_KEY_ENDED", "the key is over; make another")
	ErrKeyRotated = fault.New(fault.Conflict, "API_KEY_ROTATED", "another key has taken the place of this one already")
	ErrKeyExpiry  = fault.InvalidField("expiresAt", "EXPIRY_INVALID", "a key ends in the future, within ten years")
	ErrKeyOverlap = fault.InvalidField("overlapHours", "OVERLAP_INVALID", "a key works on for 0 to %d hours", MaxOverlapHours)
)

func checkExpiry(expiresAt *time.Time, now time.Time) (*time.Time, error) {
	if expiresAt == nil {
		return nil, nil
	}
	at := models.Instant(*expiresAt)
	if !at.After(now) || at.Sub(now) > MaxKeyLife {
		return nil, ErrKeyExpiry
	}
	return &at, nil
}

// RotateAPIKey makes a key that takes the place of another: with its name, its scopes and as long a life. The other one works
// on for so many hours, 0 to MaxOverlapHours, but no longer than it would have. A key is rotated once, and by who has all of
// its scopes. It gives the new key with its text, which is not shown again, and the other one. Codes UNAUTHENTICATED,
// FORBIDDEN, OVERLAP_INVALID, API_KEY_NOT_FOUND, API_KEY_ENDED, API_KEY_ROTATED.
func (s *Service) RotateAPIKey(tx *models.Tx, by Caller, id models.ID, overlapHours int) (next models.APIKey, text string, old models.APIKey, err error) {
	merchantID, err := by.Can(KeysWrite)
	if err != nil {
		return next, "", old, err
	}
	if overlapHours < 0 || overlapHours > MaxOverlapHours {
		return next, "", old, ErrKeyOverlap
	}
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ? AND merchant_id = ?", id, merchantID).Take(&old).Error
	switch {
	case models.IsMissing(err):
		return next, "", old, ErrKeyMissing
	case err != nil:
		return next, "", old, fmt.Errorf("read API key: %w", err)
	case isOver(old, tx.Now):
		return next, "", old, ErrKeyEnded
	case old.ReplacedBy != nil:
		return next, "", old, ErrKeyRotated
	}
	for _, scope := range strings.Fields(old.Scopes) {
		if !by.has(Scope(scope)) {
			return next, "", old, ErrForbidden
		}
	}
	next = models.APIKey{MerchantID: merchantID, Name: old.Name, Scopes: old.Scopes}
	if old.ExpiresAt != nil {
		at := tx.Now.Add(old.ExpiresAt.Sub(old.CreatedAt))
		next.ExpiresAt = &at
	}
	if next, text, err = addKey(tx, by, next); err != nil {
		return next, "", old, err
	}
	end := tx.Now.Add(time.Duration(overlapHours) * time.Hour)
	if old.ExpiresAt == nil || end.Before(*old.ExpiresAt) {
		old.ExpiresAt = &end
	}
	old.ReplacedBy = &next.ID
	err = tx.Model(&models.APIKey{}).Where("id = ?", id).Updates(map[string]any{"expires_at": old.ExpiresAt, "replaced_by": next.ID}).Error
	if err != nil {
		return next, "", old, fmt.Errorf("end API key: %w", err)
	}
	return next, text, old, nil
}

// isOver tells whether a key works no longer.
func isOver(row models.APIKey, now time.Time) bool {
	return row.RevokedAt != nil || row.ExpiresAt != nil && !row.ExpiresAt.After(now)
}
