package program

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

const inviteLife = 14 * 24 * time.Hour

// The refusals of SignUpPartner.
var (
	ErrInvite       = fault.InvalidField("inviteToken", "INVITE_INVALID", "the invitation is unknown, used or out of date")
	ErrInviteNeeded = fault.New(fault.Conflict, "INVITE_NEEDED", "a merchant registered this address; use the invitation it sent").On("email")
)

// SignUpPartner makes a login and its partner. An address that a merchant registered first is taken over only with
// the merchant's invitation. Codes EMAIL_INVALID, EMAIL_TAKEN, NAME_MISSING, NAME_TOO_LONG, INVITE_INVALID, INVITE_NEEDED.
func (s *Service) SignUpPartner(tx *models.Tx, email, name, passwordHash, inviteToken string) (models.Partner, error) {
	user, err := s.access.CreateUser(tx, email, name, passwordHash)
	if err != nil {
		return models.Partner{}, err
	}
	if inviteToken != "" {
		return s.claim(tx, user, inviteToken)
	}
	p := models.Partner{ID: models.NewID(), UserID: &user.ID, Email: user.Email, Name: user.Name, CreatedAt: tx.Now}
	if err := tx.Create(&p).Error; err != nil {
		if models.IsDuplicate(err) {
			return p, ErrInviteNeeded
		}
		return p, fmt.Errorf("create partner: %w", err)
	}
	return p, nil
}

func (s *Service) claim(tx *models.Tx, user models.User, token string) (models.Partner, error) {
	var invite models.PartnerInvite
	err := tx.Where("token_hash = ? AND used_at IS NULL AND expires_at > ?", models.HashOf([]byte(token)), tx.Now).Take(&invite).Error
	if models.IsMissing(err) {
		return models.Partner{}, ErrInvite
	}
	if err != nil {
		return models.Partner{}, fmt.Errorf("read invitation: %w", err)
	}
	use := tx.Model(&models.PartnerInvite{}).Where("id = ? AND used_at IS NULL", invite.ID).Update("used_at", tx.Now)
	if err := models.MustAffectOne(use, ErrInvite); err != nil {
		return models.Partner{}, err
	}
	take := tx.Model(&models.Partner{}).Where("id = ? AND user_id IS NULL AND email = ?", invite.PartnerID, user.Email).Update("user_id", user.ID)
	if err := models.MustAffectOne(take, ErrInvite); err != nil {
		return models.Partner{}, err
	}
	return takeOne[models.Partner](tx.Where("id = ?", invite.PartnerID), "partner")
}

// InvitePartner makes a token with which the partner of an enrollment signs up; it is shown once and lasts 14 days.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, PARTNER_NOT_YOURS.
func (s *Service) InvitePartner(tx *models.Tx, by access.Caller, enrollmentID models.ID) (string, error) {
	merchantID, err := by.Can(access.PartnersWrite)
	if err != nil {
		return "", err
	}
	e, err := takeOne[models.Enrollment](tx.Where("id = ? AND merchant_id = ?", enrollmentID, merchantID), "enrollment")
	if err != nil {
		return "", err
	}
	p, err := takeOne[models.Partner](tx.Where("id = ?", e.PartnerID), "partner")
	if err != nil {
		return "", err
	}
	if p.UserID != nil {
		return "", ErrClaimed
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	return token, tx.Create(&models.PartnerInvite{ID: models.NewID(), PartnerID: p.ID, TokenHash: models.HashOf([]byte(token)),
		ExpiresAt: tx.Now.Add(inviteLife), CreatedAt: tx.Now}).Error
}
