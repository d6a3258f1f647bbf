package stripesim

import (
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options sets up a simulator. Now is its clock. Without WebhookURL nothing is delivered; without StateFile the state
// lives in memory only. Audit proves the simulator's books after every write, which takes time with each transfer that
// is kept: for tests.
type Options struct {
	Now           func() time.Time
	SecretKey     string
	WebhookURL    string
	WebhookSecret string
	StateFile     string
	Audit         bool
	HTTPClient    *http.Client
	Logger        *slog.Logger
	PerSecond     int                                  // how many requests of all kinds are let through in any second; 0 lets all
	Burst         int                                  // with it PerSecond is a token bucket that holds so many; 0: no second has more
	PerEndpoint   int                                  // the same of each method and path
	Latency       time.Duration                        // how long each takes
	Opens         func(country, agreement string) bool // where accounts are opened under which agreement; nil: everywhere under any
	RealNow       func() time.Time                     // by which the requests are counted, since Now may be turned by hand; nil counts none
}

// Server is the simulator; it is an http.Handler.
type Server struct {
	options Options
	mux     *http.ServeMux
	offset  atomic.Int64 // how far the clock has been turned, in nanoseconds
	mu      sync.Mutex   // guards all below; never held over a network call
	state   state
	faults  []Fault
	traffic traffic
	running running
	unruly  unruly
	broken  error // what the first audit that failed said
	events  chan event
	done    chan struct{}
}

// New makes a simulator and loads its state file, if there is one.
func New(o Options) (*Server, error) {
	s := &Server{options: o, state: newState(), running: newRunning(), events: make(chan event, maxQueuedEvents), done: make(chan struct{})}
	if err := s.load(); err != nil {
		return nil, err
	}
	s.mux = http.NewServeMux()
	s.mux.Handle("POST /v1/accounts", s.write(s.createAccount, "type", "country", "email", "capabilities", "metadata", "settings", "tos_acceptance"))
	s.mux.Handle("GET /v1/account", s.read(s.getPlatform))
	s.mux.Handle("GET /v1/accounts/{id}", s.read(s.getAccount))
	s.mux.Handle("POST /v1/accounts/{id}", s.write(s.updateAccount, "email", "capabilities", "metadata", "settings", "tos_acceptance"))
	s.mux.Handle("GET /v1/accounts/{id}/capabilities/{capability}", s.read(s.getCapability))
	s.mux.Handle("POST /v1/accounts/{id}/capabilities/{capability}", s.write(s.updateCapability, "requested"))
	s.mux.Handle("POST /v1/account_links", s.write(s.createLink, "account", "type", "refresh_url", "return_url", "collect", "collection_options"))
	s.mux.HandleFunc("GET /connect/onboard/{token}", s.onboardPage)
	s.mux.Handle("POST /v1/transfers", s.write(s.createTransfer, "amount", "currency", "destination", "transfer_group", "description", "metadata"))
	s.mux.Handle("GET /v1/transfers", s.read(s.listTransfers, "transfer_group", "destination", "created", "limit", "starting_after", "ending_before"))
	s.mux.Handle("GET /v1/transfers/{id}", s.read(s.getTransfer))
	s.mux.Handle("POST /v1/transfers/{id}", s.write(s.updateTransfer, "description", "metadata"))
	s.mux.Handle("POST /v1/transfers/{id}/reversals", s.write(s.createReversal, "amount", "metadata", "description"))
	s.mux.Handle("GET /v1/transfers/{id}/reversals", s.read(s.listReversals, "limit", "starting_after", "ending_before"))
	s.mux.Handle("GET /v1/balance", s.read(s.getBalance))
	s.addControls()
	s.mux.Handle("/", s.read(func(r request) answer {
		return failure(http.StatusNotFound, "invalid_request_error", "", "", "Unrecognized request URL ("+r.method+": "+r.url+")")
	}))
	go s.deliver()
	return s, nil
}

// Close ends the delivery of webhooks.
func (s *Server) Close() { close(s.done) }

// request is one call as the handlers see it.
type request struct {
	id, key, hash string
	method, url   string
	account       string // of the Stripe-Account header
	form          url.Values
	path          func(string) string
	host          string
	fault         Fault
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.rollForward()
	if s.limited(w, r) || s.applyFault(w, r) {
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

func (s *Server) read(handle func(request) answer, params ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, refused := s.open(r, params)
		if refused != nil {
			send(w, req.id, *refused)
			return
		}
		s.mu.Lock()
		release := s.running.release
		s.mu.Unlock()
		s.wait(req.fault, release)
		s.mu.Lock()
		a := handle(req)
		s.mu.Unlock()
		send(w, req.id, a)
	})
}

const (
	maxKey  = 255     // characters
	maxBody = 1 << 20 // bytes
)

// open does what comes before the idempotency layer, so that no answer of it is ever stored: credentials, version, and which
// parameters there are. The handlers' own answers about a parameter's value are not stored either.
func (s *Server) open(r *http.Request, params []string) (request, *answer) {
	req := request{id: newID("req"), key: r.Header.Get("Idempotency-Key"), method: r.Method, url: r.URL.Path, account: r.Header.Get("Stripe-Account"),
		path: r.PathValue, host: r.Host, fault: faultOf(r.Context())}
	refused := func(a answer) (request, *answer) { return req, &a }
	if !s.authorized(r) {
		return refused(failure(http.StatusUnauthorized, "invalid_request_error", "", "", "Invalid API Key provided"))
	}
	if version := r.Header.Get("Stripe-Version"); version != "" && version != APIVersion {
		return refused(invalid("", "", "Only API version "+APIVersion+" is spoken here"))
	}
	if len(req.key) > maxKey {
		return refused(invalid("", "", "Idempotency keys have at most 255 characters"))
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return refused(invalid("", "", "Unreadable request body"))
	}
	req.form, req.hash = r.Form, hashOf(r)
	for name := range r.Form {
		root, _, _ := strings.Cut(name, "[")
		if !slices.Contains(params, root) && !isControl(r) {
			return refused(invalid("parameter_unknown", name, "Received unknown parameter: "+name))
		}
	}
	if req.account != "" && req.url != "/v1/balance" {
		return refused(invalid("", "", "Only the balance can be read on behalf of an account here"))
	}
	return req, nil
}
