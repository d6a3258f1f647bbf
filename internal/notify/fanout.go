package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// How many deliveries of one endpoint may wait, how many are made at once, and how many events are looked at for that: events
// behind them are not lost, the cursor waits where it is.
const (
	maxWaiting   = 1000
	madeAtOnce   = 500
	lookedAtOnce = 5000
	maxRung      = 500
	fannedAtOnce = 200 // endpoints that are read at once
)

// stageTime is how long each stage of a sweep begins new work; what is left waits for the next.
const stageTime = 10 * time.Second

// Sweep does what is due: it numbers events, makes deliveries of them, and asks for the deliveries to be sent. It runs every
// two seconds and needs nothing but the database.
func (s *Service) Sweep(ctx context.Context) error {
	return errors.Join(s.Number(ctx), s.fanOut(ctx), s.ringDue(ctx))
}

// fanOut makes the deliveries of the endpoints that are behind their log; one that fails waits until it is tried again. When its
// time is over, the next call goes on with the endpoint behind.
func (s *Service) fanOut(ctx context.Context) error {
	stage, end := context.WithTimeout(ctx, stageTime)
	defer end()
	var failures error
	for stage.Err() == nil {
		ids, err := s.behindLog(ctx, models.Or(s.fanned.Load()))
		if err != nil {
			return errors.Join(failures, err)
		}
		for _, id := range ids {
			failures = errors.Join(failures, models.InTx(ctx, s.db, func(tx *models.Tx) error { return makeDeliveries(tx, id) }))
			s.fanned.Store(&id)
			if stage.Err() != nil {
				return failures
			}
		}
		if len(ids) < fannedAtOnce {
			s.fanned.Store(nil)
			return failures
		}
	}
	return failures
}

// behindLog gives the next endpoints that events wait for.
func (s *Service) behindLog(ctx context.Context, after models.ID) ([]models.ID, error) {
	var ids []models.ID
	err := s.ready(ctx).Where("id > ?", after).Where(`(enrollment_id IS NULL AND cursor_number < (SELECT last_number FROM event_counters c WHERE c.program_id = webhook_endpoints.program_id))
		OR (enrollment_id IS NOT NULL AND EXISTS (SELECT 1 FROM events v WHERE v.enrollment_id = webhook_endpoints.enrollment_id AND v.number > cursor_number))`).
		Order("id").Limit(fannedAtOnce).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("read endpoints that are behind: %w", err)
	}
	return ids, nil
}

// ready are the endpoints that may be told of something now.
func (s *Service) ready(ctx context.Context) *gorm.DB {
	return s.db.Read(ctx).Model(&models.WebhookEndpoint{}).
		Where("state = ? AND (paused_until IS NULL OR paused_until <= ?)", models.EndpointStateActive, s.db.Now())
}

// makeDeliveries makes the next deliveries of an endpoint, as many as may wait, and moves its cursor behind what was looked
// at. The endpoint is locked, so that each event is delivered once, but for replays.
func makeDeliveries(tx *models.Tx, id models.ID) error {
	e, err := takeEndpoint(tx.Clauses(clause.Locking{Strength: "UPDATE"}), id)
	if err != nil || e.State != models.EndpointStateActive {
		return err
	}
	var open int64
	if err := waiting(tx, e.ID).Where("event_number > 0").Count(&open).Error; err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	room := min(maxWaiting-int(open), madeAtOnce)
	if room <= 0 {
		return nil
	}
	events, end, err := behind(tx, e, room)
	if err != nil {
		return err
	}
	rows := make([][]any, len(events))
	for i, v := range events {
		rows[i] = []any{models.NewID(), e.ID, v.Number, v.ID, v.Type, models.DeliveryStatePending, 0, tx.Now, 0, 0, "", "", tx.Now}
	}
	_, err = models.BulkInsert(tx, models.Insert{Table: "webhook_deliveries", Columns: []string{"id", "endpoint_id", "event_number", "event_id", "event_type",
		"state", "attempts", "next_try_at", "status_code", "latency_ms", "failure", "response", "created_at"}}, rows)
	if err != nil {
		return err
	}
	return tx.Model(&models.WebhookEndpoint{}).Where("id = ?", e.ID).Update("cursor_number", end).Error
}

// behind gives the next events that an endpoint is to be told of, and the number up to which the log was looked at. It reads a
// bounded stretch of the log, however few of its events the endpoint is told of.
func behind(tx *models.Tx, e models.WebhookEndpoint, limit int) ([]models.Event, int64, error) {
	var counter models.EventCounter
	if err := tx.Where("program_id = ?", e.ProgramID).Take(&counter).Error; err != nil {
		return nil, 0, fmt.Errorf("read event counter: %w", err)
	}
	query := tx.Select("number", "id", "type").Where("program_id = ? AND number > ? AND number <= ?", e.ProgramID, e.CursorNumber, counter.LastNumber)
	if e.EnrollmentID != nil {
		query = query.Where("enrollment_id = ?", e.EnrollmentID)
	}
	looked := limit
	if e.Types != "" {
		looked = lookedAtOnce
	}
	var events []models.Event
	if err := query.Order("number").Limit(looked).Find(&events).Error; err != nil {
		return nil, 0, fmt.Errorf("read events: %w", err)
	}
	end := counter.LastNumber
	if len(events) == looked {
		end = events[len(events)-1].Number
	}
	if e.Types == "" {
		return events, end, nil
	}
	types, wanted := strings.Fields(e.Types), events[:0]
	for _, v := range events {
		if !slices.Contains(types, v.Type) {
			continue
		}
		if wanted = append(wanted, v); len(wanted) == limit {
			return wanted, v.Number, nil
		}
	}
	return wanted, end, nil
}

// waiting are the deliveries of an endpoint that have no end yet.
func waiting(tx *models.Tx, endpointID models.ID) *gorm.DB {
	return tx.Model(&models.WebhookDelivery{}).Where("endpoint_id = ? AND state = ?", endpointID, models.DeliveryStatePending)
}

// ringDue asks for the task of every endpoint that has something to send, once until it begins.
func (s *Service) ringDue(ctx context.Context) error {
	var ids []models.ID
	now := s.db.Now()
	err := s.ready(ctx).Where("rung = ? AND (claim_until IS NULL OR claim_until <= ?)", false, now).
		Where("EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = webhook_endpoints.id AND d.state = ? AND d.next_try_at <= ?)", models.DeliveryStatePending, now).
		Order("id").Limit(maxRung).Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("read endpoints with deliveries: %w", err)
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		for _, id := range ids {
			ring := tx.Model(&models.WebhookEndpoint{}).Where("id = ? AND rung = ?", id, false).Update("rung", true)
			if ring.Error != nil {
				return fmt.Errorf("ring for endpoint: %w", ring.Error)
			}
			if ring.RowsAffected == 0 {
				continue // another sweep was here
			}
			if err := models.Ring(tx, models.TaskWebhookDeliver, id); err != nil {
				return err
			}
		}
		return nil
	})
}
