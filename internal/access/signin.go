package access

import (
	"context"
	"errors"
	"fmt"

	"tributary/internal/fault"
	"tributary/models"
)

// The answers to a failed sign-in; the first says the same of every address, so that nobody learns which exist.
var (
	ErrSignIn          = fault.New(fault.Unauthenticated, "SIGN_IN_FAILED", "e-mail address or password is wrong")
	ErrMerchantUnclear = fault.InvalidField("merchant", "MERCHANT_UNCLEAR", "you work for several merchants; name one by its slug")
)

// ErrTOTPRequired is returned where the password is right and a code of the authenticator is needed too.
var ErrTOTPRequired = fault.InvalidField("totpCode", "TOTP_REQUIRED", "give a code of the authenticator, or a recovery code")

// SignInInput is what somebody signs in with.
type SignInInput struct {
	Email    string
	Password string
	Merchant string // slug; needed of staff of several merchants only
	TOTPCode string // needed of users with TOTP only; a recovery code does as well
	From     Origin
}

// SignIn checks a password, and a code of who has TOTP, and begins a session. Attempts are counted by address, whether or not
// it has a login, and by network. Codes SIGN_IN_THROTTLED, SIGN_IN_FAILED, MERCHANT_UNCLEAR, TOTP_REQUIRED, TOTP_INVALID.
func (s *Service) SignIn(ctx context.Context, in SignInInput) (Session, error) {
	email, invalid := NormalEmail(in.Email)
	counted := signInsOfNetwork.from(in.From)
	if invalid == nil {
		counted = append(counted, signInsOfAddress.of(email))
	}
	if err := s.attempt(ctx, counted); err != nil {
		return Session{}, err
	}
	if invalid != nil {
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
	isAsked, err := s.askCode(ctx, user.ID, in.TOTPCode)
	if err != nil {
		return Session{}, err
	}
	var session Session
	err = models.InTx(ctx, s.db, func(tx *models.Tx) (err error) {
		if isAsked {
			if err := s.useCode(tx, user.ID, in.TOTPCode); err != nil {
				return err
			}
		}
		if session, err = s.open(tx, user, merchantID, in.From, isAsked); err != nil {
			return err
		}
		return errors.Join(forget(tx, signInsOfAddress.of(email)), forget(tx, secretsOfUser.of(user.ID.String())),
			giveBack(tx, signInsOfNetwork.from(in.From)))
	})
	return session, err
}

// askCode tells whether a user has TOTP, and counts the attempt to give a code. Codes SIGN_IN_THROTTLED, TOTP_REQUIRED.
func (s *Service) askCode(ctx context.Context, userID models.ID, code string) (bool, error) {
	isOn, _, err := s.HasTOTP(ctx, userID)
	switch {
	case err != nil || !isOn:
		return false, err
	case code == "":
		return false, ErrTOTPRequired
	}
	return true, s.attempt(ctx, []subject{secretsOfUser.of(userID.String())})
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
	ok, err := matches(password, hash)
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
