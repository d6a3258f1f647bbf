package access_test

import (
	"strings"
	"testing"

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
	letters *letters
	hash    string
}

func newScene(t *testing.T) *scene {
	db, clock := testkit.OpenDB(t)
	s := &scene{t: t, db: db, clock: clock, service: access.New(db, "a secret").HashCheaply(), letters: &letters{}}
	s.service.UseMail(s.letters)
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
		session, err := s.service.SignIn(t.Context(), access.SignInInput{Email: "ann@example.com", Password: password})
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
