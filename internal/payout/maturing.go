package payout

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

// MaturingDays is how many days ahead, with the present one, are told one by one.
const MaturingDays = 92

// Maturing is what was earned in open periods by when it matures, in the program's currency. What is mature becomes payable
// when its period is closed. All of it together is what is pending.
type Maturing struct {
	Matured MaturingSum   // before today: waits for the close
	Days    []MaturingDay // from today on, those of the next MaturingDays that have lines, the earliest first
	Later   MaturingSum   // after them
}

// MaturingSum is a sum of lines; what is taken back counts against it, so it may be below zero.
type MaturingSum struct {
	Lines  int64
	Amount money.Amount
}

// MaturingDay is a day of the program's time zone on which lines mature.
type MaturingDay struct {
	Date     string // 2026-02-28
	StartsAt time.Time
	MaturingSum
}

// Maturing tells by day what will have to be paid for. It reads the lines of open periods once, in an index that holds all it
// asks for, and gives at most MaturingDays days. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND.
func (s *Service) Maturing(ctx context.Context, by access.Caller, programID models.ID) (Maturing, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return Maturing{}, err
	}
	var m Maturing
	err = models.InSnapshot(ctx, s.db, func(query *gorm.DB) error {
		p, err := takeOne[models.Program](query.Where("id = ? AND merchant_id = ?", programID, merchantID), "program")
		if err != nil {
			return err
		}
		zone, err := time.LoadLocation(p.TimeZone)
		if err != nil {
			return fmt.Errorf("time zone of the program: %w", err)
		}
		m, err = maturing(query, p, daysFrom(s.db.Now(), zone))
		return err
	})
	return m, err
}

// daysFrom gives the beginnings of the days that are told, and that of the day after them.
func daysFrom(now time.Time, zone *time.Location) []time.Time {
	today := now.In(zone)
	starts := make([]time.Time, MaturingDays+1)
	for i := range starts {
		date := time.Date(today.Year(), today.Month(), today.Day()+i, 12, 0, 0, 0, zone)
		begin := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, zone)
		if begin.Day() != date.Day() { // the clocks skip this midnight: the day begins when they do
			_, begin = begin.ZoneBounds()
		}
		starts[i] = begin
	}
	return starts
}

// maturing sums up the lines of a program's open periods between the instants, and before and after them.
func maturing(query *gorm.DB, p models.Program, starts []time.Time) (Maturing, error) {
	slot, instants := slotOf("matures_at", starts, 0, len(starts))
	var sums []struct {
		Slot         int
		Lines, Minor int64
	}
	const open = "period_id IN (SELECT id FROM periods WHERE program_id = ? AND state = ?)"
	err := query.Model(&models.Commission{}).Where(open, p.ID, models.PeriodStateOpen).Group("slot").Order("slot").
		Select(slot+" AS slot, COUNT(*) AS `lines`, SUM(amount_minor) AS minor", instants...).Scan(&sums).Error
	if err != nil {
		return Maturing{}, fmt.Errorf("sum lines by when they mature: %w", err)
	}
	none := MaturingSum{Amount: money.Zero(p.Currency)}
	m := Maturing{Matured: none, Later: none, Days: []MaturingDay{}}
	for _, sum := range sums {
		part := MaturingSum{Lines: sum.Lines, Amount: money.New(sum.Minor, p.Currency)}
		switch {
		case sum.Slot == 0:
			m.Matured = part
		case sum.Slot == len(starts):
			m.Later = part
		default:
			start := starts[sum.Slot-1]
			m.Days = append(m.Days, MaturingDay{Date: start.Format(time.DateOnly), StartsAt: start.UTC(), MaturingSum: part})
		}
	}
	return m, nil
}

// slotOf gives an expression for how many of the instants from one on are not after the column, and what it is to be filled
// with. It halves them each time, so a row costs few comparisons however many days there are.
func slotOf(column string, instants []time.Time, from, to int) (string, []any) {
	if from == to {
		return fmt.Sprint(from), nil
	}
	middle := (from + to) / 2
	before, left := slotOf(column, instants, from, middle)
	since, right := slotOf(column, instants, middle+1, to)
	return "CASE WHEN " + column + " < ? THEN " + before + " ELSE " + since + " END", append(append([]any{instants[middle].UTC()}, left...), right...)
}
