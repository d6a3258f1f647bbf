package app

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

// StripeKey is a merchant's own Stripe key as the command line prints it.
type StripeKey struct{ LastFour, Mode, AccountID, SetBy, WebhookPath string }

// SetStripeKey gives a merchant a Stripe key of its own. Codes MERCHANT_NOT_FOUND and those of payout.Service.SetKey.
func SetStripeKey(ctx context.Context, a *App, operator, merchantSlug, secretKey, webhookSecret string) (StripeKey, error) {
	in := payout.KeyInput{SecretKey: secretKey, WebhookSecret: webhookSecret}
	return a.moveKey(ctx, operator, merchantSlug, func(by access.Caller) payout.KeyCheck { return a.Payouts.CheckKey(ctx, by, in) }, a.Payouts.SetKey)
}

// RemoveStripeKey forgets a merchant's own Stripe key. Codes MERCHANT_NOT_FOUND and those of payout.Service.RemoveKey.
func RemoveStripeKey(ctx context.Context, a *App, operator, merchantSlug string) (StripeKey, error) {
	return a.moveKey(ctx, operator, merchantSlug, func(by access.Caller) payout.KeyCheck { return a.Payouts.CheckRemoval(ctx, by) }, a.Payouts.RemoveKey)
}

// moveKey checks outside of the transaction, as Stripe is asked, and acts in it.
func (a *App) moveKey(ctx context.Context, operator, merchantSlug string, check func(access.Caller) payout.KeyCheck,
	act func(*models.Tx, access.Caller, payout.KeyCheck) (models.StripeCredential, error)) (StripeKey, error) {
	merchant, err := a.Program.MerchantBySlug(ctx, merchantSlug)
	if err != nil {
		return StripeKey{}, err
	}
	by, err := access.Operator(operator, merchant.ID)
	if err != nil {
		return StripeKey{}, err
	}
	seen := check(by)
	var c models.StripeCredential
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		c, err = act(tx, by, seen)
		return err
	})
	if err != nil {
		return StripeKey{}, err
	}
	mode := "test"
	if c.Livemode {
		mode = "live"
	}
	return StripeKey{LastFour: c.LastFour, Mode: mode, AccountID: c.Platform, SetBy: c.SetBy, WebhookPath: payout.WebhookPath(merchant.ID)}, nil
}
