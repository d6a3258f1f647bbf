package limiter

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/embedded"
	"tributary/internal/fault"
)

// dial is a clock for the limiter and its Redis, turned by hand.
type dial struct {
	mu    sync.Mutex
	now   time.Time
	redis *embedded.Redis
}

func newDial(t *testing.T) *dial {
	t.Helper()
	redis, err := embedded.StartRedis()
	require.NoError(t, err)
	t.Cleanup(redis.Stop)
	d := &dial{now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), redis: redis}
	d.turn(0)
	return d
}

func (d *dial) turn(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
	d.redis.SetTime(d.now)
}

func (d *dial) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *dial) limiter(t *testing.T, mode string, l Limits) *Shared {
	t.Helper()
	s, err := New(Options{Redis: d.redis.URL(), Mode: mode, Limits: l, Now: d.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func (d *dial) take(t *testing.T, s *Shared, e Endpoint, subject string) *token {
	t.Helper()
	taken, err := s.Take(t.Context(), e, subject)
	require.NoError(t, err)
	return taken.(*token)
}

// briefly is a context that ends while the clock stands still, for what would wait for ever.
func briefly(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// The instants of two processes' tokens are spaced as if they were one, by a little more than the limit's interval.
func TestProcessesShareTheRate(t *testing.T) {
	d := newDial(t)
	limits := Limits{Transfers: 10, Global: 1000, InFlight: 100}
	a, b := d.limiter(t, Live, limits), d.limiter(t, Live, limits)
	first := d.take(t, a, Transfers, "")
	require.WithinDuration(t, d.Now().Add(lead), first.at, time.Millisecond, "nobody waits where nobody was")
	for i := range 20 {
		s := a
		if i%2 == 0 {
			s = b
		}
		d.turn(100 * time.Millisecond)
		at := d.take(t, s, Transfers, "").at
		want := first.at.Add(time.Duration(i+1) * time.Second * 1000 / 10 / headroom)
		require.WithinDuration(t, want, at, time.Millisecond)
	}
}

func TestEndpointsAndModesAreCountedApart(t *testing.T) {
	d := newDial(t)
	limits := Limits{Transfers: 1, Reads: 1, Global: 1000, InFlight: 100}
	s := d.limiter(t, Live, limits)
	now := d.Now()
	then := now.Add(lead)
	require.WithinDuration(t, then, d.take(t, s, Transfers, "").at, time.Millisecond)
	require.WithinDuration(t, then, d.take(t, s, Reads, "").at, 2*time.Millisecond)
	require.WithinDuration(t, then, d.take(t, d.limiter(t, Test, limits), Transfers, "").at, time.Millisecond)
	d.turn(1050 * time.Millisecond)
	require.WithinDuration(t, then.Add(time.Second), d.take(t, s, Transfers, "").at, 60*time.Millisecond)

	then = d.Now().Add(lead)
	all := d.limiter(t, "other", Limits{Transfers: 1000, Reads: 1000, Global: 1, InFlight: 100})
	require.WithinDuration(t, then, d.take(t, all, Transfers, "").at, time.Millisecond)
	d.turn(1050 * time.Millisecond)
	require.WithinDuration(t, then.Add(time.Second), d.take(t, all, Reads, "").at, 60*time.Millisecond, "all calls have a limit together")
}

// Places are given a little ahead, and then there is a wait, which is bounded.
func TestNobodyWaitsLongerThanMayBeWaited(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Transfers: 20, Global: 1000, InFlight: 100})
	given := 0
	for {
		taken, err := s.Take(briefly(t), Transfers, "")
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			break
		}
		given++
		require.LessOrEqual(t, taken.(*token).at.Sub(d.Now()), ahead+lead)
	}
	require.InDelta(t, 1+ahead.Seconds()*20, given, 2)
	busy := make(chan error)
	go func() {
		_, err := s.reserve(t.Context(), Transfers, 1000, d.Now().Add(-time.Second))
		busy <- err
	}()
	err := <-busy
	after, ok := AskAgain(err)
	require.True(t, ok)
	require.Positive(t, after)
	require.Equal(t, "RAIL_BUSY", fault.CodeOf(err))
	d.turn(ahead)
	d.take(t, s, Transfers, "")
}

func TestSlotsAreSharedAndHaveALease(t *testing.T) {
	d := newDial(t)
	limits := Limits{Transfers: 1000, Global: 1000, InFlight: 2}
	a, b := d.limiter(t, Live, limits), d.limiter(t, Live, limits)
	one, _ := d.take(t, a, Transfers, ""), d.take(t, b, Transfers, "")
	_, err := b.Take(briefly(t), Transfers, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	d.take(t, b, Reads, "").Release() // reads need none
	one.Release()
	one.Release()
	d.take(t, b, Transfers, "")
	_, err = a.Take(briefly(t), Accounts, "")
	require.ErrorIs(t, err, context.DeadlineExceeded, "what was given back twice is one slot, and writes of every kind share them")
	d.turn(slotLease + time.Second)
	d.take(t, a, Transfers, "") // whoever held it is dead
}

func TestOneWriteAtATimeOnASubject(t *testing.T) {
	d := newDial(t)
	limits := Limits{Transfers: 1000, Global: 1000, InFlight: 10}
	a, b := d.limiter(t, Live, limits), d.limiter(t, Live, limits)
	first := d.take(t, a, Transfers, "acct_1")
	d.take(t, b, Transfers, "acct_2")
	_, err := b.Take(briefly(t), Links, "acct_1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	d.turn(slotLease + time.Second)
	second := d.take(t, b, Transfers, "acct_1")
	first.Release() // it was late: the lock is another's now
	_, err = a.Take(briefly(t), Transfers, "acct_1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	second.Release()
	d.take(t, a, Transfers, "acct_1")
}

func TestATokenIsGoodForOneCallAfterItsInstant(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Transfers: 10, Global: 1000, InFlight: 10})
	token := d.take(t, s, Transfers, "")
	require.False(t, token.Spend(), "it has not departed")
	d.turn(lead)
	require.NoError(t, token.Depart(t.Context()))
	require.True(t, token.Spend())
	require.False(t, token.Spend())
}

// A call that leaves late takes the place of the next one too: otherwise all that was held up would leave beside those whose
// turn it is. One that is much too late takes another instant.
func TestWhoLeavesLateCountsTwice(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Links: 10, Global: 1000, InFlight: 10})
	step := s.rows(Links, 1000)[0].step()
	var tokens []*token
	for range 3 {
		tokens = append(tokens, d.take(t, s, Links, ""))
	}
	sent := func(token *token) {
		t.Helper()
		at := token.at
		require.NoError(t, token.Depart(t.Context()))
		require.Equal(t, at, token.at)
		token.Sent(t.Context())
	}
	d.turn(lead + lateAfter)
	sent(tokens[0])
	d.turn(step + time.Millisecond)
	sent(tokens[1])
	require.WithinDuration(t, tokens[2].at.Add(2*step), d.take(t, s, Links, "").at, time.Millisecond, "one was late")
	d.turn(tokens[2].at.Add(tooLate + time.Millisecond).Sub(d.Now()))
	at := tokens[2].at
	_ = tokens[2].Depart(briefly(t)) // the clock stands, so its new instant does not come
	require.WithinDuration(t, d.Now().Add(lead), tokens[2].at, step)
	require.NotEqual(t, at, tokens[2].at)
}

// However senders are held up, no second has more calls than the limit once what is late counts twice.
func TestNoSecondHasMoreCallsThanTheLimit(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Transfers: 100, Global: 1000, InFlight: 100})
	b := s.rows(Transfers, 1000)[0]
	draw := rand.New(rand.NewPCG(1, 2))
	var waiting []time.Time // instants that were given
	var left []time.Time
	stalled, asks := d.Now(), d.Now()
	for range 20_000 { // milliseconds
		d.turn(time.Millisecond)
		now := d.Now()
		if !now.Before(asks) {
			at, after, err := s.place(t.Context(), b, ahead)
			require.NoError(t, err)
			if asks = now.Add(after); after == 0 {
				waiting = append(waiting, at.Add(lead))
			}
		}
		if draw.IntN(150) == 0 {
			stalled = now.Add(time.Duration(draw.IntN(int(tooLate/time.Millisecond))) * time.Millisecond)
		}
		for len(waiting) > 0 && !now.Before(waiting[0]) && !now.Before(stalled) {
			one := &token{gate: s, endpoint: Transfers, factor: 1000, at: waiting[0]}
			one.Sent(t.Context())
			left, waiting = append(left, now), waiting[1:]
		}
	}
	require.Greater(t, len(left), 500)
	for i := range len(left) - 100 {
		require.GreaterOrEqual(t, left[i+100].Sub(left[i]), time.Second)
	}
}

// An emptied Redis has forgotten who was given what; from then on the calls are spaced again.
func TestAnEmptiedRedisGoesOnGivingTokens(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Transfers: 10, Global: 1000, InFlight: 3})
	held := d.take(t, s, Transfers, "acct_1")
	d.redis.FlushAll()
	one, two := d.take(t, s, Transfers, ""), d.take(t, s, Transfers, "")
	require.WithinDuration(t, one.at.Add(102140*time.Microsecond), two.at, time.Millisecond)
	held.Release() // what it held is gone
	d.turn(lead)
	require.NoError(t, held.Depart(t.Context()))
	d.take(t, s, Transfers, "")
	_, err := s.Take(briefly(t), Transfers, "")
	require.ErrorIs(t, err, context.DeadlineExceeded, "the slots are counted again")
}

func TestNoRedisNoToken(t *testing.T) {
	d := newDial(t)
	s := d.limiter(t, Live, Limits{Links: 1000, Global: 1000})
	held := make([]*token, 0, s.o.Limits.InFlight)
	for range s.o.Limits.InFlight {
		held = append(held, d.take(t, s, Links, ""))
	}
	d.redis.Break("LOADING the data set")
	for _, token := range held {
		token.Release()
	}
	for _, e := range []Endpoint{Transfers, Accounts, Links, Reads} {
		_, err := s.Take(t.Context(), e, "")
		require.ErrorIs(t, err, ErrAway)
		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		after, ok := AskAgain(err)
		require.True(t, ok)
		require.Positive(t, after)
	}
	d.redis.Break("")
	d.take(t, s, Transfers, "") // what was released meanwhile is given back
}

func TestLimitsAreFilledAndChecked(t *testing.T) {
	require.Equal(t, Defaults(Test), Limits{}.OrDefaults(Test))
	require.Equal(t, Limits{Global: 50, Transfers: 100, Accounts: 10, Links: 10, Reads: 20, InFlight: 100}, Limits{Transfers: 100}.OrDefaults(Live))
	require.Equal(t, 5, Limits{Transfers: 1}.OrDefaults(Live).InFlight)
	for _, l := range []Limits{{Transfers: -1}, {Global: maxLimit + 1}, {InFlight: -1}} {
		_, err := New(Options{Redis: "redis://127.0.0.1:1", Limits: l, Now: time.Now})
		require.ErrorIs(t, err, ErrLimits)
	}
	_, err := New(Options{Redis: "nonsense", Now: time.Now})
	require.Error(t, err)
}

// Each account at the rail has its own limits: what one uses, or is told by the rail, is nothing to another.
func TestAccountsAreCountedApart(t *testing.T) {
	d := newDial(t)
	limits := Limits{Transfers: 1, Global: 1000, InFlight: 100}
	instance := d.limiter(t, Test, limits)
	of := func(account string) *Shared {
		t.Helper()
		s, err := instance.For(account, Test, limits)
		require.NoError(t, err)
		return s
	}
	one, two, again := of("acct_1"), of("acct_2"), of("acct_1")
	soon := d.Now().Add(lead)
	for _, s := range []*Shared{instance, one, two} {
		require.WithinDuration(t, soon, d.take(t, s, Transfers, "acct_partner").at, time.Millisecond)
	}
	d.turn(1050 * time.Millisecond)
	require.WithinDuration(t, soon.Add(time.Second), d.take(t, again, Transfers, "").at, 60*time.Millisecond, "two keys of one account share its limits")

	one.Pushback(t.Context(), "global-rate")
	_, err := again.Take(briefly(t), Transfers, "")
	require.Error(t, err)
	d.take(t, two, Reads, "")
	d.take(t, instance, Reads, "")

	_, err = instance.For("acct_3", Test, Limits{Transfers: -1})
	require.ErrorIs(t, err, ErrLimits)
}
