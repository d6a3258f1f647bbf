package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/export"
	"tributary/models"
)

type exportResolver struct{ *root }

func (r queryResolver) Export(ctx context.Context, text string) (*models.Export, error) {
	id, err := models.ParseID(models.PrefixExport, text)
	if err != nil {
		return nil, export.ErrMissing
	}
	e, err := r.Services.Exports.Export(ctx, callerOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return &e, nil
}

func (r programResolver) Exports(ctx context.Context, p *models.Program, first *int, after *string, last *int, before *string) (*ExportConnection, error) {
	return connect(first, after, last, before, func(e models.Export) models.ID { return e.ID },
		func(page models.Page) (models.Slice[models.Export], error) {
			return r.Services.Exports.Exports(ctx, callerOf(ctx), p.ID, page)
		})
}

func (r mutationResolver) StartExport(ctx context.Context, input StartExportInput) (*StartExportPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "startExport", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Export, error) {
			id, err := idIn("periodId", models.PrefixPeriod, input.PeriodID)
			if err != nil {
				return models.Export{}, err
			}
			return r.Services.Exports.Request(tx, by, input.Kind, id)
		})
	return &StartExportPayload{Export: answer, UserErrors: problems}, err
}

func (r mutationResolver) CancelExport(ctx context.Context, input CancelExportInput) (*CancelExportPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "cancelExport", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Export, error) {
			id, err := idIn("exportId", models.PrefixExport, input.ExportID)
			if err != nil {
				return models.Export{}, err
			}
			return r.Services.Exports.Cancel(tx, by, id)
		})
	return &CancelExportPayload{Export: answer, UserErrors: problems}, err
}

func (r exportResolver) Period(ctx context.Context, e *models.Export) (*models.Period, error) {
	return loadersOf(ctx).periods.Load(ctx, e.PeriodID)
}

func (r exportResolver) Error(_ context.Context, e *models.Export) (*string, error) {
	if e.ErrorMessage == "" {
		return nil, nil
	}
	return &e.ErrorMessage, nil
}

func (r exportResolver) DownloadURL(_ context.Context, e *models.Export) (*string, error) {
	address := r.Services.Exports.Address(*e)
	if address == "" {
		return nil, nil
	}
	return &address, nil
}
