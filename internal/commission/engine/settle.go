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

// TierVolume is what a seller's lines of a period come to by one rule of one version of the plan.
type TierVolume struct {
	Rule         *Rule
	Volume, Paid int64
}

// TierOwed is what a TierVolume still earns when the period closes: what its tiers pay for the volume up to and with it,
// less what they pay for the volume before it, less what was paid.
type TierOwed struct {
	Reward     *Reward
	Overridden bool
	Whole      int64 // the volume of all versions
	Before     int64 // of it, that of earlier ones
	Earned     int64
	Less       int64
	Owed       int64
}

// SettleTiers gives what a seller is still owed for its volumes by the rules of one id, those of the earliest version
// first. All of them together reach a tier, so that a new version amid a period cuts no volume in two, and a refund of
// what an earlier one priced lowers it; each is paid by its own version's tiers. A rule that is not settled by the
// period is owed nothing. Code AMOUNT_OVERFLOW.
func SettleTiers(seller *Member, volumes []TierVolume, last time.Time) ([]TierOwed, error) {
	owed := make([]TierOwed, len(volumes))
	var whole int64
	var err error
	for i, v := range volumes {
		o := &owed[i]
		if o.Reward, o.Overridden = v.Rule.rewardFor(seller, last); !o.Reward.ByPeriod {
			continue
		}
		o.Before = whole
		if whole, err = money.AddMinor(whole, v.Volume); err != nil {
			return nil, err
		}
	}
	for i, v := range volumes {
		if !owed[i].Reward.ByPeriod {
			continue
		}
		if err := owed[i].settle(whole, v); err != nil {
			return nil, err
		}
	}
	return owed, nil
}

func (o *TierOwed) settle(whole int64, v TierVolume) (err error) {
	o.Whole = whole
	if o.Less, err = o.Reward.tieredIn(whole, o.Before); err != nil {
		return err
	}
	if o.Earned, err = o.Reward.tieredIn(whole, o.Before+v.Volume); err != nil {
		return err
	}
	if o.Owed, err = money.SubMinor(o.Earned, o.Less); err != nil {
		return err
	}
	o.Owed, err = money.SubMinor(o.Owed, v.Paid)
	return err
}

// SettleTier is SettleTiers for the volume of a single version.
func (r *Rule) SettleTier(seller *Member, volume, paid int64, last time.Time) (int64, error) {
	owed, err := SettleTiers(seller, []TierVolume{{r, volume, paid}}, last)
	if err != nil {
		return 0, err
	}
	return owed[0].Owed, nil
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
