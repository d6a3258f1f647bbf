package notify

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/models"
)

// How many events are numbered in one transaction, and how many times in one call: a bound, not a target.
const (
	numberedAtOnce = 1000
	maxTurns       = 1_000_000
)

// Number gives numbers to all events that were committed without one, each program's on from its last: without gaps,
// never below one given before, and within one turn in the order in which they were made. It may be stopped at any point
// and run beside itself; a program's counter is locked meanwhile, which who emits never waits for.
func (s *Service) Number(ctx context.Context) error {
	var programs []models.ID
	if err := s.db.Read(ctx).Model(&models.QueuedEvent{}).Distinct("program_id").Pluck("program_id", &programs).Error; err != nil {
		return fmt.Errorf("read event queue: %w", err)
	}
	var failures error
	for _, id := range programs {
		failures = errors.Join(failures, s.numberAll(ctx, id))
	}
	return failures
}

func (s *Service) numberAll(ctx context.Context, programID models.ID) error {
	for range maxTurns {
		var moved int
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			var err error
			moved, err = number(tx, programID)
			return err
		})
		if err != nil || moved < numberedAtOnce {
			return err
		}
	}
	return nil
}

// number moves the oldest events of a program's queue to its log and tells how many.
func number(tx *models.Tx, programID models.ID) (int, error) {
	last, err := lockCounter(tx, programID)
	if err != nil {
		return 0, err
	}
	var queued []models.QueuedEvent
	if err := tx.Where("program_id = ?", programID).Order("id").Limit(numberedAtOnce).Find(&queued).Error; err != nil {
		return 0, fmt.Errorf("read event queue: %w", err)
	}
	if len(queued) == 0 {
		return 0, nil
	}
	ids := make([]models.ID, len(queued))
	_, err = models.BulkWrite(tx, models.Insert{Table: "events", Columns: []string{"program_id", "number", "id", "type", "enrollment_id", "occurred_at", "data"}},
		len(queued), func(i int, row *models.Row) {
			e := queued[i]
			ids[i] = e.ID
			row.ID(e.ProgramID)
			row.Int(last + int64(i) + 1)
			row.ID(e.ID)
			row.Text(e.Type)
			row.OptionalID(models.Or(e.EnrollmentID))
			row.Time(e.OccurredAt)
			row.Text(e.Data)
		})
	if err != nil {
		return 0, fmt.Errorf("number events: %w", err)
	}
	if err := tx.Where("program_id = ? AND id IN ?", programID, ids).Delete(&models.QueuedEvent{}).Error; err != nil {
		return 0, fmt.Errorf("take off numbered events: %w", err)
	}
	return len(queued), tx.Model(&models.EventCounter{}).Where("program_id = ?", programID).Update("last_number", last+int64(len(queued))).Error
}

// lockCounter locks the program's counter, which it makes when there is none, and gives its last number.
func lockCounter(tx *models.Tx, programID models.ID) (int64, error) {
	var counter models.EventCounter
	lock := func() error {
		return tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ?", programID).Take(&counter).Error
	}
	err := lock()
	if models.IsMissing(err) {
		if _, err := models.BulkInsert(tx, models.Insert{Table: "event_counters", SkipExisting: true,
			Columns: []string{"program_id", "last_number"}}, [][]any{{programID, 0}}); err != nil {
			return 0, err
		}
		err = lock()
	}
	if err != nil {
		return 0, fmt.Errorf("lock event counter: %w", err)
	}
	return counter.LastNumber, nil
}
