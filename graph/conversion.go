package graph

import (
	"context"
	"encoding/json"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/internal/tracking"
	"tributary/models"
)

type (
	conversionResolver  struct{ *root }
	attributionResolver struct{ *root }
	candidateResolver   struct{ *root }
)

func conversionID(c models.Conversion) models.ID { return c.ID }

func (r programResolver) Conversions(ctx context.Context, p *models.Program, filter *ConversionFilter, orderBy *ConversionOrder, first *int, after *string, last *int, before *string) (*ConversionConnection, error) {
	only, err := filter.read()
	if err != nil {
		return nil, err
	}
	return listed(filter, orderBy, conversionSorts).connect(first, after, last, before, conversionID, func(page models.Page) (models.Slice[models.Conversion], error) {
		return r.Services.Tracking.Conversions(ctx, callerOf(ctx), p.ID, only, page)
	})
}

func (r enrollmentResolver) Conversions(ctx context.Context, e *models.Enrollment, filter *ConversionFilter, orderBy *ConversionOrder, first *int, after *string, last *int, before *string) (*ConversionConnection, error) {
	only, err := filter.read()
	if err != nil {
		return nil, err
	}
	return listed(filter, orderBy, conversionSorts).connect(first, after, last, before, conversionID, func(page models.Page) (models.Slice[models.Conversion], error) {
		return r.Services.Tracking.ConversionsOf(ctx, callerOf(ctx), e.ID, only, page)
	})
}

func (r conversionResolver) Program(ctx context.Context, c *models.Conversion) (*models.Program, error) {
	return programOf(ctx, c.ProgramID)
}

func (r conversionResolver) CustomerID(ctx context.Context, c *models.Conversion) (*string, error) {
	if !callerOf(ctx).Has(access.ConversionsRead) {
		return nil, nil
	}
	customer, err := loadRef(ctx, loadersOf(ctx).customers, c.CustomerID)
	if err != nil || customer == nil {
		return nil, err
	}
	return &customer.ExternalID, nil
}

func (r conversionResolver) Coupon(ctx context.Context, c *models.Conversion) (*string, error) {
	if c.Coupon == "" || !callerOf(ctx).Has(access.ConversionsRead) {
		return nil, nil
	}
	return &c.Coupon, nil
}

func (r conversionResolver) Metadata(ctx context.Context, c *models.Conversion) (map[string]string, error) {
	if !callerOf(ctx).Has(access.ConversionsRead) {
		return nil, nil
	}
	return textsOf(c.Metadata)
}

func (r conversionResolver) Amount(ctx context.Context, c *models.Conversion) (*money.Amount, error) {
	if c.State == models.ConversionStateAwaitingRate {
		return nil, nil
	}
	return inProgram(ctx, c.ProgramID, c.AmountMinor)
}

func (r conversionResolver) Enrollment(ctx context.Context, c *models.Conversion) (*models.Enrollment, error) {
	return loadRef(ctx, loadersOf(ctx).enrollments, c.EnrollmentID)
}

func (r conversionResolver) Attribution(ctx context.Context, c *models.Conversion) (*models.Attribution, error) {
	return loadersOf(ctx).attributions.Load(ctx, c.RootID)
}

func (r conversionResolver) Commissions(ctx context.Context, c *models.Conversion) ([]models.Commission, error) {
	rows, err := loadersOf(ctx).lines.Load(ctx, c.RootID)
	return listOf(rows), err
}

func (r conversionResolver) Refunds(ctx context.Context, c *models.Conversion) ([]models.Refund, error) {
	rows, err := loadersOf(ctx).refunds.Load(ctx, c.RootID)
	return listOf(rows), err
}

// listOf shows nothing as an empty list, not as null.
func listOf[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}

func (r attributionResolver) Enrollment(ctx context.Context, a *models.Attribution) (*models.Enrollment, error) {
	return loadRef(ctx, loadersOf(ctx).enrollments, a.EnrollmentID)
}

func (r attributionResolver) SubIds(_ context.Context, a *models.Attribution) (map[string]string, error) {
	return textsOf(a.SubIDs)
}

func (r attributionResolver) ReleasedBy(ctx context.Context, a *models.Attribution) (*string, error) {
	return ofRelease(ctx, a, a.ReleasedBy)
}

func (r attributionResolver) ReleasedReason(ctx context.Context, a *models.Attribution) (*string, error) {
	return ofRelease(ctx, a, a.ReleasedReason)
}

// ofRelease shows what is known of a release to the merchant only.
func ofRelease(ctx context.Context, a *models.Attribution, text string) (*string, error) {
	if a.ReleasedAt == nil || !callerOf(ctx).Has(access.ConversionsRead) {
		return nil, nil
	}
	return &text, nil
}

func (r attributionResolver) Candidates(ctx context.Context, a *models.Attribution) ([]tracking.Candidate, error) {
	candidates := []tracking.Candidate{}
	if a.Detail == "" || !callerOf(ctx).Has(access.ConversionsRead) {
		return candidates, nil
	}
	if err := json.Unmarshal([]byte(a.Detail), &candidates); err != nil {
		return nil, fmt.Errorf("decode candidates: %w", err)
	}
	return listOf(candidates), nil
}

func (r candidateResolver) EnrollmentID(_ context.Context, c *tracking.Candidate) (string, error) {
	return c.EnrollmentID.Format(models.PrefixEnrollment), nil
}

func (r mutationResolver) ReleaseConversionHold(ctx context.Context, input ReleaseConversionHoldInput) (*ReleaseConversionHoldPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "releaseConversionHold", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Conversion, error) {
			id, err := idIn("conversionId", models.PrefixConversion, input.ConversionID)
			if err != nil {
				return models.Conversion{}, err
			}
			return r.Services.Tracking.ReleaseHold(tx, by, id, input.Reason)
		})
	return &ReleaseConversionHoldPayload{Conversion: answer, UserErrors: problems}, err
}
