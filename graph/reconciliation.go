package graph

import (
	"context"
	"strings"

	"tributary/internal/access"
	"tributary/models"
)

type (
	reconciliationResolver struct{ *root }
	findingResolver        struct{ *root }
)

func (r batchResolver) Reconciliations(ctx context.Context, b *models.PayoutBatch, first *int, after *string, last *int, before *string) (*ReconciliationConnection, error) {
	return connect(first, after, last, before, func(run models.ReconRun) models.ID { return run.ID },
		func(page models.Page) (models.Slice[models.ReconRun], error) {
			return r.Services.Payouts.Reconciliations(ctx, callerOf(ctx), b.ID, page)
		})
}

func (r batchResolver) BankFile(ctx context.Context, b *models.PayoutBatch) (*string, error) {
	if !callerOf(ctx).Has(access.PayoutsWrite) {
		return nil, nil
	}
	var file strings.Builder
	if err := r.Services.Payouts.WriteBankFile(ctx, callerOf(ctx), b.ID, &file); err != nil {
		return nil, err
	}
	text := file.String()
	return &text, nil
}

func (r reconciliationResolver) Findings(ctx context.Context, run *models.ReconRun, first *int, after *string, last *int, before *string) (*ReconciliationFindingConnection, error) {
	return connect(first, after, last, before, func(f models.ReconFinding) models.ID { return f.ID },
		func(page models.Page) (models.Slice[models.ReconFinding], error) {
			return r.Payouts.FindingsOf(ctx, callerOf(ctx), run.ID, page)
		})
}

func (r findingResolver) Kind(_ context.Context, f *models.ReconFinding) (FindingKind, error) {
	return FindingKind(f.Kind), nil
}

func (r findingResolver) Payout(ctx context.Context, f *models.ReconFinding) (*models.Payout, error) {
	return loadRef(ctx, loadersOf(ctx).payouts, f.PayoutID)
}

func (r mutationResolver) ReconcilePayoutBatch(ctx context.Context, input ReconcilePayoutBatchInput) (*ReconcilePayoutBatchPayload, error) {
	answer, problems, err := r.onBatch(ctx, "reconcilePayoutBatch", input.IdempotencyKey, input, input.PayoutBatchID, r.Services.Payouts.RequestReconcile)
	return &ReconcilePayoutBatchPayload{PayoutBatch: answer, UserErrors: problems}, err
}
