package access

import (
	"crypto/rand"
	"fmt"

	"github.com/pquerna/otp/totp"

	"tributary/internal/fault"
	"tributary/models"
)

const (
	totpIssuer      = "Tributary" // as an authenticator shows it
	totpSecretBytes = 20
)

// The refusals around TOTP.
var (
	ErrTOTPOn      = fault.New(fault.Conflict, "TOTP_ON", "TOTP is on already")
	ErrTOTPOff     = fault.New(fault.Precondition, "TOTP_OFF", "TOTP is not on")
	ErrTOTPKept    = fault.New(fault.Precondition, "TOTP_NOT_KEPT", "TOTP is offered only where TRIBUTARY_SECRET is set")
	ErrTOTPMissing = fault.New(fault.Precondition, "TOTP_NOT_STARTED", "start TOTP first")
)

// UseVault lets users have TOTP: its secrets are sealed there. Without a vault there is none.
func (s *Service) UseVault(v *Vault) { s.vault = v }

func totpOf(userID models.ID) string { return "totp of " + userID.String() }

// NewTOTP is a secret for an authenticator, which is shown this once.
type NewTOTP struct {
	Secret string // base32
	URL    string // otpauth, for a QR code
}

// StartTOTP makes a secret for the caller; it counts once ConfirmTOTP has seen a code of it, and takes the place of one that
// was not confirmed. Codes UNAUTHENTICATED, FORBIDDEN, PASSWORD_WRONG, TOTP_ON, TOTP_NOT_KEPT.
func (s *Service) StartTOTP(tx *models.Tx, by Caller, seen PasswordCheck) (NewTOTP, error) {
	if seen.err != nil {
		return NewTOTP{}, seen.err
	}
	if s.vault == nil {
		return NewTOTP{}, ErrTOTPKept
	}
	row, found, err := lockTOTP(tx, seen.userID)
	switch {
	case err != nil:
		return NewTOTP{}, err
	case found && row.ConfirmedAt != nil:
		return NewTOTP{}, ErrTOTPOn
	}
	var user models.User
	if err := tx.Where("id = ?", seen.userID).Take(&user).Error; err != nil {
		return NewTOTP{}, fmt.Errorf("read user: %w", err)
	}
	raw := make([]byte, totpSecretBytes)
	if _, err := rand.Read(raw); err != nil {
		return NewTOTP{}, fmt.Errorf("read randomness: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: user.Email, Secret: raw})
	if err != nil {
		return NewTOTP{}, fmt.Errorf("make TOTP secret: %w", err)
	}
	sealed, err := s.vault.Seal(key.Secret(), totpOf(user.ID))
	if err != nil {
		return NewTOTP{}, err
	}
	if err := dropTOTP(tx, user.ID); err != nil {
		return NewTOTP{}, err
	}
	if err := tx.Create(&models.TOTP{UserID: user.ID, Secret: sealed, CreatedAt: tx.Now}).Error; err != nil {
		return NewTOTP{}, fmt.Errorf("create TOTP: %w", err)
	}
	return NewTOTP{Secret: key.Secret(), URL: key.URL()}, nil
}

// ConfirmTOTP turns the caller's TOTP on with a code of the secret that StartTOTP made, and gives the recovery codes, which
// are shown this once. The session counts as confirmed. Codes UNAUTHENTICATED, FORBIDDEN, TOTP_ON, TOTP_NOT_STARTED,
// TOTP_INVALID.
func (s *Service) ConfirmTOTP(tx *models.Tx, by Caller, code string) ([]string, error) {
	userID, err := by.User()
	if err != nil {
		return nil, err
	}
	row, found, err := lockTOTP(tx, userID)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, ErrTOTPMissing
	case row.ConfirmedAt != nil:
		return nil, ErrTOTPOn
	}
	if err := s.useTOTP(tx, row, code); err != nil {
		return nil, err
	}
	if err := tx.Model(&models.TOTP{}).Where("user_id = ?", userID).Update("confirmed_at", tx.Now).Error; err != nil {
		return nil, fmt.Errorf("confirm TOTP: %w", err)
	}
	codes, err := newRecoveryCodes(tx, userID)
	if err != nil {
		return nil, err
	}
	return codes, s.noteConfirmed(tx, by)
}

// DisableTOTP turns the caller's TOTP off; no session of its counts as confirmed any more. It takes the password and a code.
// Codes UNAUTHENTICATED, FORBIDDEN, PASSWORD_WRONG, TOTP_OFF, TOTP_INVALID.
func (s *Service) DisableTOTP(tx *models.Tx, by Caller, seen PasswordCheck, code string) (models.User, error) {
	if seen.err != nil {
		return models.User{}, seen.err
	}
	if err := s.useCode(tx, seen.userID, code); err != nil {
		return models.User{}, err
	}
	if err := dropTOTP(tx, seen.userID); err != nil {
		return models.User{}, err
	}
	if err := tx.Model(&models.Session{}).Where("user_id = ?", seen.userID).Update("confirmed_at", nil).Error; err != nil {
		return models.User{}, fmt.Errorf("unconfirm sessions: %w", err)
	}
	if err := forget(tx, secretsOfUser.of(seen.userID.String())); err != nil {
		return models.User{}, err
	}
	var user models.User
	if err := tx.Where("id = ?", seen.userID).Take(&user).Error; err != nil {
		return user, fmt.Errorf("read user: %w", err)
	}
	return user, nil
}

// dropTOTP removes a user's TOTP with its recovery codes.
func dropTOTP(tx *models.Tx, userID models.ID) error {
	for _, row := range []any{&models.TOTP{}, &models.RecoveryCode{}} {
		if err := tx.Where("user_id = ?", userID).Delete(row).Error; err != nil {
			return fmt.Errorf("remove TOTP: %w", err)
		}
	}
	return nil
}
