package stripesim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

// The limit stands before the key store: what it refuses is not kept, and a key's answer is refused like anything else.
func TestTheLimitComesBeforeTheKeys(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	w := newWorld(t, stripesim.Options{PerSecond: 3, RealNow: func() time.Time { return now }})
	to := w.account(true) // one request; the test routes do not count
	require.NoError(t, w.sim.Fund("gbp", 1000))
	now = now.Add(300 * time.Millisecond)
	first := w.transfer("k1", to, "b", "100")
	require.Equal(t, http.StatusOK, first.status)
	require.Equal(t, http.StatusOK, w.get("/v1/balance").status)
	for _, key := range []string{"k1", "k2"} {
		refused := w.transfer(key, to, "b", "100")
		require.Equal(t, http.StatusTooManyRequests, refused.status)
		require.Equal(t, "global-rate", refused.header.Get("Stripe-Rate-Limited-Reason"))
		require.Equal(t, "rate_limit", refused.code())
		require.Empty(t, refused.header.Get("Idempotent-Replayed"))
	}
	require.Len(t, w.sim.Transfers(), 1)
	now = now.Add(999 * time.Millisecond)
	require.Equal(t, http.StatusTooManyRequests, w.transfer("k2", to, "b", "100").status, "what was refused counts too")
	now = now.Add(time.Second)
	again := w.transfer("k1", to, "b", "100")
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, first.body["id"], again.body["id"])
	require.Equal(t, http.StatusOK, w.transfer("k2", to, "b", "100").status, "it was never executed")
	require.Len(t, w.sim.Transfers(), 2)

	load := w.sim.Load("POST /v1/transfers")
	require.Equal(t, 6, load.Requests)
	require.Equal(t, 3, load.Refused)
	require.Equal(t, 4, load.MostInSecond)
	require.Equal(t, 1999*time.Millisecond, load.Last.Sub(load.First))
	require.Equal(t, 8, w.sim.Load("").Requests)
	require.NoError(t, w.sim.Check())
}

func TestLatencyIsWaitedFor(t *testing.T) {
	const latency = 30 * time.Millisecond
	w := newWorld(t, stripesim.Options{Latency: latency})
	begun := time.Now()
	require.Equal(t, http.StatusOK, w.get("/v1/balance").status)
	require.GreaterOrEqual(t, time.Since(begun), latency)
	require.Zero(t, w.sim.Load("").Requests, "nothing is counted without a real clock")
}

// With a burst the limit is a bucket: calls that bunch a little are let through, more than the rate in the long run are not.
func TestTheLimitMayBeABucket(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	w := newWorld(t, stripesim.Options{PerSecond: 2, Burst: 3, RealNow: func() time.Time { return now }})
	get := func() int { return w.get("/v1/balance").status }
	for range 3 {
		require.Equal(t, http.StatusOK, get())
	}
	require.Equal(t, http.StatusTooManyRequests, get())
	now = now.Add(499 * time.Millisecond)
	require.Equal(t, http.StatusTooManyRequests, get())
	now = now.Add(501 * time.Millisecond)
	require.Equal(t, http.StatusOK, get())
	require.Equal(t, http.StatusOK, get())
	require.Equal(t, http.StatusTooManyRequests, get())
	require.Equal(t, 3, w.sim.Load("").Refused)
}
