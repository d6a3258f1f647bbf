package notify

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"tributary/models"
)

// The bounds of one turn of an endpoint. A claim outlasts the longest turn: the last call may begin when its time is up.
const (
	claimLife = time.Minute
	turnTime  = 25 * time.Second
	readSome  = 50
	maxReads  = 20
)

// Deliver sends what is due to one endpoint, one after the other and in the order of numbers, until nothing is left, one
// fails or is slow, or its turn is over; the sweep then asks for the next turn. One turn of an endpoint is under way at a time, so
// that one that hangs keeps one worker waiting, for one call, and then pauses. Who changes or parks the endpoint ends the turn. What was sent by a worker that died before it
// could say so is sent again. It returns an error only when the database fails.
func (s *Service) Deliver(ctx context.Context, endpointID models.ID) error {
	e, claimed, err := s.claim(ctx, endpointID)
	if err != nil || !claimed {
		return err
	}
	turn, end := context.WithTimeout(ctx, turnTime)
	defer end()
	for range maxReads {
		due, err := s.due(ctx, e)
		if err != nil || len(due) == 0 {
			return orRelease(s, ctx, e, err)
		}
		for _, p := range due {
			o, err := s.send(ctx, e, p)
			if err != nil {
				return err
			}
			isOver, err := s.record(ctx, e, p.delivery, o)
			if err != nil || isOver || turn.Err() != nil {
				return orRelease(s, ctx, e, err)
			}
		}
	}
	return s.release(ctx, e)
}

func orRelease(s *Service, ctx context.Context, e models.WebhookEndpoint, err error) error {
	if err != nil {
		return err
	}
	return s.release(ctx, e)
}

// claim takes an endpoint that nobody else sends to, and that may be told of something now.
func (s *Service) claim(ctx context.Context, id models.ID) (e models.WebhookEndpoint, claimed bool, err error) {
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
		var err error
		if e, err = takeEndpoint(tx.Clauses(clause.Locking{Strength: "UPDATE"}), id); err != nil {
			return err
		}
		columns := map[string]any{"rung": false}
		claimed = e.State == models.EndpointStateActive && isPast(e.ClaimUntil, tx.Now) && isPast(e.PausedUntil, tx.Now)
		if claimed {
			until := tx.Now.Add(claimLife)
			columns["claim_until"], e.ClaimUntil = until, &until
		}
		return tx.Model(&models.WebhookEndpoint{}).Where("id = ?", id).Updates(columns).Error
	})
	return e, claimed, err
}

func isPast(at *time.Time, now time.Time) bool { return at == nil || !at.After(now) }

// release ends a claim, unless somebody else has taken the endpoint since it ran out.
func (s *Service) release(ctx context.Context, e models.WebhookEndpoint) error {
	return models.InTx(context.WithoutCancel(ctx), s.db, func(tx *models.Tx) error {
		return tx.Model(&models.WebhookEndpoint{}).Where("id = ? AND claim_until = ?", e.ID, e.ClaimUntil).Update("claim_until", nil).Error
	})
}

// parcel is a delivery with its event.
type parcel struct {
	delivery models.WebhookDelivery
	event    models.Event
}

// due gives some of what is to be sent now, in the order of numbers.
func (s *Service) due(ctx context.Context, e models.WebhookEndpoint) ([]parcel, error) {
	query := s.db.Read(ctx)
	var deliveries []models.WebhookDelivery
	err := query.Where("endpoint_id = ? AND state = ? AND next_try_at <= ?", e.ID, models.DeliveryStatePending, s.db.Now()).
		Order("event_number, id").Limit(readSome).Find(&deliveries).Error
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	numbers := make([]int64, len(deliveries))
	for i, d := range deliveries {
		numbers[i] = d.EventNumber
	}
	var events []models.Event
	if err := s.db.Read(ctx).Where("program_id = ? AND number IN ?", e.ProgramID, numbers).Find(&events).Error; err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	byNumber := make(map[int64]models.Event, len(events))
	for _, v := range events {
		byNumber[v.Number] = v
	}
	parcels := make([]parcel, len(deliveries))
	for i, d := range deliveries {
		event, known := byNumber[d.EventNumber]
		if !known {
			event = models.Event{ProgramID: e.ProgramID, ID: d.EventID, Type: testType, EnrollmentID: e.EnrollmentID, OccurredAt: d.CreatedAt, Data: "{}"}
		}
		parcels[i] = parcel{d, event}
	}
	return parcels, nil
}
