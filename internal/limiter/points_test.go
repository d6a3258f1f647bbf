package limiter

import (
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (d *dial) points(t *testing.T, each Allowance) *Points {
	t.Helper()
	p, err := NewPoints(d.redis.URL(), each, d.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// both runs a test with Redis, and with what stands in for it while it is away.
func both(t *testing.T, test func(t *testing.T, d *dial)) {
	t.Run("redis", func(t *testing.T) { test(t, newDial(t)) })
	t.Run("alone", func(t *testing.T) {
		d := newDial(t)
		d.redis.Break("LOADING the data set")
		test(t, d)
	})
}

func TestABucketLeaksAndFillsUp(t *testing.T) {
	both(t, func(t *testing.T, d *dial) {
		p := d.points(t, Allowance{Most: 1000, PerSecond: 10})
		require.Equal(t, PointsLeft{p.each, 300, 0}, p.Charge(t.Context(), "apikey:1", "", 700))
		require.Equal(t, PointsLeft{p.each, 300, 100 * time.Millisecond}, p.Charge(t.Context(), "apikey:1", "", 301), "nothing is taken of it")
		d.turn(90 * time.Millisecond)
		require.Equal(t, 10*time.Millisecond, p.Charge(t.Context(), "apikey:1", "", 301).Wait)
		d.turn(10 * time.Millisecond)
		require.Equal(t, PointsLeft{p.each, 0, 0}, p.Charge(t.Context(), "apikey:1", "", 301))
		require.Equal(t, PointsLeft{p.each, 200, 0}, p.Charge(t.Context(), "apikey:1", "", -200), "what was not used comes back")
		d.turn(80 * time.Second)
		require.Equal(t, PointsLeft{p.each, 1000, 0}, p.Charge(t.Context(), "apikey:1", "", 0))
		require.Equal(t, PointsLeft{p.each, 1000, 0}, p.Charge(t.Context(), "apikey:1", "", -5), "and no more than it holds")
	})
}

func TestATenantHasWhatFiveCallersHave(t *testing.T) {
	both(t, func(t *testing.T, d *dial) {
		p := d.points(t, Allowance{Most: 1000, PerSecond: 10})
		for i := range tenantShare {
			require.Equal(t, PointsLeft{p.each, 0, 0}, p.Charge(t.Context(), "apikey:"+strconv.Itoa(i), "acme", 1000))
		}
		more := p.Charge(t.Context(), "apikey:fresh", "acme", 100)
		require.Equal(t, PointsLeft{p.each.times(tenantShare), 0, 2 * time.Second}, more, "its own bucket is full, the tenant's is not")
		require.Equal(t, PointsLeft{p.each, 1000, 0}, p.Charge(t.Context(), "apikey:fresh", "other", 0), "and nothing was taken of either")
		require.Zero(t, p.Charge(t.Context(), "apikey:rival", "rival", 1000).Wait)
	})
}

func TestProcessesShareThePoints(t *testing.T) {
	d := newDial(t)
	a, b := d.points(t, Allowance{Most: 1000, PerSecond: 10}), d.points(t, Allowance{Most: 1000, PerSecond: 10})
	require.Zero(t, a.Charge(t.Context(), "user:1", "acme", 600).Wait)
	require.Equal(t, 20*time.Second, b.Charge(t.Context(), "user:1", "acme", 600).Wait)
	d.redis.Break("LOADING the data set")
	require.Zero(t, b.Charge(t.Context(), "user:1", "acme", 600).Wait, "a process that is alone counts from a full bucket")
	d.redis.Break("")
	require.Equal(t, 400, b.Charge(t.Context(), "user:1", "acme", 0).Left, "for a second it does not ask again")
	d.turn(pointsRetry)
	require.Equal(t, 410, b.Charge(t.Context(), "user:1", "acme", 0).Left)
}

func TestAnAllowanceIsFilledAndChecked(t *testing.T) {
	require.Equal(t, DefaultAllowance, Allowance{}.OrDefaults())
	require.NoError(t, Allowance{Most: leastPoints, PerSecond: 1}.Check())
	require.NoError(t, Allowance{Most: mostPoints, PerSecond: mostPoints}.Check())
	for _, a := range []Allowance{{Most: leastPoints - 1, PerSecond: 1}, {Most: mostPoints + 1, PerSecond: 1}, {Most: 2000}, {Most: 2000, PerSecond: mostPoints + 1}} {
		require.ErrorIs(t, a.Check(), ErrAllowance)
	}
	_, err := NewPoints("redis://127.0.0.1:1", Allowance{PerSecond: -1}, time.Now, nil)
	require.ErrorIs(t, err, ErrAllowance)
}
