package main

import (
	"fmt"
	"os"

	"tributary/internal/app"
)

type stripeKeyCmd struct {
	Set    stripeKeySetCmd    `cmd:"" help:"Pay a merchant's partners with a Stripe key of its own, read from TRIBUTARY_MERCHANT_STRIPE_KEY, and its webhook secret from TRIBUTARY_MERCHANT_STRIPE_WEBHOOK_SECRET."`
	Remove stripeKeyRemoveCmd `cmd:"" help:"Forget a merchant's own Stripe key and pay with the instance's."`
}

type stripeKeySetCmd struct {
	actor
	Merchant string `required:"" help:"Slug of the merchant."`
}

// Run sets the key. It is no argument, since arguments are seen by everybody on the machine.
func (c stripeKeySetCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		key, err := app.SetStripeKey(r.Context, a, operator, c.Merchant, os.Getenv("TRIBUTARY_MERCHANT_STRIPE_KEY"), os.Getenv("TRIBUTARY_MERCHANT_STRIPE_WEBHOOK_SECRET"))
		if err == nil {
			fmt.Printf("%s pays with the %s key that ends in %s, of %s\nits webhook endpoint is %s%s\n", c.Merchant, key.Mode, key.LastFour, key.AccountID, a.Config.BaseURL, key.WebhookPath)
		}
		return err
	})
}

type stripeKeyRemoveCmd struct {
	actor
	Merchant string `required:"" help:"Slug of the merchant."`
}

// Run removes the key.
func (c stripeKeyRemoveCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		key, err := app.RemoveStripeKey(r.Context, a, operator, c.Merchant)
		if err == nil {
			fmt.Printf("%s pays with the instance's key again; the one that ends in %s is forgotten\n", c.Merchant, key.LastFour)
		}
		return err
	})
}
