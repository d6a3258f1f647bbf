package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/models"
)

// RecoveryCodes is how many codes a user gets for the day on which the authenticator is lost. Each counts once.
const RecoveryCodes = 10

const (
	totpPeriod        = 30 // seconds
	totpDigits        = 6
	totpSkew          = 1  // periods before and after the present one in which a code counts
	recoveryCodeBytes = 10 // 80 bits: too many to be found by their hash
	recoveryGroup     = 4  // letters between two hyphens
)

// ErrTOTPInvalid is returned for a code that is wrong, out of date, or was used before.
var ErrTOTPInvalid = fault.InvalidField("totpCode", "TOTP_INVALID", "the code is wrong, out of date or was used before")

// lockTOTP reads a user's TOTP, confirmed or not, and keeps others from it.
func lockTOTP(tx *models.Tx, userID models.ID) (row models.TOTP, found bool, err error) {
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("user_id = ?", userID).Take(&row).Error
	if models.IsMissing(err) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("read TOTP: %w", err)
	}
	return row, true, nil
}

// HasTOTP tells whether a user's TOTP is on, and how many recovery codes are left.
func (s *Service) HasTOTP(ctx context.Context, userID models.ID) (on bool, codesLeft int, err error) {
	var row struct{ On, Codes int }
	err = s.db.Read(ctx).Raw("SELECT (SELECT COUNT(*) FROM totps WHERE user_id = ? AND confirmed_at IS NOT NULL) AS `on`,"+
		" (SELECT COUNT(*) FROM recovery_codes WHERE user_id = ? AND used_at IS NULL) AS codes", userID, userID).Scan(&row).Error
	if err != nil {
		return false, 0, fmt.Errorf("read TOTP: %w", err)
	}
	return row.On > 0, row.Codes, nil
}

// useCode takes a code of a user's authenticator, or one of its recovery codes: each once. Codes TOTP_OFF, TOTP_INVALID.
func (s *Service) useCode(tx *models.Tx, userID models.ID, code string) error {
	row, found, err := lockTOTP(tx, userID)
	switch {
	case err != nil:
		return err
	case !found || row.ConfirmedAt == nil:
		return ErrTOTPOff
	case len(strings.TrimSpace(code)) == totpDigits:
		return s.useTOTP(tx, row, code)
	}
	use := tx.Model(&models.RecoveryCode{}).Where("user_id = ? AND code_hash = ? AND used_at IS NULL", userID, hashRecoveryCode(code)).Update("used_at", tx.Now)
	return models.MustAffectOne(use, ErrTOTPInvalid)
}

// useTOTP takes a code of an authenticator. A code counts once, and none that is older than one that counted.
func (s *Service) useTOTP(tx *models.Tx, row models.TOTP, code string) error {
	if s.vault == nil {
		return ErrTOTPKept
	}
	secret, err := s.vault.Open(row.Secret, totpOf(row.UserID))
	if err != nil {
		return err
	}
	now := tx.Now.Unix() / totpPeriod
	for counter := max(now-totpSkew, row.LastCounter+1); counter <= now+totpSkew; counter++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(counter), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return fmt.Errorf("make TOTP code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(strings.TrimSpace(code))) != 1 {
			continue
		}
		use := tx.Model(&models.TOTP{}).Where("user_id = ? AND last_counter < ?", row.UserID, counter).Update("last_counter", counter)
		return models.MustAffectOne(use, ErrTOTPInvalid)
	}
	return ErrTOTPInvalid
}

// newRecoveryCodes makes a user's recovery codes and gives their texts.
func newRecoveryCodes(tx *models.Tx, userID models.ID) ([]string, error) {
	codes, rows := make([]string, RecoveryCodes), make([]models.RecoveryCode, RecoveryCodes)
	for i := range codes {
		raw := make([]byte, recoveryCodeBytes)
		if _, err := rand.Read(raw); err != nil {
			return nil, fmt.Errorf("read randomness: %w", err)
		}
		letters := keyLetters.EncodeToString(raw)
		var groups []string
		for at := 0; at < len(letters); at += recoveryGroup {
			groups = append(groups, letters[at:at+recoveryGroup])
		}
		codes[i] = strings.Join(groups, "-")
		rows[i] = models.RecoveryCode{UserID: userID, CodeHash: hashRecoveryCode(codes[i])}
	}
	if err := tx.Create(&rows).Error; err != nil {
		return nil, fmt.Errorf("create recovery codes: %w", err)
	}
	return codes, nil
}

// hashRecoveryCode hashes what a person typed: hyphens, spaces and upper case do not matter.
func hashRecoveryCode(code string) models.Hash {
	return models.HashOf([]byte(strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))))
}
