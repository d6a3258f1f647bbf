package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/models"
)

type partnerResolver struct{ *root }

func (r partnerResolver) ID(_ context.Context, p *models.Partner) (string, error) {
	return p.ID.Format(models.PrefixPartner), nil
}

func (r partnerResolver) SignedUp(_ context.Context, p *models.Partner) (bool, error) {
	return p.UserID != nil, nil
}

// invitation is an enrollment with the token for its partner, which is not stored with the remembered answer.
type invitation struct {
	Enrollment models.Enrollment
	Token      *string `json:"-"`
}

func (r mutationResolver) InvitePartner(ctx context.Context, input InvitePartnerInput) (*InvitePartnerPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "invitePartner", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (invitation, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return invitation{}, err
			}
			token, err := r.Services.Program.InvitePartner(tx, by, id)
			if err != nil {
				return invitation{}, err
			}
			e, err := r.enrollmentIn(tx, by, input.EnrollmentID)
			return invitation{Enrollment: e, Token: &token}, err
		})
	payload := &InvitePartnerPayload{UserErrors: problems}
	if answer != nil {
		payload.Enrollment, payload.InviteToken = &answer.Enrollment, answer.Token
	}
	return payload, err
}
