package graph

import (
	"context"

	"tributary/internal/notify"
	"tributary/models"
)

type eventResolver struct{ *root }

// byNumber is the one order that events have.
var byNumber = listing[models.Event]{order: models.Order{Column: notify.ByNumber.Column, Unique: true}, sort: notify.ByNumber}

func (r programResolver) Events(ctx context.Context, p *models.Program, afterNumber *int, first *int, after *string, last *int, before *string) (*EventConnection, error) {
	return byNumber.connect(first, after, last, before, eventID, func(page models.Page) (models.Slice[models.Event], error) {
		return r.Services.Notify.Events(ctx, callerOf(ctx), p.ID, behind(afterNumber, page))
	})
}

func (r enrollmentResolver) Events(ctx context.Context, e *models.Enrollment, afterNumber *int, first *int, after *string, last *int, before *string) (*EventConnection, error) {
	return byNumber.connect(first, after, last, before, eventID, func(page models.Page) (models.Slice[models.Event], error) {
		return r.Services.Notify.EventsOf(ctx, callerOf(ctx), e.ID, behind(afterNumber, page))
	})
}

func behind(number *int, page models.Page) notify.After {
	after := notify.After{Page: page}
	if number != nil {
		after.Number = int64(*number)
	}
	return after
}

func eventID(e models.Event) models.ID { return e.ID }

func (r eventResolver) Enrollment(ctx context.Context, e *models.Event) (*models.Enrollment, error) {
	return loadRef(ctx, loadersOf(ctx).enrollments, e.EnrollmentID)
}
