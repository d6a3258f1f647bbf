package stripesim

import (
	"net/http"
	"net/http/httptest"
	"strings"
)

// FaultKind is a way for a request to go wrong.
type FaultKind string

// The faults. Those that execute leave the effect behind and spoil only the answer.
const (
	DropBefore   FaultKind = "drop_before"   // the connection closes, nothing ran
	DropAfter    FaultKind = "drop_after"    // it ran, the connection closes
	ServerError  FaultKind = "server_error"  // it ran, the answer is 500
	KeptError    FaultKind = "kept_error"    // it ran, the answer is 500 and stays that under its key
	RateLimited  FaultKind = "rate_limited"  // 429 of the limiter, nothing ran
	LockTimeout  FaultKind = "lock_timeout"  // 429 because the object is locked, nothing ran
	KeyInUse     FaultKind = "key_in_use"    // 409 because a request with the key is running, nothing ran
	HTML502      FaultKind = "html_502"      // a proxy's page, nothing ran
	EmptyJSON    FaultKind = "empty_json"    // it ran, 200 with {}
	BrokenJSON   FaultKind = "broken_json"   // it ran, 200 cut short
	RedirectAway FaultKind = "redirect_away" // 302, nothing ran
)

// Fault spoils the next Count requests with this method whose path begins with Path.
type Fault struct {
	Kind   FaultKind
	Method string
	Path   string
	Count  int
}

// Script adds faults; each request takes the first that fits.
func (s *Server) Script(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

func (s *Server) nextFault(r *http.Request) FaultKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		if f.Count > 0 && f.Method == r.Method && strings.HasPrefix(r.URL.Path, f.Path) {
			f.Count--
			return f.Kind
		}
	}
	return ""
}

// applyFault answers the request itself when a fault says so.
func (s *Server) applyFault(w http.ResponseWriter, r *http.Request) bool {
	kind := s.nextFault(r)
	switch kind {
	case "":
		return false
	case DropAfter, ServerError, KeptError, EmptyJSON, BrokenJSON:
		s.mux.ServeHTTP(httptest.NewRecorder(), r)
	}
	internal := failure(http.StatusInternalServerError, "api_error", "", "", "An unknown error occurred")
	switch kind {
	case DropBefore, DropAfter:
		panic(http.ErrAbortHandler)
	case KeptError:
		s.keepInstead(r.Header.Get("Idempotency-Key"), internal)
		send(w, "req_fault", internal)
	case ServerError:
		send(w, "req_fault", internal)
	case LockTimeout:
		send(w, "req_fault", failure(http.StatusTooManyRequests, "invalid_request_error", "lock_timeout", "", "This object cannot be accessed right now"))
	case KeyInUse:
		send(w, "req_fault", failure(http.StatusConflict, "invalid_request_error", "idempotency_key_in_use", "", "There is currently another in-progress request using this key"))
	case RateLimited:
		w.Header().Set("Stripe-Rate-Limited-Reason", "global-rate")
		send(w, "req_fault", failure(http.StatusTooManyRequests, "rate_limit_error", "rate_limit", "", "Too many requests"))
	case HTML502:
		http.Error(w, "<html><body>502 Bad Gateway</body></html>", http.StatusBadGateway)
	case EmptyJSON:
		sendRaw(w, "req_fault", http.StatusOK, []byte("{}"))
	case BrokenJSON:
		sendRaw(w, "req_fault", http.StatusOK, []byte(`{"id": "tr_`))
	case RedirectAway:
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}
	return true
}
