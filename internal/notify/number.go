package notify

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/models"
)

// How many events are numbered in one transaction, and how often for one program before the others have their turn.
const (
	numberedAtOnce = 1000
	turnsAtOnce    = 5
)

// Number gives numbers to the events that were committed without one, each program's on from its last: without gaps, never
// below one given before, and what was committed before another began also before it. It ends when none is left or its time
// is over. It may be stopped at any point and run beside itself; a program's counter is locked meanwhile, which who emits
// never waits for.
func (s *Service) Number(ctx context.Context) error {
	stage, end := context.WithTimeout(ctx, stageTime)
	defer end()
	for stage.Err() == nil {
		var programs []models.ID
		if err := s.db.Read(ctx).Model(&models.QueuedEvent{}).Distinct("program_id").Pluck("program_id", &programs).Error; err != nil {
			return fmt.Errorf("read event queue: %w", err)
		}
		var failures error
		areLeft := false
		for _, id := range programs {
			isLeft, err := s.numberSome(ctx, id)
			failures, areLeft = errors.Join(failures, err), areLeft || isLeft
			if stage.Err() != nil {
				break
			}
		}
		if failures != nil || !areLeft {
			return failures
		}
	}
	return nil
}

// numberSome gives a program's turn, and tells whether there may be more.
func (s *Service) numberSome(ctx context.Context, programID models.ID) (bool, error) {
	for range turnsAtOnce {
		var moved int
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			var err error
			moved, err = number(tx, programID)
			return err
		})
		if err != nil || moved < numberedAtOnce {
			return false, err
		}
	}
	return true, nil
}

// number moves the oldest events of a program's queue to its log and tells how many.
func number(tx *models.Tx, programID models.ID) (int, error) {
	last, err := lockCounter(tx, programID)
	if err != nil {
		return 0, err
	}
	var queued []models.QueuedEvent
	if err := tx.Where("program_id = ?", programID).Order("seq").Limit(numberedAtOnce).Find(&queued).Error; err != nil {
		return 0, fmt.Errorf("read event queue: %w", err)
	}
	if len(queued) == 0 {
		return 0, nil
	}
	taken := make([]int64, len(queued))
	_, err = models.BulkWrite(tx, models.Insert{Table: "events", Columns: []string{"program_id", "number", "id", "type", "enrollment_id", "occurred_at", "data"}},
		len(queued), func(i int, row *models.Row) {
			e := queued[i]
			taken[i] = e.Seq
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
	if err := tx.Where("seq IN ?", taken).Delete(&models.QueuedEvent{}).Error; err != nil {
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
