package stripesim

import (
	"net/http"
	"time"
)

// Limits turn requests away before anything else looks at them, in requests per second of the simulator's clock: of all
// together, and of each endpoint. Zero is no limit. The test routes are not counted.
type Limits struct {
	Global   int
	Endpoint int
}

// window holds when the requests of the last second were let through, by endpoint; all of them under "".
type window map[string][]time.Time

// tooMany counts a request and gives the reason to turn it away, or "". What is turned away counts for nothing.
func (s *Server) tooMany(r *http.Request) string {
	limits := s.options.Limits
	if limits == (Limits{}) || isControl(r) || faultOf(r.Context()).Kind == rolling {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	switch {
	case s.window.full("", limits.Global, now):
		return "global-rate"
	case s.window.full(r.Pattern, limits.Endpoint, now):
		return "endpoint-rate"
	}
	for _, name := range []string{"", r.Pattern} {
		s.window[name] = append(s.window[name], now)
	}
	return ""
}

func (w window) full(name string, limit int, now time.Time) bool {
	passed, old := w[name], 0
	for old < len(passed) && now.Sub(passed[old]) >= time.Second {
		old++
	}
	w[name] = passed[old:]
	return limit > 0 && len(w[name]) >= limit
}

func limited(reason string) answer {
	a := failure(http.StatusTooManyRequests, "rate_limit_error", "rate_limit", "", "Too many requests")
	a.header = map[string]string{"Stripe-Rate-Limited-Reason": reason}
	return a
}

func lockTimeout() answer {
	return failure(http.StatusTooManyRequests, "invalid_request_error", "lock_timeout", "", "This object cannot be accessed right now")
}

func keyInUse() answer {
	return failure(http.StatusConflict, "invalid_request_error", "idempotency_key_in_use", "", "There is currently another in-progress request using this key")
}
