package workers

import (
	"errors"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"tributary/internal/embedded"
	"tributary/internal/limiter"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// A storm of refusals for the limits: every worker slows down, in no second leaves more than the limit, and every payout is
// made once. (Of the whole system's acceptance: point 5.)
func TestAStormOfRefusalsSlowsAllAndLosesNothing(t *testing.T) {
	redis, empty := openRedis(t)
	empty()
	const perSecond, payouts, refusals = 80, 24, 8
	f := newFleet(t, 3, redis, empty, limiter.Limits{Transfers: perSecond, Global: perSecond, Reads: perSecond, InFlight: 8})
	b := f.executing(payouts)
	f.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "POST", Path: "/v1/transfers", Count: refusals})
	f.start()
	f.awaitPaid(b)
	load := f.sim.Load("POST /v1/transfers")
	require.Equal(t, payouts+refusals, load.Requests)
	require.LessOrEqual(t, load.MostInSecond, perSecond)
	var attempts []models.PayoutAttempt
	require.NoError(t, f.DB.Read(t.Context()).Find(&attempts).Error)
	turnedAway := 0
	for _, a := range attempts {
		if a.ErrorCode == "rate_limit" {
			turnedAway++
			require.Equal(t, models.AttemptOutcomeNotExecuted, a.Outcome)
		}
	}
	require.Equal(t, refusals, turnedAway)
	for _, p := range f.rows(b) {
		require.Equal(t, 1, p.Generation, "what was not executed is sent again under its key")
	}
}

// Redis loses all it has while calls are under way: the limits begin anew and the database rings again. (Point 3.)
func TestAnEmptiedRedisInTheMiddleOfABatch(t *testing.T) {
	redis, empty := openRedis(t)
	empty()
	f := newFleet(t, 2, redis, empty, limiter.Limits{Transfers: 200, Global: 400, Reads: 200, InFlight: 4})
	b := f.executing(12)
	f.gate.shut()
	f.start()
	for range 4 {
		<-f.gate.reached
	}
	f.empty()
	close(f.gate.open)
	f.Clock.Advance(3 * time.Minute) // what was rung and lost is rung again
	f.awaitPaid(b)
}

// Redis is away while calls are under way: they end and are recorded, no other leaves and none is claimed. (Point 3.)
func TestNothingLeavesWhileRedisIsAway(t *testing.T) {
	redis, err := embedded.StartRedis() // a real one cannot be told to fail
	require.NoError(t, err)
	t.Cleanup(redis.Stop)
	f := newFleet(t, 1, redis.URL(), redis.FlushAll, limiter.Limits{Transfers: 200, Global: 400, Reads: 200, InFlight: 4})
	b := f.executing(8)
	f.gate.shut()
	f.start()
	for range 4 {
		<-f.gate.reached
	}
	redis.Break("LOADING the data set")
	close(f.gate.open)
	require.Eventually(t, func() bool { return len(f.sim.Transfers()) == 4 && f.count(b, models.PayoutStateTransferred) == 4 }, 20*time.Second, 20*time.Millisecond)
	for _, p := range f.rows(b) {
		if p.State == models.PayoutStateTransferred {
			continue
		}
		err := f.services[0].Send(t.Context(), p.ID)
		var busy *payout.Busy
		require.ErrorAs(t, err, &busy)
		require.ErrorIs(t, err, limiter.ErrAway)
		require.False(t, isFailure(err), "it uses up no retry")
		require.True(t, isPassing(err), "its row stays")
	}
	require.Equal(t, 4, f.count(b, models.PayoutStateReady))
	require.Len(t, f.sim.Transfers(), 4)
	var attempts int64
	require.NoError(t, f.DB.Read(t.Context()).Model(&models.PayoutAttempt{}).Count(&attempts).Error)
	require.EqualValues(t, 4, attempts, "no attempt is on record that only waited")
	redis.Break("")
	f.Clock.Advance(3 * time.Minute)
	f.awaitPaid(b)
}

func (f *fleet) count(b models.PayoutBatch, state models.PayoutState) int {
	n := 0
	for _, p := range f.rows(b) {
		if p.State == state {
			n++
		}
	}
	return n
}

func TestWaitingForRoomUsesUpNoRetry(t *testing.T) {
	busy := &payout.Busy{After: 3 * time.Second, Cause: errors.New("limits")}
	require.False(t, isFailure(busy))
	require.True(t, isFailure(errors.New("the database is away")))
	for range 100 {
		wait := retryDelay(7, busy, nil)
		require.GreaterOrEqual(t, wait, 3*time.Second)
		require.Less(t, wait, 6*time.Second)
		require.GreaterOrEqual(t, retryDelay(0, &payout.Busy{Cause: busy}, nil), busyWaitMin)
		require.Less(t, retryDelay(0, &payout.Busy{After: time.Hour, Cause: busy}, nil), 2*busyWaitMax)
	}
	require.Positive(t, retryDelay(1, errors.New("the database is away"), asynq.NewTask("x", nil)))
}
