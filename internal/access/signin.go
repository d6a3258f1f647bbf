package access

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"

	"tributary/internal/fault"
	"tributary/models"
)

// The answers to a failed sign-in; the first says the same of every address, so that nobody learns which exist.
var (
	ErrSignIn          = fault.New(fault.Unauthenticated, "SIGN_IN_FAILED", "e-mail address or password is wrong")
	ErrMerchantUnclear = fault.InvalidField("merchant", "MERCHANT_UNCLEAR", "you work for several merchants; name one by its slug")
)

// SignInInput is what somebody signs in with.
type SignInInput struct {
	Email    string
	Password string
	Merchant string // slug; needed of staff of several merchants only
	From     Origin
}

// SignIn checks a password and begins a session. Codes SIGN_IN_FAILED, MERCHANT_UNCLEAR.
func (s *Service) SignIn(ctx context.Context, in SignInInput) (Session, error) {
	email, err := NormalEmail(in.Email)
	if err != nil {
		return Session{}, ErrSignIn
	}
	user, err := s.checkLogin(ctx, email, in.Password)
	if err != nil {
		return Session{}, err
	}
	merchantID, err := s.merchantOf(ctx, user.ID, in.Merchant)
	if err != nil {
		return Session{}, err
	}
	var session Session
	err = models.InTx(ctx, s.db, func(tx *models.Tx) (err error) {
		session, err = s.open(tx, user, merchantID, in.From)
		return err
	})
	return session, err
}

// checkLogin finds the user of an address and a password, in the same time for every address. Code SIGN_IN_FAILED.
func (s *Service) checkLogin(ctx context.Context, email, password string) (models.User, error) {
	var user models.User
	if err := s.db.Read(ctx).Where("email = ?", email).Take(&user).Error; err != nil && !models.IsMissing(err) {
		return user, fmt.Errorf("read user: %w", err)
	}
	hash := user.PasswordHash
	if hash == "" { // no login, or one that was invited and has no password yet: spend the same time
		hash = s.decoyHash()
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil || !ok || user.PasswordHash == "" {
		return models.User{}, ErrSignIn
	}
	return user, nil
}

func (s *Service) decoyHash() string {
	p := *s.hashing
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		p.Memory, p.Iterations, p.Parallelism)
}

func (s *Service) merchantOf(ctx context.Context, userID models.ID, slug string) (models.ID, error) {
	query := s.db.Read(ctx).Model(&models.Staff{}).Where("user_id = ?", userID)
	if slug != "" && !isPrintable(slug) { // no slug, and nothing that MySQL compares with a column of ASCII
		return models.ID{}, ErrSignIn
	}
	if slug != "" {
		query = query.Where("merchant_id IN (SELECT id FROM merchants WHERE slug = ?)", slug)
	}
	var rows []models.Staff
	if err := query.Limit(2).Find(&rows).Error; err != nil {
		return models.ID{}, fmt.Errorf("read staff: %w", err)
	}
	switch {
	case len(rows) == 1:
		return rows[0].MerchantID, nil
	case len(rows) == 2:
		return models.ID{}, ErrMerchantUnclear
	case slug != "":
		return models.ID{}, ErrSignIn
	}
	return models.ID{}, nil
}
