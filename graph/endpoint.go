package graph

import (
	"context"
	"strings"
	"time"

	"tributary/internal/access"
	"tributary/internal/notify"
	"tributary/models"
)

type (
	endpointResolver struct{ *root }
	deliveryResolver struct{ *root }
)

func (r programResolver) WebhookEndpoints(ctx context.Context, p *models.Program, first *int, after *string, last *int, before *string) (*WebhookEndpointConnection, error) {
	return connect(first, after, last, before, endpointID, func(page models.Page) (models.Slice[models.WebhookEndpoint], error) {
		return r.Services.Notify.Endpoints(ctx, callerOf(ctx), p.ID, page)
	})
}

func (r enrollmentResolver) WebhookEndpoints(ctx context.Context, e *models.Enrollment, first *int, after *string, last *int, before *string) (*WebhookEndpointConnection, error) {
	return connect(first, after, last, before, endpointID, func(page models.Page) (models.Slice[models.WebhookEndpoint], error) {
		return r.Services.Notify.EndpointsOf(ctx, callerOf(ctx), e.ID, page)
	})
}

func endpointID(e models.WebhookEndpoint) models.ID { return e.ID }

func (r endpointResolver) Enrollment(ctx context.Context, e *models.WebhookEndpoint) (*models.Enrollment, error) {
	return loadRef(ctx, loadersOf(ctx).enrollments, e.EnrollmentID)
}

func (r endpointResolver) Types(_ context.Context, e *models.WebhookEndpoint) ([]string, error) {
	return strings.Fields(e.Types), nil
}

func (r endpointResolver) ParkReason(_ context.Context, e *models.WebhookEndpoint) (*models.ParkReason, error) {
	return orNull(e.ParkReason), nil
}

// OldSecretUntil is null as soon as the secret before signs no more.
func (r endpointResolver) OldSecretUntil(_ context.Context, e *models.WebhookEndpoint) (*time.Time, error) {
	if e.OldUntil == nil || !r.DB.Now().Before(*e.OldUntil) {
		return nil, nil
	}
	return e.OldUntil, nil
}

func (r endpointResolver) Deliveries(ctx context.Context, e *models.WebhookEndpoint, first *int, after *string, last *int, before *string) (*WebhookDeliveryConnection, error) {
	return connect(first, after, last, before, func(d models.WebhookDelivery) models.ID { return d.ID },
		func(page models.Page) (models.Slice[models.WebhookDelivery], error) {
			return r.Services.Notify.Deliveries(ctx, callerOf(ctx), e.ID, page)
		})
}

func (r deliveryResolver) StatusCode(_ context.Context, d *models.WebhookDelivery) (*int, error) {
	return orNull(d.StatusCode), nil
}

func (r deliveryResolver) Failure(_ context.Context, d *models.WebhookDelivery) (*models.DeliveryFailure, error) {
	return orNull(d.Failure), nil
}

// orNull shows the zero value as null.
func orNull[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// endpointNoun is how inputs name an endpoint.
var endpointNoun = noun{"endpointId", models.PrefixEndpoint}

// onEndpoint is mutate for what is done with one endpoint.
func onEndpoint[T any](ctx context.Context, r *root, operation, key string, input any, text string,
	act func(tx *models.Tx, by access.Caller, id models.ID) (T, error)) (*T, []UserError, error) {
	return mutate(ctx, r, operation, key, input, func(tx *models.Tx, by access.Caller) (T, error) {
		id, err := idIn(endpointNoun.field, endpointNoun.prefix, text)
		if err != nil {
			var none T
			return none, err
		}
		return act(tx, by, id)
	})
}

func (r mutationResolver) UpdateWebhookEndpoint(ctx context.Context, input UpdateWebhookEndpointInput) (*UpdateWebhookEndpointPayload, error) {
	change := notify.EndpointChange{URL: input.URL}
	if input.Types != nil {
		change.Types = &input.Types
	}
	answer, problems, err := onEndpoint(ctx, r.root, "updateWebhookEndpoint", input.IdempotencyKey, input, input.EndpointID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.WebhookEndpoint, error) {
			return r.Services.Notify.UpdateEndpoint(tx, by, id, change)
		})
	return &UpdateWebhookEndpointPayload{Endpoint: answer, UserErrors: problems}, err
}

func (r mutationResolver) ParkWebhookEndpoint(ctx context.Context, input ParkWebhookEndpointInput) (*ParkWebhookEndpointPayload, error) {
	answer, problems, err := onEndpoint(ctx, r.root, "parkWebhookEndpoint", input.IdempotencyKey, input, input.EndpointID, r.Services.Notify.Park)
	return &ParkWebhookEndpointPayload{Endpoint: answer, UserErrors: problems}, err
}

func (r mutationResolver) UnparkWebhookEndpoint(ctx context.Context, input UnparkWebhookEndpointInput) (*UnparkWebhookEndpointPayload, error) {
	answer, problems, err := onEndpoint(ctx, r.root, "unparkWebhookEndpoint", input.IdempotencyKey, input, input.EndpointID, r.Services.Notify.Unpark)
	return &UnparkWebhookEndpointPayload{Endpoint: answer, UserErrors: problems}, err
}

func (r mutationResolver) TestWebhookEndpoint(ctx context.Context, input TestWebhookEndpointInput) (*TestWebhookEndpointPayload, error) {
	answer, problems, err := onEndpoint(ctx, r.root, "testWebhookEndpoint", input.IdempotencyKey, input, input.EndpointID, r.Services.Notify.Test)
	return &TestWebhookEndpointPayload{Delivery: answer, UserErrors: problems}, err
}

func (r mutationResolver) ReplayEvents(ctx context.Context, input ReplayEventsInput) (*ReplayEventsPayload, error) {
	answer, problems, err := onEndpoint(ctx, r.root, "replayEvents", input.IdempotencyKey, input, input.EndpointID,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.WebhookEndpoint, error) {
			return r.Services.Notify.Replay(tx, by, id, int64(input.FromNumber))
		})
	return &ReplayEventsPayload{Endpoint: answer, UserErrors: problems}, err
}
