package program

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/models"
)

const inviteLife = 14 * 24 * time.Hour

// The refusals of SignUpPartner.
var (
	ErrInvite       = fault.InvalidField("inviteToken", "INVITE_INVALID", "the invitation is unknown, used or out of date")
	ErrInviteNeeded = fault.New(fault.Conflict, "INVITE_NEEDED", "a merchant registered this address; use the invitation it sent").On("email")
)

// SignUpPartner makes a login and its partner. An address that a merchant registered first is taken over only with
// the merchant's invitation, which shows that its mails are read; who has none confirms the address by the link that it is
// sent. Codes EMAIL_INVALID, EMAIL_TAKEN, NAME_MISSING, NAME_TOO_LONG, INVITE_INVALID, INVITE_NEEDED.
func (s *Service) SignUpPartner(tx *models.Tx, email, name, passwordHash, inviteToken string) (models.Partner, error) {
	if inviteToken != "" {
		user, err := s.access.CreateUser(tx, email, name, passwordHash)
		if err != nil {
			return models.Partner{}, err
		}
		return s.claim(tx, user, inviteToken)
	}
	user, err := s.access.Register(tx, email, name, passwordHash)
	if err != nil {
		return models.Partner{}, err
	}
	return newPartner(tx, user)
}

// AddPartner makes a login and its partner for whoever runs the server and knows the address to be the partner's own: it is
// confirmed, and nothing is mailed. Codes EMAIL_INVALID, EMAIL_TAKEN, NAME_MISSING, NAME_TOO_LONG, INVITE_NEEDED.
func (s *Service) AddPartner(tx *models.Tx, email, name, passwordHash string) (models.Partner, error) {
	user, err := s.access.CreateUser(tx, email, name, passwordHash)
	if err != nil {
		return models.Partner{}, err
	}
	return newPartner(tx, user)
}

func newPartner(tx *models.Tx, user models.User) (models.Partner, error) {
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

// InvitePartner sends the partner of an enrollment a link with which it signs up, once and within 14 days; nobody else sees it.
// Codes UNAUTHENTICATED, FORBIDDEN, EMAIL_UNVERIFIED, ENROLLMENT_NOT_FOUND, PARTNER_NOT_YOURS.
func (s *Service) InvitePartner(tx *models.Tx, by access.Caller, enrollmentID models.ID) (models.Enrollment, error) {
	merchantID, err := by.Can(access.PartnersWrite)
	if err != nil {
		return models.Enrollment{}, err
	}
	if err := by.MustBeVerified(); err != nil {
		return models.Enrollment{}, err
	}
	e, err := takeOne[models.Enrollment](tx.Where("id = ? AND merchant_id = ?", enrollmentID, merchantID), "enrollment")
	if err != nil {
		return e, err
	}
	p, err := takeOne[models.Partner](tx.Where("id = ?", e.PartnerID), "partner")
	if err != nil {
		return e, err
	}
	if p.UserID != nil {
		return e, ErrClaimed
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return e, err
	}
	token, until := base64.RawURLEncoding.EncodeToString(raw), tx.Now.Add(inviteLife)
	if err := tx.Create(&models.PartnerInvite{ID: models.NewID(), PartnerID: p.ID, TokenHash: models.HashOf([]byte(token)), ExpiresAt: until, CreatedAt: tx.Now}).Error; err != nil {
		return e, fmt.Errorf("create invitation: %w", err)
	}
	return e, s.tell(tx, e, p, mail.Letter{Kind: models.MailKindPartnerInvitation, UseBefore: until, Words: mail.Words{Token: token}})
}

// tell writes to a partner about its enrollment.
func (s *Service) tell(tx *models.Tx, e models.Enrollment, p models.Partner, l mail.Letter) error {
	m, err := takeOne[models.Merchant](tx.Where("id = ?", e.MerchantID), "merchant")
	if err != nil {
		return err
	}
	program, err := takeOne[models.Program](tx.Where("id = ?", e.ProgramID), "program")
	if err != nil {
		return err
	}
	l.To, l.Name, l.Merchant, l.Program = p.Email, p.Name, m.Name, program.Name
	return s.access.Write(tx, l)
}

// ConfirmEmail takes the token of a link that was sent to an address, as access.Service.ConfirmEmail does; the partner of the
// login has its address. Codes TOKEN_INVALID, EMAIL_TAKEN.
func (s *Service) ConfirmEmail(tx *models.Tx, token string) (models.User, error) {
	user, err := s.access.ConfirmEmail(tx, token)
	if err != nil {
		return user, err
	}
	err = tx.Model(&models.Partner{}).Where("user_id = ?", user.ID).Update("email", user.Email).Error
	if models.IsDuplicate(err) {
		return user, access.ErrEmailTaken
	}
	return user, err
}
