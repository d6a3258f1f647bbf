package engine

import (
	"fmt"
	"slices"
)

// spot is where the lines of a conversion are summed.
type spot struct {
	rule  string
	level int
	who   ID
}

// compareLines proves that the lines of a conversion come to what the reference says, on every level, and that the
// seller's come to the basis too.
func (w *shadow) compareLines(o *order) error {
	if o == nil {
		return nil
	}
	type sum struct{ amount, basis int64 }
	sums := map[spot]sum{}
	for i := range w.book.Lines {
		if l := &w.book.Lines[i]; l.Source == o.name {
			at := spot{l.RuleID, l.Level, l.Enrollment}
			have := sums[at]
			have.amount += l.Amount
			if l.Level == 0 {
				have.basis += l.Basis
			}
			sums[at] = have
		}
	}
	for _, d := range o.dues {
		at := spot{d.rule, d.level, d.who}
		want := sum{amount: d.amount}
		if d.level == 0 {
			want.basis = d.basis
		}
		if sums[at] != want {
			return fmt.Errorf("%s: %v has %v, not %v", o.name, at, sums[at], want)
		}
		delete(sums, at)
	}
	for at, have := range sums {
		if have != (sum{}) {
			return fmt.Errorf("%s: %v has %v, not nothing", o.name, at, have)
		}
	}
	return nil
}

// compareFirst proves what a conversion's first lines say besides their sums, and that they keep to the bound.
func (w *shadow) compareFirst(o *order, posted []Line) error {
	if o == nil || len(posted) == 0 || posted[0].Kind != KindEarned {
		return nil
	}
	var dues []due
	for _, t := range o.priced {
		dues = append(dues, t.dues...)
	}
	earned := slices.DeleteFunc(slices.Clone(posted), func(l Line) bool { return l.Kind != KindEarned })
	if len(earned) != len(dues) {
		return fmt.Errorf("%s earns %d lines, not %d", o.name, len(earned), len(dues))
	}
	if err := uplineIsPaidByThePolicy(w, o, earned); err != nil {
		return err
	}
	totals := map[string]int64{}
	for i, l := range earned {
		have := due{l.RuleID, l.Level, l.Enrollment, l.Via, l.Basis, l.Amount}
		if have != dues[i] || l.Amount < 0 {
			return fmt.Errorf("%s: line %d is %+v, not %+v", o.name, i, have, dues[i])
		}
		totals[l.RuleID] += l.Amount
	}
	for _, t := range o.priced {
		r := reference{deal: w.deal, spec: o.spec, c: &o.facts}
		limit := halfEven(of(t.basis, percent(o.spec.MaxTotal)))
		if r.rewardOf(t.rule, &o.facts.Chain[0]).Fixed == "" && totals[t.rule.ID] > limit {
			return fmt.Errorf("%s: rule %s pays %d of %d, above %s", o.name, t.rule.ID, totals[t.rule.ID], t.basis, o.spec.MaxTotal)
		}
	}
	return nil
}

// compareCounters proves that the counters of caps stand at what the lines say, and that no sale takes one above its cap.
// What a dispute that was won gives back may, and a further refund may by the units of a remainder, which go from the
// levels onto the seller's line.
func (w *shadow) compareCounters(s *step) error {
	o := w.byName[s.name]
	if o == nil {
		return nil
	}
	before, others := o.uses, map[CapKey]Usage{}
	o.uses = w.usesOf(o)
	all := map[CapKey]Usage{}
	for _, other := range w.orders {
		for k, u := range other.uses {
			all[k] = Usage{all[k].Minor + u.Minor, all[k].Count + u.Count}
			if other != o {
				others[k] = all[k]
			}
		}
	}
	for k, have := range w.book.counters {
		if have != all[k] {
			return fmt.Errorf("counter %v stands at %v, the lines at %v", k, have, all[k])
		}
		delete(all, k)
	}
	if len(all) > 0 {
		return fmt.Errorf("counters are missing: %v", all)
	}
	if s.amount < 0 || o.spec == nil {
		return nil
	}
	for i := range o.plan.Rules {
		for _, c := range o.plan.Rules[i].Caps {
			k := c.key(&o.facts.Chain[0], o.facts.Sale.OccurredAt, w.deal.Zone)
			is, was := w.book.counters[k], Usage{w.usage(k, o).Minor + before[k].Minor, w.usage(k, o).Count + before[k].Count}
			if s.do == "refund" {
				was = Usage{max(was.Minor, c.AmountMinor) + int64(len(o.spec.Levels)), max(was.Count, c.Count) + 1}
			}
			if (c.AmountMinor > 0 && is.Minor > max(c.AmountMinor, was.Minor)) || (c.Count > 0 && is.Count > max(c.Count, was.Count)) {
				return fmt.Errorf("counter %v goes from %v to %v, above %d and %d", k, was, is, c.AmountMinor, c.Count)
			}
		}
	}
	return nil
}

// comparePeriods proves that lines mature when they should, and are born into the period of that time or, where that
// is closed, into the first open one.
func (w *shadow) comparePeriods(posted []Line) error {
	for _, l := range posted {
		if o := w.byName[l.Source]; o != nil {
			hold := o.spec.HoldDays
			if i := slices.IndexFunc(o.spec.Rules, func(r RuleSpec) bool { return r.ID == l.RuleID }); o.spec.Rules[i].Valid != nil {
				hold = max(hold, o.spec.Rules[i].Valid.MinAgeDays)
			}
			if want := o.at.Add(day*0).AddDate(0, 0, hold); !l.MaturesAt.Equal(want) {
				return fmt.Errorf("%s matures at %s, not %s", l.Source, l.MaturesAt, want)
			}
		}
		at := l.MaturesAt
		if at.Before(w.closed) && l.Kind != KindTier && l.Kind != KindBonus && l.Kind != KindPlacement {
			at = w.closed
		}
		if want, _, _ := SpanOf(w.deal.PeriodKind, w.deal.Zone, at); l.Period != want {
			return fmt.Errorf("a line that matures at %s enters %s, not %s", l.MaturesAt, l.Period, want)
		}
	}
	return nil
}
