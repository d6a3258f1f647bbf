package stripeconnect_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/testkit"
)

// script answers one request by hand; it counts how often it was asked.
func script(asked *atomic.Int64, status int, header map[string]string, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_1")
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

func refusing(kind, code string) string {
	return fmt.Sprintf(`{"error":{"type":%q,"code":%q,"message":"no"}}`, kind, code)
}

const unknown = payout.RefusalKind(0)

// One row for each answer that Stripe is known to give: docs.stripe.com/error-codes, /error-low-level, /rate-limits and
// /idempotent_requests. Whatever is not understood is unknown, and no answer makes a second call.
func TestEveryAnswerOfStripeHasItsMeaning(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   payout.RefusalKind
		code   string
	}{
		"funds":                 {400, refusing("invalid_request_error", "balance_insufficient"), payout.RefusedFunds, "balance_insufficient"},
		"capability":            {400, refusing("invalid_request_error", "insufficient_capabilities_for_transfer"), payout.RefusedDestination, "insufficient_capabilities_for_transfer"},
		"transfers not allowed": {400, refusing("invalid_request_error", "transfers_not_allowed"), payout.RefusedDestination, "transfers_not_allowed"},
		"account invalid":       {403, refusing("invalid_request_error", "account_invalid"), payout.RefusedDestination, "account_invalid"},
		"account closed":        {400, refusing("invalid_request_error", "account_closed"), payout.RefusedDestination, "account_closed"},
		"no such destination":   {404, refusing("invalid_request_error", "resource_missing"), payout.RefusedDestination, "resource_missing"},
		"amount too small":      {400, refusing("invalid_request_error", "amount_too_small"), payout.RefusedSetup, "amount_too_small"},
		"amount too large":      {400, refusing("invalid_request_error", "amount_too_large"), payout.RefusedSetup, "amount_too_large"},
		"parameter":             {400, refusing("invalid_request_error", "parameter_unknown"), payout.RefusedSetup, "parameter_unknown"},
		"a key of ours":         {401, `{"error":{"type":"invalid_request_error","message":"Invalid API Key"}}`, payout.RefusedSetup, "invalid_request_error"},
		"expired key":           {401, refusing("invalid_request_error", "api_key_expired"), payout.RefusedSetup, "api_key_expired"},
		"not permitted":         {403, `{"error":{"type":"invalid_request_error","message":"no permission"}}`, payout.RefusedSetup, "invalid_request_error"},
		"a border":              {400, `{"error":{"type":"invalid_request_error","message":"Funds can't be sent to accounts located in MX when the account is under the full service agreement."}}`, payout.RefusedDestination, "invalid_request_error"},
		"an unnamed parameter":  {400, `{"error":{"type":"invalid_request_error","param":"amount","message":"no"}}`, payout.RefusedSetup, "invalid_request_error"},
		"no such address":       {404, `{"error":{"type":"invalid_request_error","message":"Unrecognized request URL"}}`, payout.RefusedSetup, "invalid_request_error"},
		"limiter":               {429, refusing("rate_limit_error", "rate_limit"), payout.RefusedNotExecuted, "rate_limit"},
		"object is locked":      {429, refusing("invalid_request_error", "lock_timeout"), payout.RefusedNotExecuted, "lock_timeout"},
		"other parameters":      {400, `{"error":{"type":"idempotency_error","message":"no"}}`, payout.RefusedChanged, "idempotency_error"},
		"the key is in use":     {409, refusing("invalid_request_error", "idempotency_key_in_use"), unknown, "idempotency_key_in_use"},
		"server error":          {500, refusing("api_error", ""), unknown, "api_error"},
		"unavailable":           {503, refusing("api_error", ""), unknown, "api_error"},
		"proxy page":            {502, "<html>Bad Gateway</html>", unknown, ""},
		"502 without an error":  {502, "{}", unknown, ""},
		"empty object":          {200, "{}", unknown, ""},
		"empty body":            {200, "", unknown, ""},
		"broken object":         {200, `{"id": "tr_`, unknown, ""},
		"page without error":    {404, "not found", unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			rail := railTo(t, script(&asked, c.status, map[string]string{"Idempotent-Replayed": "true", "Stripe-Should-Retry": "true"}, c.body))
			receipt, err := rail.Send(testkit.Admitted(t.Context()), orderFor("acct_1", money.New(100, "GBP")))
			require.Error(t, err)
			require.EqualValues(t, 1, asked.Load(), "a write leaves once")
			call := payout.Call{HTTPStatus: c.status, RequestID: "req_1", Replayed: true, ErrorCode: c.code}
			var refusal *payout.Refusal
			if c.want == unknown {
				require.False(t, errors.As(err, &refusal), "%v", err)
				require.Equal(t, call, receipt.Call, "what was answered is kept, also when it is not understood")
				return
			}
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, c.want, refusal.Kind)
			require.Equal(t, call, refusal.Call)
		})
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var asked atomic.Int64
		rail := railTo(t, script(&asked, status, map[string]string{"Location": "/elsewhere"}, ""))
		_, err := rail.Send(testkit.Admitted(t.Context()), orderFor("acct_1", money.New(100, "GBP")))
		var refusal *payout.Refusal
		require.Error(t, err)
		require.False(t, errors.As(err, &refusal))
		require.EqualValues(t, 1, asked.Load(), "%d", status)
	}
}

// A transfer that is not exactly the one asked for is no success.
func TestAnAnswerThatIsAnotherTransferIsNoSuccess(t *testing.T) {
	order := orderFor("acct_1", money.New(100, "GBP"))
	good := fmt.Sprintf(`{"id":"tr_1","object":"transfer","amount":100,"currency":"gbp","destination":"acct_1","livemode":false,"transfer_group":%q,"metadata":{"tributary_payout":%q}}`,
		order.BatchID, order.PayoutID)
	send := func(body string) (payout.Receipt, error) {
		var asked atomic.Int64
		return railTo(t, script(&asked, http.StatusOK, nil, body)).Send(testkit.Admitted(t.Context()), order)
	}
	receipt, err := send(good)
	require.NoError(t, err)
	require.Equal(t, payout.Receipt{TransferID: "tr_1", PayoutID: order.PayoutID.String(), Group: order.BatchID.String(), Amount: order.Amount, Destination: "acct_1",
		Call: payout.Call{HTTPStatus: http.StatusOK, RequestID: "req_1"}}, receipt)
	for from, to := range map[string]string{`"tr_1"`: `""`, `"id":"tr_1"`: `"id":"po_1"`, order.BatchID.String(): "other", order.PayoutID.String(): "other",
		`"livemode":false`: `"livemode":true`} {
		require.Contains(t, good, from)
		_, err := send(strings.Replace(good, from, to, 1))
		require.Error(t, err, "%s for %s", to, from)
	}
	// Amount, currency and destination are handed on, for the payout to compare.
	receipt, err = send(strings.Replace(good, `"amount":100`, `"amount":101`, 1))
	require.NoError(t, err)
	require.NotEqual(t, order.Amount, receipt.Amount)
	receipt, err = send(strings.Replace(strings.Replace(good, `"gbp"`, `"isk"`, 1), `"amount":100`, `"amount":150`, 1))
	require.NoError(t, err)
	require.Equal(t, money.Zero("ISK"), receipt.Amount, "one krona and a half is no amount")
}

func TestACallThatTakesTooLongIsUnknown(t *testing.T) {
	release := make(chan struct{})
	rail := railTo(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	receipt, err := rail.Send(testkit.Admitted(ctx), orderFor("acct_1", money.New(100, "GBP")))
	var refusal *payout.Refusal
	require.Error(t, err)
	require.False(t, errors.As(err, &refusal))
	require.Zero(t, receipt.Call)
}
