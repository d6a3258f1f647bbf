package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// chaosRedis is the database of these tests on a shared Redis, so that emptying it disturbs nobody.
const chaosRedis = 6

// harbour is what many runs share, since it takes long to make: a database, a simulator, a Redis, a clock, and a merchant.
type harbour struct {
	*App
	sim      *stripesim.Server
	hears    atomic.Bool // webhooks
	clock    *sharedClock
	redis    testkit.Redis
	merchant models.Merchant
	owner    access.Caller
	checker  access.Caller
}

func newHarbour(t *testing.T) *harbour {
	t.Helper()
	h := &harbour{}
	var err error
	h.clock, err = newClock(filepath.Join(t.TempDir(), "clock"), time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	var routes atomic.Pointer[http.Handler]
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.hears.Load() {
			(*routes.Load()).ServeHTTP(w, r)
		}
	}))
	t.Cleanup(hooks.Close)
	h.sim, err = stripesim.New(stripesim.Options{Now: h.clock.Now, SecretKey: "sk_test_chaos", Audit: true, WebhookURL: hooks.URL + "/webhooks/stripe",
		WebhookSecret: "whsec_chaos"})
	require.NoError(t, err)
	t.Cleanup(h.sim.Close)
	front := httptest.NewServer(h.sim)
	t.Cleanup(front.Close)
	h.redis = testkit.NewRedis(t, chaosRedis)
	h.App, err = Open(t.Context(), Config{Addr: "127.0.0.1:0", BaseURL: "https://acme.example", DatabaseURL: testkit.NewAddress(t), RedisURL: h.redis.URL(),
		StripeKey: "sk_test_chaos", StripeAPIBase: front.URL, StripeWebhookSecret: "whsec_chaos", Secret: strings.Repeat("s", 32)}, h.clock.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(h.Close)
	h.rail, err = stripeconnect.New(stripeconnect.Config{Key: "sk_test_chaos", APIBase: front.URL, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	// What the test does itself waits for nobody's limits.
	h.Payouts = payout.New(h.DB, map[models.RailName]payout.Rail{models.RailNameStripe: h.rail}, h.Log)
	handler := h.Handler()
	routes.Store(&handler)
	_, err = models.Migrate(t.Context(), h.DB)
	require.NoError(t, err)
	h.do(t, func(tx *models.Tx) error {
		h.merchant, err = h.Program.CreateMerchant(tx, "acme", "Acme Ltd")
		return err
	})
	h.owner, h.checker = access.System("owner", h.merchant.ID), access.System("checker", h.merchant.ID)
	return h
}

func (h *harbour) do(t *testing.T, fn func(tx *models.Tx) error) {
	t.Helper()
	require.NoError(t, models.InTx(testkit.Acting(t), h.DB, fn))
}

// season brings in the partners of a scenario, sells, closes the month, and starts to pay for it.
func (h *harbour) season(t *testing.T, s scenario) models.PayoutBatch {
	t.Helper()
	ctx := testkit.Acting(t)
	decimal := func(minor int64) string { return money.New(minor, s.currency).Decimal() }
	var p models.Program
	h.do(t, func(tx *models.Tx) error {
		var err error
		p, err = h.Program.Apply(tx, h.owner, program.Spec{Slug: fmt.Sprintf("run-%d", s.seed), Name: "Run", Currency: string(s.currency), TimeZone: "UTC",
			Domains: []string{"acme.example"}, AutoApprove: true, Payout: program.PayoutSpec{Minimum: decimal(1_000), SoloApprovalLimit: decimal(1_000)}})
		if err != nil {
			return err
		}
		_, err = h.Commission.Publish(tx, h.owner, p.ID, commission.PlanSpec{EffectiveFrom: tx.Now.AddDate(-1, 0, 0), MaxTotal: "20%",
			Levels: []commission.LevelSpec{{Rate: "2%", Of: "sale"}}, Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		return err
	})
	enrollments := make([]models.Enrollment, len(s.partners))
	destinations := make([]string, len(s.partners))
	for i, kind := range s.partners {
		h.do(t, func(tx *models.Tx) error {
			var err error
			name := fmt.Sprintf("p%d-%d", s.seed, i)
			enrollments[i], err = h.Program.Enroll(tx, h.owner, program.EnrollInput{ProgramID: p.ID, Email: name + "@partners.example", Name: name, Country: "GB",
				ExternalID: name})
			if err != nil {
				return err
			}
			_, err = h.Program.CreateLink(tx, h.owner, program.CreateLinkInput{EnrollmentID: enrollments[i].ID, DestinationURL: "https://acme.example/", Code: name})
			return err
		})
		if kind != notOnboarded {
			destinations[i] = h.onboard(t, enrollments[i])
		}
	}
	h.clock.Advance(49 * time.Hour) // past the days in which a new account is not paid to
	for i, kind := range s.partners {
		minor := 20_000 + 100*s.random.Int64N(1_000)
		if kind == tooLittle {
			minor = 5_000
		}
		h.do(t, func(tx *models.Tx) error {
			_, err := h.Tracking.RecordConversion(tx, h.owner, p.ID, tracking.ConversionInput{ExternalID: fmt.Sprintf("order-%d-%d", s.seed, i),
				OccurredAt: tx.Now, Currency: string(s.currency), Amount: decimal(minor), LinkCode: fmt.Sprintf("p%d-%d", s.seed, i)})
			return err
		})
	}
	_, err := h.Commission.Accrue(ctx, p.ID)
	require.NoError(t, err)
	return h.startPaying(t, s, h.closeMonth(t), destinations)
}

func (h *harbour) onboard(t *testing.T, e models.Enrollment) string {
	t.Helper()
	page, account, err := h.Payouts.Onboard(testkit.Acting(t), h.owner, e.ID, "https://acme.example/", "https://acme.example/")
	require.NoError(t, err)
	_, err = visit(t.Context(), page)
	require.NoError(t, err)
	require.NoError(t, h.Payouts.RefreshAccount(testkit.Acting(t), models.RailNameStripe, account.Destination))
	return account.Destination
}

// closeMonth turns the clock into the next month and closes the one period that is over.
func (h *harbour) closeMonth(t *testing.T) models.Period {
	t.Helper()
	now := h.clock.Now().UTC()
	h.clock.Advance(time.Date(now.Year(), now.Month()+1, 2, 9, 0, 0, 0, time.UTC).Sub(now))
	due, err := h.Commission.DuePeriods(t.Context())
	require.NoError(t, err)
	require.Len(t, due, 1)
	closed, err := h.Commission.Close(testkit.Acting(t), due[0].ID)
	require.NoError(t, err)
	return closed
}

func (h *harbour) startPaying(t *testing.T, s scenario, period models.Period, destinations []string) models.PayoutBatch {
	t.Helper()
	var b models.PayoutBatch
	h.do(t, func(tx *models.Tx) error {
		var err error
		b, err = h.Payouts.Plan(tx, h.owner, period.ID)
		return err
	})
	funds := b.TotalMinor
	if s.isShort {
		funds /= 2
	}
	require.NoError(t, h.sim.Fund(strings.ToLower(string(b.Currency)), funds))
	if s.loses >= 0 && destinations[s.loses] != "" {
		require.NoError(t, h.sim.SetCapability(destinations[s.loses], "inactive"))
	}
	h.do(t, func(tx *models.Tx) error {
		if _, err := h.Payouts.Approve(tx, h.checker, b.ID, payout.HashText(b.ContentHash)); err != nil {
			return err
		}
		var err error
		b, err = h.Payouts.Execute(tx, h.checker, b.ID)
		return err
	})
	return b
}

// replay requires that every program's lines come out again, whatever was killed while they were made or paid.
func (h *harbour) replay(t *testing.T) {
	t.Helper()
	var programs []models.Program
	require.NoError(t, h.DB.Read(t.Context()).Order("id").Find(&programs).Error)
	for _, p := range programs {
		replays, err := h.Commission.ReplayProgram(t.Context(), h.owner, p.ID)
		require.NoError(t, err)
		require.NotEmpty(t, replays)
		for _, r := range replays {
			require.Zero(t, r.Run.Differences, "%s: %+v", p.Slug, r.Differences)
		}
	}
}
