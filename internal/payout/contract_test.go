package payout_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/models"
)

// interpose answers the next transfers by hand, in front of the simulator; then the simulator answers again.
func (s *stage) interpose(answers ...http.HandlerFunc) {
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/transfers" || len(answers) == 0 {
			s.sim.ServeHTTP(w, r)
			return
		}
		answer := answers[0]
		answers = answers[1:]
		answer(w, r)
	})
}

// says is an answer of Stripe's that is made up here.
func says(status int, kind, code string, isReplayed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_contract")
		if isReplayed {
			w.Header().Set("Idempotent-Replayed", "true")
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"error":{"type":%q,"code":%q,"message":"no"}}`, kind, code)
	}
}

// lost is a connection that ends without an answer.
func lost(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// outcome is what a call leaves behind.
type outcome struct {
	state models.PayoutState
	batch models.BatchState
	pause string
}

// The contract of the answers to a transfer: what each means for the first call of a generation, and what after an earlier
// call whose outcome is not known. Then only an answer from the key store counts: one that was given before it says nothing
// about the earlier call. Each row names where Stripe says what it means.
func TestContractOfTheAnswersToATransfer(t *testing.T) {
	const (
		codes   = "docs.stripe.com/error-codes"
		limits  = "docs.stripe.com/rate-limits"
		keys    = "docs.stripe.com/api/idempotent_requests"
		borders = "docs.stripe.com/connect/cross-border-payouts"
		advice  = "docs.stripe.com/error-low-level"
		request = "invalid_request_error"
	)
	paused := func(reason string) outcome {
		return outcome{models.PayoutStateReady, models.BatchStatePaused, reason}
	}
	held := outcome{models.PayoutStateHeld, models.BatchStateReconciling, ""}
	again := outcome{models.PayoutStateReady, models.BatchStateExecuting, ""}
	open := outcome{models.PayoutStateUnknown, models.BatchStateExecuting, ""}
	review := outcome{models.PayoutStateNeedsReview, models.BatchStateExecuting, ""}
	for _, row := range []struct {
		source     string
		status     int
		kind, code string
		first      outcome
		unreplayed outcome // after an unknown
		isStored   bool    // the key store can give it: then it counts after an unknown too
	}{
		{codes, 400, request, "balance_insufficient", paused(payout.PauseFunds), open, true},
		{codes, 400, request, "insufficient_capabilities_for_transfer", held, open, true},
		{codes, 400, request, "transfers_not_allowed", held, open, true},
		{codes, 403, request, "account_invalid", held, open, true},
		{codes, 400, request, "account_closed", held, open, true},
		{codes, 404, request, "resource_missing", held, open, true},
		{codes, 400, request, "amount_too_small", paused(payout.PauseSetup), open, true},
		{codes, 400, request, "amount_too_large", paused(payout.PauseSetup), open, true},
		{codes, 400, request, "parameter_unknown", paused(payout.PauseSetup), open, true},
		{borders, 400, request, "", held, open, true},
		{codes, 401, request, "", paused(payout.PauseSetup), open, false},
		{codes, 401, request, "api_key_expired", paused(payout.PauseSetup), open, false},
		{codes, 403, request, "", paused(payout.PauseSetup), open, false},
		{limits, 429, "rate_limit_error", "rate_limit", again, open, false},
		{limits, 429, request, "lock_timeout", again, open, false},
		{keys, 409, request, "idempotency_key_in_use", open, open, false},
		{keys, 400, "idempotency_error", "", review, review, false},
		{advice, 500, "api_error", "", open, open, false},
		{advice, 503, "api_error", "", open, open, false},
	} {
		t.Run(fmt.Sprintf("%d %s %s (%s)", row.status, row.kind, row.code, row.source), func(t *testing.T) {
			t.Parallel() // each row has two databases, and waits for them more than it works
			s := newStage(t)
			b, e, p := oneDue(t, s, 100_000)
			came := func(want outcome, label string) {
				t.Helper()
				require.NoError(t, s.payouts.Send(t.Context(), p.ID))
				now := s.batch(t, b.ID)
				require.Equal(t, want, outcome{s.payoutOf(t, b, e).State, now.State, now.PauseReason}, label)
			}
			s.interpose(says(row.status, row.kind, row.code, false))
			came(row.first, "first")
			require.Empty(t, s.sim.Transfers())

			s = newStage(t)
			b, e, p = oneDue(t, s, 100_000)
			s.interpose(lost, says(row.status, row.kind, row.code, false), says(row.status, row.kind, row.code, true))
			came(open, "lost")
			s.Clock.Advance(3 * time.Minute)
			came(row.unreplayed, "after an unknown")
			if row.isStored {
				s.Clock.Advance(6 * time.Minute)
				came(row.first, "after an unknown, from the key store")
			}
			require.NoError(t, s.sim.Check())
		})
	}
}
