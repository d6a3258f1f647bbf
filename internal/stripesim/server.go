package stripesim

import (
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options sets up a simulator. Now is its clock. Without WebhookURL nothing is delivered; without StateFile the state
// lives in memory only.
type Options struct {
	Now           func() time.Time
	SecretKey     string
	WebhookURL    string
	WebhookSecret string
	StateFile     string
	HTTPClient    *http.Client
	Logger        *slog.Logger
}

// Server is the simulator; it is an http.Handler.
type Server struct {
	options Options
	mux     *http.ServeMux
	mu      sync.Mutex // guards all below; never held over a network call
	state   state
	faults  []Fault
	events  chan event
	done    chan struct{}
}

// New makes a simulator and loads its state file, if there is one.
func New(o Options) (*Server, error) {
	s := &Server{options: o, state: newState(), events: make(chan event, maxQueuedEvents), done: make(chan struct{})}
	if err := s.load(); err != nil {
		return nil, err
	}
	s.mux = http.NewServeMux()
	s.mux.Handle("POST /v1/accounts", s.write(s.createAccount))
	s.mux.Handle("GET /v1/accounts/{id}", s.read(s.getAccount))
	s.mux.Handle("POST /v1/account_links", s.write(s.createLink))
	s.mux.HandleFunc("GET /connect/onboard/{token}", s.onboardPage)
	s.mux.Handle("POST /v1/transfers", s.write(s.createTransfer))
	s.mux.Handle("GET /v1/transfers", s.read(s.listTransfers))
	s.mux.Handle("GET /v1/transfers/{id}", s.read(s.getTransfer))
	s.mux.Handle("POST /v1/transfers/{id}/reversals", s.write(s.createReversal))
	s.mux.Handle("GET /v1/balance", s.read(s.getBalance))
	s.mux.Handle("POST /v1/test/fund", s.write(s.fundByHTTP))
	s.mux.Handle("POST /v1/test/accounts/{id}/onboard", s.write(s.onboardByHTTP))
	s.mux.Handle("GET /v1/test/check", s.read(s.checkByHTTP))
	go s.deliver()
	return s, nil
}

// Close ends the delivery of webhooks.
func (s *Server) Close() { close(s.done) }

// request is one call as the handlers see it.
type request struct {
	id   string
	form url.Values
	path func(string) string
	host string
}

// answer is a status and a body to be encoded as JSON.
type answer struct {
	status int
	body   any
	store  bool // kept under the idempotency key, as Stripe does once an endpoint began executing
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body, store: true} }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.applyFault(w, r) {
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) authorized(r *http.Request) bool {
	key, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		key, _, _ = r.BasicAuth()
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.options.SecretKey)) == 1
}

func (s *Server) read(handle func(request) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, refused := s.open(r)
		if refused != nil {
			send(w, req.id, *refused)
			return
		}
		s.mu.Lock()
		a := handle(req)
		s.mu.Unlock()
		send(w, req.id, a)
	})
}

func (s *Server) open(r *http.Request) (request, *answer) {
	s.mu.Lock()
	id := s.state.newID("req")
	s.mu.Unlock()
	req := request{id: id, path: r.PathValue, host: r.Host}
	if !s.authorized(r) {
		a := failure(http.StatusUnauthorized, "invalid_request_error", "", "", "Invalid API Key provided")
		return req, &a
	}
	r.Body = http.MaxBytesReader(nil, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		a := failure(http.StatusBadRequest, "invalid_request_error", "", "", "Unreadable request body")
		return req, &a
	}
	req.form = r.Form
	return req, nil
}

func send(w http.ResponseWriter, requestID string, a answer) {
	body, err := json.Marshal(a.body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sendRaw(w, requestID, a.status, body)
}

func sendRaw(w http.ResponseWriter, requestID string, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", requestID)
	w.Header().Set("Stripe-Version", APIVersion)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away is no fault of ours
}

func failure(status int, kind, code, param, message string) answer {
	e := map[string]any{"type": kind, "message": message}
	if code != "" {
		e["code"] = code
	}
	if param != "" {
		e["param"] = param
	}
	return answer{status: status, body: map[string]any{"error": e}}
}

// refusal is a business refusal: the endpoint ran, so the answer is kept under the key.
func refusal(code, message string) answer {
	a := failure(http.StatusBadRequest, "invalid_request_error", code, "", message)
	a.store = true
	return a
}

func missingParam(param string) answer {
	return failure(http.StatusBadRequest, "invalid_request_error", "parameter_missing", param, "Missing required param: "+param+".")
}
