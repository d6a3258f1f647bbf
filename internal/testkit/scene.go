package testkit

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/commission"
	"tributary/internal/export"
	"tributary/internal/ledger"
	"tributary/internal/notify"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// Scene is a merchant with one program, in pounds, monthly, that pays 10 % to the seller, 2 % to its sponsor and a
// quarter of that to the next, with no hold; the tests act in it through the services.
type Scene struct {
	T          testing.TB
	DB         *models.DB
	Clock      *Clock
	Access     *access.Service
	Programs   *program.Service
	Tracking   *tracking.Service
	Commission *commission.Service
	Notify     *notify.Service
	Exports    *export.Service
	Owner      access.Caller
	Program    models.Program
	sales      int
	left       map[models.ID]bool // out of replays
}

// NewScene sets a scene on a database of the test's own. When the test ends, the ledger and the audit log must be proven, and every period of
// every program must replay without a difference.
func NewScene(t testing.TB) *Scene {
	t.Helper()
	db, clock := OpenDB(t)
	s := &Scene{T: t, DB: db, Clock: clock, Access: access.New(db, "a secret for tests, long enough...").HashCheaply(), Tracking: tracking.New(db, "a secret for tests, long enough..."), Commission: commission.New(db)}
	vault, err := access.NewVault("a secret for tests, long enough...")
	require.NoError(t, err)
	local, err := notify.ParseNetworks([]string{"127.0.0.0/8", "::1/128"})
	require.NoError(t, err)
	s.Notify = notify.New(db, vault, local)
	s.Programs = program.New(db, s.Access)
	s.Exports, err = export.New(db, "a secret for tests, long enough...", "https://acme.example")
	require.NoError(t, err)
	s.Do(func(tx *models.Tx) error {
		merchant, err := s.Programs.CreateMerchant(tx, "acme", "Acme Ltd")
		if err != nil {
			return err
		}
		s.Owner = access.System("owner", merchant.ID)
		s.Program, err = s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "main", Name: "Main", Currency: "GBP", TimeZone: "UTC",
			Domains: []string{"acme.example"}, AutoApprove: true, Payout: program.PayoutSpec{Minimum: "10.00", SoloApprovalLimit: "50.00"}})
		if err != nil {
			return err
		}
		_, err = s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: clock.Now().AddDate(-1, 0, 0), MaxTotal: "20%",
			Levels: []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}}, Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		return err
	})
	t.Cleanup(s.Prove)
	return s
}

// Do runs fn in a transaction that must succeed.
func (s *Scene) Do(fn func(tx *models.Tx) error) {
	s.T.Helper()
	require.NoError(s.T, models.InTx(s.T.Context(), s.DB, fn))
}

// LeaveOut keeps a program out of replays, for a test that changes behind the services' backs what lines were made from;
// the zero id stands for all of them. Say why.
func (s *Scene) LeaveOut(programID models.ID, why string) {
	s.T.Helper()
	require.NotEmpty(s.T, why)
	if s.left == nil {
		s.left = map[models.ID]bool{}
	}
	s.left[programID] = true
}

// Prove verifies the ledger and the audit log, and replays every period.
func (s *Scene) Prove() {
	s.T.Helper()
	proof, err := ledger.Verify(contextOf(s.T), s.DB)
	require.NoError(s.T, err)
	require.Empty(s.T, proof.Findings)
	log, err := audit.New(s.DB).Verify(contextOf(s.T), nil)
	require.NoError(s.T, err)
	require.Empty(s.T, log.Break)
	if s.left[models.ID{}] {
		return
	}
	var programs []models.Program
	require.NoError(s.T, s.DB.Read(contextOf(s.T)).Order("id").Find(&programs).Error)
	for _, p := range programs {
		if !s.left[p.ID] {
			s.requireReplay(p)
		}
	}
}

// requireReplay replays a program.
func (s *Scene) requireReplay(p models.Program) {
	s.T.Helper()
	replayed, err := s.Commission.ReplayProgram(contextOf(s.T), access.System("test", p.MerchantID), p.ID)
	require.NoError(s.T, err)
	for _, r := range replayed {
		require.Zero(s.T, r.Run.Differences, "period %s of %s: %+v", r.Period.PeriodKey, p.Slug, r.Differences)
		require.Equal(s.T, r.Run.StoredMinor, r.Run.RecomputedMinor, "period %s of %s", r.Period.PeriodKey, p.Slug)
	}
}

// Enroll brings in a partner; the zero sponsor means none.
func (s *Scene) Enroll(name string, sponsor models.ID) models.Enrollment {
	s.T.Helper()
	var e models.Enrollment
	s.Do(func(tx *models.Tx) error {
		var err error
		e, err = s.Programs.Enroll(tx, s.Owner, program.EnrollInput{ProgramID: s.Program.ID, Email: name + "@partners.example", Name: name,
			Country: "GB", ExternalID: name, SponsorID: sponsor})
		if err != nil {
			return err
		}
		_, err = s.Programs.CreateLink(tx, s.Owner, program.CreateLinkInput{EnrollmentID: e.ID, DestinationURL: "https://acme.example/", Code: "link-" + name})
		return err
	})
	return e
}

// Sell records a sale now, through the partner's link, and gives its external id.
func (s *Scene) Sell(name, amount string) string {
	s.T.Helper()
	s.sales++
	id := fmt.Sprintf("order-%d", s.sales)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, OccurredAt: tx.Now,
			Currency: "GBP", Amount: amount, LinkCode: "link-" + name})
		return err
	})
	return id
}

// Refund takes back a part of a sale, now.
func (s *Scene) Refund(id, sale, amount string) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, _, err := s.Tracking.RecordRefund(tx, s.Owner, s.Program.ID, tracking.RefundInput{ExternalID: id, ConversionExternalID: sale, OccurredAt: tx.Now, Amount: amount})
		return err
	})
}

// Accrue prices what waits.
func (s *Scene) Accrue() {
	s.T.Helper()
	_, err := s.Commission.Accrue(s.T.Context(), s.Program.ID)
	require.NoError(s.T, err)
}

// CloseMonth turns the clock into the next month and closes every period that is over; it gives the last one.
func (s *Scene) CloseMonth() models.Period {
	s.T.Helper()
	s.Accrue()
	now := s.Clock.Now()
	s.Clock.Set(time.Date(now.Year(), now.Month()+1, 2, 9, 0, 0, 0, time.UTC))
	due, err := s.Commission.DuePeriods(s.T.Context())
	require.NoError(s.T, err)
	require.NotEmpty(s.T, due)
	var last models.Period
	for _, p := range due {
		last, err = s.Commission.Close(s.T.Context(), p.ID)
		require.NoError(s.T, err)
	}
	return last
}

// Balance gives one cached balance of an enrollment.
func (s *Scene) Balance(owner models.ID, account models.Account) int64 {
	s.T.Helper()
	found, err := ledger.Balances(s.DB.Read(contextOf(s.T)), account, []models.ID{owner})
	require.NoError(s.T, err)
	return found[owner]
}
