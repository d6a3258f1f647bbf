package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

type commissionResolver struct{ *root }

func commissionID(c models.Commission) models.ID { return c.ID }

func (r enrollmentResolver) Commissions(ctx context.Context, e *models.Enrollment, filter *CommissionFilter, orderBy *CommissionOrder, first *int, after *string, last *int, before *string) (*CommissionConnection, error) {
	only, err := filter.read()
	if err != nil {
		return nil, err
	}
	return listed(filter, orderBy, commissionSorts).connect(first, after, last, before, commissionID, func(page models.Page) (models.Slice[models.Commission], error) {
		return r.Services.Commission.LinesOfEnrollment(ctx, callerOf(ctx), e.ID, only, page)
	})
}

func (r statementResolver) Commissions(ctx context.Context, s *models.Statement, first *int, after *string, last *int, before *string) (*CommissionConnection, error) {
	return connect(first, after, last, before, commissionID,
		func(page models.Page) (models.Slice[models.Commission], error) {
			return r.Services.Commission.LinesOfStatement(ctx, callerOf(ctx), s.PeriodID, s.EnrollmentID, page)
		})
}

func (r commissionResolver) Enrollment(ctx context.Context, c *models.Commission) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, c.EnrollmentID)
}

// Conversion is nothing for a line that comes from none, and for a partner whose downline made the sale.
func (r commissionResolver) Conversion(ctx context.Context, c *models.Commission) (*models.Conversion, error) {
	if !c.OfConversion() {
		return nil, nil
	}
	if by := callerOf(ctx); !by.Has(access.ConversionsRead) && by.PartnerID.IsZero() {
		return nil, nil
	}
	return loadersOf(ctx).conversions.Load(ctx, c.SourceID)
}

func (r commissionResolver) CorrectsID(_ context.Context, c *models.Commission) (*string, error) {
	if c.CorrectsID == nil {
		return nil, nil
	}
	id := c.CorrectsID.Format(models.PrefixCommission)
	return &id, nil
}

func (r commissionResolver) PlanVersionID(_ context.Context, c *models.Commission) (string, error) {
	return c.PlanVersionID.Format(models.PrefixPlan), nil
}

func (r commissionResolver) Basis(_ context.Context, c *models.Commission) (*money.Amount, error) {
	return amount(c.BasisMinor, c.Currency)
}

func (r commissionResolver) Amount(_ context.Context, c *models.Commission) (*money.Amount, error) {
	return amount(c.AmountMinor, c.Currency)
}

func (r commissionResolver) Period(ctx context.Context, c *models.Commission) (*models.Period, error) {
	return loadersOf(ctx).periods.Load(ctx, c.PeriodID)
}
