package graph

import (
	"context"
	"errors"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/internal/tracking"
	"tributary/models"
)

type (
	refundResolver     struct{ *root }
	refundItemResolver struct{ *root }
)

func (r programResolver) Refunds(ctx context.Context, p *models.Program, first *int, after *string, last *int, before *string) (*RefundConnection, error) {
	return connect(first, after, last, before, func(f models.Refund) models.ID { return f.ID },
		func(page models.Page) (models.Slice[models.Refund], error) {
			return r.Services.Tracking.Refunds(ctx, callerOf(ctx), p.ID, page)
		})
}

func (r refundResolver) Amount(ctx context.Context, f *models.Refund) (*money.Amount, error) {
	return inProgram(ctx, f.ProgramID, f.AmountMinor)
}

func (r refundResolver) Items(_ context.Context, f *models.Refund) ([]tracking.RefundedItem, error) {
	items, err := tracking.DecodeRefundedItems(f.Items)
	return listOf(items), err
}

func (r refundItemResolver) Amount(_ context.Context, item *tracking.RefundedItem) (*money.Amount, error) {
	return amount(item.AmountMinor, item.Currency)
}

func (r refundResolver) Conversion(ctx context.Context, f *models.Refund) (*models.Conversion, error) {
	return loadersOf(ctx).conversions.Load(ctx, f.ConversionID)
}

// recordedRefund is what came of a refund, in a form that can be remembered.
type recordedRefund struct {
	Refund  models.Refund
	Outcome tracking.Outcome
}

func (r mutationResolver) RecordRefund(ctx context.Context, input RecordRefundInput) (*RecordRefundPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "recordRefund", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (recordedRefund, error) {
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return recordedRefund{}, err
			}
			refund, outcome, err := r.Services.Tracking.RecordRefund(tx, by, programID, *input.Refund)
			return recordedRefund{Refund: refund, Outcome: outcome}, within("refund", err)
		})
	payload := &RecordRefundPayload{UserErrors: problems}
	if answer != nil {
		payload.Refund, payload.Outcome = &answer.Refund, &answer.Outcome
	}
	return payload, err
}

func (r mutationResolver) RecordRefunds(ctx context.Context, input RecordRefundsInput) (*RecordRefundsPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "recordRefunds", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) ([]RefundResult, error) {
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return nil, err
			}
			results, err := r.Services.Tracking.RecordRefunds(tx, by, programID, input.Refunds)
			if errors.Is(err, tracking.ErrBatchSize) {
				return nil, tracking.ErrBatchSize.On("refunds")
			}
			if err != nil {
				return nil, err
			}
			return showRefunds(results)
		})
	payload := &RecordRefundsPayload{UserErrors: problems}
	if answer != nil {
		payload.Results = *answer
	}
	return payload, err
}

// showRefunds dresses the results, as showResults those of conversions.
func showRefunds(results []tracking.RefundResult) ([]RefundResult, error) {
	shown := make([]RefundResult, len(results))
	for i, result := range results {
		if result.Err == nil {
			shown[i] = RefundResult{Refund: &result.Refund, Outcome: &result.Outcome, UserErrors: []UserError{}}
			continue
		}
		problems, ok := userErrors(result.Err)
		if !ok {
			return nil, result.Err
		}
		shown[i] = RefundResult{UserErrors: problems}
	}
	return shown, nil
}
