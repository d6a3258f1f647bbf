package app

import (
	"context"
	"time"

	"tributary/internal/limiter"
	"tributary/internal/stripeconnect"
)

// RailConfig is how fast and how many at once calls to Stripe leave, over all processes together. What is 0 has the default
// of the mode, which is well below Stripe's own limits (docs/limits.md).
type RailConfig struct {
	Calls     int `env:"TRIBUTARY_STRIPE_CALLS_PER_SECOND" name:"stripe-calls-per-second" help:"Calls of every kind a second; 0: live 50, test 20."`
	Transfers int `env:"TRIBUTARY_STRIPE_TRANSFERS_PER_SECOND" name:"stripe-transfers-per-second" help:"Transfers a second; 0: live 10, test 4."`
	Accounts  int `env:"TRIBUTARY_STRIPE_ACCOUNTS_PER_SECOND" name:"stripe-accounts-per-second" help:"Accounts opened a second; 0: live 10, test 3."`
	Links     int `env:"TRIBUTARY_STRIPE_LINKS_PER_SECOND" name:"stripe-links-per-second" help:"Onboarding pages made a second; 0: live 10, test 4."`
	Reads     int `env:"TRIBUTARY_STRIPE_READS_PER_SECOND" name:"stripe-reads-per-second" help:"Reads a second; 0: live 20, test 10."`
	InFlight  int `env:"TRIBUTARY_STRIPE_IN_FLIGHT" name:"stripe-in-flight" help:"Writes under way at once; 0: half a second's transfers, at least 5."`
	Sends     int `env:"TRIBUTARY_PAYOUT_CONCURRENCY" name:"payout-concurrency" help:"Payouts worked on at once in one process; 0: what may be under way and half as many again."`
}

// mode is what limits are counted under. What is not at Stripe's own address, with a key that moves no money, is a stand-in.
func (c Config) mode() string {
	switch {
	case stripeconnect.IsLive(c.StripeKey):
		return limiter.Live
	case c.StripeAPIBase != "":
		return limiter.StandIn
	}
	return limiter.Test
}

func (c Config) limits() limiter.Limits {
	return limiter.Limits{Global: c.Rail.Calls, Transfers: c.Rail.Transfers, Accounts: c.Rail.Accounts, Links: c.Rail.Links, Reads: c.Rail.Reads,
		InFlight: c.Rail.InFlight}.OrDefaults(c.mode())
}

// sends is enough for every slot to be taken by this process alone, while as many again as half of them record answers.
func (c Config) sends() int {
	if c.Rail.Sends > 0 {
		return c.Rail.Sends
	}
	inFlight := c.limits().InFlight
	return inFlight + (inFlight+1)/2
}

// openRail makes the limiter and the way to Stripe behind it. The limiter's clock is the real one whatever the program's shows.
func (a *App) openRail(context.Context) error {
	gate, err := limiter.New(limiter.Options{Redis: a.Config.RedisURL, Mode: a.Config.mode(), Limits: a.Config.limits(), Now: time.Now, Log: a.Log})
	if err != nil {
		return err
	}
	a.stops = append(a.stops, gate.Close)
	a.rail, err = stripeconnect.New(stripeconnect.Config{Key: a.Config.StripeKey, APIBase: a.Config.StripeAPIBase, Gate: gate, Log: a.Log})
	return err
}
