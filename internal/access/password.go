package access

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"

	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/models"
)

// The limits of a password, in bytes.
const (
	minPasswordBytes = 10
	maxPasswordBytes = 200
)

// HashPassword hashes a password for storing; it takes about a tenth of a second, so call it outside transactions.
// Code PASSWORD_INVALID on field password.
func (s *Service) HashPassword(password string) (string, error) {
	if len(password) < minPasswordBytes || len(password) > maxPasswordBytes {
		return "", fault.InvalidField("password", "PASSWORD_INVALID", "a password has %d to %d bytes", minPasswordBytes, maxPasswordBytes)
	}
	hash, err := argon2id.CreateHash(password, s.hashing)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// matches tells whether a password is the one of a hash. One that is longer than any may be is not: it is not worth hashing.
func matches(password, hash string) (bool, error) {
	if len(password) > maxPasswordBytes {
		return false, nil
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

// ErrPasswordWrong is returned when a signed-in user does not know its password.
var ErrPasswordWrong = fault.InvalidField("password", "PASSWORD_WRONG", "the password is wrong")

// PasswordCheck is what a look at the caller's password came to. The look takes as long as hashing, so it is had before the
// transaction in which it counts.
type PasswordCheck struct {
	userID models.ID
	hash   string // the one that the password was found to be right for
	err    error
}

// CheckPassword looks whether the caller knows its password; attempts are counted. What it found, and the codes UNAUTHENTICATED,
// FORBIDDEN, SIGN_IN_THROTTLED and PASSWORD_WRONG, comes out where the check counts.
func (s *Service) CheckPassword(ctx context.Context, by Caller, password string) PasswordCheck {
	if err := s.Admit(ctx, by); err != nil {
		return PasswordCheck{err: err}
	}
	userID := by.UserID
	var user models.User
	if err := s.db.Read(ctx).Where("id = ?", userID).Take(&user).Error; err != nil {
		return PasswordCheck{err: fmt.Errorf("read user: %w", err)}
	}
	ok, err := matches(password, user.PasswordHash)
	if err != nil || !ok {
		return PasswordCheck{err: ErrPasswordWrong}
	}
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error { return giveBack(tx, []subject{secretsOfUser.of(userID.String())}) })
	return PasswordCheck{userID: userID, hash: user.PasswordHash, err: err}
}

// ChangePassword sets the caller's password and ends all its sessions but the one it calls with; the user is told by mail.
// Codes UNAUTHENTICATED, FORBIDDEN, PASSWORD_WRONG.
func (s *Service) ChangePassword(tx *models.Tx, by Caller, seen PasswordCheck, newHash string) (models.User, error) {
	if seen.err != nil {
		return models.User{}, seen.err
	}
	set := tx.Model(&models.User{}).Where("id = ? AND password_hash = ?", seen.userID, seen.hash).Update("password_hash", newHash)
	if err := models.MustAffectOne(set, ErrPasswordWrong); err != nil { // somebody changed it after we looked
		return models.User{}, err
	}
	if err := endWhere(tx, "user_id = ? AND id <> ?", seen.userID, by.SessionID); err != nil {
		return models.User{}, err
	}
	user, err := userOf(tx, seen.userID)
	if err != nil {
		return user, err
	}
	return user, s.Write(tx, mail.Letter{Kind: models.MailKindPasswordChanged, To: user.Email, Words: mail.Words{Name: user.Name}})
}
