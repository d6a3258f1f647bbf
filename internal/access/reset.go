package access

import (
	"errors"
	"fmt"

	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/models"
)

// RequestPasswordReset sends a link to an address with which the password of its login is set anew. The answer and the
// statements are the same where nobody has the address and where one was asked for just now, so that nobody learns who is here.
// Code EMAIL_INVALID.
func (s *Service) RequestPasswordReset(tx *models.Tx, email string) error {
	email, err := NormalEmail(email)
	if err != nil {
		return err
	}
	user, err := s.UserByEmail(tx, email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	p := models.EmailProof{Purpose: models.ProofPurposeReset, Subject: bySubject(email), UserID: user.ID.Ref(), Email: email}
	token, until, err := askProof(tx, p, ResetLife)
	if errors.Is(err, ErrMailTooSoon) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Write(tx, mail.Letter{Kind: models.MailKindPasswordReset, To: email, UseBefore: until, ForNobody: user.ID.IsZero(),
		Words: mail.Words{Name: user.Name, Token: token}})
}

// ResetPassword sets the password of the login whose address a token was sent to, which confirms the address too. All its
// sessions and open invitations end, and it is told by mail. Code TOKEN_INVALID.
func (s *Service) ResetPassword(tx *models.Tx, token, passwordHash string) (models.User, error) {
	p, err := useProof(tx, token, models.ProofPurposeReset)
	if err != nil {
		return models.User{}, err
	}
	user, err := userOf(tx, *p.UserID)
	if err != nil {
		return user, err
	}
	if user, err = s.verified(tx, user, p.Email); err != nil {
		return user, err
	}
	if err := tx.Model(&models.User{}).Where("id = ?", user.ID).Update("password_hash", passwordHash).Error; err != nil {
		return user, fmt.Errorf("set password: %w", err)
	}
	if err := errors.Join(endInvites(tx, user.ID), s.EndSessions(tx, user.ID)); err != nil {
		return user, err
	}
	return user, s.Write(tx, mail.Letter{Kind: models.MailKindPasswordChanged, To: user.Email, Words: mail.Words{Name: user.Name}})
}
