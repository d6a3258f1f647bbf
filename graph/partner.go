package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

type partnerResolver struct{ *root }

func (r partnerResolver) SignedUp(_ context.Context, p *models.Partner) (bool, error) {
	return p.UserID != nil, nil
}

func (r mutationResolver) InvitePartner(ctx context.Context, input InvitePartnerInput) (*InvitePartnerPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "invitePartner", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.Enrollment, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return models.Enrollment{}, err
			}
			return r.Services.Program.InvitePartner(tx, by, id)
		})
	return &InvitePartnerPayload{Enrollment: answer, UserErrors: problems}, err
}
