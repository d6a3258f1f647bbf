package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"tributary/internal/embedded"
	"tributary/internal/stripesim"
)

// StripesimOptions sets up the simulator that runs alone.
type StripesimOptions struct {
	Listen        string
	Key           string
	WebhookURL    string
	WebhookSecret string
	StateFile     string
	FaultFile     string
	PerSecond     int
	PerEndpoint   int
}

// Stripesim runs the Stripe simulator until ctx ends, then proves its books; it writes its address to out once it listens.
func Stripesim(ctx context.Context, o StripesimOptions, out io.Writer, log *slog.Logger) error {
	var faults []stripesim.Fault
	if o.FaultFile != "" {
		script, err := os.ReadFile(o.FaultFile)
		if err != nil {
			return fmt.Errorf("read the fault script: %w", err)
		}
		if faults, err = stripesim.ParseFaults(script); err != nil {
			return err
		}
	}
	sim, err := embedded.StartStripeAt(o.Listen, stripesim.Options{Now: time.Now, SecretKey: o.Key, WebhookURL: o.WebhookURL,
		WebhookSecret: o.WebhookSecret, StateFile: o.StateFile, PerSecond: o.PerSecond, PerEndpoint: o.PerEndpoint, RealNow: time.Now,
		Audit: true, Logger: log})
	if err != nil {
		return err
	}
	defer sim.Stop()
	sim.Script(faults...)
	fmt.Fprintln(out, sim.URL())
	<-ctx.Done()
	return sim.Check()
}
