package commission

import (
	"fmt"
	"time"

	"tributary/models"
)

// spanOf gives the settlement period that contains an instant: its key, and its half-open span in UTC, computed in
// the program's zone, so that a month is as long as the merchant's calendar says.
func spanOf(kind models.PeriodKind, zone *time.Location, at time.Time) (key string, from, to time.Time) {
	local := at.In(zone)
	if kind == models.PeriodKindWeek {
		back := (int(local.Weekday()) + 6) % 7 // days since Monday
		start := time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, zone)
		year, week := start.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week), start.UTC(), start.AddDate(0, 0, 7).UTC()
	}
	start := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, zone)
	return start.Format("2006-01"), start.UTC(), start.AddDate(0, 1, 0).UTC()
}

// calendar finds the period a line is born with, and makes periods that do not exist yet.
type calendar struct {
	program       models.Program
	zone          *time.Location
	closedThrough time.Time                   // end of the last closed period: money cannot enter before it
	known         map[time.Time]models.Period // by start
}

func newCalendar(tx *models.Tx, p models.Program) (*calendar, error) {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time zone of program %s: %w", p.ID, err)
	}
	c := &calendar{program: p, zone: zone, known: map[time.Time]models.Period{}}
	var last models.Period
	err = tx.Where("program_id = ? AND state = ?", p.ID, models.PeriodStateClosed).Order("ends_at DESC").Take(&last).Error
	if err != nil && !models.IsMissing(err) {
		return nil, fmt.Errorf("read last closed period: %w", err)
	}
	c.closedThrough = last.EndsAt
	return c, nil
}

// periodFor gives the period that contains the instant, or the first one not closed when that one is.
func (c *calendar) periodFor(tx *models.Tx, at time.Time) (models.Period, error) {
	if at.Before(c.closedThrough) {
		at = c.closedThrough
	}
	key, from, to := spanOf(c.program.PeriodKind, c.zone, at)
	if p, ok := c.known[from]; ok {
		return p, nil
	}
	_, err := models.BulkInsert(tx, models.Insert{Table: "periods", SkipExisting: true,
		Columns: []string{"id", "program_id", "period_key", "starts_at", "ends_at", "state", "line_count"}},
		[][]any{{models.NewID(), c.program.ID, key, from, to, models.PeriodStateOpen, 0}})
	if err != nil {
		return models.Period{}, err
	}
	var p models.Period
	if err := tx.Where("program_id = ? AND period_key = ?", c.program.ID, key).Take(&p).Error; err != nil {
		return p, fmt.Errorf("read period: %w", err)
	}
	c.known[from] = p
	return p, nil
}

// enter counts lines into their periods, the last step of a transaction that writes lines. It fails when a period was
// closed meanwhile; the transaction then runs again and finds the open one.
func enter(tx *models.Tx, counts map[models.ID]int64) error {
	for _, id := range sortedIDs(counts) {
		update := tx.Exec("UPDATE periods SET line_count = line_count + ? WHERE id = ? AND state = ?", counts[id], id, models.PeriodStateOpen)
		if err := models.MustAffectOne(update, models.ErrRetry); err != nil {
			return err
		}
	}
	return nil
}
