package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/models"
)

// applied is what a plan file became, in a form that can be remembered.
type applied struct {
	Program models.Program
	Plan    models.PlanVersion
}

func (r mutationResolver) ApplyPlanFile(ctx context.Context, input ApplyPlanFileInput) (*ApplyPlanFilePayload, error) {
	answer, problems, err := mutate(ctx, r.root, "applyPlanFile", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (applied, error) {
			if _, err := by.Can(access.ProgramsWrite); err != nil {
				return applied{}, err // before the parser is put to work
			}
			file, err := commission.ParsePlanFile([]byte(input.PlanFile))
			if err != nil {
				return applied{}, within("planFile", err)
			}
			p, v, err := r.Services.Commission.ApplyPlanFile(tx, by, r.Services.Program, file)
			return applied{Program: p, Plan: v}, within("planFile", err)
		})
	payload := &ApplyPlanFilePayload{UserErrors: problems}
	if answer != nil {
		payload.Program, payload.PlanVersion = &answer.Program, &answer.Plan
	}
	return payload, err
}

func (r programResolver) Terms(ctx context.Context, p *models.Program) (*models.Terms, error) {
	return loadersOf(ctx).terms.Load(ctx, p.ID)
}

func (r enrollmentResolver) AcceptedTermsVersion(ctx context.Context, e *models.Enrollment) (*int, error) {
	version, err := loadersOf(ctx).accepted.Load(ctx, e.ID)
	if err != nil || version == 0 {
		return nil, err
	}
	return &version, nil
}
