package payout_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

// spoiled starts one payout whose first call goes wrong, and gives it.
func spoiled(t *testing.T, s *stage, fault stripesim.FaultKind) (models.PayoutBatch, models.Enrollment, models.Payout) {
	t.Helper()
	b, e, p := oneDue(t, s, 100_000)
	s.sim.Script(stripesim.Fault{Kind: fault, Method: "POST", Path: "/v1/transfers", Count: 1})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	p = s.payoutOf(t, b, e)
	require.Equal(t, models.PayoutStateUnknown, p.State)
	return b, e, p
}

func TestAfterTheKeysLifeALookUpFindsTheTransfer(t *testing.T) {
	for _, fault := range []stripesim.FaultKind{stripesim.DropAfter, stripesim.KeptError} {
		s := newStage(t)
		b, e, p := spoiled(t, s, fault)
		s.Clock.Advance(payout.KeyLife)
		s.sim.Script(stripesim.Fault{Kind: stripesim.ServerError, Method: "POST", Path: "/v1/transfers", Count: 1})
		require.NoError(t, s.payouts.Send(t.Context(), p.ID))
		require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
		require.Len(t, s.sim.Transfers(), 1, "nothing is sent again")
	}
}

// A transfer that is not listed may still be under way: only two complete lists an hour apart, long after the last
// attempt, leave it to a person. Nothing is ever sent again, and nothing is released.
func TestWhatIsNotFoundIsGivenUpLate(t *testing.T) {
	for name, c := range map[string]struct {
		fault         stripesim.FaultKind
		early, unseen time.Duration // the last list that does not count, and the first that does
	}{"lost before it ran": {stripesim.DropBefore, payout.KeyLife, 24 * time.Hour},
		"a proxy's 502": {stripesim.HTML502, 72*time.Hour - time.Second, 73*time.Hour - time.Second}} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, e, p := spoiled(t, s, c.fault)
			start := s.Clock.Now()
			look := func(at time.Duration, state models.PayoutState, reason string) {
				t.Helper()
				s.Clock.Set(start.Add(at))
				require.NoError(t, s.payouts.Send(t.Context(), p.ID))
				now := s.payoutOf(t, b, e)
				require.Equal(t, state, now.State, "after %s", at)
				require.Equal(t, reason, now.Reason)
			}
			look(c.early, models.PayoutStateUnknown, payout.ReasonUnknown)
			look(c.unseen-time.Second, models.PayoutStateUnknown, payout.ReasonUnknown) // not due: an hour lies between two lists
			look(c.unseen, models.PayoutStateUnknown, payout.ReasonUnseen)
			look(c.unseen+time.Hour-time.Second, models.PayoutStateUnknown, payout.ReasonUnseen)
			s.Clock.Set(start.Add(c.unseen + time.Hour))
			require.NoError(t, s.payouts.Sweep(t.Context()))
			look(c.unseen+time.Hour, models.PayoutStateNeedsReview, payout.ReasonNotFound)
			look(c.unseen+200*time.Hour, models.PayoutStateNeedsReview, payout.ReasonNotFound)
			require.Empty(t, s.sim.Transfers())
			require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountInTransit))
			require.Equal(t, models.BatchStateExecuting, s.batch(t, b.ID).State)
		})
	}
}

// A list that cannot be read completely is no list: it neither finds nor misses anything.
func TestAFailedListDecidesNothing(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropBefore)
	s.Clock.Advance(100 * time.Hour)
	for range 3 {
		s.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "GET", Path: "/v1/transfers", Count: 1})
		require.Error(t, s.payouts.Send(t.Context(), p.ID))
		require.NoError(t, s.payouts.Send(t.Context(), p.ID), "not due")
		s.Clock.Advance(time.Hour)
	}
	now := s.payoutOf(t, b, e)
	require.Equal(t, models.PayoutStateUnknown, now.State)
	require.Equal(t, payout.ReasonSilent, now.Reason)
}

func TestAnotherTransferUnderOurMarkIsLeftToAPerson(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropBefore)
	_, err := s.rail.Send(testkit.Admitted(t.Context()), payout.Order{Key: "tributary:elsewhere", BatchID: b.ID, PayoutID: p.ID, Generation: 1,
		Amount: money.New(p.AmountMinor-1, p.Currency), Destination: p.Destination})
	require.NoError(t, err)
	s.Clock.Advance(25 * time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateNeedsReview, s.payoutOf(t, b, e).State)
	require.Equal(t, payout.ReasonDiffers, s.payoutOf(t, b, e).Reason)
	run, err := s.payouts.Reconcile(t.Context(), b.ID)
	require.NoError(t, err)
	findings, err := s.payouts.Findings(t.Context(), s.Owner, run)
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Equal(t, payout.FindingExtra, findings[0].Kind)
}

func TestAKeyThatServedAnotherRequestIsLeftToAPerson(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	_, err := s.rail.Send(testkit.Admitted(t.Context()), payout.Order{Key: "tributary:payout:" + p.ID.String() + ":g1", BatchID: models.NewID(), PayoutID: p.ID, Generation: 1,
		Amount: money.New(1, p.Currency), Destination: p.Destination})
	require.NoError(t, err)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, models.PayoutStateNeedsReview, now.State)
	require.Equal(t, payout.ReasonKeyReused, now.Reason)
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountInTransit))
	s.Clock.Advance(time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Len(t, s.sim.Transfers(), 1)
	var a models.PayoutAttempt
	require.NoError(t, s.DB.Read(t.Context()).Where("payout_id = ?", p.ID).Take(&a).Error)
	require.Equal(t, models.AttemptOutcomeUnknown, a.Outcome)
	require.Equal(t, "idempotency_error", a.ErrorCode)
	require.Equal(t, 400, a.HttpStatus)
}

func TestWithoutARailNothingIsClaimed(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	bare := payout.New(s.DB, nil, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, bare.Send(t.Context(), p.ID), payout.ErrNoRail)
	now := s.payoutOf(t, b, e)
	require.Equal(t, models.PayoutStateReady, now.State)
	require.Zero(t, now.Attempts)
}

// What was turned away before the rail looked at its key has used no time of that key: a day later it is as young as ever.
func TestAKeyThatWasTurnedAwayIsYoungWhenItIsSent(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	s.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "POST", Path: "/v1/transfers", Count: 1})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateReady, s.payoutOf(t, b, e).State)
	s.Clock.Advance(25 * time.Hour)
	s.sim.Script(stripesim.Fault{Kind: stripesim.DropBefore, Method: "POST", Path: "/v1/transfers", Count: 1})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateUnknown, s.Clock.Now()}, []any{now.State, *now.FirstAttemptAt})
	s.Clock.Advance(2 * time.Minute)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	now = s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, 3}, []any{now.State, now.Attempts}, "sent again, not looked for")
}
