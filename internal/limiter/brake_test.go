package limiter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// interval gives how far apart the next two places are.
func (d *dial) interval(t *testing.T, s *Shared) time.Duration {
	t.Helper()
	d.turn(10 * time.Second) // past what was given so far
	factor, err := s.enter(t.Context(), &token{endpoint: Reads}, d.Now().Add(time.Second))
	require.NoError(t, err)
	var places [2]time.Time
	for i := range places {
		var after time.Duration
		places[i], after, err = s.place(t.Context(), s.rows(Transfers, factor)[0], time.Minute)
		require.NoError(t, err)
		require.Zero(t, after)
	}
	return places[1].Sub(places[0])
}

// pushed tells the pause that one more refusal begins.
func (d *dial) pushed(t *testing.T, s *Shared) time.Duration {
	t.Helper()
	s.Pushback(t.Context(), "global-rate")
	pause := s.pausedFor()
	require.Positive(t, pause)
	return pause
}

func TestARefusalPausesAllAndHalvesTheRate(t *testing.T) {
	d := newDial(t)
	limits := Limits{Transfers: 10, Global: 1000, InFlight: 10}
	a, b := d.limiter(t, Live, limits), d.limiter(t, Live, limits)
	full := d.interval(t, a)
	pause := d.pushed(t, a)
	require.LessOrEqual(t, pause, time.Second)
	require.GreaterOrEqual(t, pause, time.Second/2)
	require.Equal(t, pause, d.pushed(t, b), "what was under way when the pause began says nothing new")
	_, err := b.Take(briefly(t), Transfers, "")
	require.Error(t, err, "the other process pauses too")
	_, err = b.Take(briefly(t), Reads, "")
	require.Error(t, err)
	d.limiter(t, Test, limits).pausedFor()
	d.take(t, d.limiter(t, Test, limits), Transfers, "") // the other mode does not
	d.turn(pause)
	for waited := time.Duration(0); waited < 5*time.Minute-time.Minute; waited += time.Minute {
		require.InDelta(t, 2*full, d.interval(t, b), float64(5*time.Millisecond), "%s", waited)
		d.turn(time.Minute - 10*time.Second)
	}
	d.turn(time.Minute + 150*time.Second)
	half := d.interval(t, a)
	require.Less(t, half, 2*full-20*time.Millisecond)
	require.Greater(t, half, full+10*time.Millisecond)
	d.turn(5 * time.Minute)
	require.InDelta(t, full, d.interval(t, a), float64(time.Millisecond))
}

func TestPausesDoubleUpToAMinute(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Transfers: 100, Global: 1000, InFlight: 10})
	longest := time.Second
	for range 10 {
		pause := d.pushed(t, s)
		require.LessOrEqual(t, pause, longest)
		require.GreaterOrEqual(t, pause, longest/2)
		longest = min(2*longest, time.Minute)
		d.turn(pause)
	}
	require.Greater(t, d.interval(t, s), 90*time.Millisecond, "the rate is a tenth")
	require.Less(t, d.interval(t, s), 120*time.Millisecond, "and not less")
	pause := d.pushed(t, s)
	_, err := s.Take(t.Context(), Transfers, "")
	after, ok := AskAgain(err)
	require.True(t, ok)
	require.Equal(t, pause, after, "a pause that is too long to wait for is told")
	d.turn(pause + 10*time.Minute)
	require.LessOrEqual(t, d.pushed(t, s), time.Second, "it is forgotten when the rate has come back")
}

// A token that was given before a pause does not leave in it.
func TestNoTokenDepartsInAPause(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Transfers: 100, Global: 1000, InFlight: 10})
	token := d.take(t, s, Transfers, "")
	pause := d.pushed(t, s)
	require.Error(t, token.Depart(briefly(t)))
	require.False(t, token.Spend())
	d.turn(pause)
	token.at = d.Now()
	require.NoError(t, token.Depart(t.Context()))
}
