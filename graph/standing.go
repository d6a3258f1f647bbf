package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/models"
)

func (r mutationResolver) SuspendEnrollment(ctx context.Context, input SuspendEnrollmentInput) (*SuspendEnrollmentPayload, error) {
	answer, problems, err := r.onEnrollment(ctx, "suspendEnrollment", input.IdempotencyKey, input, input.EnrollmentID, r.Services.Program.Suspend)
	return &SuspendEnrollmentPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) ReactivateEnrollment(ctx context.Context, input ReactivateEnrollmentInput) (*ReactivateEnrollmentPayload, error) {
	answer, problems, err := r.onEnrollment(ctx, "reactivateEnrollment", input.IdempotencyKey, input, input.EnrollmentID, r.Services.Program.Reactivate)
	return &ReactivateEnrollmentPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) UpdateEnrollment(ctx context.Context, input UpdateEnrollmentInput) (*UpdateEnrollmentPayload, error) {
	change := program.Change{Group: input.GroupCode}
	if input.Tags != nil {
		change.Tags = &input.Tags
	}
	answer, problems, err := r.onEnrollment(ctx, "updateEnrollment", input.IdempotencyKey, input, input.EnrollmentID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
			return r.Services.Program.UpdateEnrollment(tx, by, id, change)
		})
	return &UpdateEnrollmentPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) HoldPayouts(ctx context.Context, input HoldPayoutsInput) (*HoldPayoutsPayload, error) {
	answer, problems, err := r.onEnrollment(ctx, "holdPayouts", input.IdempotencyKey, input, input.EnrollmentID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
			return r.Services.Program.HoldPayouts(tx, by, id, input.Reason)
		})
	return &HoldPayoutsPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) ReleasePayouts(ctx context.Context, input ReleasePayoutsInput) (*ReleasePayoutsPayload, error) {
	answer, problems, err := r.onEnrollment(ctx, "releasePayouts", input.IdempotencyKey, input, input.EnrollmentID, r.Services.Program.ReleasePayouts)
	return &ReleasePayoutsPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) SetPayoutRail(ctx context.Context, input SetPayoutRailInput) (*SetPayoutRailPayload, error) {
	var rail models.RailName
	if input.Rail != nil {
		rail = *input.Rail
	}
	answer, problems, err := r.onEnrollment(ctx, "setPayoutRail", input.IdempotencyKey, input, input.EnrollmentID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
			return r.Services.Program.SetRail(tx, by, id, rail)
		})
	return &SetPayoutRailPayload{Enrollment: answer, UserErrors: problems}, err
}

func (r mutationResolver) onEnrollment(ctx context.Context, operation, key string, input any, text string,
	act func(*models.Tx, access.Caller, models.ID) (models.Enrollment, error)) (*models.Enrollment, []UserError, error) {
	return mutate(ctx, r.root, operation, key, input, func(tx *models.Tx, by access.Caller) (models.Enrollment, error) {
		id, err := idIn("enrollmentId", models.PrefixEnrollment, text)
		if err != nil {
			return models.Enrollment{}, err
		}
		return act(tx, by, id)
	})
}
