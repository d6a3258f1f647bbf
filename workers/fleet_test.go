package workers

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/limiter"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

// fleet is several workers, each with a limiter of its own at one Redis, and many payouts to be sent to one simulator.
type fleet struct {
	*dock
	services []*payout.Service
	servers  []*Server
}

func newFleet(t *testing.T, workers int, redis string, empty func(), limits limiter.Limits) *fleet {
	t.Helper()
	f := &fleet{dock: &dock{Scene: testkit.NewScene(t), empty: empty}}
	var err error
	f.sim, err = stripesim.New(stripesim.Options{Now: f.Clock.Now, SecretKey: "sk_test_fleet", RealNow: time.Now})
	require.NoError(t, err)
	t.Cleanup(f.sim.Close)
	f.gate = &gate{Handler: f.sim}
	front := httptest.NewServer(f.gate)
	t.Cleanup(front.Close)
	log := slog.New(slog.DiscardHandler)
	railThrough := func(g limiter.Gate) payout.Rail {
		rail, err := stripeconnect.New(stripeconnect.Config{Key: "sk_test_fleet", APIBase: front.URL, Gate: g})
		require.NoError(t, err)
		return rail
	}
	f.payouts = payout.New(f.DB, map[models.RailName]payout.Rail{models.RailNameStripe: railThrough(&testkit.NoLimits{})}, log)
	for range workers {
		gate, err := limiter.New(limiter.Options{Redis: redis, Mode: limiter.Test, Limits: limits, Now: time.Now, Log: log,
			Brake: limiter.Brake{FirstPause: 200 * time.Millisecond, MaxPause: time.Second}})
		require.NoError(t, err)
		t.Cleanup(gate.Close)
		service := payout.New(f.DB, map[models.RailName]payout.Rail{models.RailNameStripe: railThrough(gate)}, log)
		server, err := New(Options{DB: f.DB, Redis: redis, Program: f.Programs, Commission: f.Commission, Exports: f.Exports, Payouts: service, Sends: 6, Log: log})
		require.NoError(t, err)
		f.services, f.servers = append(f.services, service), append(f.servers, server)
	}
	return f
}

func (f *fleet) start() {
	f.T.Helper()
	for _, s := range f.servers {
		require.NoError(f.T, s.Start())
		f.T.Cleanup(s.Stop)
	}
}

// executing gives a batch of n payouts that is funded and started.
func (f *fleet) executing(n int) models.PayoutBatch {
	f.T.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i := range n {
		name := fmt.Sprintf("p%02d", i)
		e := f.Enroll(name, models.ID{})
		page, account, err := f.payouts.Onboard(f.T.Context(), f.Owner, e.ID, "https://acme.example/", "https://acme.example/")
		require.NoError(f.T, err)
		response, err := client.Get(page)
		require.NoError(f.T, err)
		require.NoError(f.T, response.Body.Close())
		require.NoError(f.T, f.payouts.RefreshAccount(f.T.Context(), models.RailNameStripe, account.Destination))
		f.Sell(name, "1000.00")
	}
	f.Clock.Advance(49 * time.Hour)
	period := f.CloseMonth()
	require.NoError(f.T, f.sim.Fund("gbp", int64(n)*10_000))
	var b models.PayoutBatch
	f.Do(func(tx *models.Tx) error {
		var err error
		if b, err = f.payouts.Plan(tx, f.Owner, period.ID); err != nil {
			return err
		}
		_, err = f.payouts.Approve(tx, access.System("checker", f.Owner.MerchantID), b.ID, payout.HashText(b.ContentHash))
		return err
	})
	require.Equal(f.T, n, b.PayoutCount)
	f.execute(b)
	return b
}

func (f *fleet) rows(b models.PayoutBatch) []models.Payout {
	f.T.Helper()
	var rows []models.Payout
	require.NoError(f.T, f.DB.Read(f.T.Context()).Where("batch_id = ?", b.ID).Order("id").Find(&rows).Error)
	return rows
}

// awaitPaid turns the clock, sweeping as the schedule would, until the batch is closed; then each payout has one transfer.
func (f *fleet) awaitPaid(b models.PayoutBatch) {
	f.T.Helper()
	defer func() {
		if f.T.Failed() {
			for _, p := range f.rows(b) {
				f.T.Logf("%s %s %d attempts, next %v, now %s", p.ID, p.State, p.Attempts, p.NextTryAt, f.Clock.Now())
			}
			f.T.Logf("outbox %+v", f.outbox())
		}
	}()
	require.Eventually(f.T, func() bool {
		f.Clock.Advance(time.Second)
		if f.payouts.Sweep(f.T.Context()) != nil {
			return false
		}
		now, err := f.payouts.Batch(f.T.Context(), f.Owner, b.ID)
		return err == nil && now.State == models.BatchStateClosed
	}, time.Minute, 100*time.Millisecond)
	paid := map[string]int{}
	for _, m := range f.sim.Transfers() {
		paid[m.Destination]++
	}
	require.Len(f.T, paid, b.PayoutCount)
	require.Len(f.T, f.sim.Transfers(), b.PayoutCount)
	require.NoError(f.T, f.sim.Check())
}
