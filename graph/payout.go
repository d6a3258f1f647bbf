package graph

import (
	"context"
	"encoding/hex"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

type (
	batchResolver  struct{ *root }
	payoutResolver struct{ *root }
)

func payoutID(p models.Payout) models.ID { return p.ID }

func (r programResolver) PayoutBatches(ctx context.Context, p *models.Program, filter *PayoutBatchFilter, orderBy *PayoutBatchOrder, first *int, after *string, last *int, before *string) (*PayoutBatchConnection, error) {
	return listed(filter, orderBy, payoutBatchSorts).connect(first, after, last, before, func(b models.PayoutBatch) models.ID { return b.ID }, func(page models.Page) (models.Slice[models.PayoutBatch], error) {
		return r.Services.Payouts.Batches(ctx, callerOf(ctx), p.ID, orZero(orZero(filter).State), page)
	})
}

func (r batchResolver) Program(ctx context.Context, b *models.PayoutBatch) (*models.Program, error) {
	return programOf(ctx, b.ProgramID)
}

func (r batchResolver) Period(ctx context.Context, b *models.PayoutBatch) (*models.Period, error) {
	return loadersOf(ctx).periods.Load(ctx, b.PeriodID)
}

func (r batchResolver) ContentHash(_ context.Context, b *models.PayoutBatch) (string, error) {
	return hex.EncodeToString(b.ContentHash[:]), nil
}

func (r batchResolver) Total(_ context.Context, b *models.PayoutBatch) (*money.Amount, error) {
	return amount(b.TotalMinor, b.Currency)
}

func (r batchResolver) Payouts(ctx context.Context, b *models.PayoutBatch, filter *PayoutFilter, orderBy *PayoutOrder, first *int, after *string, last *int, before *string) (*PayoutConnection, error) {
	only, err := filter.read(b.Currency)
	if err != nil {
		return nil, err
	}
	return listed(filter, orderBy, payoutSorts).connect(first, after, last, before, payoutID, func(page models.Page) (models.Slice[models.Payout], error) {
		return r.Services.Payouts.PayoutsOfBatch(ctx, callerOf(ctx), b.ID, only, page)
	})
}

func (r enrollmentResolver) Payouts(ctx context.Context, e *models.Enrollment, filter *PayoutFilter, orderBy *PayoutOrder, first *int, after *string, last *int, before *string) (*PayoutConnection, error) {
	p, err := programOf(ctx, e.ProgramID)
	if err != nil {
		return nil, err
	}
	only, err := filter.read(p.Currency)
	if err != nil {
		return nil, err
	}
	return listed(filter, orderBy, payoutSorts).connect(first, after, last, before, payoutID, func(page models.Page) (models.Slice[models.Payout], error) {
		return r.Services.Payouts.PayoutsOfEnrollment(ctx, callerOf(ctx), e.ID, only, page)
	})
}

func (r payoutResolver) Batch(ctx context.Context, p *models.Payout) (*models.PayoutBatch, error) {
	if !callerOf(ctx).Has(access.PayoutsRead) {
		return nil, nil
	}
	return loadersOf(ctx).batches.Load(ctx, p.BatchID)
}

func (r payoutResolver) Enrollment(ctx context.Context, p *models.Payout) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, p.EnrollmentID)
}

func (r payoutResolver) Amount(_ context.Context, p *models.Payout) (*money.Amount, error) {
	return amount(p.AmountMinor, p.Currency)
}

func (r payoutResolver) Balance(_ context.Context, p *models.Payout) (*money.Amount, error) {
	return amount(p.PayableMinor, p.Currency)
}

func (r payoutResolver) DebtTaken(_ context.Context, p *models.Payout) (*money.Amount, error) {
	return amount(p.DebtTakenMinor, p.Currency)
}

func (r payoutResolver) DebtSentence(_ context.Context, p *models.Payout) (string, error) {
	return payout.DebtSentence(*p), nil
}

func (r payoutResolver) Sentence(_ context.Context, p *models.Payout) (string, error) {
	return payout.Sentence(*p), nil
}

func (r payoutResolver) Destination(_ context.Context, p *models.Payout) (*string, error) {
	if p.Destination == "" {
		return nil, nil
	}
	return &p.Destination, nil
}

func (r payoutResolver) TransferID(_ context.Context, p *models.Payout) (*string, error) {
	if p.BankReference != "" {
		return &p.BankReference, nil
	}
	return p.TransferID, nil
}

func (r payoutResolver) Reversed(_ context.Context, p *models.Payout) (*money.Amount, error) {
	return amount(p.ReversedMinor, p.Currency)
}

func (r payoutResolver) Corrected(_ context.Context, p *models.Payout) (*money.Amount, error) {
	return amount(p.CorrectedMinor, p.Currency)
}

func (r mutationResolver) PlanPayoutBatch(ctx context.Context, input PlanPayoutBatchInput) (*PlanPayoutBatchPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "planPayoutBatch", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.PayoutBatch, error) {
			id, err := idIn("periodId", models.PrefixPeriod, input.PeriodID)
			if err != nil {
				return models.PayoutBatch{}, err
			}
			return r.Services.Payouts.Plan(tx, by, id)
		})
	return &PlanPayoutBatchPayload{PayoutBatch: answer, UserErrors: problems}, err
}

func (r mutationResolver) ApprovePayoutBatch(ctx context.Context, input ApprovePayoutBatchInput) (*ApprovePayoutBatchPayload, error) {
	answer, problems, err := r.onBatch(ctx, "approvePayoutBatch", input.IdempotencyKey, input, input.PayoutBatchID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutBatch, error) {
			return r.Services.Payouts.Approve(tx, by, id, input.ContentHash)
		})
	return &ApprovePayoutBatchPayload{PayoutBatch: answer, UserErrors: problems}, err
}

func (r mutationResolver) ExecutePayoutBatch(ctx context.Context, input ExecutePayoutBatchInput) (*ExecutePayoutBatchPayload, error) {
	answer, problems, err := r.onBatch(ctx, "executePayoutBatch", input.IdempotencyKey, input, input.PayoutBatchID, r.Services.Payouts.Execute)
	return &ExecutePayoutBatchPayload{PayoutBatch: answer, UserErrors: problems}, err
}

func (r mutationResolver) ResumePayoutBatch(ctx context.Context, input ResumePayoutBatchInput) (*ResumePayoutBatchPayload, error) {
	answer, problems, err := r.onBatch(ctx, "resumePayoutBatch", input.IdempotencyKey, input, input.PayoutBatchID, r.Services.Payouts.Resume)
	return &ResumePayoutBatchPayload{PayoutBatch: answer, UserErrors: problems}, err
}

func (r mutationResolver) CancelPayoutBatch(ctx context.Context, input CancelPayoutBatchInput) (*CancelPayoutBatchPayload, error) {
	answer, problems, err := r.onBatch(ctx, "cancelPayoutBatch", input.IdempotencyKey, input, input.PayoutBatchID, r.Services.Payouts.Cancel)
	return &CancelPayoutBatchPayload{PayoutBatch: answer, UserErrors: problems}, err
}

func (r mutationResolver) onBatch(ctx context.Context, operation, key string, input any, text string,
	act func(*models.Tx, access.Caller, models.ID) (models.PayoutBatch, error)) (*models.PayoutBatch, []UserError, error) {
	return mutate(ctx, r.root, operation, key, input, func(tx *models.Tx, by access.Caller) (models.PayoutBatch, error) {
		id, err := idIn("payoutBatchId", models.PrefixBatch, text)
		if err != nil {
			return models.PayoutBatch{}, err
		}
		return act(tx, by, id)
	})
}

func (r mutationResolver) MarkPayoutPaid(ctx context.Context, input MarkPayoutPaidInput) (*MarkPayoutPaidPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "markPayoutPaid", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Payout, error) {
			id, err := idIn("payoutId", models.PrefixPayout, input.PayoutID)
			if err != nil {
				return models.Payout{}, err
			}
			return r.Services.Payouts.MarkPaid(tx, by, id, input.Reference)
		})
	return &MarkPayoutPaidPayload{Payout: answer, UserErrors: problems}, err
}
