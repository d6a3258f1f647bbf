package graph

import (
	"context"
	"time"

	"tributary/internal/access"
	"tributary/models"
)

type placementResolver struct{ *root }

func (r enrollmentResolver) Placements(ctx context.Context, e *models.Enrollment, first *int, after *string, last *int, before *string) (*PlacementAgreementConnection, error) {
	return connect(first, after, last, before, func(a models.PlacementAgreement) models.ID { return a.ID },
		func(page models.Page) (models.Slice[models.PlacementAgreement], error) {
			return r.Services.Commission.PlacementsOfEnrollment(ctx, callerOf(ctx), e.ID, page)
		})
}

func (r placementResolver) Enrollment(ctx context.Context, a *models.PlacementAgreement) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, a.EnrollmentID)
}

func (r placementResolver) EndsAt(_ context.Context, a *models.PlacementAgreement) (*time.Time, error) {
	if a.EndsAt.Equal(models.OpenEnd) {
		return nil, nil
	}
	return &a.EndsAt, nil
}

func (r placementResolver) Actor(ctx context.Context, a *models.PlacementAgreement) (*string, error) {
	return shownActor(ctx, access.PartnersRead, a.Actor)
}

func (r mutationResolver) AgreePlacement(ctx context.Context, input AgreePlacementInput) (*AgreePlacementPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "agreePlacement", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.PlacementAgreement, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return models.PlacementAgreement{}, err
			}
			until := models.OpenEnd
			if input.EndsAt != nil {
				until = *input.EndsAt
			}
			return r.Services.Commission.AgreePlacement(tx, by, id, input.Placement, input.StartsAt, until)
		})
	return &AgreePlacementPayload{PlacementAgreement: answer, UserErrors: problems}, err
}

func (r mutationResolver) EndPlacement(ctx context.Context, input EndPlacementInput) (*EndPlacementPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "endPlacement", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.PlacementAgreement, error) {
			id, err := idIn("placementId", models.PrefixPlacement, input.PlacementID)
			if err != nil {
				return models.PlacementAgreement{}, err
			}
			return r.Services.Commission.EndPlacement(tx, by, id, input.EndsAt)
		})
	return &EndPlacementPayload{PlacementAgreement: answer, UserErrors: problems}, err
}
