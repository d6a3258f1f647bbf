package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

type stripeKeyResolver struct{ *root }

// StripeKey is null for a caller of another merchant, as for somebody who signs one up.
func (r merchantResolver) StripeKey(ctx context.Context, m *models.Merchant) (*models.StripeCredential, error) {
	by := callerOf(ctx)
	if by.MerchantID != m.ID || !by.Has(access.KeysWrite) {
		return nil, nil
	}
	return r.Services.Payouts.Key(ctx, by)
}

func (r merchantResolver) StripeWebhookPath(_ context.Context, m *models.Merchant) (string, error) {
	return payout.WebhookPath(m.ID), nil
}

func (r stripeKeyResolver) Mode(_ context.Context, c *models.StripeCredential) (StripeMode, error) {
	if c.Livemode {
		return StripeModeLive, nil
	}
	return StripeModeTest, nil
}

// SetStripeKey asks Stripe first whose the key is, which no transaction may wait for. Of the request only a hash is kept,
// from which nobody finds a key: it is random and long.
func (r mutationResolver) SetStripeKey(ctx context.Context, input SetStripeKeyInput) (*SetStripeKeyPayload, error) {
	seen := r.Services.Payouts.CheckKey(ctx, callerOf(ctx), payout.KeyInput{SecretKey: input.SecretKey, WebhookSecret: input.WebhookSecret})
	answer, problems, err := mutate(ctx, r.root, "setStripeKey", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.StripeCredential, error) {
			return r.Services.Payouts.SetKey(tx, by, seen)
		})
	return &SetStripeKeyPayload{StripeKey: answer, UserErrors: problems}, err
}

func (r mutationResolver) RemoveStripeKey(ctx context.Context, input RemoveStripeKeyInput) (*RemoveStripeKeyPayload, error) {
	seen := r.Services.Payouts.CheckRemoval(ctx, callerOf(ctx))
	answer, problems, err := mutate(ctx, r.root, "removeStripeKey", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.StripeCredential, error) {
			return r.Services.Payouts.RemoveKey(tx, by, seen)
		})
	return &RemoveStripeKeyPayload{StripeKey: answer, UserErrors: problems}, err
}
