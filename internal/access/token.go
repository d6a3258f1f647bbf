package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"gorm.io/gorm"

	"tributary/models"
)

const (
	tokenIssuer   = "tributary"
	tokenAudience = "tributary-api"
	keyIDBytes    = 8
)

// signer makes and reads access tokens: JWTs under one algorithm and one key, which each of them names.
type signer struct {
	key   []byte
	keyID string
}

func newSigner(secret string) signer {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("tributary access token v2"))
	key := mac.Sum(nil)
	sum := sha256.Sum256(key)
	return signer{key: key, keyID: hex.EncodeToString(sum[:keyIDBytes])}
}

type claims struct {
	jwt.RegisteredClaims
	Session string `json:"sid"`
}

func (s signer) sign(userID, sessionID models.ID, now, expires time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{Session: sessionID.String(), RegisteredClaims: jwt.RegisteredClaims{Issuer: tokenIssuer,
		Audience: jwt.ClaimStrings{tokenAudience}, Subject: userID.String(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires)}})
	token.Header["kid"] = s.keyID
	text, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return text, nil
}

// read gives whose token it is, and of which session.
func (s signer) read(text string, now func() time.Time) (userID, sessionID models.ID, err error) {
	var c claims
	_, err = jwt.ParseWithClaims(text, &c, s.keyFor, jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(tokenAudience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(now))
	if err == nil {
		err = errors.Join(userID.UnmarshalText([]byte(c.Subject)), sessionID.UnmarshalText([]byte(c.Session)))
	}
	return userID, sessionID, err
}

func (s signer) keyFor(token *jwt.Token) (any, error) {
	if token.Header["kid"] != s.keyID {
		return nil, jwt.ErrTokenUnverifiable
	}
	return s.key, nil
}

// Authenticate turns a bearer credential (an access token or an API key) into a caller. Code UNAUTHENTICATED.
func (s *Service) Authenticate(ctx context.Context, credential string) (Caller, error) {
	if isAPIKey(credential) {
		return s.callerOfKey(ctx, credential)
	}
	userID, sessionID, err := s.signer.read(credential, s.db.Now)
	if err != nil {
		return Caller{}, ErrUnauthenticated.Because(err)
	}
	return callerOf(s.db.Read(ctx), s.db.Now(), sessionID, userID)
}

// callerOf reads session, user, role and partner afresh, so that what was taken away is gone at once. Code UNAUTHENTICATED.
func callerOf(query *gorm.DB, now time.Time, sessionID, userID models.ID) (Caller, error) {
	var row struct {
		MerchantID *models.ID
		PartnerID  *models.ID
		Role       *models.StaffRole
		Unverified bool
	}
	err := query.Table("sessions s").Select("s.merchant_id, p.id AS partner_id, t.role, u.email_verified_at IS NULL AS unverified").
		Joins("JOIN users u ON u.id = s.user_id").
		Joins("LEFT JOIN partners p ON p.user_id = s.user_id").
		Joins("LEFT JOIN staff t ON t.merchant_id = s.merchant_id AND t.user_id = s.user_id").
		Where("s.id = ? AND s.user_id = ? AND s.ended_at IS NULL AND s.expires_at > ?", sessionID, userID, now).Take(&row).Error
	switch {
	case models.IsMissing(err):
		return Caller{}, ErrUnauthenticated
	case err != nil:
		return Caller{}, fmt.Errorf("read session: %w", err)
	}
	caller := Caller{Name: "user:" + userID.String(), UserID: userID, PartnerID: models.Or(row.PartnerID), SessionID: sessionID}
	caller.unverified = row.Unverified
	if row.MerchantID == nil {
		return caller, nil
	}
	if row.Role == nil { // no longer staff
		return Caller{}, ErrUnauthenticated
	}
	caller.MerchantID, caller.scopes = *row.MerchantID, roleScopes[*row.Role]
	return caller, nil
}
