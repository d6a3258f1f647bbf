package payout_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// listless is a payout whose answer was lost, and whose rail lists nothing any more: it refuses our key. The switch lets it
// list again.
func listless(t *testing.T, s *stage, fault stripesim.FaultKind) (b models.PayoutBatch, e models.Enrollment, p models.Payout, calls *int, lists *bool) {
	t.Helper()
	b, e, p = spoiled(t, s, fault)
	calls, lists = new(int), new(bool)
	s.behind(t, func(w http.ResponseWriter, r *http.Request) bool {
		*calls++
		if !*lists && r.Method == http.MethodGet {
			says(http.StatusUnauthorized, "invalid_request_error", "api_key_expired", false)(w, r)
			return true
		}
		return false
	})
	return b, e, p, calls, lists
}

// A rail that lists nothing for days decides nothing; that is told, and it is not asked more than once an hour.
func TestARailThatListsNothingIsToldAndNotAskedHotly(t *testing.T) {
	s := newStage(t)
	b, e, p, calls, _ := listless(t, s, stripesim.DropBefore)
	start := s.Clock.Now()
	for at := payout.KeyLife; at <= 100*time.Hour; at += 10 * time.Minute {
		s.Clock.Set(start.Add(at))
		require.NoError(t, s.payouts.Sweep(t.Context()))
		_ = s.payouts.Send(t.Context(), p.ID)
		_ = s.payouts.Send(t.Context(), p.ID) // the queue's own repeat
		want := payout.ReasonUnknown
		if at >= 72*time.Hour {
			want = payout.ReasonSilent
		}
		now := s.payoutOf(t, b, e)
		require.Equal(t, []any{models.PayoutStateUnknown, want}, []any{now.State, now.Reason}, "after %s", at)
	}
	require.Equal(t, 78, *calls, "once an hour, from the 23rd to the 100th")
	totals, err := s.payouts.Totals(t.Context(), s.Owner, b.ID)
	require.NoError(t, err)
	require.Equal(t, payout.ReasonSilent, totals[0].Reason)
	undecided, err := s.payouts.Undecided(t.Context())
	require.NoError(t, err)
	require.Equal(t, []payout.Undecided{{State: models.PayoutStateUnknown, Count: 1, Oldest: 100 * time.Hour}, {State: models.PayoutStateNeedsReview}}, undecided)
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountInTransit))
	for _, kind := range []models.DecisionKind{models.DecisionKindRetry, models.DecisionKindRelease} {
		require.Equal(t, "PAYOUT_STATE", s.try(t, func(tx *models.Tx) error {
			_, err := s.payouts.RequestDecision(tx, s.Owner, payout.DecisionInput{PayoutID: p.ID, Kind: kind, Reason: "the rail is gone"})
			return err
		}), "that it was not paid needs a list")
	}
}

// Two people may say that it was paid while the rail lists nothing, but not before three days.
func TestTwoPeopleSayWithoutAListThatItWasPaid(t *testing.T) {
	s := newStage(t)
	b, e, p, _, lists := listless(t, s, stripesim.DropAfter)
	made := s.sim.Transfers()[0].ID
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindPaid, TransferID: made, Reason: "it is in the dashboard"})
	for _, at := range []time.Duration{0, 24 * time.Hour, 47 * time.Hour} {
		s.Clock.Advance(at)
		_ = s.payouts.Send(t.Context(), p.ID)
		require.Equal(t, "RAIL_UNAVAILABLE", s.confirm(t, s.checker, d.ID))
	}
	s.Clock.Advance(time.Hour)
	require.Error(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, payout.ReasonSilent, s.payoutOf(t, b, e).Reason)
	require.Equal(t, "DECIDER_IS_REQUESTER", s.confirm(t, s.Owner, d.ID))
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, made}, []any{now.State, *now.TransferID})
	require.Zero(t, s.Balance(e.ID, models.AccountInTransit))
	_, err := s.payouts.Reconcile(t.Context(), b.ID)
	require.Error(t, err, "their batch is closed by a comparison only")
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
	*lists = true
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
}

// What two people said without a list is checked when there is one.
func TestAWordThatWasWrongIsFoundOut(t *testing.T) {
	s := newStage(t)
	b, e, p, _, lists := listless(t, s, stripesim.DropBefore)
	s.Clock.Advance(72 * time.Hour)
	require.Error(t, s.payouts.Send(t.Context(), p.ID))
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindPaid, TransferID: "tr_by_mistake", Reason: "it is in the dashboard"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	*lists = true
	run := s.reconcile(t, b)
	require.Equal(t, 1, run.FindingCount)
	require.Empty(t, s.sim.Transfers())
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
}
