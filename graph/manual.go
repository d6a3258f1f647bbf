package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/models"
)

type manualResolver struct{ *root }

func (r commissionResolver) Manual(ctx context.Context, c *models.Commission) (*models.ManualLine, error) {
	if c.Kind != models.CommissionKindManual {
		return nil, nil
	}
	return loadersOf(ctx).manuals.Load(ctx, c.ID)
}

func (r manualResolver) Actor(ctx context.Context, m *models.ManualLine) (*string, error) {
	return shownActor(ctx, access.PayoutsRead, m.Actor)
}

// shownActor gives who of the merchant did something to its own callers.
func shownActor(ctx context.Context, scope access.Scope, name string) (*string, error) {
	if !callerOf(ctx).Has(scope) {
		return nil, nil
	}
	return &name, nil
}

func (r manualResolver) ReversesID(_ context.Context, m *models.ManualLine) (*string, error) {
	if m.ReversesID == nil {
		return nil, nil
	}
	id := m.ReversesID.Format(models.PrefixCommission)
	return &id, nil
}

func (r mutationResolver) AddManualLines(ctx context.Context, input AddManualLinesInput) (*AddManualLinesPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "addManualLines", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) ([]ManualLineResult, error) {
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return nil, err
			}
			lines, malformed := manualLines(input.Lines)
			results, err := r.Services.Commission.AddManualLines(tx, by, programID, lines)
			if err != nil {
				return nil, err
			}
			for i, err := range malformed {
				results[i].Err = err
			}
			return showManualLines(results)
		})
	payload := &AddManualLinesPayload{UserErrors: problems}
	if answer != nil {
		payload.Results = *answer
	}
	return payload, err
}

// manualLines reads the lines. Where an id is malformed it stays zero, which is no enrollment's; why is given by index.
func manualLines(inputs []ManualLineInput) ([]commission.ManualInput, map[int]error) {
	lines, malformed := make([]commission.ManualInput, len(inputs)), map[int]error{}
	for i, in := range inputs {
		id, err := idIn("enrollmentId", models.PrefixEnrollment, in.EnrollmentID)
		if err != nil {
			id, malformed[i] = models.ID{}, err
		}
		lines[i] = commission.ManualInput{EnrollmentID: id, Amount: in.Amount, Reason: in.Reason}
	}
	return lines, malformed
}

// showManualLines dresses the results, as showResults those of conversions.
func showManualLines(results []commission.ManualResult) ([]ManualLineResult, error) {
	shown := make([]ManualLineResult, len(results))
	for i, result := range results {
		if result.Err == nil {
			shown[i] = ManualLineResult{Commission: &result.Line, UserErrors: []UserError{}}
			continue
		}
		problems, ok := userErrors(result.Err)
		if !ok {
			return nil, result.Err
		}
		shown[i] = ManualLineResult{UserErrors: problems}
	}
	return shown, nil
}

func (r mutationResolver) ReverseManualLine(ctx context.Context, input ReverseManualLineInput) (*ReverseManualLinePayload, error) {
	answer, problems, err := mutate(ctx, r.root, "reverseManualLine", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Commission, error) {
			id, err := idIn("commissionId", models.PrefixCommission, input.CommissionID)
			if err != nil {
				return models.Commission{}, err
			}
			return r.Services.Commission.ReverseManualLine(tx, by, id, input.Reason)
		})
	return &ReverseManualLinePayload{Commission: answer, UserErrors: problems}, err
}
