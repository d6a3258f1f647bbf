package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

type stalledResolver struct{ *root }

func (r programResolver) StalledConversions(ctx context.Context, p *models.Program, first *int, after *string, last *int, before *string) (*StalledConversionConnection, error) {
	return connect(first, after, last, before, func(c models.StalledConversion) models.ID { return c.RootID },
		func(page models.Page) (models.Slice[models.StalledConversion], error) {
			return r.Services.Commission.Stalls(ctx, callerOf(ctx), p.ID, page)
		})
}

func (r conversionResolver) Stalled(ctx context.Context, c *models.Conversion) (*models.StalledConversion, error) {
	if !callerOf(ctx).Has(access.ConversionsRead) {
		return nil, nil
	}
	return loadersOf(ctx).stalls.Load(ctx, c.RootID)
}

func (r stalledResolver) Conversion(ctx context.Context, c *models.StalledConversion) (*models.Conversion, error) {
	return loadersOf(ctx).conversions.Load(ctx, c.RootID)
}

func (r stalledResolver) PlanVersion(ctx context.Context, c *models.StalledConversion) (*models.PlanVersion, error) {
	if !callerOf(ctx).Has(access.ProgramsRead) {
		return nil, nil
	}
	return loadersOf(ctx).plans.Load(ctx, c.PlanVersionID)
}

func (r mutationResolver) RetryConversion(ctx context.Context, input RetryConversionInput) (*RetryConversionPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "retryConversion", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Conversion, error) {
			id, err := idIn("conversionId", models.PrefixConversion, input.ConversionID)
			if err != nil {
				return models.Conversion{}, err
			}
			return r.Services.Commission.RetryConversion(tx, by, r.Services.Tracking, id)
		})
	return &RetryConversionPayload{Conversion: answer, UserErrors: problems}, err
}
