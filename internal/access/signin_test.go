package access_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// signIn signs somebody in who works for at most one merchant.
func (s *scene) signIn(email string) access.Session {
	s.t.Helper()
	session, err := s.service.SignIn(s.t.Context(), access.SignInInput{Email: email, Password: password})
	require.NoError(s.t, err)
	return session
}

// works tells whether an access token is taken.
func (s *scene) works(token string) bool {
	s.t.Helper()
	caller, err := s.service.Authenticate(s.t.Context(), token)
	if err != nil {
		require.ErrorIs(s.t, err, access.ErrUnauthenticated)
		require.True(s.t, caller.IsAnonymous())
	}
	return err == nil
}

func TestSignIn(t *testing.T) {
	s := newScene(t)
	shop, other := s.merchant("shop"), s.merchant("other")
	user := s.user("ann@example.com")
	signIn := func(email, word, slug string) (access.Session, error) {
		return s.service.SignIn(t.Context(), access.SignInInput{Email: email, Password: word, Merchant: slug})
	}
	refused := func(email, word, slug, code string) {
		t.Helper()
		session, err := signIn(email, word, slug)
		require.Equal(t, code, fault.CodeOf(err))
		require.Empty(t, session.Token)
	}
	refused("ann@example.com", "wrong password", "", "SIGN_IN_FAILED")
	refused("ann@example.com", "", "", "SIGN_IN_FAILED")
	refused("nobody@example.com", password, "", "SIGN_IN_FAILED")
	refused("not an address", password, "", "SIGN_IN_FAILED")
	refused("ann@example.com", password, "shop", "SIGN_IN_FAILED") // not staff there
	refused("ann@example.com", password, "nowhere", "SIGN_IN_FAILED")

	session, err := signIn(" ANN@example.com", password, "")
	require.NoError(t, err)
	require.True(t, session.Caller.MerchantID.IsZero())
	require.Equal(t, user.ID, session.Caller.TenantID())
	require.Equal(t, s.clock.Now().Add(access.AccessLife), session.ExpiresAt.UTC())
	require.Equal(t, s.clock.Now().Add(access.SessionIdle), session.RefreshExpiresAt.UTC())

	s.employ(shop, user.ID, models.StaffRoleAnalyst)
	session, err = signIn("ann@example.com", password, "")
	require.NoError(t, err)
	require.Equal(t, shop, session.Caller.TenantID())

	s.employ(other, user.ID, models.StaffRoleOwner)
	refused("ann@example.com", password, "", "MERCHANT_UNCLEAR")
	session, err = signIn("ann@example.com", password, "other")
	require.NoError(t, err)
	require.Equal(t, other, session.Caller.MerchantID)
}

func TestAccessTokens(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	user := s.user("ann@example.com")
	s.employ(shop, user.ID, models.StaffRoleFinance)
	session := s.signIn("ann@example.com")
	caller, err := s.service.Authenticate(t.Context(), session.Token)
	require.NoError(t, err)
	require.Equal(t, session.Caller, caller)
	require.Equal(t, "user:"+user.ID.String(), caller.Name)

	parts := strings.Split(session.Token, ".")
	for _, token := range []string{"", "x", "a.b.c", session.Token + "x", parts[0] + "." + parts[1] + ".", session.RefreshToken} {
		require.False(t, s.works(token), token)
	}
	_, err = access.New(s.db, "another secret").Authenticate(t.Context(), session.Token)
	require.ErrorIs(t, err, access.ErrUnauthenticated)

	s.clock.Advance(access.AccessLife - time.Second)
	require.True(t, s.works(session.Token))
	s.employ(shop, user.ID, models.StaffRoleAnalyst)
	caller, err = s.service.Authenticate(t.Context(), session.Token)
	require.NoError(t, err)
	require.False(t, caller.Has(access.PayoutsWrite), "a role taken away works at once")
	s.inTx(func(tx *models.Tx) error { return tx.Where("user_id = ?", user.ID).Delete(&models.Staff{}).Error })
	require.False(t, s.works(session.Token))
	s.employ(shop, user.ID, models.StaffRoleOwner)
	require.True(t, s.works(session.Token))
	s.clock.Advance(time.Second)
	require.False(t, s.works(session.Token))
}

// Whatever else a token says, it is taken under the one algorithm, key, issuer and audience only.
func TestAccessTokensOfAnotherMakeAreRefused(t *testing.T) {
	s := newScene(t)
	user := s.user("ann@example.com")
	session := s.signIn("ann@example.com")
	var header, claims map[string]any
	for i, into := range []any{&header, &claims} {
		part, err := jwt.NewParser().DecodeSegment(strings.Split(session.Token, ".")[i])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(part, into))
	}
	require.Equal(t, "HS256", header["alg"])
	require.NotEmpty(t, header["kid"])
	require.Equal(t, []any{"tributary-api"}, claims["aud"])
	require.Equal(t, user.ID.String(), claims["sub"])

	make := func(method jwt.SigningMethod, key, kid any, change func(jwt.MapClaims)) string {
		all := jwt.MapClaims{}
		for name, value := range claims {
			all[name] = value
		}
		change(all)
		token := jwt.NewWithClaims(method, all)
		token.Header["kid"] = kid
		text, err := token.SignedString(key)
		require.NoError(t, err)
		return text
	}
	same := func(jwt.MapClaims) {}
	key, kid := s.service.TokenKey(), header["kid"]
	require.True(t, s.works(make(jwt.SigningMethodHS256, key, kid, same)))
	for name, token := range map[string]string{
		"no signature":      make(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid, same),
		"another algorithm": make(jwt.SigningMethodHS512, key, kid, same),
		"another key id":    make(jwt.SigningMethodHS256, key, "other", same),
		"no key id":         make(jwt.SigningMethodHS256, key, nil, same),
		"another audience":  make(jwt.SigningMethodHS256, key, kid, func(c jwt.MapClaims) { c["aud"] = "somebody" }),
		"another issuer":    make(jwt.SigningMethodHS256, key, kid, func(c jwt.MapClaims) { c["iss"] = "somebody" }),
		"no end":            make(jwt.SigningMethodHS256, key, kid, func(c jwt.MapClaims) { delete(c, "exp") }),
		"no session":        make(jwt.SigningMethodHS256, key, kid, func(c jwt.MapClaims) { delete(c, "sid") }),
		"another's session": make(jwt.SigningMethodHS256, key, kid, func(c jwt.MapClaims) { c["sub"] = models.NewID().String() }),
	} {
		require.False(t, s.works(token), name)
	}
}
