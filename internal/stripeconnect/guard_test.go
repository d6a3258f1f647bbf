package stripeconnect

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/limiter"
	"tributary/internal/payout"
	"tributary/internal/testkit"
)

// yard is a guard before a server that answers with a status, a header and a body.
type yard struct {
	guard
	gate  *testkit.NoLimits
	log   *bytes.Buffer
	url   string
	asked int
}

func newYard(t *testing.T, status int, header map[string]string, body string) *yard {
	t.Helper()
	y := &yard{gate: &testkit.NoLimits{}, log: &bytes.Buffer{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		y.asked++
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	y.url = server.URL
	y.guard = guard{next: http.DefaultTransport, scheme: u.Scheme, host: u.Host, gate: y.gate,
		log: slog.New(slog.NewTextHandler(y.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	return y
}

func (y *yard) do(ctx context.Context, t *testing.T, method, address, key string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader([]byte("amount=4711")))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer sk_test_secret")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := y.RoundTrip(r)
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	return err
}

const ourKey = "tributary:payout:1:g1"

func TestAWriteWithoutATokenDoesNotLeave(t *testing.T) {
	y := newYard(t, http.StatusOK, nil, "{}")
	ctx := testkit.Admitted(t.Context())
	require.ErrorIs(t, y.do(t.Context(), t, http.MethodPost, y.url+"/v1/transfers", ourKey), errNoToken)
	require.ErrorIs(t, y.do(t.Context(), t, http.MethodDelete, y.url+"/v1/accounts/1", ourKey), errNoToken)
	require.Zero(t, y.asked)
	require.NoError(t, y.do(ctx, t, http.MethodPost, y.url+"/v1/transfers", ourKey))
	require.ErrorIs(t, y.do(ctx, t, http.MethodPost, y.url+"/v1/transfers", ourKey), errNoToken, "a token is good for one write")
	require.Equal(t, 1, y.asked)
	require.NoError(t, y.do(t.Context(), t, http.MethodGet, y.url+"/v1/balance", ""), "a read takes its token itself")
	require.Equal(t, 2, y.asked)
}

func TestAWriteWithoutAKeyOfOursDoesNotLeave(t *testing.T) {
	y := newYard(t, http.StatusOK, nil, "{}")
	for _, key := range []string{"", "1712_abcdef"} { // none, and one that the library made up
		require.ErrorIs(t, y.do(testkit.Admitted(t.Context()), t, http.MethodPost, y.url+"/v1/transfers", key), errNoKey)
	}
	require.Zero(t, y.asked)
}

func TestNothingGoesToAnotherHost(t *testing.T) {
	y, other := newYard(t, http.StatusOK, nil, "{}"), newYard(t, http.StatusOK, nil, "{}")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, address := range []string{other.url, "https" + y.url[len("http"):]} {
			require.ErrorIs(t, y.do(testkit.Admitted(t.Context()), t, method, address+"/v1/transfers", ourKey), errHost)
		}
	}
	require.Zero(t, other.asked)
	require.Zero(t, y.asked)
}

// What is refused here never left: its outcome is known.
func TestARefusalHereIsNoUnknownOutcome(t *testing.T) {
	for err, want := range map[error]payout.RefusalKind{errNoToken: payout.RefusedNotExecuted, errNoKey: payout.RefusedSetup, errHost: payout.RefusedSetup} {
		var refusal *payout.Refusal
		require.ErrorAs(t, classify(&url.Error{Op: "Post", Err: err}, &payout.Call{}), &refusal)
		require.Equal(t, want, refusal.Kind)
	}
	var refusal *payout.Refusal
	require.ErrorAs(t, notSent(&limiter.Busy{}), &refusal)
	require.Equal(t, payout.RefusedNotExecuted, refusal.Kind)
	require.Equal(t, "RAIL_BUSY", refusal.Call.ErrorCode)
}

func TestARefusalForTheLimitsIsHandedOn(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		reason string
		body   string
		pushes int64
	}{
		"limiter":              {429, "global-rate", `{"error":{"code":"rate_limit"}}`, 1},
		"without its reason":   {429, "", `{"error":{"code":"rate_limit"}}`, 1},
		"a locked object":      {429, "", `{"error":{"code":"lock_timeout"}}`, 0},
		"any other refusal":    {400, "", `{"error":{"code":"rate_limit"}}`, 0},
		"a success":            {200, "", `{}`, 0},
		"a page, not an error": {429, "", "slow down", 1},
	} {
		y := newYard(t, c.status, map[string]string{reasonHeader: c.reason}, c.body)
		r, err := http.NewRequestWithContext(testkit.Admitted(t.Context()), http.MethodPost, y.url+"/v1/transfers", nil)
		require.NoError(t, err)
		r.Header.Set("Idempotency-Key", ourKey)
		response, err := y.RoundTrip(r)
		require.NoError(t, err)
		var body bytes.Buffer
		_, err = body.ReadFrom(response.Body)
		require.NoError(t, errors.Join(err, response.Body.Close()))
		require.Equal(t, c.body, body.String(), "the answer can still be read")
		require.Equal(t, c.pushes, y.gate.Pushbacks.Load(), name)
	}
}

func TestCallsAreLoggedWithoutSecrets(t *testing.T) {
	y := newYard(t, http.StatusTooManyRequests, map[string]string{"Request-Id": "req_7", "Idempotent-Replayed": "true", "Stripe-Should-Retry": "false",
		reasonHeader: "endpoint-rate"}, "{}")
	require.NoError(t, y.do(testkit.Admitted(t.Context()), t, http.MethodPost, y.url+"/v1/transfers?expand=secret_field", ourKey))
	for _, want := range []string{"method=POST", "path=/v1/transfers", "key=" + ourKey, "status=429", "request_id=req_7", "idempotent_replayed=true",
		"stripe_should_retry=false", "stripe_rate_limited_reason=endpoint-rate", "level=WARN"} {
		require.Contains(t, y.log.String(), want)
	}
	for _, secret := range []string{"sk_test_secret", "4711", "secret_field"} {
		require.NotContains(t, y.log.String(), secret)
	}
}
