package notify

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"gorm.io/gorm/clause"

	"tributary/models"
)

// slowCall is the time from which on a call keeps a worker for so long that others are to have their turn.
const slowCall = 2 * time.Second

// record writes down what a call came to, and tells whether the endpoint's turn is over: it failed or was slow, or the endpoint is
// not ours any more, since it was changed, parked or taken over meanwhile.
func (s *Service) record(ctx context.Context, e models.WebhookEndpoint, d models.WebhookDelivery, o outcome) (isOver bool, err error) {
	err = models.InTx(context.WithoutCancel(ctx), s.db, func(tx *models.Tx) error {
		now, err := takeEndpoint(tx.Clauses(clause.Locking{Strength: "UPDATE"}), e.ID)
		if err != nil {
			return err
		}
		isOurs := now.ClaimUntil != nil && now.ClaimUntil.Equal(*e.ClaimUntil)
		isOver = !isOurs || o.failure != "" || o.latency >= slowCall
		was := now
		var parks models.ParkReason
		if isOurs && d.EventNumber > 0 { // a test says nothing of the endpoint
			parks = judge(&now, o, tx.Now)
		}
		update := tx.Model(&models.WebhookDelivery{}).Where("id = ? AND state = ? AND attempts = ?", d.ID, models.DeliveryStatePending, d.Attempts).
			Updates(attempted(d, o, tx.Now, parks != ""))
		switch {
		case update.Error != nil:
			return fmt.Errorf("record delivery: %w", update.Error)
		case update.RowsAffected == 0: // somebody else has recorded it, or a replay took its place
			isOver = true
			return nil
		case !isOurs || d.EventNumber == 0:
			return nil
		}
		return keep(tx, was, now, parks)
	})
	return isOver, err
}

// attempted are the columns of a delivery after one attempt more. One whose endpoint is parked for it goes on waiting, for when that
// is told again; a test is sent once.
func attempted(d models.WebhookDelivery, o outcome, now time.Time, parks bool) map[string]any {
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
	case d.EventNumber > 0 && parks:
		columns["next_try_at"] = now // which a parked endpoint lets pass
	case d.EventNumber > 0 && isAlive:
		columns["next_try_at"] = next
	default:
		columns["state"], columns["next_try_at"], columns["finished_at"] = models.DeliveryStateFailed, nil, now
	}
	return columns
}

// judge is what a call says of its endpoint: one that works has no failures; one that fails pauses, and is parked when it is gone or
// has done nothing but fail for as long as a delivery lives; one that is slow pauses for as long as it took.
func judge(e *models.WebhookEndpoint, o outcome, now time.Time) models.ParkReason {
	e.PausedUntil = nil
	if o.failure == "" {
		e.Failures, e.FailingSince = 0, nil
		if o.latency >= slowCall {
			until := now.Add(o.latency)
			e.PausedUntil = &until
		}
		return ""
	}
	if e.FailingSince == nil {
		e.FailingSince = &now
	}
	e.Failures++
	until := now.Add(pauseAfter(e.Failures))
	e.PausedUntil = &until
	switch {
	case o.status == http.StatusGone:
		return models.ParkReasonGone
	case now.Sub(*e.FailingSince) >= DeliveryLife:
		return models.ParkReasonFailing
	}
	return ""
}

// keep writes what a call said of its endpoint, where that is anything new.
func keep(tx *models.Tx, was, e models.WebhookEndpoint, parks models.ParkReason) error {
	if was.Failures == 0 && e.Failures == 0 && e.PausedUntil == nil {
		return nil
	}
	err := tx.Model(&models.WebhookEndpoint{}).Where("id = ?", e.ID).
		Updates(map[string]any{"failures": e.Failures, "failing_since": e.FailingSince, "paused_until": e.PausedUntil}).Error
	if err != nil {
		return fmt.Errorf("record endpoint: %w", err)
	}
	if parks == "" {
		return nil
	}
	return park(tx, &e, parks)
}
