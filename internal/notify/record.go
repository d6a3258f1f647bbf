package notify

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tributary/models"
)

// record writes down what a call came to, and tells whether the endpoint's turn is over: it failed, or somebody else has
// recorded the delivery meanwhile.
func (s *Service) record(ctx context.Context, e *models.WebhookEndpoint, d models.WebhookDelivery, o outcome) (isOver bool, err error) {
	was := *e
	err = models.InTx(context.WithoutCancel(ctx), s.db, func(tx *models.Tx) error {
		*e, isOver = was, o.failure != ""
		update := tx.Model(&models.WebhookDelivery{}).Where("id = ? AND state = ? AND attempts = ?", d.ID, models.DeliveryStatePending, d.Attempts).
			Updates(attempted(d, o, tx.Now))
		if update.Error != nil {
			return fmt.Errorf("record delivery: %w", update.Error)
		}
		switch {
		case update.RowsAffected == 0:
			isOver = true
			return nil
		case o.failure != "":
			return fails(tx, e, o)
		}
		return works(tx, e)
	})
	return isOver, err
}

// attempted are the columns of a delivery after one attempt more.
func attempted(d models.WebhookDelivery, o outcome, now time.Time) map[string]any {
	first := now
	if d.FirstTriedAt != nil {
		first = *d.FirstTriedAt
	}
	columns := map[string]any{"attempts": d.Attempts + 1, "first_tried_at": first, "last_tried_at": now, "status_code": o.status,
		"latency_ms": o.latency.Milliseconds(), "failure": o.failure, "response": o.response}
	next, isAlive := nextTry(first, now, d.Attempts+1)
	switch {
	case o.failure == "":
		columns["state"], columns["next_try_at"], columns["finished_at"] = models.DeliveryStateDelivered, nil, now
	case isAlive && o.status != http.StatusGone:
		columns["next_try_at"] = next
	default:
		columns["state"], columns["next_try_at"], columns["finished_at"] = models.DeliveryStateFailed, nil, now
	}
	return columns
}

// works forgets the failures of an endpoint.
func works(tx *models.Tx, e *models.WebhookEndpoint) error {
	if e.Failures == 0 {
		return nil
	}
	e.Failures, e.FailingSince, e.PausedUntil = 0, nil, nil
	err := tx.Model(&models.WebhookEndpoint{}).Where("id = ?", e.ID).
		Updates(map[string]any{"failures": 0, "failing_since": nil, "paused_until": nil}).Error
	if err != nil {
		return fmt.Errorf("record endpoint: %w", err)
	}
	return nil
}

// fails pauses an endpoint, and parks it when it is gone or has done nothing but fail for as long as a delivery lives.
func fails(tx *models.Tx, e *models.WebhookEndpoint, o outcome) error {
	if e.FailingSince == nil {
		e.FailingSince = &tx.Now
	}
	e.Failures++
	until := tx.Now.Add(pauseAfter(e.Failures))
	e.PausedUntil = &until
	err := tx.Model(&models.WebhookEndpoint{}).Where("id = ?", e.ID).
		Updates(map[string]any{"failures": e.Failures, "failing_since": e.FailingSince, "paused_until": until}).Error
	if err != nil {
		return fmt.Errorf("record endpoint: %w", err)
	}
	switch {
	case o.status == http.StatusGone:
		return park(tx, e, models.ParkReasonGone)
	case tx.Now.Sub(*e.FailingSince) >= DeliveryLife:
		return park(tx, e, models.ParkReasonFailing)
	}
	return nil
}
