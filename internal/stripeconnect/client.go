package stripeconnect

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"tributary/internal/fault"
	"tributary/internal/limiter"
)

// Config says which Stripe to speak to. APIBase is empty for Stripe itself. Every call passes the Gate.
type Config struct {
	Key     string
	APIBase string
	Gate    limiter.Gate
	Log     *slog.Logger // optional
}

// IsLive tells whether a key moves real money.
func IsLive(key string) bool { return strings.Contains(key, "_live_") }

// Rail pays through Stripe Connect: separate charges and transfers.
type Rail struct {
	writes *client.API // no retries: the payout machine retries, so that every attempt is recorded
	reads  *client.API
	gate   limiter.Gate
	live   bool // real money: answers of the other mode are not ours
}

const (
	httpTimeout = 30 * time.Second
	readRetries = 2
)

var errRedirect = errors.New("stripeconnect: a redirect is not followed")

// New makes the rail. Codes STRIPE_KEY_MISSING, STRIPE_GATE_MISSING, STRIPE_ADDRESS_INVALID.
func New(c Config) (*Rail, error) {
	switch {
	case c.Key == "":
		return nil, fault.New(fault.Invalid, "STRIPE_KEY_MISSING", "a Stripe key is needed")
	case c.Gate == nil: // no limits would mean: without limit
		return nil, fault.New(fault.Invalid, "STRIPE_GATE_MISSING", "calls to Stripe need a limiter")
	case c.APIBase == "":
		c.APIBase = stripe.APIURL
	}
	base, err := url.Parse(strings.TrimSuffix(c.APIBase, "/"))
	if err != nil || base.Host == "" {
		return nil, fault.InvalidField("TRIBUTARY_STRIPE_API_BASE", "STRIPE_ADDRESS_INVALID", "this is not the address of an API")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	pass := guard{next: transport(), scheme: base.Scheme, host: base.Host, gate: c.Gate, log: c.Log}
	// One backend per purpose, each with a configuration of its own: a shared one would hand one's URL to the other.
	return &Rail{writes: newAPI(c.Key, base.String(), pass, 0), reads: newAPI(c.Key, base.String(), pass, readRetries), gate: c.Gate, live: IsLive(c.Key)}, nil
}

// transport keeps as many connections as there may be calls under way, so that none waits for a new one.
func transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = t.MaxIdleConns
	return t
}

func newAPI(key, base string, pass http.RoundTripper, retries int64) *client.API {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(base),
		HTTPClient: &http.Client{Timeout: httpTimeout, Transport: pass,
			CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect }},
		MaxNetworkRetries: stripe.Int64(retries),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	return client.New(key, &stripe.Backends{API: backend, Connect: backend, Uploads: backend})
}
