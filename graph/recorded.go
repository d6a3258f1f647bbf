package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/tracking"
	"tributary/models"
)

// recorded is what came of one record. Only the id is remembered of the conversion, since a revision never changes.
type recorded struct {
	conversion *models.Conversion // nil when it was remembered
	ID         models.ID          // zero for what was refused
	Outcome    tracking.Outcome   `json:",omitempty"`
	UserErrors []UserError        `json:",omitempty"`
}

func recordedOf(result tracking.ConversionResult) recorded {
	return recorded{conversion: &result.Conversion, ID: result.Conversion.ID, Outcome: result.Outcome}
}

// UnmarshalJSON also reads what was remembered before, with the whole of the conversion.
func (r *recorded) UnmarshalJSON(text []byte) error {
	var kept struct {
		ID         models.ID
		Outcome    tracking.Outcome
		UserErrors []UserError
		Conversion *struct{ ID models.ID }
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	*r = recorded{ID: kept.ID, Outcome: kept.Outcome, UserErrors: kept.UserErrors}
	if kept.Conversion != nil {
		r.ID = kept.Conversion.ID
	}
	return nil
}

// complete reads the conversions of answers that were remembered.
func (r *root) complete(ctx context.Context, answers []recorded) error {
	var missing []models.ID
	for _, a := range answers {
		if a.conversion == nil && !a.ID.IsZero() {
			missing = append(missing, a.ID)
		}
	}
	rows, err := r.Services.Tracking.Revisions(ctx, callerOf(ctx), missing)
	if err != nil || len(missing) == 0 {
		return err
	}
	for i := range answers {
		a := &answers[i]
		if a.conversion != nil || a.ID.IsZero() {
			continue
		}
		row, ok := rows[a.ID]
		if !ok {
			return fmt.Errorf("an answer was remembered, but not its conversion %s", a.ID)
		}
		a.conversion = &row
	}
	return nil
}

func (r mutationResolver) RecordConversion(ctx context.Context, input RecordConversionInput) (*RecordConversionPayload, error) {
	if result, ok := r.recordTogether(ctx, input); ok {
		return &RecordConversionPayload{Conversion: &result.Conversion, Outcome: &result.Outcome, UserErrors: []UserError{}}, nil
	}
	answer, problems, err := mutate(ctx, r.root, "recordConversion", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (recorded, error) {
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return recorded{}, err
			}
			result, err := r.Services.Tracking.RecordConversion(tx, by, programID, *input.Conversion)
			return recordedOf(result), within("conversion", err)
		})
	payload := &RecordConversionPayload{UserErrors: problems}
	if answer == nil {
		return payload, err
	}
	answers := []recorded{*answer}
	if err := r.complete(ctx, answers); err != nil {
		return payload, err
	}
	payload.Conversion, payload.Outcome = answers[0].conversion, &answers[0].Outcome
	return payload, nil
}

// recordTogether tries to record with others: see tracking.
func (r mutationResolver) recordTogether(ctx context.Context, input RecordConversionInput) (tracking.ConversionResult, bool) {
	by := callerOf(ctx)
	programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
	if err != nil {
		return tracking.ConversionResult{}, false
	}
	hash, err := access.HashRequest(signed{by.Name, input})
	if err != nil {
		return tracking.ConversionResult{}, false
	}
	return r.Services.Tracking.RecordTogether(ctx, tracking.Single{By: by, ProgramID: programID, Input: *input.Conversion,
		Origin: changesOf(ctx, by, "recordConversion"), Key: input.IdempotencyKey, Request: hash,
		Answer: func(result tracking.ConversionResult) any { return recordedOf(result) }})
}

func (r mutationResolver) RecordConversions(ctx context.Context, input RecordConversionsInput) (*RecordConversionsPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "recordConversions", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) ([]recorded, error) {
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return nil, err
			}
			results, err := r.Services.Tracking.RecordConversions(tx, by, programID, input.Conversions)
			if errors.Is(err, tracking.ErrBatchSize) {
				return nil, tracking.ErrBatchSize.On("conversions")
			}
			if err != nil {
				return nil, err
			}
			return allRecorded(results)
		})
	payload := &RecordConversionsPayload{UserErrors: problems}
	if answer == nil {
		return payload, err
	}
	if err := r.complete(ctx, *answer); err != nil {
		return payload, err
	}
	payload.Results = showRecorded(*answer)
	return payload, nil
}

// allRecorded tells what came of each; a failure that is not the caller's to mend fails the whole.
func allRecorded(results []tracking.ConversionResult) ([]recorded, error) {
	answers := make([]recorded, len(results))
	for i := range results {
		if results[i].Err == nil {
			answers[i] = recorded{conversion: &results[i].Conversion, ID: results[i].Conversion.ID, Outcome: results[i].Outcome}
			continue
		}
		problems, ok := userErrors(results[i].Err)
		if !ok {
			return nil, results[i].Err
		}
		answers[i].UserErrors = problems
	}
	return answers, nil
}

func showRecorded(answers []recorded) []ConversionResult {
	shown := make([]ConversionResult, len(answers))
	for i := range answers {
		a := &answers[i]
		if shown[i].UserErrors = listOf(a.UserErrors); a.conversion != nil {
			shown[i].Conversion, shown[i].Outcome = a.conversion, &a.Outcome
		}
	}
	return shown
}
