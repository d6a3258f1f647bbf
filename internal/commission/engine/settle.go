package engine

import (
	"fmt"
	"time"

	"tributary/internal/money"
)

// PeriodKind is the length of a settlement period.
type PeriodKind string

// The kinds, as programs name them.
const (
	Monthly PeriodKind = "MONTH"
	Weekly  PeriodKind = "WEEK" // ISO week, from Monday
)

// SpanOf gives the settlement period that contains an instant: its key, and its half-open span in UTC, computed in
// the program's zone, so that a month is as long as the merchant's calendar says.
func SpanOf(kind PeriodKind, zone *time.Location, at time.Time) (key string, from, to time.Time) {
	local := at.In(zone)
	if kind == Weekly {
		back := (int(local.Weekday()) + 6) % 7 // days since Monday
		year, week := local.ISOWeek()
		monday := local.Day() - back
		return fmt.Sprintf("%04d-W%02d", year, week), midnight(local.Year(), local.Month(), monday, zone), midnight(local.Year(), local.Month(), monday+7, zone)
	}
	return local.Format("2006-01"), midnight(local.Year(), local.Month(), 1, zone), midnight(local.Year(), local.Month()+1, 1, zone)
}

// midnight gives when a day begins. Where the clocks skip its midnight, that is when they do.
func midnight(year int, month time.Month, date int, zone *time.Location) time.Time {
	begin := time.Date(year, month, date, 0, 0, 0, 0, zone)
	if begin.Day() != time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Day() {
		_, begin = begin.ZoneBounds()
	}
	return begin.UTC()
}

// SettleTier gives what a rule that is settled by the period still owes a seller when the period closes: what its
// volume earns by the tiers, less what its lines of the period paid already. 0 for any other rule.
func (r *Rule) SettleTier(seller *Member, volume, paid int64, last time.Time) (int64, error) {
	reward, _ := r.rewardFor(seller, last)
	if !reward.ByPeriod {
		return 0, nil
	}
	earned, err := reward.Tiered(volume)
	if err != nil {
		return 0, err
	}
	return money.SubMinor(earned, paid)
}

// Achieved is what an enrollment did in a period: its own sales and those of its recruits.
type Achieved struct {
	Group        string
	VolumeMinor  int64 // basis of its sales, less what was taken back
	Sales        int64 // its sales of which something is left
	FirstSale    bool  // one of them was its first
	RecruitsSold int64 // recruits whose first sale it was
}

// Pays gives what the bonus pays for that; 0 when its goal is not met.
func (b Bonus) Pays(a Achieved) (int64, error) {
	switch {
	case b.Group != "" && b.Group != a.Group:
		return 0, nil
	case b.RecruitSells:
		return money.MulDivHalfEven(b.AmountMinor, a.RecruitsSold, 1)
	case b.FirstSale && a.FirstSale,
		b.ReachMinor > 0 && a.VolumeMinor >= b.ReachMinor,
		b.ReachSales > 0 && a.Sales >= b.ReachSales:
		return b.AmountMinor, nil
	}
	return 0, nil
}

// Agreement is an enrollment's placement between two instants; a zero Until is open.
type Agreement struct {
	Placement   string
	Enrollment  ID
	From, Until time.Time
}

// FeeFor gives what the agreement earns in a period that begins and ends at two instants: the whole fee, or its share
// by the days of the program's calendar on which the agreement is active, the day it begins included, the day it ends
// not. Code AMOUNT_OVERFLOW.
func (p Placement) FeeFor(a Agreement, from, to time.Time, zone *time.Location) (int64, error) {
	begin, end := from, to
	if a.From.After(begin) {
		begin = a.From
	}
	if !a.Until.IsZero() && a.Until.Before(end) {
		end = a.Until
	}
	active, all := daysBetween(begin, end, zone), daysBetween(from, to, zone)
	return money.MulDivHalfEven(p.FeeMinor, max(active, 0), all)
}

func daysBetween(from, to time.Time, zone *time.Location) int64 {
	number := func(t time.Time) int64 {
		year, month, date := t.In(zone).Date()
		return time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / int64(day/time.Second)
	}
	return number(to) - number(from)
}
