package payout_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// Two processes ask for the balance at once; one is answered late, when the other has paid already. What is left then is less
// than both need, and is enough.
func TestALateAnswerAboutTheBalancePausesNothing(t *testing.T) {
	s := newStage(t)
	one, two := s.partner(t, "ada"), s.partner(t, "bob")
	s.Sell("ada", "1000.00")
	s.Sell("bob", "1000.00")
	b := s.plan(t, s.CloseMonth())
	require.NoError(t, s.sim.Fund("gbp", b.TotalMinor))
	s.execute(b)
	asked, goOn := make(chan bool), make(chan bool)
	calls := 0
	s.behind(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/balance" {
			if calls++; calls == 1 {
				asked <- true
				<-goOn
			}
		}
		return false
	})
	late, first := make(chan error), s.payouts
	id := s.payoutOf(t, b, one).ID
	go func() { late <- first.Send(t.Context(), id) }()
	<-asked
	s.behind(t, func(http.ResponseWriter, *http.Request) bool { return false }) // another process
	require.NoError(t, s.payouts.Send(t.Context(), s.payoutOf(t, b, two).ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, two).State)
	close(goOn)
	require.NoError(t, <-late)
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, one).State)
	require.NotEqual(t, models.BatchStatePaused, s.batch(t, b.ID).State)
	require.NoError(t, s.sim.Check())
}

// A key that its rail does not accept is told of before the first call, like one that is refused by it: the batch waits for people.
func TestABatchPausesWhenItsKeyMayNotListTransfers(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	s.sim.Script(stripesim.Fault{Kind: stripesim.Unauthorized, Method: http.MethodGet, Path: "/v1/transfers", Count: 1})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, []any{models.BatchStatePaused, payout.PauseSetup}, []any{s.batch(t, b.ID).State, s.batch(t, b.ID).PauseReason})
	require.Zero(t, s.payoutOf(t, b, e).Attempts)
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.Resume(tx, s.Owner, b.ID); return err })
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
}
