package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

type (
	fundingResolver struct{ *root }
	pendingResolver struct{ *root }
)

func (r programResolver) Funding(ctx context.Context, p *models.Program) (*payout.Funding, error) {
	if !callerOf(ctx).Has(access.PayoutsRead) {
		return nil, nil
	}
	return loadersOf(ctx).fundings.Load(ctx, p.ID)
}

func (r fundingResolver) Maturing(ctx context.Context, f *payout.Funding) (*payout.Maturing, error) {
	return loadersOf(ctx).maturings.Load(ctx, f.ProgramID)
}

func (r pendingResolver) Period(ctx context.Context, p *payout.PendingPeriod) (*models.Period, error) {
	return loadersOf(ctx).periods.Load(ctx, p.PeriodID)
}
