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
	ErrInvitedElse = fault.New(fault.Conflict, "INVITE_OPEN", "this address is with another merchant and not confirmed yet").On("email")
)

// Invite makes a login without a password for an address that has none, and a token with which its owner sets the first one,
// once and within InviteLife: nobody else ever knows it, and without one nobody signs in. For a login that was invited before
// and has no password yet it makes another token, which takes the place of the first; one with a password gets none. But
// who signed up with an address and never confirmed it may be anybody: such a login loses its password and its sessions, and is
// invited as if it were new. Codes EMAIL_INVALID, NAME_MISSING, NAME_TOO_LONG, INVITE_OPEN.
func (s *Service) Invite(tx *models.Tx, by Caller, email, name string) (models.User, string, error) {
	user, err := s.UserByEmail(tx, email)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		user, err = s.CreateUser(tx, email, name, "")
		if errors.Is(err, ErrEmailTaken) {
			err = models.ErrRetry // somebody made the login after we looked
		}
	}
	if err != nil || user.PasswordHash != "" && user.EmailVerifiedAt != nil {
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
	if user.PasswordHash != "" {
		if err := tx.Model(&models.User{}).Where("id = ?", user.ID).Update("password_hash", "").Error; err != nil {
			return user, "", fmt.Errorf("take password away: %w", err)
		}
		if err := s.EndSessions(tx, user.ID); err != nil {
			return user, "", err
		}
	}
	if err := endInvites(tx, user.ID); err != nil {
		return user, "", err
	}
	token, err := newToken()
	if err != nil {
		return user, "", err
	}
	err = tx.Create(&models.StaffInvite{ID: models.NewID(), UserID: user.ID, TokenHash: models.HashOf([]byte(token)), InvitedBy: by.Name,
		ExpiresAt: tx.Now.Add(InviteLife), CreatedAt: tx.Now}).Error
	if err != nil {
		return user, "", fmt.Errorf("create invitation: %w", err)
	}
	return user, token, nil
}

// endInvites ends the invitations of a login that are open.
func endInvites(tx *models.Tx, userID models.ID) error {
	err := tx.Model(&models.StaffInvite{}).Where("user_id = ? AND used_at IS NULL", userID).Update("used_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("end invitations: %w", err)
	}
	return nil
}

func newToken() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// AcceptInvite sets the first password of the login that a token is for; who has it read the mail, so the address is
// confirmed. Code INVITE_INVALID.
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
	set := tx.Model(&models.User{}).Where("id = ? AND password_hash = ?", invite.UserID, "").
		Updates(map[string]any{"password_hash": passwordHash, "email_verified_at": tx.Now})
	if err := models.MustAffectOne(set, ErrInvite); err != nil {
		return models.User{}, err
	}
	return userOf(tx, invite.UserID)
}
