package stripesim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

// A request that is running keeps its key and its account for itself, until it is done.
func TestARunningRequestHoldsItsKeyAndItsAccount(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	one, two := w.account(true), w.account(true)
	w.sim.Script(stripesim.Fault{Kind: stripesim.Hold, Method: "POST", Path: "/v1/transfers", Count: 1})
	held := make(chan reply)
	go func() { held <- w.transfer("key", one, "g", "100") }()
	require.Eventually(t, func() bool { return w.sim.Held() == 1 }, 10*time.Second, time.Millisecond)

	same := w.transfer("key", one, "g", "100")
	require.Equal(t, http.StatusConflict, same.status)
	require.Equal(t, "idempotency_key_in_use", same.code())
	other := w.transfer("other", one, "g", "200")
	require.Equal(t, http.StatusTooManyRequests, other.status)
	require.Equal(t, "lock_timeout", other.code())
	require.Empty(t, other.header.Get("Stripe-Rate-Limited-Reason"))
	require.Equal(t, http.StatusOK, w.transfer("third", two, "g", "300").status, "another account is free")

	w.sim.Release()
	first := <-held
	require.Equal(t, http.StatusOK, first.status)
	require.Equal(t, first.text, w.transfer("key", one, "g", "100").text)
	require.Equal(t, http.StatusOK, w.transfer("other", one, "g", "200").status, "neither refusal was kept")
	require.Len(t, w.sim.Transfers(), 3)
	require.NoError(t, w.sim.Check())
}

// The gates are asked when a request runs, not when it came.
func TestACapabilityLostMeanwhileRefuses(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	w.sim.Script(stripesim.Fault{Kind: stripesim.Hold, Method: "POST", Path: "/v1/transfers", Count: 1})
	held := make(chan reply)
	go func() { held <- w.transfer("key", to, "g", "100") }()
	require.Eventually(t, func() bool { return w.sim.Held() == 1 }, 10*time.Second, time.Millisecond)
	require.Equal(t, http.StatusOK, w.post("/v1/test/accounts/"+to+"/capability", "", "status", "pending").status)
	w.sim.Release()
	require.Equal(t, "insufficient_capabilities_for_transfer", (<-held).code())
	require.NoError(t, w.sim.Check())
}

// A 500 that is kept may have an effect days later; only a list shows it.
func TestA500ThatIsRolledForwardLate(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	w.sim.Script(stripesim.Fault{Kind: stripesim.LateSuccess, Method: "POST", Path: "/v1/transfers", Count: 1, For: 40 * time.Hour})
	require.Equal(t, http.StatusInternalServerError, w.transfer("key", to, "g", "100").status)
	again := w.transfer("key", to, "g", "100")
	require.Equal(t, http.StatusInternalServerError, again.status)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	w.now = w.now.Add(40*time.Hour - time.Second)
	require.Empty(t, w.get("/v1/transfers?transfer_group=g").body["data"])
	w.now = w.now.Add(time.Second)
	require.Len(t, w.get("/v1/transfers?transfer_group=g").body["data"], 1)
	require.NoError(t, w.sim.Check())
}

func TestEachEndpointHasALimitOfItsOwn(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	w := newWorld(t, stripesim.Options{PerEndpoint: 2, RealNow: func() time.Time { return now }})
	for range 2 {
		require.Equal(t, http.StatusOK, w.get("/v1/balance").status)
	}
	turned := w.get("/v1/balance")
	require.Equal(t, http.StatusTooManyRequests, turned.status)
	require.Equal(t, "endpoint-rate", turned.header.Get("Stripe-Rate-Limited-Reason"))
	require.Equal(t, http.StatusOK, w.get("/v1/transfers").status, "another endpoint")
	now = now.Add(time.Second)
	require.Equal(t, http.StatusOK, w.get("/v1/balance").status)
}

func TestOnlyTheSecondPageFails(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	for range 3 {
		require.Equal(t, http.StatusOK, w.transfer("", to, "g", "1").status)
	}
	w.sim.Script(stripesim.Fault{Kind: stripesim.ServerError, Method: "GET", Path: "/v1/transfers", Query: "starting_after", Count: 1})
	first := w.get("/v1/transfers?limit=2")
	require.Equal(t, http.StatusOK, first.status)
	next := "/v1/transfers?limit=2&starting_after=" + first.body["data"].([]any)[1].(map[string]any)["id"].(string)
	require.Equal(t, http.StatusInternalServerError, w.get(next).status)
	require.Equal(t, http.StatusOK, w.get(next).status)
}

func TestAScriptIsReadOrRefused(t *testing.T) {
	faults, err := stripesim.ParseFaults([]byte(`[{"kind": "drop_after"}, {"kind": "late_success", "skip": 2, "count": 3, "for": "25h"},
		{"kind": "server_error", "method": "GET", "path": "/v1/transfers", "query": "starting_after", "count": 0}, {"kind": "delay", "destination": "acct_1"}]`))
	require.NoError(t, err)
	require.Equal(t, []stripesim.Fault{
		{Kind: stripesim.DropAfter, Method: "POST", Path: "/v1/transfers", Count: 1},
		{Kind: stripesim.LateSuccess, Method: "POST", Path: "/v1/transfers", Skip: 2, Count: 3, For: 25 * time.Hour},
		{Kind: stripesim.ServerError, Method: "GET", Path: "/v1/transfers", Query: "starting_after"},
		{Kind: stripesim.Delay, Method: "POST", Path: "/v1/transfers", Destination: "acct_1", Count: 1},
	}, faults)
	for _, script := range []string{`{}`, `[{"kind": "rolling"}]`, `[{}]`, `[{"kind": "delay", "for": "soon"}]`, `[{"kind": "delay", "for": "-1s"}]`,
		`[{"kind": "delay", "count": -1}]`, `[{"kind": "delay", "often": 2}]`, `[`} {
		_, err := stripesim.ParseFaults([]byte(script))
		require.Error(t, err, script)
	}
}
