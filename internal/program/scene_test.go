package program_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/models"
)

// scene is a merchant with one program, and a stranger: another merchant with every right at home.
type scene struct {
	t        *testing.T
	db       *models.DB
	clock    *testkit.Clock
	access   *access.Service
	service  *program.Service
	letters  *letters
	merchant models.Merchant
	owner    access.Caller
	stranger access.Caller
	program  models.Program
}

func spec() program.Spec {
	return program.Spec{Slug: "main", Name: "Main program", Currency: "EUR", TimeZone: "Europe/Prague", Domains: []string{"example.com"},
		MaxDepth: 3, DownlineDepth: 2, Payout: program.PayoutSpec{Minimum: "10.00", SoloApprovalLimit: "500"}, Terms: "Be nice.",
		Groups: []program.GroupSpec{{Code: "gold", Name: "Gold"}, {Code: "silver"}}}
}

func newScene(t *testing.T) *scene {
	t.Helper()
	db, clock := testkit.OpenDB(t)
	s := &scene{t: t, db: db, clock: clock, access: access.New(db, "a secret").HashCheaply(), letters: &letters{}}
	s.access.UseMail(s.letters)
	s.service = program.New(db, s.access)
	s.merchant = must(t, db, func(tx *models.Tx) (models.Merchant, error) { return s.service.CreateMerchant(tx, "shop", "Shop") })
	other := must(t, db, func(tx *models.Tx) (models.Merchant, error) {
		return s.service.CreateMerchant(tx, "other", "Other shop")
	})
	s.owner, s.stranger = access.System("owner", s.merchant.ID), access.System("stranger", other.ID)
	s.program = must(t, db, func(tx *models.Tx) (models.Program, error) { return s.service.Apply(tx, s.owner, spec()) })
	return s
}

// try runs fn in a transaction of its own.
func try[T any](t *testing.T, db *models.DB, fn func(tx *models.Tx) (T, error)) (answer T, err error) {
	t.Helper()
	err = models.InTx(t.Context(), db, func(tx *models.Tx) (err error) {
		answer, err = fn(tx)
		return err
	})
	return answer, err
}

func must[T any](t *testing.T, db *models.DB, fn func(tx *models.Tx) (T, error)) T {
	t.Helper()
	answer, err := try(t, db, fn)
	require.NoError(t, err)
	return answer
}

// enroll brings a partner into the scene's program as its owner.
func (s *scene) enroll(in program.EnrollInput) (models.Enrollment, error) {
	s.t.Helper()
	if in.ProgramID.IsZero() {
		in.ProgramID = s.program.ID
	}
	if in.Name == "" {
		in.Name = "Partner"
	}
	return try(s.t, s.db, func(tx *models.Tx) (models.Enrollment, error) { return s.service.Enroll(tx, s.owner, in) })
}

func (s *scene) mustEnroll(in program.EnrollInput) models.Enrollment {
	s.t.Helper()
	e, err := s.enroll(in)
	require.NoError(s.t, err)
	return e
}

// signUp makes a partner with a login, and gives the caller it is.
func (s *scene) signUp(email, invite string) (access.Caller, error) {
	s.t.Helper()
	p, err := try(s.t, s.db, func(tx *models.Tx) (models.Partner, error) {
		return s.service.SignUpPartner(tx, email, "Partner", "a hash", invite)
	})
	if err != nil {
		return access.Caller{}, err
	}
	return access.Caller{Name: "user:" + p.UserID.String(), UserID: *p.UserID, PartnerID: p.ID}, nil
}

func (s *scene) mustSignUp(email string) access.Caller {
	s.t.Helper()
	caller, err := s.signUp(email, "")
	require.NoError(s.t, err)
	return caller
}

func requireCode(t *testing.T, code string, err error, note ...any) {
	t.Helper()
	require.Equal(t, code, fault.CodeOf(err), note...)
}
