package access

import (
	"context"
	"fmt"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// ConfirmLife is how long a session counts as confirmed after its user gave a code.
const ConfirmLife = 15 * time.Minute

// ErrUnconfirmed is returned for what needs a session that was confirmed with a TOTP code.
var ErrUnconfirmed = fault.New(fault.Precondition, "TOTP_REQUIRED", "confirm the session with a TOTP code: it counts for %d minutes", int(ConfirmLife.Minutes()))

// Admit counts an attempt of a signed-in user to show that it knows its password or has its authenticator; whoever takes the
// attempt gives it back when it succeeds. Codes UNAUTHENTICATED, FORBIDDEN, SIGN_IN_THROTTLED.
func (s *Service) Admit(ctx context.Context, by Caller) error {
	userID, err := by.User()
	if err != nil {
		return err
	}
	return s.attempt(ctx, []subject{secretsOfUser.of(userID.String())})
}

// ConfirmSession notes that the caller's user has its authenticator at hand now, by one of its codes or a recovery code.
// Codes UNAUTHENTICATED, FORBIDDEN, TOTP_OFF, TOTP_INVALID.
func (s *Service) ConfirmSession(tx *models.Tx, by Caller, code string) (models.Session, error) {
	userID, err := by.User()
	if err != nil {
		return models.Session{}, err
	}
	if err := s.useCode(tx, userID, code); err != nil {
		return models.Session{}, err
	}
	if err := s.noteConfirmed(tx, by); err != nil {
		return models.Session{}, err
	}
	var row models.Session
	if err := tx.Where("id = ?", by.SessionID).Take(&row).Error; err != nil {
		return row, fmt.Errorf("read session: %w", err)
	}
	return row, nil
}

func (s *Service) noteConfirmed(tx *models.Tx, by Caller) error {
	if err := tx.Model(&models.Session{}).Where("id = ?", by.SessionID).Update("confirmed_at", tx.Now).Error; err != nil {
		return fmt.Errorf("confirm session: %w", err)
	}
	return forget(tx, secretsOfUser.of(by.UserID.String()))
}

// HasConfirmed tells whether the caller's session was confirmed within ConfirmLife. Nobody asks the command line or the
// server itself for a code: whoever runs the program is trusted.
func (c Caller) HasConfirmed(now time.Time) bool {
	if c.UserID.IsZero() {
		return !c.IsAnonymous() && !c.IsKey()
	}
	return c.confirmedAt != nil && now.Sub(*c.confirmedAt) < ConfirmLife
}

// MustBeConfirmed refuses a caller whose session was not confirmed lately, where the merchant requires TOTP for payouts or
// the user has it. An API key has no session: it is refused where the merchant requires one. Code TOTP_REQUIRED.
func (c Caller) MustBeConfirmed(tx *models.Tx) error {
	if c.HasConfirmed(tx.Now) {
		return nil
	}
	var asking int64
	err := tx.Raw("SELECT (SELECT COUNT(*) FROM merchants WHERE id = ? AND totp_for_payouts) + (SELECT COUNT(*) FROM totps WHERE user_id = ? AND confirmed_at IS NOT NULL)",
		c.MerchantID, c.UserID).Scan(&asking).Error
	switch {
	case err != nil:
		return fmt.Errorf("read who asks for TOTP: %w", err)
	case asking > 0:
		return ErrUnconfirmed
	}
	return nil
}
