package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"tributary/models"
)

// Outbox rings what services asked for: it reads due rows, puts a task for each on the queue, and moves the row's next
// ring ahead. The row goes when a worker has answered, so whatever is lost on the way is rung again.
type Outbox struct {
	db     *models.DB
	client *asynq.Client
	log    *slog.Logger
}

type payload struct {
	OutboxID  models.ID `json:"outboxId"`
	SubjectID models.ID `json:"subjectId"`
}

// RingDue rings every row that is due, at most maxBatchRing of them, and tells how many it rang.
func (o *Outbox) RingDue(ctx context.Context) (int, error) {
	var due []models.OutboxItem
	err := o.db.Read(ctx).Where("ring_at <= ?", o.db.Now()).Order("ring_at, id").Limit(maxBatchRing).Find(&due).Error
	if err != nil || len(due) == 0 {
		return 0, err
	}
	for _, row := range due {
		if err := o.ring(ctx, row); err != nil {
			return 0, err
		}
	}
	return len(due), models.InTx(ctx, o.db, func(tx *models.Tx) error {
		for _, row := range due {
			next := tx.Now.Add(min(ringAgainMin<<min(row.Rings, 10), ringAgainMax))
			err := tx.Model(&models.OutboxItem{}).Where("id = ? AND rings = ?", row.ID, row.Rings).
				Updates(map[string]any{"ring_at": next, "rings": row.Rings + 1}).Error
			if err != nil {
				return fmt.Errorf("move ring: %w", err)
			}
		}
		return nil
	})
}

func (o *Outbox) ring(ctx context.Context, row models.OutboxItem) error {
	body, err := json.Marshal(payload{OutboxID: row.ID, SubjectID: row.SubjectID})
	if err != nil {
		return fmt.Errorf("encode task: %w", err)
	}
	// The round is in the id: an id that was archived or is kept for other reasons must not silence the next ring.
	id := fmt.Sprintf("%s:r%d", row.ID, row.Rings)
	_, err = o.client.EnqueueContext(ctx, asynq.NewTask(row.Task, body), optionsFor(row.Task, id)...)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	return err
}

// answered removes the row of a task that is done.
func (o *Outbox) answered(ctx context.Context, id models.ID) error {
	return models.InTx(ctx, o.db, func(tx *models.Tx) error {
		return tx.Where("id = ?", id).Delete(&models.OutboxItem{}).Error
	})
}

const ringEvery = 200 * time.Millisecond

// run rings until the context ends. An outage of Redis or the database is logged and tried again.
func (o *Outbox) run(ctx context.Context) {
	ticker := time.NewTicker(ringEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := o.RingDue(ctx); err != nil && ctx.Err() == nil {
				o.log.Error("outbox could not ring", "error", err)
			}
		}
	}
}
