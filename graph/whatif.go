package graph

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

type (
	whatIfResolver        struct{ *root }
	whatIfPartnerResolver struct{ *root }
)

func (r queryResolver) WhatIf(ctx context.Context, text string) (*models.WhatIfRun, error) {
	id, err := models.ParseID(models.PrefixWhatIf, text)
	if err != nil {
		return nil, commission.ErrWhatIfMissing
	}
	run, err := r.Services.Commission.WhatIf(ctx, callerOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return &run, nil
}

func (r programResolver) WhatIfRuns(ctx context.Context, p *models.Program, filter *WhatIfFilter, orderBy *WhatIfRunOrder, first *int, after *string, last *int, before *string) (*WhatIfConnection, error) {
	return listed(filter, orderBy, whatIfSorts).connect(first, after, last, before, func(run models.WhatIfRun) models.ID { return run.ID }, func(page models.Page) (models.Slice[models.WhatIfRun], error) {
		return r.Services.Commission.WhatIfs(ctx, callerOf(ctx), p.ID, orZero(orZero(filter).State), page)
	})
}

func (r mutationResolver) StartWhatIf(ctx context.Context, input StartWhatIfInput) (*StartWhatIfPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "startWhatIf", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.WhatIfRun, error) {
			var none models.WhatIfRun
			if _, err := by.Can(access.ProgramsWrite); err != nil {
				return none, err // before the parser is put to work
			}
			programID, err := idIn("programId", models.PrefixProgram, input.ProgramID)
			if err != nil {
				return none, err
			}
			file, err := commission.ParsePlanFile([]byte(input.PlanFile))
			if err != nil {
				return none, within("planFile", err)
			}
			run, err := r.Services.Commission.RequestWhatIf(tx, by, commission.WhatIfInput{ProgramID: programID, Plan: file.Plan, File: file,
				PeriodKey: textOr(input.PeriodKey), From: timeOr(input.From), To: timeOr(input.To)})
			if strings.HasPrefix(fault.FieldOf(err), "plan.") {
				err = within("planFile", err)
			}
			return run, err
		})
	return &StartWhatIfPayload{WhatIf: answer, UserErrors: problems}, err
}

func timeOr(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

func (r mutationResolver) CancelWhatIf(ctx context.Context, input CancelWhatIfInput) (*CancelWhatIfPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "cancelWhatIf", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.WhatIfRun, error) {
			id, err := idIn("whatIfId", models.PrefixWhatIf, input.WhatIfID)
			if err != nil {
				return models.WhatIfRun{}, err
			}
			return r.Services.Commission.CancelWhatIf(tx, by, id)
		})
	return &CancelWhatIfPayload{WhatIf: answer, UserErrors: problems}, err
}

func (r whatIfResolver) Program(ctx context.Context, run *models.WhatIfRun) (*models.Program, error) {
	return programOf(ctx, run.ProgramID)
}

func (r whatIfResolver) PlanHash(_ context.Context, run *models.WhatIfRun) (string, error) {
	return hex.EncodeToString(run.PlanHash[:]), nil
}

func (r whatIfResolver) Error(_ context.Context, run *models.WhatIfRun) (*string, error) {
	if run.ErrorMessage == "" {
		return nil, nil
	}
	return &run.ErrorMessage, nil
}

func (r whatIfResolver) Actual(_ context.Context, run *models.WhatIfRun) (*money.Amount, error) {
	return amountWhenDone(run, run.ActualMinor)
}

func (r whatIfResolver) Draft(_ context.Context, run *models.WhatIfRun) (*money.Amount, error) {
	return amountWhenDone(run, run.DraftMinor)
}

func amountWhenDone(run *models.WhatIfRun, minor int64) (*money.Amount, error) {
	if run.State != models.WhatIfStateDone {
		return nil, nil
	}
	return amount(minor, run.Currency)
}

// parts shows one list of a what-if's detail.
func parts[T any](run *models.WhatIfRun, of func(commission.WhatIfDetail) []commission.WhatIfSum, show func(s commission.WhatIfSum, actual, draft *money.Amount) T) ([]T, error) {
	detail, err := commission.WhatIfDetailOf(run)
	if err != nil {
		return nil, err
	}
	list := []T{}
	for _, s := range of(detail) {
		actual, draft := money.New(s.ActualMinor, run.Currency), money.New(s.DraftMinor, run.Currency)
		list = append(list, show(s, &actual, &draft))
	}
	return list, nil
}

func (r whatIfResolver) Levels(_ context.Context, run *models.WhatIfRun) ([]WhatIfLevel, error) {
	return parts(run, func(d commission.WhatIfDetail) []commission.WhatIfSum { return d.Levels },
		func(s commission.WhatIfSum, actual, draft *money.Amount) WhatIfLevel {
			return WhatIfLevel{Level: s.Level, Actual: actual, Draft: draft, ActualLines: int(s.ActualLines), DraftLines: int(s.DraftLines)}
		})
}

func (r whatIfResolver) Rules(_ context.Context, run *models.WhatIfRun) ([]WhatIfRule, error) {
	return parts(run, func(d commission.WhatIfDetail) []commission.WhatIfSum { return d.Rules },
		func(s commission.WhatIfSum, actual, draft *money.Amount) WhatIfRule {
			return WhatIfRule{RuleID: s.Name, Actual: actual, Draft: draft, ActualLines: int(s.ActualLines), DraftLines: int(s.DraftLines)}
		})
}

func (r whatIfResolver) Settlements(_ context.Context, run *models.WhatIfRun) ([]WhatIfSettlement, error) {
	return parts(run, func(d commission.WhatIfDetail) []commission.WhatIfSum { return d.Settlements },
		func(s commission.WhatIfSum, actual, draft *money.Amount) WhatIfSettlement {
			return WhatIfSettlement{Kind: models.CommissionKind(s.Name), Actual: actual, Draft: draft, ActualLines: int(s.ActualLines), DraftLines: int(s.DraftLines)}
		})
}

func (r whatIfResolver) Problems(_ context.Context, run *models.WhatIfRun) ([]WhatIfProblem, error) {
	detail, err := commission.WhatIfDetailOf(run)
	if err != nil {
		return nil, err
	}
	list := []WhatIfProblem{}
	for _, p := range detail.Problems {
		shown := WhatIfProblem{ConversionID: p.ConversionID.Format(models.PrefixConversion), Detail: p.Detail}
		if p.RuleID != "" {
			shown.RuleID = &p.RuleID
		}
		list = append(list, shown)
	}
	return list, nil
}

func (r whatIfResolver) Partners(ctx context.Context, run *models.WhatIfRun, order WhatIfOrder, first *int, after *string, last *int, before *string) (*WhatIfPartnerConnection, error) {
	return connect(first, after, last, before, func(p models.WhatIfPartner) models.ID { return p.Place },
		func(page models.Page) (models.Slice[models.WhatIfPartner], error) {
			return r.Services.Commission.WhatIfPartners(ctx, callerOf(ctx), run.ID, order == WhatIfOrderWinnersFirst, page)
		})
}

func (r whatIfPartnerResolver) Enrollment(ctx context.Context, p *models.WhatIfPartner) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, p.EnrollmentID)
}

func (r whatIfPartnerResolver) Actual(_ context.Context, p *models.WhatIfPartner) (*money.Amount, error) {
	return amount(p.ActualMinor, p.Currency)
}

func (r whatIfPartnerResolver) Draft(_ context.Context, p *models.WhatIfPartner) (*money.Amount, error) {
	return amount(p.DraftMinor, p.Currency)
}

func (r whatIfPartnerResolver) Difference(_ context.Context, p *models.WhatIfPartner) (*money.Amount, error) {
	return amount(p.DraftMinor-p.ActualMinor, p.Currency)
}
