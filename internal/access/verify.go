package access

import (
	"fmt"

	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/models"
)

// ErrUnverified is returned to who has not confirmed the e-mail address yet.
var ErrUnverified = fault.New(fault.Precondition, "EMAIL_UNVERIFIED", "confirm your e-mail address first; requestEmailVerification sends the link again")

// MustBeVerified refuses a user who has not shown that the login's address is its own. It guards what gives rights to others
// or moves money. Code EMAIL_UNVERIFIED.
func (c Caller) MustBeVerified() error {
	if c.unverified {
		return ErrUnverified
	}
	return nil
}

// Register adds a login for who comes by itself, and sends the link with which the address is confirmed. Codes as of CreateUser.
func (s *Service) Register(tx *models.Tx, email, name, passwordHash string) (models.User, error) {
	user, err := createUser(tx, email, name, passwordHash, nil)
	if err != nil {
		return user, err
	}
	return user, s.sendVerification(tx, user)
}

// RequestVerification sends the caller the link again; an address that is confirmed gets none. Codes UNAUTHENTICATED,
// FORBIDDEN, MAIL_TOO_SOON.
func (s *Service) RequestVerification(tx *models.Tx, by Caller) (models.User, error) {
	user, err := ownUser(tx, by)
	if err != nil || user.EmailVerifiedAt != nil {
		return user, err
	}
	return user, s.sendVerification(tx, user)
}

func (s *Service) sendVerification(tx *models.Tx, user models.User) error {
	token, until, err := askProof(tx, models.EmailProof{Purpose: models.ProofPurposeVerify, Subject: bySubject(user.ID.String()), UserID: &user.ID, Email: user.Email}, VerifyLife)
	if err != nil {
		return err
	}
	return s.Write(tx, mail.Letter{Kind: models.MailKindVerifyEmail, To: user.Email, UseBefore: until, Words: mail.Words{Name: user.Name, Token: token}})
}

// ChangeEmail sends a link to another address for the caller's login, which it has once the link is followed; the address so
// far is told. Codes UNAUTHENTICATED, FORBIDDEN, PASSWORD_WRONG, EMAIL_INVALID, EMAIL_TAKEN, MAIL_TOO_SOON.
func (s *Service) ChangeEmail(tx *models.Tx, by Caller, seen PasswordCheck, email string) (models.User, error) {
	if seen.err != nil {
		return models.User{}, seen.err
	}
	user, err := ownUser(tx, by)
	if err != nil {
		return user, err
	}
	if email, err = NormalEmail(email); err != nil {
		return user, err
	}
	var others int64
	if err := tx.Model(&models.User{}).Where("email = ?", email).Count(&others).Error; err != nil {
		return user, fmt.Errorf("read user: %w", err)
	}
	if others > 0 {
		return user, ErrEmailTaken
	}
	token, until, err := askProof(tx, models.EmailProof{Purpose: models.ProofPurposeChange, Subject: bySubject(user.ID.String()), UserID: &user.ID, Email: email}, VerifyLife)
	if err != nil {
		return user, err
	}
	err = s.Write(tx, mail.Letter{Kind: models.MailKindEmailChange, To: email, UseBefore: until, Words: mail.Words{Name: user.Name, Email: user.Email, Token: token}})
	if err != nil {
		return user, err
	}
	return user, s.Write(tx, mail.Letter{Kind: models.MailKindEmailChangeAsked, To: user.Email, Words: mail.Words{Name: user.Name, Email: email}})
}

// ConfirmEmail takes the token of a link that was sent to an address: the login has it from now on, and it is confirmed. Who
// had another until now is told there. Codes TOKEN_INVALID, EMAIL_TAKEN.
func (s *Service) ConfirmEmail(tx *models.Tx, token string) (models.User, error) {
	p, err := useProof(tx, token, models.ProofPurposeVerify, models.ProofPurposeChange)
	if err != nil {
		return models.User{}, err
	}
	before, err := userOf(tx, *p.UserID)
	if err != nil {
		return before, err
	}
	if p.Purpose == models.ProofPurposeVerify {
		return s.verified(tx, before, p.Email)
	}
	err = tx.Model(&models.User{}).Where("id = ?", before.ID).Updates(map[string]any{"email": p.Email, "email_verified_at": tx.Now}).Error
	if models.IsDuplicate(err) {
		return before, ErrEmailTaken
	}
	if err != nil {
		return before, fmt.Errorf("change address: %w", err)
	}
	err = s.Write(tx, mail.Letter{Kind: models.MailKindEmailChanged, To: before.Email, Words: mail.Words{Name: before.Name, Email: p.Email}})
	after := before
	after.Email, after.EmailVerifiedAt = p.Email, &tx.Now
	return after, err
}

// verified notes that a user reads the mails of an address, which must still be the login's. Code TOKEN_INVALID.
func (s *Service) verified(tx *models.Tx, user models.User, email string) (models.User, error) {
	if user.Email != email {
		return user, ErrProof
	}
	if user.EmailVerifiedAt != nil {
		return user, nil
	}
	set := tx.Model(&models.User{}).Where("id = ? AND email = ?", user.ID, email).Update("email_verified_at", tx.Now)
	user.EmailVerifiedAt = &tx.Now
	return user, models.MustAffectOne(set, ErrProof)
}

func ownUser(tx *models.Tx, by Caller) (models.User, error) {
	id, err := by.User()
	if err != nil {
		return models.User{}, err
	}
	return userOf(tx, id)
}

func userOf(tx *models.Tx, id models.ID) (models.User, error) {
	var user models.User
	if err := tx.Where("id = ?", id).Take(&user).Error; err != nil {
		return user, fmt.Errorf("read user: %w", err)
	}
	return user, nil
}
