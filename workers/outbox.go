package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"gorm.io/gorm"

	"tributary/models"
)

// Outbox rings what services asked for: it reads due rows, puts a task for each on the queue, and moves the row's next
// ring ahead. The row goes when a worker has answered, so whatever is lost on the way is rung again.
type Outbox struct {
	db      *models.DB
	client  *asynq.Client
	log     *slog.Logger
	timeout time.Duration // of a task
}

type payload struct {
	OutboxID  models.ID `json:"outboxId"`
	SubjectID models.ID `json:"subjectId"`
}

// RingDue rings every row that is due, at most maxBatchRing of them, and tells how many it rang. A row is claimed before
// it is rung, so that of several processes one rings it, each time under a name that no earlier task can hold: a task
// that died with its worker does not silence the next ring. What cannot be rung is due again at once.
func (o *Outbox) RingDue(ctx context.Context) (int, error) {
	var due []models.OutboxItem
	err := o.db.Read(ctx).Where("ring_at <= ?", o.db.Now()).Order("ring_at, id").Limit(maxBatchRing).Find(&due).Error
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var claimed []models.OutboxItem
	err = models.InTx(ctx, o.db, func(tx *models.Tx) error {
		claimed, err = claim(tx, due)
		return err
	})
	if err != nil {
		return 0, err
	}
	for i, row := range claimed {
		if err := o.ring(ctx, row); err != nil {
			return i, errors.Join(err, o.putBack(context.WithoutCancel(ctx), claimed[i:]))
		}
	}
	return len(claimed), nil
}

// claim moves the next ring of each row ahead and gives the rows that nobody else has claimed meanwhile.
func claim(tx *models.Tx, due []models.OutboxItem) ([]models.OutboxItem, error) {
	var claimed []models.OutboxItem
	for _, row := range due {
		next := tx.Now.Add(min(ringAgainMin<<min(row.Rings, 10), ringAgainMax))
		update := tx.Model(&models.OutboxItem{}).Where("id = ? AND rings = ?", row.ID, row.Rings).
			Updates(map[string]any{"ring_at": next, "rings": row.Rings + 1})
		if update.Error != nil {
			return nil, fmt.Errorf("claim ring: %w", update.Error)
		}
		if update.RowsAffected == 1 {
			claimed = append(claimed, row)
		}
	}
	return claimed, nil
}

// putBack makes rows due again that were claimed and could not be rung: as if nobody had tried.
func (o *Outbox) putBack(ctx context.Context, rows []models.OutboxItem) error {
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return models.InTx(ctx, o.db, func(tx *models.Tx) error {
		return tx.Model(&models.OutboxItem{}).Where("id IN ?", ids).
			Updates(map[string]any{"ring_at": tx.Now, "rings": gorm.Expr("rings - 1")}).Error
	})
}

func (o *Outbox) ring(ctx context.Context, row models.OutboxItem) error {
	body, err := json.Marshal(payload{OutboxID: row.ID, SubjectID: row.SubjectID})
	if err != nil {
		return fmt.Errorf("encode task: %w", err)
	}
	_, err = o.client.EnqueueContext(ctx, asynq.NewTask(row.Task, body), optionsFor(row.Task, fmt.Sprintf("%s:r%d", row.ID, row.Rings), o.timeout)...)
	if errors.Is(err, asynq.ErrTaskIDConflict) { // it was put back, and had been heard after all
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
