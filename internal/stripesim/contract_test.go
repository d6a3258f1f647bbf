package stripesim_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

// The contract of idempotency keys, API v1: one row for each thing that Stripe says of them, and where.
func TestContractOfTheKeys(t *testing.T) {
	const (
		requests = "docs.stripe.com/api/idempotent_requests"
		lowLevel = "docs.stripe.com/error-low-level"
		limits   = "docs.stripe.com/rate-limits"
	)
	fault := func(w *world, kind stripesim.FaultKind) {
		w.sim.Script(stripesim.Fault{Kind: kind, Method: http.MethodPost, Path: "/v1/transfers", Count: 1, For: 30 * time.Hour})
	}
	// notStored requires that an answer was of the status, and that the key is as good as new afterwards.
	notStored := func(t *testing.T, w *world, to string, status int) {
		t.Helper()
		require.Equal(t, status, w.transfer("key", to, "g", "100").status)
		next := w.transfer("key", to, "g", "100")
		require.Equal(t, http.StatusOK, next.status)
		require.Empty(t, next.header.Get("Idempotent-Replayed"))
	}
	// stored requires that the second answer is the first, told from the key store.
	stored := func(t *testing.T, w *world, to string, status int) {
		t.Helper()
		first := w.transfer("key", to, "g", "100")
		require.Equal(t, status, first.status)
		again := w.transfer("key", to, "g", "100")
		require.Equal(t, first.text, again.text)
		require.Equal(t, status, again.status)
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		require.Equal(t, first.header.Get("Request-Id"), again.header.Get("Original-Request"))
	}
	for _, row := range []struct {
		says, source string
		check        func(t *testing.T, w *world, to string)
	}{
		{"a success is kept", requests, func(t *testing.T, w *world, to string) { stored(t, w, to, 200) }},
		{"a refusal is kept, also when its reason is gone", requests, func(t *testing.T, w *world, to string) {
			require.Equal(t, "balance_insufficient", w.transfer("key", to, "g", "9999999").code())
			require.NoError(t, w.sim.Fund("gbp", 99_999_999))
			require.Equal(t, "balance_insufficient", w.transfer("key", to, "g", "9999999").code())
		}},
		{"a 500 is kept", requests, func(t *testing.T, w *world, to string) { fault(w, stripesim.KeptError); stored(t, w, to, 500) }},
		{"a 500 may still come about, its key does not tell", lowLevel, func(t *testing.T, w *world, to string) {
			fault(w, stripesim.LateSuccess)
			stored(t, w, to, 500)
			w.now = w.now.Add(23 * time.Hour)
			require.Equal(t, 500, w.transfer("key", to, "g", "100").status)
			w.now = w.now.Add(7 * time.Hour)
			require.Len(t, w.sim.Transfers(), 1)
		}},
		{"a refusal of the limiter is not kept", limits, func(t *testing.T, w *world, to string) { fault(w, stripesim.RateLimited); notStored(t, w, to, 429) }},
		{"a lock timeout is not kept", limits, func(t *testing.T, w *world, to string) { fault(w, stripesim.LockTimeout); notStored(t, w, to, 429) }},
		{"a refused credential is not kept", requests, func(t *testing.T, w *world, to string) { fault(w, stripesim.Unauthorized); notStored(t, w, to, 401) }},
		{"what fails validation is not kept", requests, func(t *testing.T, w *world, to string) { fault(w, stripesim.BadRequest); notStored(t, w, to, 400) }},
		{"a conflict with a running request is not kept", requests, func(t *testing.T, w *world, to string) { fault(w, stripesim.KeyInUse); notStored(t, w, to, 409) }},
		{"other parameters are an error, and change nothing", requests, func(t *testing.T, w *world, to string) {
			require.Equal(t, 200, w.transfer("key", to, "g", "100").status)
			require.Equal(t, "idempotency_error", w.transfer("key", to, "g", "101").code())
			require.Equal(t, 200, w.transfer("key", to, "g", "100").status)
			require.Len(t, w.sim.Transfers(), 1)
		}},
		{"another endpoint is an error too", "stripe-go v76.25.0, error.go, ErrorTypeIdempotency", func(t *testing.T, w *world, to string) {
			require.Equal(t, 200, w.transfer("key", to, "g", "100").status)
			require.Equal(t, "idempotency_error", w.post("/v1/accounts", "key", "type", "express").code())
		}},
		{"a key lives for 24 hours", requests, func(t *testing.T, w *world, to string) {
			require.Equal(t, 200, w.transfer("key", to, "g", "100").status)
			w.now = w.now.Add(24*time.Hour - time.Second)
			require.Equal(t, "true", w.transfer("key", to, "g", "100").header.Get("Idempotent-Replayed"))
		}},
		{"and is a new one after that", requests, func(t *testing.T, w *world, to string) {
			require.Equal(t, 200, w.transfer("key", to, "g", "100").status)
			w.now = w.now.Add(24 * time.Hour)
			require.Equal(t, 200, w.transfer("key", to, "g", "100").status)
			require.Len(t, w.sim.Transfers(), 2)
		}},
		{"a key has at most 255 characters", requests, func(t *testing.T, w *world, to string) {
			require.Equal(t, 200, w.transfer(strings.Repeat("k", 255), to, "g", "100").status)
			require.Equal(t, 400, w.transfer(strings.Repeat("k", 256), to, "g", "100").status)
		}},
		{"reads take no notice of a key", requests, func(t *testing.T, w *world, to string) {
			require.Equal(t, 200, w.transfer("key", to, "g", "100").status)
			read := w.do(http.MethodGet, "/v1/transfers", "key", "Bearer "+secretKey, nil)
			require.Equal(t, 200, read.status)
			require.Empty(t, read.header.Get("Idempotent-Replayed"))
		}},
	} {
		t.Run(row.says+" ("+row.source+")", func(t *testing.T) {
			w := newWorld(t, stripesim.Options{})
			require.NoError(t, w.sim.Fund("gbp", 1_000))
			row.check(t, w, w.account(true))
			require.NoError(t, w.sim.Check())
		})
	}
}

// The document has every fault and every test route.
func TestTheDocumentHasEveryFaultAndRoute(t *testing.T) {
	document, err := os.ReadFile("../../docs/stripesim.md")
	require.NoError(t, err)
	source, err := os.ReadFile("faults.go")
	require.NoError(t, err)
	found := 0
	for line := range strings.Lines(string(source)) {
		_, rest, isKind := strings.Cut(line, `FaultKind = "`)
		kind, _, _ := strings.Cut(rest, `"`)
		if !isKind || kind == "rolling" {
			continue
		}
		found++
		require.Contains(t, string(document), "`"+kind+"`")
	}
	require.Greater(t, found, 15)
	source, err = os.ReadFile("control.go")
	require.NoError(t, err)
	for line := range strings.Lines(string(source)) {
		if _, rest, isRoute := strings.Cut(line, ` /v1/test/`); isRoute && strings.Contains(line, "mux.Handle") {
			route, _, _ := strings.Cut(rest, `"`)
			last := route[strings.LastIndex(route, "/")+1:]
			require.Contains(t, string(document), "/"+last, route)
		}
	}
}
