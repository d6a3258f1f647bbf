package graph

import (
	"context"

	"tributary/internal/tracking"
	"tributary/models"
)

type clickResolver struct{ *root }

func clickID(c models.Click) models.ID { return c.ID }

func (r programResolver) Clicks(ctx context.Context, p *models.Program, filter *ClickFilter, orderBy *ClickOrder, first *int, after *string, last *int, before *string) (*ClickConnection, error) {
	only, err := filter.read()
	if err != nil {
		return nil, err
	}
	return listed(filter, orderBy, clickSorts).connect(first, after, last, before, clickID, func(page models.Page) (models.Slice[models.Click], error) {
		return r.Services.Tracking.Clicks(ctx, callerOf(ctx), p.ID, only, page)
	})
}

func (r linkResolver) Clicks(ctx context.Context, l *models.Link, first *int, after *string, last *int, before *string) (*ClickConnection, error) {
	return connect(first, after, last, before, clickID,
		func(page models.Page) (models.Slice[models.Click], error) {
			return r.Services.Tracking.ClicksOfLink(ctx, callerOf(ctx), l.ID, page)
		})
}

func (r clickResolver) Link(ctx context.Context, c *models.Click) (*models.Link, error) {
	return loadersOf(ctx).links.Load(ctx, c.LinkID)
}

func (r clickResolver) Enrollment(ctx context.Context, c *models.Click) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, c.EnrollmentID)
}

func (r clickResolver) SubIds(_ context.Context, c *models.Click) (map[string]string, error) {
	return textsOf(c.SubIDs)
}

// textsOf shows stored texts by name; none are an empty object, since null is for who may not see them.
func textsOf(stored string) (map[string]string, error) {
	texts, err := tracking.DecodeTexts(stored)
	if texts == nil {
		texts = map[string]string{}
	}
	return texts, err
}
