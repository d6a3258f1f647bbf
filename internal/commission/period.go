package commission

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// calendar finds the period a line is born with, and makes periods that do not exist yet.
type calendar struct {
	program       models.Program
	zone          *time.Location
	closedThrough time.Time // end of the last closed period: money cannot enter before it
	known         []spanOfPeriod
}

// spanOfPeriod is a period that was found before.
type spanOfPeriod struct {
	id       models.ID
	from, to time.Time
}

func newCalendar(tx *models.Tx, p models.Program) (*calendar, error) {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time zone of program %s: %w", p.ID, err)
	}
	c := &calendar{program: p, zone: zone}
	var last models.Period
	err = tx.Where("program_id = ? AND state = ?", p.ID, models.PeriodStateClosed).Order("ends_at DESC").Take(&last).Error
	if err != nil && !models.IsMissing(err) {
		return nil, fmt.Errorf("read last closed period: %w", err)
	}
	c.closedThrough = last.EndsAt
	return c, nil
}

// periodFor gives the period that contains the instant, or the first one not closed when that one is.
func (c *calendar) periodFor(tx *models.Tx, at time.Time) (models.ID, error) {
	if at.Before(c.closedThrough) {
		at = c.closedThrough
	}
	for i := range c.known {
		if p := &c.known[i]; !at.Before(p.from) && at.Before(p.to) {
			return p.id, nil
		}
	}
	key, from, to := engine.SpanOf(engine.PeriodKind(c.program.PeriodKind), c.zone, at)
	p, err := findPeriod(tx, c.program.ID, key)
	if models.IsMissing(err) {
		_, err = models.BulkInsert(tx, models.Insert{Table: "periods", SkipExisting: true,
			Columns: []string{"id", "program_id", "period_key", "starts_at", "ends_at", "state", "line_count"}},
			[][]any{{models.NewID(), c.program.ID, key, from, to, models.PeriodStateOpen, 0}})
		if err != nil {
			return models.ID{}, err
		}
		p, err = findPeriod(tx, c.program.ID, key)
	}
	if err != nil {
		return models.ID{}, fmt.Errorf("read period: %w", err)
	}
	c.known = append(c.known, spanOfPeriod{p.ID, from, to})
	return p.ID, nil
}

// findPeriod looks before anything is written: an insert that finds the row would lock it for reading, and two writers
// that did so could not both go on to count their lines into it.
func findPeriod(tx *models.Tx, programID models.ID, key string) (models.Period, error) {
	var p models.Period
	err := tx.Where("program_id = ? AND period_key = ?", programID, key).Take(&p).Error
	return p, err
}

// enter counts lines into their periods. It fails when a period was
// closed meanwhile; the transaction then runs again and finds the open one.
func enter(tx *models.Tx, counts map[models.ID]int64) error {
	for _, id := range sortedIDs(counts) {
		update := tx.Model(&models.Period{}).Where("id = ? AND state = ?", id, models.PeriodStateOpen).
			Update("line_count", gorm.Expr("line_count + ?", counts[id]))
		if err := models.MustAffectOne(update, models.ErrRetry); err != nil {
			return err
		}
	}
	return nil
}
