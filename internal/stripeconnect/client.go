package stripeconnect

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"tributary/internal/fault"
)

// Config says which Stripe to speak to. APIBase is empty for Stripe itself.
type Config struct {
	Key     string
	APIBase string
}

// Rail pays through Stripe Connect: separate charges and transfers.
type Rail struct {
	writes *client.API // no retries: the payout machine retries, so that every attempt is recorded
	reads  *client.API
	live   bool // real money: answers of the other mode are not ours
}

const (
	httpTimeout = 30 * time.Second
	readRetries = 2
)

var errRedirect = errors.New("stripeconnect: a redirect is not followed")

// New makes the rail. Code STRIPE_KEY_MISSING.
func New(c Config) (*Rail, error) {
	if c.Key == "" {
		return nil, fault.New(fault.Invalid, "STRIPE_KEY_MISSING", "a Stripe key is needed")
	}
	// One backend per purpose, each with a configuration of its own: a shared one would hand one's URL to the other.
	return &Rail{writes: newAPI(c, 0), reads: newAPI(c, readRetries), live: strings.Contains(c.Key, "_live_")}, nil
}

func newAPI(c Config, retries int64) *client.API {
	config := &stripe.BackendConfig{
		HTTPClient: &http.Client{Timeout: httpTimeout, Transport: once{http.DefaultTransport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect }},
		MaxNetworkRetries: stripe.Int64(retries),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if c.APIBase != "" {
		config.URL = stripe.String(strings.TrimSuffix(c.APIBase, "/"))
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, config)
	return client.New(c.Key, &stripe.Backends{API: backend, Connect: backend, Uploads: backend})
}
