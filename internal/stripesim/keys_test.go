package stripesim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

func TestAKeyGivesItsStoredAnswerFor24Hours(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 10_000))
	to := w.account(true)
	first := w.transfer("key", to, "g", "100")
	require.Equal(t, http.StatusOK, first.status)
	require.Empty(t, first.header.Get("Idempotent-Replayed"))

	w.now = w.now.Add(24*time.Hour - time.Second)
	again := w.transfer("key", to, "g", "100")
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, first.text, again.text)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	require.Equal(t, first.header.Get("Request-Id"), again.header.Get("Original-Request"))
	require.NotEqual(t, first.header.Get("Request-Id"), again.header.Get("Request-Id"))

	for name, other := range map[string]reply{
		"another amount":   w.transfer("key", to, "g", "101"),
		"another group":    w.transfer("key", to, "h", "100"),
		"another endpoint": w.post("/v1/accounts", "key", "type", "express"),
	} {
		require.Equal(t, http.StatusBadRequest, other.status, name)
		require.Equal(t, "idempotency_error", other.code(), name)
	}
	require.Len(t, w.sim.Transfers(), 1)

	w.now = w.now.Add(time.Second)
	late := w.transfer("key", to, "g", "100")
	require.Equal(t, http.StatusOK, late.status)
	require.Empty(t, late.header.Get("Idempotent-Replayed"), "a forgotten key is a new request")
	require.Len(t, w.sim.Transfers(), 2)
	require.NoError(t, w.sim.Check())
}

func TestWithoutAKeyEveryRequestIsNew(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 10_000))
	to := w.account(true)
	for range 2 {
		require.Equal(t, http.StatusOK, w.transfer("", to, "g", "100").status)
	}
	require.Len(t, w.sim.Transfers(), 2)
}

// What an endpoint said once it ran is stored, refusals too; what was said before it ran is not.
func TestWhichAnswersAreStored(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	to := w.account(true)
	require.Equal(t, "balance_insufficient", w.transfer("poor", to, "g", "100").code())
	require.Equal(t, "parameter_invalid_integer", w.transfer("mistyped", to, "g", "none").code())
	w.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "POST", Path: "/v1/transfers", Count: 1},
		stripesim.Fault{Kind: stripesim.LockTimeout, Method: "POST", Path: "/v1/transfers", Count: 1},
		stripesim.Fault{Kind: stripesim.KeyInUse, Method: "POST", Path: "/v1/transfers", Count: 1})
	limited := w.transfer("limited", to, "g", "100")
	require.Equal(t, http.StatusTooManyRequests, limited.status)
	require.Equal(t, "global-rate", limited.header.Get("Stripe-Rate-Limited-Reason"))
	locked := w.transfer("locked", to, "g", "100")
	require.Equal(t, http.StatusTooManyRequests, locked.status)
	require.Equal(t, "lock_timeout", locked.code())
	require.Empty(t, locked.header.Get("Stripe-Rate-Limited-Reason"))
	require.Equal(t, http.StatusConflict, w.transfer("in use", to, "g", "100").status)

	require.NoError(t, w.sim.Fund("gbp", 10_000))
	stored := w.transfer("poor", to, "g", "100")
	require.Equal(t, "balance_insufficient", stored.code(), "funding does not change what is stored")
	require.Equal(t, "true", stored.header.Get("Idempotent-Replayed"))
	for _, key := range []string{"mistyped", "limited", "locked", "in use", "poor:g2"} {
		r := w.transfer(key, to, "g", "100")
		require.Equal(t, http.StatusOK, r.status, key)
		require.Empty(t, r.header.Get("Idempotent-Replayed"), key)
	}
}

func TestFaultsSpoilTheAnswerAndSomeLeaveTheEffect(t *testing.T) {
	for kind, want := range map[stripesim.FaultKind]struct{ status, made, replayed int }{
		stripesim.ServerError:  {500, 1, 200},
		stripesim.KeptError:    {500, 1, 500},
		stripesim.EmptyJSON:    {200, 1, 200},
		stripesim.LateSuccess:  {500, 1, 500}, // its time has come as soon as somebody looks
		stripesim.RedirectAway: {302, 0, 200},
		stripesim.BadRequest:   {400, 0, 200},
		stripesim.Unauthorized: {401, 0, 200},
		stripesim.HTML502:      {502, 0, 200},
	} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t, stripesim.Options{})
			require.NoError(t, w.sim.Fund("gbp", 10_000))
			to := w.account(true)
			w.sim.Script(stripesim.Fault{Kind: kind, Method: "POST", Path: "/v1/transfers", Count: 1})
			require.Equal(t, want.status, w.transfer("key", to, "g", "100").status)
			require.Len(t, w.sim.Transfers(), want.made)
			require.Equal(t, want.replayed, w.transfer("key", to, "g", "100").status)
			require.Len(t, w.sim.Transfers(), 1)
			require.NoError(t, w.sim.Check())
		})
	}
}
