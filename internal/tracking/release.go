package tracking

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The refusals of ReleaseHold.
var (
	ErrNotHeld       = fault.New(fault.Precondition, "CONVERSION_NOT_HELD", "the conversion is not held").On("conversionId")
	ErrReasonMissing = fault.InvalidField("reason", "REASON_MISSING", "say why, for the record")
)

// ReleaseHold ends the hold of a conversion, named by any of its revisions, for a reason of 1 to 200 characters that is kept
// with who gave it: the latest revision is priced, what was refunded of it is taken off, and its customer is bound if nobody
// won it meanwhile. Releasing again changes nothing. It gives the latest revision.
// Codes UNAUTHENTICATED, FORBIDDEN, REASON_MISSING, REASON_TOO_LONG, CONVERSION_NOT_FOUND, CONVERSION_NOT_HELD.
func (s *Service) ReleaseHold(tx *models.Tx, by access.Caller, conversionID models.ID, reason string) (models.Conversion, error) {
	merchantID, err := by.Can(access.ConversionsWrite)
	if err != nil {
		return models.Conversion{}, err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "" || !utf8.ValidString(reason):
		return models.Conversion{}, ErrReasonMissing
	case utf8.RuneCountInString(reason) > maxReasonRunes:
		return models.Conversion{}, fault.InvalidField("reason", "REASON_TOO_LONG", "a reason has at most %d characters", maxReasonRunes)
	}
	c, err := takeSeen[models.Conversion](tx.Where(inMerchant, merchantID), nil, "conversion", conversionID)
	if err != nil {
		return c, err
	}
	latest, held, err := lockHold(tx, c)
	if err != nil || held.HoldReason == "" {
		return latest, err
	}
	update := tx.Model(&models.Attribution{}).Where("conversion_id = ? AND hold_reason <> ''", c.RootID).
		Updates(map[string]any{"hold_reason": "", "released_by": by.Name, "released_reason": reason, "released_at": tx.Now})
	if err := models.MustAffectOne(update, models.ErrRetry); err != nil {
		return latest, err
	}
	if latest.CustomerID != nil && latest.EnrollmentID != nil {
		if err := bind(tx, map[binding][]models.ID{{enrollmentID: *latest.EnrollmentID}: {*latest.CustomerID}}); err != nil {
			return latest, err
		}
	}
	held.HoldReason = ""
	if err := emitReleased(tx, latest, held); err != nil {
		return latest, err
	}
	return latest, enqueueAll(tx, c.RootID)
}

// lockHold locks a conversion's customer and then its first revision, as recording does, and gives its latest revision and
// its attribution, which holds it or did so before. Code CONVERSION_NOT_HELD.
func lockHold(tx *models.Tx, c models.Conversion) (models.Conversion, models.Attribution, error) {
	var held models.Attribution
	if c.CustomerID != nil {
		var customer models.Customer
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", c.CustomerID).Take(&customer).Error; err != nil {
			return c, held, fmt.Errorf("lock customer: %w", err)
		}
	}
	if _, err := lockRefunds(tx, []models.ID{c.RootID}); err != nil {
		return c, held, err
	}
	if err := tx.Where("conversion_id = ?", c.RootID).Take(&held).Error; err != nil {
		return c, held, fmt.Errorf("read attribution: %w", err)
	}
	if held.HoldReason == "" && held.ReleasedAt == nil {
		return c, held, ErrNotHeld
	}
	var latest models.Conversion
	if err := tx.Where("root_id = ?", c.RootID).Order("revision DESC").Take(&latest).Error; err != nil {
		return c, held, fmt.Errorf("read revisions: %w", err)
	}
	return latest, held, nil
}
