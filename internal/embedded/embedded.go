// Package embedded owns the stand-ins that run in this process for whatever is not configured: Redis and Stripe.
//
// It does not own the choice to use them (app makes it and says so in the log), nor the embedded database, which is a
// file that models opens.
//
// Invariants: listens on loopback only; Stripe's state is in a file, so that it survives the process.
package embedded

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tributary/internal/stripesim"
)

// Redis is an in-process Redis that forgets everything when the process ends.
type Redis struct{ server *miniredis.Miniredis }

// StartRedis starts it and lets its time run.
func StartRedis() (*Redis, error) {
	server, err := miniredis.Run()
	if err != nil {
		return nil, fmt.Errorf("start in-process redis: %w", err)
	}
	server.ClockTTL(true)
	return &Redis{server: server}, nil
}

// URL gives its address.
func (r *Redis) URL() string { return "redis://" + r.server.Addr() }

// FlushAll empties it, as a lost Redis would be.
func (r *Redis) FlushAll() { r.server.FlushAll() }

// SetTime makes its time stand at an instant, for tests.
func (r *Redis) SetTime(at time.Time) { r.server.SetTime(at) }

// Break makes it refuse every command with a message, until it is given none: an outage, for tests.
func (r *Redis) Break(message string) { r.server.SetError(message) }

// Stop ends it.
func (r *Redis) Stop() { r.server.Close() }

// Stripe is the Stripe simulator behind an HTTP listener.
type Stripe struct {
	*stripesim.Server
	listener net.Listener
	http     *http.Server
}

// StartStripe starts the simulator on a free loopback port.
func StartStripe(o stripesim.Options) (*Stripe, error) { return StartStripeAt("127.0.0.1:0", o) }

// StartStripeAt starts the simulator on an address, which must be a loopback one: whoever reaches it can do anything.
func StartStripeAt(address string, o stripesim.Options) (*Stripe, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen for the Stripe simulator: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("the Stripe simulator listens on loopback only, such as 127.0.0.1:12111, not on %q", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the Stripe simulator: %w", err)
	}
	sim, err := stripesim.New(o)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	s := &Stripe{Server: sim, listener: listener, http: &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}}
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

// URL gives its address.
func (s *Stripe) URL() string { return "http://" + s.listener.Addr().String() }

// Stop ends it.
func (s *Stripe) Stop() {
	_ = s.http.Close()
	s.Server.Close()
}
