package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

type (
	periodResolver    struct{ *root }
	statementResolver struct{ *root }
)

func (r programResolver) Periods(ctx context.Context, p *models.Program, filter *PeriodFilter, orderBy *PeriodOrder, first *int, after *string, last *int, before *string) (*PeriodConnection, error) {
	return listed(filter, orderBy, periodSorts).connect(first, after, last, before, func(p models.Period) models.ID { return p.ID }, func(page models.Page) (models.Slice[models.Period], error) {
		return r.Services.Commission.Periods(ctx, callerOf(ctx), p.ID, orZero(orZero(filter).State), page)
	})
}

func (r periodResolver) LineCount(ctx context.Context, p *models.Period) (*int, error) {
	if !callerOf(ctx).Has(access.ProgramsRead) {
		return nil, nil
	}
	count := int(p.LineCount)
	return &count, nil
}

func (r periodResolver) Program(ctx context.Context, p *models.Period) (*models.Program, error) {
	return programOf(ctx, p.ProgramID)
}

func (r periodResolver) Statements(ctx context.Context, p *models.Period, first *int, after *string, last *int, before *string) (*StatementConnection, error) {
	return connect(first, after, last, before, func(s models.Statement) models.ID { return s.EnrollmentID },
		func(page models.Page) (models.Slice[models.Statement], error) {
			return r.Services.Commission.StatementsOfPeriod(ctx, callerOf(ctx), p.ID, page)
		})
}

func (r enrollmentResolver) Statements(ctx context.Context, e *models.Enrollment, first *int, after *string, last *int, before *string) (*StatementConnection, error) {
	return connect(first, after, last, before, func(s models.Statement) models.ID { return s.PeriodID },
		func(page models.Page) (models.Slice[models.Statement], error) {
			return r.Services.Commission.StatementsOfEnrollment(ctx, callerOf(ctx), e.ID, page)
		})
}

func (r statementResolver) DownloadPath(_ context.Context, s *models.Statement) (string, error) {
	return "/statements/" + s.PeriodID.Format(models.PrefixPeriod) + "/" + s.EnrollmentID.Format(models.PrefixEnrollment), nil
}

func (r statementResolver) Period(ctx context.Context, s *models.Statement) (*models.Period, error) {
	return loadersOf(ctx).periods.Load(ctx, s.PeriodID)
}

func (r statementResolver) Enrollment(ctx context.Context, s *models.Statement) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, s.EnrollmentID)
}

func (r statementResolver) Opening(_ context.Context, s *models.Statement) (*money.Amount, error) {
	return amount(s.OpeningMinor, s.Currency)
}

func (r statementResolver) Lines(_ context.Context, s *models.Statement) (*money.Amount, error) {
	return amount(s.LinesMinor, s.Currency)
}

func (r statementResolver) Closing(_ context.Context, s *models.Statement) (*money.Amount, error) {
	return amount(s.ClosingMinor, s.Currency)
}
