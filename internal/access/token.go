package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/golang-jwt/jwt/v5"

	"tributary/internal/fault"
	"tributary/models"
)

// TokenLife is how long a sign-in lasts.
const TokenLife = 12 * time.Hour

const (
	tokenIssuer   = "tributary"
	tokenAudience = "tributary-api"
)

// The answers to a failed sign-in; both say the same, so that nobody learns which addresses exist.
var (
	ErrSignIn          = fault.New(fault.Unauthenticated, "SIGN_IN_FAILED", "e-mail address or password is wrong")
	ErrMerchantUnclear = fault.InvalidField("merchant", "MERCHANT_UNCLEAR", "you work for several merchants; name one by its slug")
)

// Session is a signed-in user with the token that proves it.
type Session struct {
	Token     string
	ExpiresAt time.Time
	Caller    Caller
	User      models.User
}

type claims struct {
	jwt.RegisteredClaims
	Merchant string `json:"mid,omitempty"`
}

// SignIn checks a password and gives a session. Staff of several merchants name one by slug.
// Codes SIGN_IN_FAILED, MERCHANT_UNCLEAR.
func (s *Service) SignIn(ctx context.Context, email, password, merchantSlug string) (Session, error) {
	email, err := NormalEmail(email)
	if err != nil {
		return Session{}, ErrSignIn
	}
	var user models.User
	if err := s.db.Read(ctx).Where("email = ?", email).Take(&user).Error; err != nil {
		if !models.IsMissing(err) {
			return Session{}, fmt.Errorf("read user: %w", err)
		}
	}
	if user.PasswordHash == "" { // no login, or one that was invited and has no password yet: spend the same time
		user.PasswordHash, user.ID = s.decoyHash(), models.ID{}
	}
	ok, err := argon2id.ComparePasswordAndHash(password, user.PasswordHash)
	if err != nil || !ok || user.ID.IsZero() {
		return Session{}, ErrSignIn
	}
	merchantID, err := s.merchantOf(ctx, user.ID, merchantSlug)
	if err != nil {
		return Session{}, err
	}
	return s.issue(ctx, user, merchantID)
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

func (s *Service) issue(ctx context.Context, user models.User, merchantID models.ID) (Session, error) {
	now := s.db.Now()
	c := claims{RegisteredClaims: jwt.RegisteredClaims{Issuer: tokenIssuer, Audience: jwt.ClaimStrings{tokenAudience},
		Subject: user.ID.String(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(TokenLife))}}
	if !merchantID.IsZero() {
		c.Merchant = merchantID.String()
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(s.tokenKey)
	if err != nil {
		return Session{}, fmt.Errorf("sign token: %w", err)
	}
	caller, err := s.callerOf(ctx, user.ID, merchantID)
	if err != nil {
		return Session{}, err
	}
	return Session{Token: token, ExpiresAt: c.ExpiresAt.Time, Caller: caller, User: user}, nil
}

// Authenticate turns a bearer credential (a session token or an API key) into a caller. Code UNAUTHENTICATED.
func (s *Service) Authenticate(ctx context.Context, credential string) (Caller, error) {
	if isAPIKey(credential) {
		return s.callerOfKey(ctx, credential)
	}
	var c claims
	_, err := jwt.ParseWithClaims(credential, &c, func(*jwt.Token) (any, error) { return s.tokenKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(tokenAudience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.db.Now))
	if err != nil {
		return Caller{}, ErrUnauthenticated.Because(err)
	}
	var userID, merchantID models.ID
	if err := errors.Join(userID.UnmarshalText([]byte(c.Subject)), unmarshalOptional(&merchantID, c.Merchant)); err != nil {
		return Caller{}, ErrUnauthenticated.Because(err)
	}
	return s.callerOf(ctx, userID, merchantID)
}

func unmarshalOptional(id *models.ID, text string) error {
	if text == "" {
		return nil
	}
	return id.UnmarshalText([]byte(text))
}

// callerOf reads role and partner afresh, so that a role taken away works at once.
func (s *Service) callerOf(ctx context.Context, userID, merchantID models.ID) (Caller, error) {
	caller := Caller{Name: "user:" + userID.String(), UserID: userID}
	var partner models.Partner
	err := s.db.Read(ctx).Where("user_id = ?", userID).Take(&partner).Error
	if err != nil && !models.IsMissing(err) {
		return Caller{}, fmt.Errorf("read partner: %w", err)
	}
	caller.PartnerID = partner.ID
	var user models.User
	if err := s.db.Read(ctx).Where("id = ?", userID).Take(&user).Error; err != nil {
		return Caller{}, fmt.Errorf("read user: %w", err)
	}
	caller.unverified = user.EmailVerifiedAt == nil
	if merchantID.IsZero() {
		return caller, nil
	}
	var staff models.Staff
	if err := s.db.Read(ctx).Where("merchant_id = ? AND user_id = ?", merchantID, userID).Take(&staff).Error; err != nil {
		if models.IsMissing(err) {
			return Caller{}, ErrUnauthenticated
		}
		return Caller{}, fmt.Errorf("read staff: %w", err)
	}
	caller.MerchantID, caller.scopes = merchantID, roleScopes[staff.Role]
	return caller, nil
}
