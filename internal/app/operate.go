package app

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/models"
)

// Migrate brings the database to this release and tells how many files were applied.
func Migrate(ctx context.Context, a *App) (int, error) { return models.Migrate(ctx, a.DB) }

// Verify proves the ledger.
func Verify(ctx context.Context, a *App) (ledger.Proof, error) { return ledger.Verify(ctx, a.DB) }

// ApplyFor applies a plan file for the merchant of the slug, who is made when new.
func ApplyFor(ctx context.Context, a *App, slug string, data []byte) (models.Program, models.PlanVersion, error) {
	file, err := commission.ParsePlanFile(data)
	if err != nil {
		return models.Program{}, models.PlanVersion{}, err
	}
	merchant, err := a.merchant(ctx, slug)
	if err != nil {
		return models.Program{}, models.PlanVersion{}, err
	}
	return a.ApplyPlanFile(ctx, access.System("cli", merchant.ID), file)
}

func (a *App) merchant(ctx context.Context, slug string) (models.Merchant, error) {
	merchant, err := a.Program.MerchantBySlug(ctx, slug)
	if fault.KindOf(err) != fault.NotFound {
		return merchant, err
	}
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		merchant, err = a.Program.CreateMerchant(tx, slug, slug)
		return err
	})
	return merchant, err
}
