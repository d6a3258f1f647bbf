package graph

import (
	"context"
	"encoding/hex"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/program"
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

// CheckPlanFile shows what is wrong with a file as problems; only what nobody can mend in it is an error.
func (r queryResolver) CheckPlanFile(ctx context.Context, planFile string) (*PlanFileCheck, error) {
	if _, err := callerOf(ctx).Can(access.ProgramsRead); err != nil {
		return nil, err
	}
	found, err := commission.CheckPlanFile([]byte(planFile))
	if problems, ok := userErrors(err); ok {
		return &PlanFileCheck{Problems: problems}, nil
	}
	if err != nil {
		return nil, err
	}
	worst := found.WorstCase.Percent()
	return &PlanFileCheck{Problems: []UserError{}, Rules: found.Rules, Examples: found.Examples, WorstCase: &worst, WorstCaseExample: &found.WorstText}, nil
}

func (r planResolver) ContentHash(_ context.Context, v *models.PlanVersion) (string, error) {
	return hex.EncodeToString(v.ContentHash[:]), nil
}

func (r planResolver) PlanFile(ctx context.Context, v *models.PlanVersion) (*string, error) {
	load := loadersOf(ctx)
	p, err := programOf(ctx, v.ProgramID)
	if err != nil {
		return nil, err
	}
	groups, err := load.groupsOf.Load(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	terms, err := load.terms.Load(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	body := ""
	if terms != nil {
		body = terms.Body
	}
	spec, err := program.SpecOf(*p, groups, body)
	if err != nil {
		return nil, err
	}
	return ref(commission.WritePlanFile(spec, *v))
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
