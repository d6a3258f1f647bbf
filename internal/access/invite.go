package access

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// InviteLife is how long somebody who joins a merchant's staff may wait before setting the first password.
const InviteLife = 14 * 24 * time.Hour

// The refusals around invitations.
var (
	ErrInvite      = fault.InvalidField("inviteToken", "INVITE_INVALID", "the invitation is unknown, used or out of date")
	ErrInvitedElse = fault.New(fault.Conflict, "INVITE_OPEN", "another merchant invited this address; it must set its password first").On("email")
)

// Invite makes a login without a password for an address that has none, and a token with which its owner sets the first one,
// once and within InviteLife: nobody else ever knows it, and without one nobody signs in. For a login that was invited before
// and has no password yet it makes another token, which takes the place of the first; one with a password gets none.
// Codes EMAIL_INVALID, NAME_MISSING, NAME_TOO_LONG, INVITE_OPEN.
func (s *Service) Invite(tx *models.Tx, by Caller, email, name string) (models.User, string, error) {
	user, err := s.UserByEmail(tx, email)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		user, err = s.CreateUser(tx, email, name, "")
		if errors.Is(err, ErrEmailTaken) {
			err = models.ErrRetry // somebody made the login after we looked
		}
	}
	if err != nil || user.PasswordHash != "" {
		return user, "", err
	}
	// Whoever has the token gets every role of the login.
	var elsewhere int64
	if err := tx.Model(&models.Staff{}).Where("user_id = ? AND merchant_id <> ?", user.ID, by.MerchantID).Count(&elsewhere).Error; err != nil {
		return user, "", fmt.Errorf("read staff: %w", err)
	}
	if elsewhere > 0 {
		return user, "", ErrInvitedElse
	}
	token, err := newToken()
	if err != nil {
		return user, "", err
	}
	err = tx.Model(&models.StaffInvite{}).Where("user_id = ? AND used_at IS NULL", user.ID).Update("used_at", tx.Now).Error
	if err != nil {
		return user, "", fmt.Errorf("end invitations: %w", err)
	}
	err = tx.Create(&models.StaffInvite{ID: models.NewID(), UserID: user.ID, TokenHash: models.HashOf([]byte(token)), InvitedBy: by.Name,
		ExpiresAt: tx.Now.Add(InviteLife), CreatedAt: tx.Now}).Error
	if err != nil {
		return user, "", fmt.Errorf("create invitation: %w", err)
	}
	return user, token, nil
}

func newToken() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// AcceptInvite sets the first password of the login that a token is for. Code INVITE_INVALID.
func (s *Service) AcceptInvite(tx *models.Tx, token, passwordHash string) (models.User, error) {
	var invite models.StaffInvite
	err := tx.Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", models.HashOf([]byte(token)), tx.Now).Take(&invite).Error
	if models.IsMissing(err) {
		return models.User{}, ErrInvite
	}
	if err != nil {
		return models.User{}, fmt.Errorf("read invitation: %w", err)
	}
	use := tx.Model(&models.StaffInvite{}).Where("id = ? AND used_at IS NULL", invite.ID).Update("used_at", tx.Now)
	if err := models.MustAffectOne(use, ErrInvite); err != nil {
		return models.User{}, err
	}
	set := tx.Model(&models.User{}).Where("id = ? AND password_hash = ?", invite.UserID, "").Update("password_hash", passwordHash)
	if err := models.MustAffectOne(set, ErrInvite); err != nil {
		return models.User{}, err
	}
	var user models.User
	if err := tx.Where("id = ?", invite.UserID).Take(&user).Error; err != nil {
		return user, fmt.Errorf("read user: %w", err)
	}
	return user, nil
}
