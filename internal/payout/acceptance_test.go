package payout_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// behind puts a front before the simulator, which answers what it wants to itself.
func (s *stage) behind(t *testing.T, front func(w http.ResponseWriter, r *http.Request) bool) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !front(w, r) {
			s.sim.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	rail, err := stripeconnect.New(stripeconnect.Config{Key: simKey, APIBase: server.URL, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	s.over(rail)
}

// over makes the service pay over another rail.
func (s *stage) over(rail payout.Rail) {
	s.payouts = payout.New(s.DB, map[models.RailName]payout.Rail{models.RailNameStripe: rail}, slog.New(slog.DiscardHandler))
}

// refusal is a rail that refuses every order.
type refusal struct {
	payout.Rail
	answer *payout.Refusal
}

func (r refusal) Send(context.Context, payout.Order) (payout.Receipt, error) {
	return payout.Receipt{Call: r.answer.Call}, r.answer
}

func (s *stage) refusing(t *testing.T, answer *payout.Refusal) {
	t.Helper()
	s.over(refusal{s.rail, answer})
}

func isTransfer(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/v1/transfers"
}

// Section 6, 4: the first worker's call hangs until its claim is over; the second pays; then the first call arrives too.
func TestAcceptance4TwoWorkersAndAnExpiredClaim(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	arrived, goOn := make(chan bool, 1), make(chan bool)
	calls := 0
	s.behind(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if isTransfer(r) {
			if calls++; calls == 1 {
				arrived <- true
				<-goOn
			}
		}
		return false
	})
	first := make(chan error)
	go func() { first <- s.payouts.Send(context.Background(), p.ID) }()
	<-arrived
	require.NoError(t, s.payouts.Send(t.Context(), p.ID), "the claim holds")
	require.Equal(t, 1, calls)
	s.Clock.Advance(3 * time.Minute)
	require.NoError(t, s.payouts.Sweep(t.Context()))
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	paid := s.payoutOf(t, b, e)
	require.Equal(t, models.PayoutStateTransferred, paid.State)
	goOn <- true
	require.ErrorIs(t, <-first, payout.ErrPayoutState, "who lost the claim records nothing")
	require.Equal(t, paid, s.payoutOf(t, b, e))
	require.Equal(t, 2, calls)
	require.Len(t, s.sim.Transfers(), 1)
	require.NoError(t, s.sim.Check())
}

// Section 6, 4: a worker that is told to stop in the middle of its call records that it does not know, and the next pays.
func TestAcceptance4AWorkerThatIsStoppedInItsCall(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan bool)
	s.behind(t, func(w http.ResponseWriter, r *http.Request) bool {
		if isTransfer(r) && ctx.Err() == nil {
			s.sim.ServeHTTP(httptest.NewRecorder(), r) // it ran
			stop()
			<-over
			return true
		}
		return false
	})
	require.NoError(t, s.payouts.Send(ctx, p.ID))
	close(over)
	require.Equal(t, models.PayoutStateUnknown, s.payoutOf(t, b, e).State)
	s.Clock.Advance(time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	require.Len(t, s.sim.Transfers(), 1)
	require.NoError(t, s.sim.Check())
}

// Section 6, 6: after an unknown outcome an answer that was given before the rail looked at the key resolves nothing.
func TestAcceptance6AnAnswerBeforeTheKeyResolvesNothing(t *testing.T) {
	answer := func(kind, code string) string {
		return fmt.Sprintf(`{"error":{"type":%q,"code":%q,"message":"no"}}`, kind, code)
	}
	for name, c := range map[string]struct {
		status   int
		body     string
		replayed bool
		want     models.PayoutState
	}{
		"429":                          {429, answer("invalid_request_error", "rate_limit"), false, models.PayoutStateUnknown},
		"lock timeout":                 {429, answer("invalid_request_error", "lock_timeout"), false, models.PayoutStateUnknown},
		"401":                          {401, answer("invalid_request_error", ""), false, models.PayoutStateUnknown},
		"403":                          {403, answer("invalid_request_error", ""), false, models.PayoutStateUnknown},
		"validation 400":               {400, answer("invalid_request_error", "parameter_invalid_integer"), false, models.PayoutStateUnknown},
		"409":                          {409, answer("invalid_request_error", "idempotency_key_in_use"), false, models.PayoutStateUnknown},
		"too little funds":             {400, answer("invalid_request_error", "balance_insufficient"), false, models.PayoutStateUnknown},
		"account closed":               {400, answer("invalid_request_error", "account_closed"), false, models.PayoutStateUnknown},
		"account closed, replayed":     {400, answer("invalid_request_error", "account_closed"), true, models.PayoutStateHeld},
		"too little funds, replayed":   {400, answer("invalid_request_error", "balance_insufficient"), true, models.PayoutStateReady},
		"parameter refused, replayed":  {400, answer("invalid_request_error", "parameter_invalid_integer"), true, models.PayoutStateReady},
		"another request, under a key": {400, answer("idempotency_error", ""), false, models.PayoutStateNeedsReview},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, e, p := spoiled(t, s, stripesim.DropBefore)
			s.behind(t, func(w http.ResponseWriter, r *http.Request) bool {
				if !isTransfer(r) {
					return false
				}
				if c.replayed {
					w.Header().Set("Idempotent-Replayed", "true")
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
				return true
			})
			s.Clock.Advance(time.Hour)
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			now := s.payoutOf(t, b, e)
			require.Equal(t, c.want, now.State)
			require.Equal(t, c.want != models.PayoutStateHeld, now.Reserved, "only a definite end releases")
			require.Equal(t, c.want == models.PayoutStateReady, now.Generation == 2)
		})
	}
}

// Section 6, 7: the balance runs short in the middle of a batch. What was paid stays paid, and the rest is paid once under a new
// generation, which its attempts show.
func TestAcceptance7FundsRunShortInTheMiddle(t *testing.T) {
	s := newStage(t)
	ada, bob := s.partner(t, "ada"), s.partner(t, "bob")
	s.Sell("ada", "1000.00")
	s.Sell("bob", "1000.00")
	b := s.plan(t, s.CloseMonth())
	require.NoError(t, s.sim.Fund("gbp", 15_000))
	s.execute(b)
	// The rail does not tell its balance before the first call: that stops nothing.
	s.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "GET", Path: "/v1/balance", Count: 1})
	require.NoError(t, s.payouts.Send(t.Context(), s.payoutOf(t, b, ada).ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, ada).State)
	p := s.payoutOf(t, b, bob)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, []any{models.BatchStatePaused, payout.PauseFunds}, []any{s.batch(t, b.ID).State, s.batch(t, b.ID).PauseReason})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID), "a paused batch sends nothing")
	require.NoError(t, s.sim.Fund("gbp", 5_000))
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.Resume(tx, s.checker, b.ID); return err })
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, bob).State)
	page, err := s.payouts.AttemptsOf(t.Context(), s.Owner, p.ID, models.Page{Size: 10})
	require.NoError(t, err)
	require.Len(t, page.Rows, 2)
	for i, want := range []models.PayoutAttempt{{Generation: 1, Seq: 1, Outcome: models.AttemptOutcomeRefused, ErrorCode: "balance_insufficient"},
		{Generation: 2, Seq: 1, Outcome: models.AttemptOutcomePaid}} {
		got := page.Rows[i]
		require.Equal(t, want, models.PayoutAttempt{Generation: got.Generation, Seq: got.Seq, Outcome: got.Outcome, ErrorCode: got.ErrorCode})
		require.NotEmpty(t, got.RequestID)
	}
	require.Len(t, s.sim.Transfers(), 2)
	require.NoError(t, s.sim.Check())
	require.Zero(t, s.reconcile(t, b).FindingCount)
}

// Section 6, 8: what cannot be read, a redirect and the other mode's transfer are no success, and a list that breaks off is
// no absence.
func TestAcceptance8NoneCountsAsSuccessOrAsAbsence(t *testing.T) {
	ok := func(body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { _, _ = w.Write([]byte(body)) }
	}
	for name, answer := range map[string]func(http.ResponseWriter){
		"nothing": ok(`{}`), "cut short": ok(`{"id":"tr_1","obj`), "no JSON": ok(`<html>`), "other mode": ok(`{"id":"tr_1","object":"transfer","livemode":true}`),
		"a redirect": func(w http.ResponseWriter) { w.Header().Set("Location", "/v1/balance"); w.WriteHeader(302) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, e, p := oneDue(t, s, 100_000)
			s.behind(t, func(w http.ResponseWriter, r *http.Request) bool {
				if isTransfer(r) {
					answer(w)
				}
				return isTransfer(r)
			})
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			now := s.payoutOf(t, b, e)
			require.Equal(t, models.PayoutStateUnknown, now.State)
			require.True(t, now.Reserved)
		})
	}
	t.Run("a second page that fails", func(t *testing.T) {
		s := newStage(t)
		b, e, p := spoiled(t, s, stripesim.DropBefore)
		s.behind(t, func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/v1/transfers" {
				return false
			}
			if r.URL.Query().Get("starting_after") != "" {
				w.WriteHeader(429) // a 500, or what is no JSON, would be tried again, for long
				_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","code":"rate_limit"}}`))
				return true
			}
			_, _ = w.Write([]byte(`{"object":"list","has_more":true,"url":"/v1/transfers","data":[{"id":"tr_1","object":"transfer","currency":"gbp"}]}`))
			return true
		})
		for range 3 {
			s.Clock.Advance(100 * time.Hour)
			require.Error(t, s.payouts.Send(t.Context(), p.ID))
		}
		require.Equal(t, []any{models.PayoutStateUnknown, payout.ReasonSilent}, []any{s.payoutOf(t, b, e).State, s.payoutOf(t, b, e).Reason})
		_, err := s.payouts.Reconcile(t.Context(), b.ID)
		require.Error(t, err, "no finding comes of half a list")
	})
}

// Section 6, 10: an approval does not last, and a batch whose content is another is not the one that was approved.
func TestAcceptance10AnApprovalExpires(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	s.Sell("ada", "1000.00")
	period := s.CloseMonth()
	b := s.plan(t, period)
	approve := func(hash string) string {
		return s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Approve(tx, s.checker, b.ID, hash); return err })
	}
	execute := func() string {
		return s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Execute(tx, s.checker, b.ID); return err })
	}
	require.Empty(t, approve(payout.HashText(b.ContentHash)))
	require.Equal(t, "BATCH_STATE", approve(payout.HashText(b.ContentHash)), "it stands")
	s.Clock.Advance(payout.ApprovalLife)
	require.Equal(t, "APPROVAL_EXPIRED", execute())
	require.Equal(t, "BATCH_CHANGED", approve("00"))
	require.Equal(t, "APPROVER_IS_MAKER", s.try(t, func(tx *models.Tx) error {
		_, err := s.payouts.Approve(tx, s.Owner, b.ID, payout.HashText(b.ContentHash))
		return err
	}))
	require.Empty(t, approve(payout.HashText(b.ContentHash)), "approving again is possible")
	s.Clock.Advance(payout.ApprovalLife - time.Second)
	require.Empty(t, execute())
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountInTransit))

	// A change is a new batch, with another hash: the approval of the old one says nothing about it.
	ready := s.payoutOf(t, b, e)
	s.Do(func(tx *models.Tx) error {
		_, err := s.payouts.HoldPayout(tx, s.Owner, ready.ID, "to be planned anew")
		return err
	})
	s.reconcile(t, b)
	old := payout.HashText(b.ContentHash)
	s.Sell("ada", "10.00")
	b = s.plan(t, s.CloseMonth())
	require.Equal(t, "BATCH_CHANGED", approve(old))
}

// Section 6, 10: of many payouts that are due, the one in hand when payouts are stopped is the last that leaves.
func TestAcceptance10AStopHoldsWithinOneItem(t *testing.T) {
	s := newStage(t)
	var ids []models.ID
	var enrolled []models.Enrollment
	for i := range 4 {
		name := fmt.Sprintf("partner-%d", i)
		enrolled = append(enrolled, s.partner(t, name))
		s.Sell(name, "200.00")
	}
	b := s.plan(t, s.CloseMonth())
	require.NoError(t, s.sim.Fund("gbp", 100_000))
	s.execute(b)
	for _, e := range enrolled {
		ids = append(ids, s.payoutOf(t, b, e).ID)
	}
	stopped := false
	s.behind(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if isTransfer(r) && !stopped {
			stopped = true
			s.stop(s.Owner) // while the call of the first is on its way
		}
		return false
	})
	for _, id := range ids {
		require.NoError(t, s.payouts.Send(t.Context(), id))
	}
	require.Len(t, s.sim.Transfers(), 1)
	require.Equal(t, payout.PauseStopped, s.batch(t, b.ID).PauseReason)
	s.start(s.Owner)
	for _, id := range ids {
		require.NoError(t, s.payouts.Send(t.Context(), id))
	}
	require.Len(t, s.sim.Transfers(), 4)
	require.NoError(t, s.sim.Check())
}

// Section 6, 11: each currency is paid as Stripe counts it, from its own balance, in a batch of its own.
func TestAcceptance11Currencies(t *testing.T) {
	for currency, c := range map[string]struct {
		sale       string
		minor      int64 // as we count
		sent, left int64 // as Stripe counts, and what the rail cannot move
	}{"JPY": {"12345", 1234, 1234, 0}, "ISK": {"12345", 1234, 123_400, 0}, "KWD": {"123.450", 12_345, 12_340, 5}, "HUF": {"12345.60", 123_456, 123_456, 0}} {
		t.Run(currency, func(t *testing.T) {
			s := newStage(t)
			s.inCurrency(t, currency)
			e := s.partner(t, "ada")
			s.Do(func(tx *models.Tx) error {
				_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "o", OccurredAt: tx.Now, Currency: currency, Amount: c.sale, LinkCode: "link-ada"})
				return err
			})
			b := s.plan(t, s.CloseMonth())
			require.Equal(t, currency, string(b.Currency))
			require.Equal(t, c.minor-c.left, b.TotalMinor)
			require.NoError(t, s.sim.Fund("gbp", 10_000_000))
			s.execute(b)
			p := s.payoutOf(t, b, e)
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			require.Equal(t, payout.PauseFunds, s.batch(t, b.ID).PauseReason, "pounds pay nothing else")
			require.NoError(t, s.sim.Fund(strings.ToLower(currency), c.sent))
			s.Do(func(tx *models.Tx) error { _, err := s.payouts.Resume(tx, s.checker, b.ID); return err })
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
			require.Equal(t, c.sent, s.sim.Transfers()[0].Amount)
			require.Equal(t, c.left, s.Balance(e.ID, models.AccountPayable))
			require.Zero(t, s.reconcile(t, b).FindingCount)
			require.NoError(t, s.sim.Check())
		})
	}
}

// inCurrency turns to a program in another currency.
func (s *stage) inCurrency(t *testing.T, currency string) {
	t.Helper()
	s.Do(func(tx *models.Tx) (err error) {
		s.Program, err = s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "other", Name: "Other", Currency: currency, TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true})
		if err != nil {
			return err
		}
		_, err = s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now.AddDate(-1, 0, 0), MaxTotal: "10%",
			Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		return err
	})
}
