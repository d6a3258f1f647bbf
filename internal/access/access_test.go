package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/models"
)

const password = "correct horse battery"

// scene is a database with the service under test; a password is hashed once for all of a test's users.
type scene struct {
	t       *testing.T
	db      *models.DB
	clock   *testkit.Clock
	service *access.Service
	hash    string
}

func newScene(t *testing.T) *scene {
	db, clock := testkit.OpenDB(t)
	s := &scene{t: t, db: db, clock: clock, service: access.New(db, "a secret").HashCheaply()}
	hash, err := s.service.HashPassword(password)
	require.NoError(t, err)
	s.hash = hash
	return s
}

func (s *scene) inTx(fn func(tx *models.Tx) error) {
	s.t.Helper()
	require.NoError(s.t, models.InTx(s.t.Context(), s.db, fn))
}

func (s *scene) merchant(slug string) models.ID {
	s.t.Helper()
	m := models.Merchant{ID: models.NewID(), Slug: slug, Name: slug, CreatedAt: s.db.Now()}
	s.inTx(func(tx *models.Tx) error { return tx.Create(&m).Error })
	return m.ID
}

func (s *scene) user(email string) (user models.User) {
	s.t.Helper()
	s.inTx(func(tx *models.Tx) (err error) {
		user, err = s.service.CreateUser(tx, email, "Somebody", s.hash)
		return err
	})
	return user
}

func (s *scene) employ(merchant, user models.ID, role models.StaffRole) {
	s.t.Helper()
	s.inTx(func(tx *models.Tx) error { return s.service.AddStaff(tx, merchant, user, role) })
}

func TestNormalEmail(t *testing.T) {
	for text, want := range map[string]string{" Ann@Example.COM ": "ann@example.com", "a+b@c.d": "a+b@c.d"} {
		got, err := access.NormalEmail(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "ann", "ann@", "@example.com", "Ann <ann@example.com>", "a@b, c@d", strings.Repeat("a", 250) + "@b.cd", "a b@c.d", "a@b\r\nBcc: c@d"} {
		_, err := access.NormalEmail(text)
		require.Equal(t, "EMAIL_INVALID", fault.CodeOf(err), "text %q", text)
	}
}

func TestUsersAreUniqueByNormalAddress(t *testing.T) {
	s := newScene(t)
	user := s.user(" Ann@Example.com")
	require.Equal(t, "ann@example.com", user.Email)
	for email, code := range map[string]string{"ANN@example.com": "EMAIL_TAKEN", "nobody": "EMAIL_INVALID"} {
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
			_, err := s.service.CreateUser(tx, email, "Ann", s.hash)
			return err
		})
		require.Equal(t, code, fault.CodeOf(err))
	}
	for name, code := range map[string]string{"  ": "NAME_MISSING", strings.Repeat("ü", 201): "NAME_TOO_LONG"} {
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
			_, err := s.service.CreateUser(tx, "bob@example.com", name, s.hash)
			return err
		})
		require.Equal(t, code, fault.CodeOf(err))
	}
}

func TestPasswords(t *testing.T) {
	s := newScene(t)
	for _, text := range []string{"", "123456789", strings.Repeat("x", 201)} {
		_, err := s.service.HashPassword(text)
		require.Equal(t, "PASSWORD_INVALID", fault.CodeOf(err))
	}
	again, err := s.service.HashPassword(password)
	require.NoError(t, err)
	require.NotEqual(t, s.hash, again, "salted")
	require.NotContains(t, again, password)
}

func TestSignIn(t *testing.T) {
	s := newScene(t)
	shop, other := s.merchant("shop"), s.merchant("other")
	user := s.user("ann@example.com")
	refused := func(email, word, slug, code string) {
		t.Helper()
		session, err := s.service.SignIn(t.Context(), email, word, slug)
		require.Equal(t, code, fault.CodeOf(err))
		require.Empty(t, session.Token)
	}
	refused("ann@example.com", "wrong password", "", "SIGN_IN_FAILED")
	refused("ann@example.com", "", "", "SIGN_IN_FAILED")
	refused("nobody@example.com", password, "", "SIGN_IN_FAILED")
	refused("not an address", password, "", "SIGN_IN_FAILED")
	refused("ann@example.com", password, "shop", "SIGN_IN_FAILED") // not staff there
	refused("ann@example.com", password, "nowhere", "SIGN_IN_FAILED")

	session, err := s.service.SignIn(t.Context(), " ANN@example.com", password, "")
	require.NoError(t, err)
	require.True(t, session.Caller.MerchantID.IsZero())
	require.Equal(t, user.ID, session.Caller.TenantID())
	require.Equal(t, s.clock.Now().Add(access.TokenLife), session.ExpiresAt.UTC())

	s.employ(shop, user.ID, models.StaffRoleAnalyst)
	session, err = s.service.SignIn(t.Context(), "ann@example.com", password, "")
	require.NoError(t, err)
	require.Equal(t, shop, session.Caller.TenantID())

	s.employ(other, user.ID, models.StaffRoleOwner)
	refused("ann@example.com", password, "", "MERCHANT_UNCLEAR")
	session, err = s.service.SignIn(t.Context(), "ann@example.com", password, "other")
	require.NoError(t, err)
	require.Equal(t, other, session.Caller.MerchantID)
}

func TestTokens(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	user := s.user("ann@example.com")
	s.employ(shop, user.ID, models.StaffRoleFinance)
	session, err := s.service.SignIn(t.Context(), "ann@example.com", password, "")
	require.NoError(t, err)
	authenticate := func(token string) (access.Caller, error) { return s.service.Authenticate(t.Context(), token) }
	refused := func(token string) {
		t.Helper()
		caller, err := authenticate(token)
		require.ErrorIs(t, err, access.ErrUnauthenticated)
		require.True(t, caller.IsAnonymous())
	}
	caller, err := authenticate(session.Token)
	require.NoError(t, err)
	require.Equal(t, session.Caller, caller)
	require.Equal(t, "user:"+user.ID.String(), caller.Name)

	parts := strings.Split(session.Token, ".")
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": "tributary", "aud": "tributary-api", "sub": user.ID.String(),
		"mid": shop.String(), "exp": s.clock.Now().Add(time.Hour).Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(t, err)
	for _, token := range []string{"", "x", "a.b.c", session.Token + "x", parts[0] + "." + parts[1] + ".", none} {
		refused(token)
	}
	_, err = access.New(s.db, "another secret").Authenticate(t.Context(), session.Token)
	require.ErrorIs(t, err, access.ErrUnauthenticated)

	s.clock.Advance(access.TokenLife - time.Second)
	_, err = authenticate(session.Token)
	require.NoError(t, err)

	s.employ(shop, user.ID, models.StaffRoleAnalyst)
	caller, err = authenticate(session.Token)
	require.NoError(t, err)
	require.False(t, caller.Has(access.PayoutsWrite), "a role taken away works at once")
	s.inTx(func(tx *models.Tx) error { return tx.Where("user_id = ?", user.ID).Delete(&models.Staff{}).Error })
	refused(session.Token)
	s.employ(shop, user.ID, models.StaffRoleOwner)
	_, err = authenticate(session.Token)
	require.NoError(t, err)

	s.clock.Advance(time.Second)
	refused(session.Token)
}

func TestRolesAndScopes(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	user := s.user("ann@example.com")
	reads := []access.Scope{access.ProgramsRead, access.PartnersRead, access.ConversionsRead, access.PayoutsRead, access.EventsRead}
	for role, may := range map[models.StaffRole][]access.Scope{
		models.StaffRoleOwner:   access.AllScopes,
		models.StaffRoleAdmin:   access.AllScopes,
		models.StaffRoleFinance: append([]access.Scope{access.PayoutsWrite}, reads...),
		models.StaffRoleAnalyst: reads,
		"UNHEARD_OF":            nil,
	} {
		s.employ(shop, user.ID, role)
		session, err := s.service.SignIn(t.Context(), "ann@example.com", password, "")
		require.NoError(t, err)
		var can []access.Scope
		for _, scope := range access.AllScopes {
			id, err := session.Caller.Can(scope)
			require.Equal(t, err == nil, session.Caller.Has(scope))
			if err == nil {
				require.Equal(t, shop, id)
				can = append(can, scope)
				continue
			}
			require.ErrorIs(t, err, access.ErrForbidden)
		}
		require.ElementsMatch(t, may, can, "role %s", role)
	}
}

func TestWhoACallerIs(t *testing.T) {
	var nobody access.Caller
	require.True(t, nobody.IsAnonymous())
	for _, ask := range []func() (models.ID, error){func() (models.ID, error) { return nobody.Can(access.ProgramsRead) }, nobody.Partner, nobody.User} {
		_, err := ask()
		require.ErrorIs(t, err, access.ErrUnauthenticated)
	}
	server := access.System("close", models.NewID())
	_, err := server.Can(access.KeysWrite)
	require.NoError(t, err)
	_, err = server.User()
	require.ErrorIs(t, err, access.ErrForbidden)
	_, err = server.Partner()
	require.ErrorIs(t, err, access.ErrForbidden)
	_, err = access.System("tenantless", models.ID{}).Can(access.ProgramsRead)
	require.ErrorIs(t, err, access.ErrForbidden)
}

func TestAnOperatorIsBelievedAndRecorded(t *testing.T) {
	merchantID := models.NewID()
	by, err := access.Operator(" felix ", merchantID)
	require.NoError(t, err)
	require.Equal(t, "cli:felix", by.Name)
	for _, scope := range access.AllScopes {
		got, err := by.Can(scope)
		require.NoError(t, err)
		require.Equal(t, merchantID, got)
	}
	_, err = access.Operator(strings.Repeat("ü", 60), merchantID)
	require.NoError(t, err)
	for name, code := range map[string]string{"": "NAME_MISSING", " ": "NAME_MISSING", strings.Repeat("ü", 61): "NAME_TOO_LONG"} {
		_, err := access.Operator(name, merchantID)
		require.Equal(t, code, fault.CodeOf(err))
	}
}
