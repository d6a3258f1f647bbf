package stripeconnect_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

// reply is one answer given by hand; cut and reset say how the connection ends instead.
type reply struct {
	status     int
	header     map[string]string
	body       string
	cut, reset bool
}

func (a reply) handler(asked *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.reset {
			asked.Add(1)
			panic(http.ErrAbortHandler)
		}
		if a.cut {
			w.Header().Set("Content-Length", "1000")
		}
		script(asked, a.status, a.header, a.body).ServeHTTP(w, r)
		if a.cut {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	})
}

// The contract of a write: one row for each answer that stripe-go v76 treats in a way of its own, and where that is
// written. Whatever the library would do, a write of ours leaves once, and only an answer that is understood is a refusal.
func TestContractOfTheLibrary(t *testing.T) {
	const (
		retries = "stripe-go v76.25.0, stripe.go, shouldRetry"
		decode  = "stripe-go v76.25.0, stripe.go, UnmarshalJSONVerbose"
		advice  = "docs.stripe.com/error-low-level"
	)
	noRetry := map[string]string{"Stripe-Should-Retry": "false"}
	retry := map[string]string{"Stripe-Should-Retry": "true"}
	for _, row := range []struct {
		name, source string
		answer       reply
		want         payout.RefusalKind
	}{
		{"429 of the limiter", "docs.stripe.com/rate-limits; " + retries, reply{status: 429, body: refusing("rate_limit_error", "rate_limit")}, payout.RefusedNotExecuted},
		{"429 of a lock, which the library repeats", "docs.stripe.com/rate-limits; " + retries, reply{status: 429, body: refusing("invalid_request_error", "lock_timeout")}, payout.RefusedNotExecuted},
		{"409, which the library repeats", retries, reply{status: 409, body: refusing("invalid_request_error", "idempotency_key_in_use")}, unknown},
		{"400 for other parameters", "docs.stripe.com/api/idempotent_requests", reply{status: 400, body: refusing("idempotency_error", "")}, payout.RefusedChanged},
		{"500", advice, reply{status: 500, body: refusing("api_error", "")}, unknown},
		{"500 that asks to be repeated", retries, reply{status: 500, header: retry, body: refusing("api_error", "")}, unknown},
		{"503, which the library repeats", retries, reply{status: 503, body: refusing("api_error", "")}, unknown},
		{"502 of a proxy", retries, reply{status: 502, body: "<html>Bad Gateway</html>"}, unknown},
		{"502 without an error", retries, reply{status: 502, body: "{}"}, unknown},
		{"a connection that is reset", advice, reply{reset: true}, unknown},
		{"a body that is cut", advice, reply{status: 200, body: `{"id":"tr_1"`, cut: true}, unknown},
		{"200 with broken JSON", decode, reply{status: 200, body: `{"id": "tr_`}, unknown},
		{"200 with nothing", decode, reply{status: 200}, unknown},
		{"200 with an empty object, no error to the library", decode, reply{status: 200, body: "{}"}, unknown},
		{"503 that asks not to be repeated", retries, reply{status: 503, header: noRetry, body: refusing("api_error", "")}, unknown},
		{"302, which net/http follows as a GET", "net/http, Client.Do", reply{status: 302, header: map[string]string{"Location": "/v1/transfers/tr_1"}}, unknown},
	} {
		t.Run(row.name+" ("+row.source+")", func(t *testing.T) {
			var asked atomic.Int64
			_, err := transmit(t, railTo(t, row.answer.handler(&asked)), orderFor("acct_1", money.New(100, "GBP")))
			require.Error(t, err)
			require.EqualValues(t, 1, asked.Load())
			var refusal *payout.Refusal
			if row.want == unknown {
				require.False(t, errors.As(err, &refusal), "%v", err)
				return
			}
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, row.want, refusal.Kind)
		})
	}
}

// transmit sends one order.
func transmit(t *testing.T, rail *stripeconnect.Rail, o payout.Order) (payout.Receipt, error) {
	t.Helper()
	return rail.Send(testkit.Admitted(t.Context()), o)
}

// Acceptance: none of these counts as success, and none as absence.
func TestWhatIsNoAnswerIsNeitherSuccessNorAbsence(t *testing.T) {
	theirs := `{"object":"list","has_more":false,"url":"/v1/transfers","data":[{"id":"tr_1","object":"transfer","amount":100,"currency":"gbp","livemode":true}]}`
	for name, answer := range map[string]reply{
		"an empty object":         {status: 200, body: "{}"},
		"broken JSON":             {status: 200, body: `{"object":"list","data":[`},
		"an empty body":           {status: 200},
		"a balance":               {status: 200, body: `{"object":"balance","available":[],"livemode":false}`},
		"a redirect":              {status: 302, header: map[string]string{"Location": "/elsewhere"}},
		"an error":                {status: 400, body: refusing("invalid_request_error", "")},
		"a key of another mode":   {status: 401, body: refusing("invalid_request_error", "")},
		"objects of another mode": {status: 200, body: theirs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the library repeats some reads, and waits before it does
			var asked atomic.Int64
			rail := railTo(t, answer.handler(&asked))
			order := orderFor("acct_1", money.New(100, "GBP"))
			receipt, err := transmit(t, rail, order)
			require.Error(t, err, "a success")
			require.Empty(t, receipt.TransferID)
			found, err := rail.Find(t.Context(), order)
			require.Error(t, err, "an absence")
			require.Empty(t, found)
			listed, err := rail.List(t.Context(), models.NewID())
			require.Error(t, err, "an empty batch")
			require.Empty(t, listed)
			_, err = rail.Account(t.Context(), "acct_1")
			require.Error(t, err, "an account")
			if name != "a balance" {
				_, err = rail.Available(t.Context(), "GBP")
				require.Error(t, err, "a balance of nothing")
			}
		})
	}
}

// The same for the second page, from the simulator: what was on the first is no complete list.
func TestAListWhoseSecondPageIsNoListIsAnError(t *testing.T) {
	for _, kind := range []stripesim.FaultKind{stripesim.EmptyJSON, stripesim.BrokenJSON, stripesim.BadRequest, stripesim.Unauthorized} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShore(t)
			require.NoError(t, s.sim.Fund("gbp", 100_000))
			batch := models.NewID()
			var last payout.Order
			for range 101 {
				last = orderFor(s.to, money.New(1, "GBP"))
				last.BatchID = batch
				_, err := transmit(t, s.Rail, last)
				require.NoError(t, err)
			}
			s.sim.Script(stripesim.Fault{Kind: kind, Method: http.MethodGet, Path: "/v1/transfers", Query: "starting_after", Count: 100})
			_, err := s.List(t.Context(), batch)
			require.Error(t, err)
			_, err = s.Find(t.Context(), last)
			require.Error(t, err, "it is on the first page, but nobody knows whether there is another")
			s.sim.ClearFaults()
			listed, err := s.List(t.Context(), batch)
			require.NoError(t, err)
			require.Len(t, listed, 101)
		})
	}
}
