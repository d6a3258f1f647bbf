package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/notify"
	"tributary/models"
)

// signedEndpoint is an endpoint with its new secret, which is not stored with the remembered answer.
type signedEndpoint struct {
	Endpoint models.WebhookEndpoint
	Secret   *string `json:"-"`
}

// shown splits an answer for its payload; both are nil where there is none.
func (s *signedEndpoint) shown() (*models.WebhookEndpoint, *string) {
	if s == nil {
		return nil, nil
	}
	return &s.Endpoint, s.Secret
}

func (r mutationResolver) CreateWebhookEndpoint(ctx context.Context, input CreateWebhookEndpointInput) (*CreateWebhookEndpointPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "createWebhookEndpoint", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (made signedEndpoint, err error) {
			in := notify.EndpointInput{URL: input.URL, Types: input.Types}
			if in.ProgramID, err = idInOr("programId", models.PrefixProgram, input.ProgramID); err != nil {
				return made, err
			}
			if in.EnrollmentID, err = idInOr("enrollmentId", models.PrefixEnrollment, input.EnrollmentID); err != nil {
				return made, err
			}
			endpoint, secret, err := r.Services.Notify.CreateEndpoint(tx, by, in)
			return signedEndpoint{endpoint, &secret}, err
		})
	payload := &CreateWebhookEndpointPayload{UserErrors: problems}
	payload.Endpoint, payload.Secret = answer.shown()
	return payload, err
}

func (r mutationResolver) CreatePostback(ctx context.Context, input CreatePostbackInput) (*CreatePostbackPayload, error) {
	answer, problems, err := mutate(ctx, r.root, "createPostback", input.IdempotencyKey, input,
		func(tx *models.Tx, by access.Caller) (models.WebhookEndpoint, error) {
			id, err := idIn("enrollmentId", models.PrefixEnrollment, input.EnrollmentID)
			if err != nil {
				return models.WebhookEndpoint{}, err
			}
			return r.Services.Notify.CreatePostback(tx, by, notify.EndpointInput{EnrollmentID: id, URL: input.URL, Types: input.Types})
		})
	return &CreatePostbackPayload{Endpoint: answer, UserErrors: problems}, err
}

func (r mutationResolver) RotateWebhookSecret(ctx context.Context, input RotateWebhookSecretInput) (*RotateWebhookSecretPayload, error) {
	answer, problems, err := onEndpoint(ctx, r.root, "rotateWebhookSecret", input.IdempotencyKey, input, input.EndpointID,
		func(tx *models.Tx, by access.Caller, id models.ID) (signedEndpoint, error) {
			endpoint, secret, err := r.Services.Notify.RotateSecret(tx, by, id)
			return signedEndpoint{endpoint, &secret}, err
		})
	payload := &RotateWebhookSecretPayload{UserErrors: problems}
	payload.Endpoint, payload.Secret = answer.shown()
	return payload, err
}
