package notify

import (
	"fmt"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The refusals of what is done with endpoints.
var (
	ErrParked    = fault.New(fault.Precondition, "ENDPOINT_PARKED", "the endpoint is parked").On("endpointId")
	ErrNotParked = fault.New(fault.Precondition, "ENDPOINT_NOT_PARKED", "the endpoint is not parked").On("endpointId")
	ErrFrom      = fault.InvalidField("fromNumber", "EVENT_NUMBER_INVALID", "numbers of events begin with 1, and the log is not that long")
)

// EndpointChange is what UpdateEndpoint makes other; what is nil stays.
type EndpointChange struct {
	URL   *string
	Types *[]string
}

// UpdateEndpoint changes what an endpoint is told of, and where; deliveries that wait go to the new address.
// Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND, WEBHOOK_URL_INVALID, MACRO_UNKNOWN, EVENT_TYPE_UNKNOWN.
func (s *Service) UpdateEndpoint(tx *models.Tx, by access.Caller, id models.ID, change EndpointChange) (models.WebhookEndpoint, error) {
	e, err := ownEndpoint(tx, by, id)
	if err != nil {
		return e, err
	}
	if change.URL != nil {
		e.URL = *change.URL
	}
	var types []string
	if change.Types != nil {
		types = *change.Types
	}
	text, err := checkTarget(e.Kind, e.URL, types)
	if err != nil {
		return e, err
	}
	if change.Types != nil {
		e.Types = text
	}
	return e, alter(tx, &e, EndpointUpdated, map[string]any{"url": e.URL, "types": e.Types})
}

// RotateSecret gives an endpoint another secret, which is not shown again; the one before signs too for OldSecretLife.
// Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND, ENDPOINT_NOT_SIGNED, SECRET_NOT_KEPT.
func (s *Service) RotateSecret(tx *models.Tx, by access.Caller, id models.ID) (models.WebhookEndpoint, string, error) {
	e, err := ownEndpoint(tx, by, id)
	if err != nil {
		return e, "", err
	}
	if e.Kind != models.EndpointKindWebhook {
		return e, "", ErrNoSecret
	}
	secret, sealed, err := s.newSecret(e.ID)
	if err != nil {
		return e, "", err
	}
	until := tx.Now.Add(OldSecretLife)
	e.OldSecret, e.Secret, e.OldUntil = e.Secret, sealed, &until
	return e, secret, alter(tx, &e, EndpointRotated, map[string]any{"secret": e.Secret, "old_secret": e.OldSecret, "old_until": e.OldUntil})
}

// Park keeps an endpoint from being told of anything; nothing of it is lost. Codes UNAUTHENTICATED, FORBIDDEN,
// ENDPOINT_NOT_FOUND, ENDPOINT_PARKED.
func (s *Service) Park(tx *models.Tx, by access.Caller, id models.ID) (models.WebhookEndpoint, error) {
	e, err := ownEndpoint(tx, by, id)
	if err != nil {
		return e, err
	}
	if e.State == models.EndpointStateParked {
		return e, ErrParked
	}
	return e, park(tx, &e, models.ParkReasonRequested)
}

func park(tx *models.Tx, e *models.WebhookEndpoint, reason models.ParkReason) error {
	e.State, e.ParkReason, e.ParkedAt = models.EndpointStateParked, reason, &tx.Now
	return alter(tx, e, EndpointParked, map[string]any{"state": e.State, "park_reason": e.ParkReason, "parked_at": e.ParkedAt})
}

// Unpark goes on with an endpoint where it was parked: what waited is tried at once, and what happened meanwhile follows.
// Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND, ENDPOINT_NOT_PARKED, TOO_MANY_ENDPOINTS.
func (s *Service) Unpark(tx *models.Tx, by access.Caller, id models.ID) (models.WebhookEndpoint, error) {
	e, err := ownEndpoint(tx, by, id)
	if err != nil {
		return e, err
	}
	if e.State != models.EndpointStateParked {
		return e, ErrNotParked
	}
	if _, err := mayBeActive(tx, e); err != nil {
		return e, err
	}
	e.State, e.ParkReason, e.ParkedAt = models.EndpointStateActive, "", nil
	e.Failures, e.FailingSince, e.PausedUntil = 0, nil, nil
	err = alter(tx, &e, EndpointUnparked, map[string]any{"state": e.State, "park_reason": e.ParkReason, "parked_at": nil,
		"failures": 0, "failing_since": nil, "paused_until": nil})
	if err != nil {
		return e, err
	}
	err = waiting(tx, e.ID).Updates(map[string]any{"attempts": 0, "first_tried_at": nil, "next_try_at": tx.Now}).Error
	if err != nil {
		return e, fmt.Errorf("go on with deliveries: %w", err)
	}
	return e, nil
}

// Replay makes an endpoint be told again of everything from a number on, with the ids of the first time; what still waits is
// canceled, since it comes again or is not wanted. Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND, ENDPOINT_PARKED,
// EVENT_NUMBER_INVALID.
func (s *Service) Replay(tx *models.Tx, by access.Caller, id models.ID, from int64) (models.WebhookEndpoint, error) {
	e, err := ownEndpoint(tx, by, id)
	if err != nil {
		return e, err
	}
	if e.State == models.EndpointStateParked {
		return e, ErrParked
	}
	last, err := lockCounter(tx, e.ProgramID)
	if err != nil {
		return e, err
	}
	if from < 1 || from > last+1 {
		return e, ErrFrom
	}
	err = waiting(tx, e.ID).Where("event_number > 0").Updates(map[string]any{"state": models.DeliveryStateCanceled, "next_try_at": nil, "finished_at": tx.Now}).Error
	if err != nil {
		return e, fmt.Errorf("cancel deliveries: %w", err)
	}
	e.CursorNumber, e.ReplayedAt, e.ReplayedFromNumber = from-1, &tx.Now, from
	e.Failures, e.FailingSince, e.PausedUntil = 0, nil, nil
	return e, alter(tx, &e, EndpointReplayed, map[string]any{"cursor_number": e.CursorNumber, "replayed_at": tx.Now, "replayed_from_number": from,
		"failures": 0, "failing_since": nil, "paused_until": nil})
}

// Test sends an event of the type endpoint.test, which is in no log, with the next sweep, once; while one waits there is no other.
// Codes UNAUTHENTICATED, FORBIDDEN, ENDPOINT_NOT_FOUND, ENDPOINT_PARKED.
func (s *Service) Test(tx *models.Tx, by access.Caller, id models.ID) (models.WebhookDelivery, error) {
	e, err := ownEndpoint(tx, by, id)
	if err != nil {
		return models.WebhookDelivery{}, err
	}
	if e.State == models.EndpointStateParked {
		return models.WebhookDelivery{}, ErrParked
	}
	var d models.WebhookDelivery
	err = waiting(tx, e.ID).Where("event_number = 0").Take(&d).Error
	if !models.IsMissing(err) {
		return d, err
	}
	d = models.WebhookDelivery{ID: models.NewID(), EndpointID: e.ID, EventType: testType, State: models.DeliveryStatePending, NextTryAt: &tx.Now, CreatedAt: tx.Now}
	d.EventID = d.ID
	if err := tx.Create(&d).Error; err != nil {
		return d, fmt.Errorf("create delivery: %w", err)
	}
	if err := tx.Model(&models.WebhookEndpoint{}).Where("id = ?", e.ID).Update("tested_at", tx.Now).Error; err != nil {
		return d, fmt.Errorf("note the test: %w", err)
	}
	return d, nil
}

// alter updates a locked endpoint, ends the turn that may be under way as the endpoint was, and tells of it.
func alter(tx *models.Tx, e *models.WebhookEndpoint, kind Type, columns map[string]any) error {
	columns["claim_until"] = nil
	if err := tx.Model(&models.WebhookEndpoint{}).Where("id = ?", e.ID).Updates(columns).Error; err != nil {
		return fmt.Errorf("change endpoint: %w", err)
	}
	return tellEndpoint(tx, kind, *e)
}
