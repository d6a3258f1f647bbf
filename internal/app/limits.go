package app

import (
	"cmp"
	"context"
	"time"

	"tributary/internal/limiter"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
)

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

// openRail makes the limiter and the way to Stripe behind it, for the instance's key and for those of merchants.
// The limiter's clock is the real one whatever the program's shows.
func (a *App) openRail(context.Context) error {
	gate, err := limiter.New(limiter.Options{Redis: a.Config.RedisURL, Mode: a.Config.mode(), Limits: a.Config.limits(),
		Lease: a.Config.slotLease, Now: time.Now, Log: a.Log})
	if err != nil {
		return err
	}
	a.stops = append(a.stops, gate.Close)
	a.rail, err = stripeconnect.New(stripeconnect.Config{Key: a.Config.StripeKey, APIBase: a.Config.StripeAPIBase, Gate: gate, Log: a.Log})
	if err != nil {
		return err
	}
	// Stripe limits each of its accounts apart, so a merchant with a key of its own takes nothing from the others.
	a.openOwn = func(key, platform string) (payout.Rail, error) {
		c := a.Config
		c.StripeKey = key
		if stripeconnect.IsLive(key) && a.Redis != nil {
			return nil, payout.ErrLiveEmbedded
		}
		own, err := gate.For(cmp.Or(platform, "unknown"), c.mode(), c.limits())
		if err != nil {
			return nil, err
		}
		return stripeconnect.New(stripeconnect.Config{Key: key, APIBase: c.StripeAPIBase, Gate: own, Log: a.Log})
	}
	return nil
}
