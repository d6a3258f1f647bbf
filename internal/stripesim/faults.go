package stripesim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"
)

// FaultKind is a way for a request to go wrong.
type FaultKind string

// The faults. Those that execute leave the effect behind and spoil only the answer.
const (
	DropBefore   FaultKind = "drop_before"   // the connection closes, nothing ran
	DropAfter    FaultKind = "drop_after"    // it ran, the connection closes
	ServerError  FaultKind = "server_error"  // it ran, the answer is 500
	KeptError    FaultKind = "kept_error"    // it ran, the answer is 500 and stays that under its key
	LateSuccess  FaultKind = "late_success"  // 500 that stays under its key; it runs For later
	RateLimited  FaultKind = "rate_limited"  // 429 of the limiter, nothing ran
	LockTimeout  FaultKind = "lock_timeout"  // 429 because the object is locked, nothing ran
	KeyInUse     FaultKind = "key_in_use"    // 409 because a request with the key is running, nothing ran
	HTML502      FaultKind = "html_502"      // a proxy's page, nothing ran
	EmptyJSON    FaultKind = "empty_json"    // it ran, 200 with {}
	BrokenJSON   FaultKind = "broken_json"   // it ran, 200 with JSON that ends in the middle
	CutBody      FaultKind = "cut_body"      // it ran, the connection closes in the middle of the answer
	RedirectAway FaultKind = "redirect_away" // 302, nothing ran
	BadRequest   FaultKind = "bad_request"   // 400 about a parameter, before the key is looked at, nothing ran
	Unauthorized FaultKind = "unauthorized"  // 401, nothing ran
	Delay        FaultKind = "delay"         // it runs For later, by the real clock; meanwhile its key and its object are in use
	Hold         FaultKind = "hold"          // it runs when Release is called; meanwhile its key and its object are in use

	rolling FaultKind = "rolling" // no fault: a late success comes about, under the key in Path
)

var faultKinds = []FaultKind{DropBefore, DropAfter, ServerError, KeptError, LateSuccess, RateLimited, LockTimeout, KeyInUse, HTML502, EmptyJSON,
	BrokenJSON, CutBody, RedirectAway, BadRequest, Unauthorized, Delay, Hold}

// Fault spoils the next Count requests with this method whose path begins with Path, after letting Skip of them pass. With
// Query it is only for those that carry this query parameter: "starting_after" is the second page of a list, and all after it.
// With Destination it is only for transfers to this account, in whichever order they come.
type Fault struct {
	Kind        FaultKind
	Method      string
	Path        string
	Query       string
	Destination string
	Skip        int
	Count       int
	For         time.Duration // of LateSuccess and Delay
}

// Script adds faults; each request takes the first that fits.
func (s *Server) Script(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// ClearFaults ends the script.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// ParseFaults reads a script: a JSON list of {"kind", "method", "path", "query", "destination", "skip", "count", "for"}; without
// a method it is POST, without a path /v1/transfers, without a count 1; for is a duration such as "25h".
func ParseFaults(script []byte) ([]Fault, error) {
	decoder := json.NewDecoder(strings.NewReader(string(script)))
	decoder.DisallowUnknownFields()
	var lines []struct {
		Kind, Method, Path, Query, Destination, For string
		Skip                                        int
		Count                                       *int
	}
	if err := decoder.Decode(&lines); err != nil {
		return nil, fmt.Errorf("read the fault script: %w", err)
	}
	faults := make([]Fault, 0, len(lines))
	for i, l := range lines {
		count := 1
		if l.Count != nil {
			count = *l.Count
		}
		f, err := newFault(Fault{Kind: FaultKind(l.Kind), Method: l.Method, Path: l.Path, Query: l.Query, Destination: l.Destination, Skip: l.Skip, Count: count}, l.For)
		if err != nil {
			return nil, fmt.Errorf("fault %d: %w", i+1, err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// newFault completes a fault that came from outside.
func newFault(f Fault, lasting string) (Fault, error) {
	if !slices.Contains(faultKinds, f.Kind) {
		return f, fmt.Errorf("unknown kind %q", f.Kind)
	}
	if f.Skip < 0 || f.Count < 0 {
		return f, errors.New("skip and count are not below zero")
	}
	if f.Method == "" {
		f.Method = http.MethodPost
	}
	if f.Path == "" {
		f.Path = "/v1/transfers"
	}
	if lasting != "" {
		d, err := time.ParseDuration(lasting)
		if err != nil || d < 0 {
			return f, fmt.Errorf("%q is no duration", lasting)
		}
		f.For = d
	}
	return f, nil
}

func (s *Server) nextFault(r *http.Request) Fault {
	destination := destinationOf(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		if f.Count < 1 || f.Method != r.Method || !strings.HasPrefix(r.URL.Path, f.Path) || f.Query != "" && !r.URL.Query().Has(f.Query) ||
			f.Destination != "" && f.Destination != destination {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Count--
		return *f
	}
	return Fault{}
}

// destinationOf reads where a transfer goes, and leaves the body as if it had not been read.
func destinationOf(r *http.Request) string {
	if r.Method != http.MethodPost || r.Body == nil {
		return ""
	}
	read, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(read), r.Body), r.Body}
	if err != nil {
		return "" // whoever reads on meets the same
	}
	form, _ := url.ParseQuery(string(read))
	return form.Get("destination")
}

// applyFault answers the request itself when a fault says so.
func (s *Server) applyFault(w http.ResponseWriter, r *http.Request) bool {
	if isControl(r) {
		return false
	}
	fault := s.nextFault(r)
	switch fault.Kind {
	case "":
		return false
	case KeptError, LateSuccess, Delay, Hold: // these are part of the execution
		s.mux.ServeHTTP(w, r.WithContext(withFault(r.Context(), fault)))
		return true
	case DropBefore:
		panic(http.ErrAbortHandler)
	case LockTimeout:
		send(w, newID("req"), lockTimeout())
	case KeyInUse:
		send(w, newID("req"), keyInUse())
	case RateLimited:
		send(w, newID("req"), tooMany("global-rate"))
	case BadRequest:
		send(w, newID("req"), invalid("parameter_invalid_string_empty", "transfer_group", "You passed an empty string for 'transfer_group'."))
	case Unauthorized:
		send(w, newID("req"), failure(http.StatusUnauthorized, "invalid_request_error", "", "", "Invalid API Key provided"))
	case HTML502:
		http.Error(w, "<html><body>502 Bad Gateway</body></html>", http.StatusBadGateway)
	case RedirectAway:
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	default:
		s.spoil(w, r, fault.Kind)
	}
	return true
}

// spoil runs the request and answers something else.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request, kind FaultKind) {
	real := httptest.NewRecorder()
	s.mux.ServeHTTP(real, r)
	answered := real.Body.Bytes()
	switch kind {
	case ServerError:
		send(w, newID("req"), internalError())
		return
	case DropAfter:
		panic(http.ErrAbortHandler)
	case CutBody:
		w.Header().Set("Content-Length", fmt.Sprint(len(answered)))
		answered = answered[:len(answered)/2]
	case EmptyJSON:
		answered = []byte("{}")
	case BrokenJSON:
		answered = []byte(`{"id": "tr_`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", real.Header().Get("Request-Id"))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(answered)
	if kind == CutBody {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

type faultKey struct{}

func withFault(ctx context.Context, f Fault) context.Context {
	return context.WithValue(ctx, faultKey{}, f)
}

func faultOf(ctx context.Context) Fault {
	f, _ := ctx.Value(faultKey{}).(Fault)
	return f
}
