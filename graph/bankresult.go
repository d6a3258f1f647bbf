package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

func (r mutationResolver) ImportBankResults(ctx context.Context, input ImportBankResultsInput) (*ImportBankResultsPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "importBankResults", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) ([]BankResult, error) {
			results, err := r.Services.Payouts.TakeBankResults(tx, by, input.File)
			if err != nil {
				return nil, err
			}
			shown := make([]BankResult, len(results))
			for i, result := range results {
				shown[i] = BankResult{Line: result.Line, PayoutID: result.PayoutID, Outcome: result.Outcome, UserErrors: []UserError{}}
				if result.Err == nil {
					continue
				}
				refused, ok := userErrors(result.Err)
				if !ok {
					return nil, result.Err
				}
				shown[i].UserErrors = refused
			}
			return shown, nil
		})
	payload := &ImportBankResultsPayload{UserErrors: problems}
	if answer != nil {
		payload.Results = *answer
	}
	return payload, err
}
