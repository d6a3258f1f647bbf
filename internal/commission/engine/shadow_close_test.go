package engine

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"
)

// compareClose proves what a close posts: nothing when the period was closed before.
func (w *shadow) compareClose(s *step, posted []Line) error {
	key, from, to := SpanOf(w.deal.PeriodKind, w.deal.Zone, s.at)
	var want []Line
	if n := w.planAt(to.Add(-time.Microsecond)); !w.periods[key] && n >= 0 {
		want = slices.Concat(w.tiersOf(key, to, posted), w.bonusesOf(key, &w.deal.specs[n]), w.feesOf(from, to, &w.deal.specs[n]))
	}
	w.periods[key] = true
	w.closed = to
	have := make([]Line, len(posted))
	for i, l := range posted {
		have[i] = Line{Share: Share{Enrollment: l.Enrollment, Amount: l.Amount}, RuleID: l.RuleID, Kind: l.Kind}
		if l.Period != key {
			return fmt.Errorf("a line of the close of %s is in %s", key, l.Period)
		}
	}
	order := func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.RuleID, b.RuleID), bytes.Compare(a.Enrollment[:], b.Enrollment[:]), cmp.Compare(a.Amount, b.Amount))
	}
	slices.SortFunc(want, order)
	slices.SortFunc(have, order)
	if !slices.EqualFunc(want, have, func(a, b Line) bool { return order(a, b) == 0 }) {
		return fmt.Errorf("the close of %s posts %+v, not %+v", key, have, want)
	}
	for _, l := range have {
		w.seen["close pays "+string(l.Kind)]++
	}
	posted = w.book.Lines
	if err := w.book.Close(s.at); err == nil || len(w.book.Lines) != len(posted) {
		return fmt.Errorf("a second close of %s posts %+v (%v)", key, w.book.Lines[len(posted):], err)
	}
	return nil
}

// tiersOf gives what rules that are settled by the period still owe: each version pays for its own volume, and the
// volumes of all of them reach a tier.
func (w *shadow) tiersOf(key string, to time.Time, posted []Line) (want []Line) {
	type seller struct {
		who  ID
		rule string
	}
	type sums struct{ volume, paid int64 }
	all := map[seller][]sums{} // by version, the latest first
	for _, l := range w.book.Lines[:len(w.book.Lines)-len(posted)] {
		o := w.byName[l.Source]
		if o == nil || l.Period != key || l.Level != 0 {
			continue
		}
		s := seller{l.Enrollment, l.RuleID}
		if all[s] == nil {
			all[s] = make([]sums, len(w.deal.plans))
		}
		n := slices.Index(w.deal.plans, o.plan)
		all[s][n].volume, all[s][n].paid = all[s][n].volume+l.Basis, all[s][n].paid+l.Amount
	}
	for s, versions := range all {
		tiers, whole, reached := make([]*TiersSpec, len(versions)), int64(0), int64(0)
		for n, spec := range w.deal.specs {
			i := slices.IndexFunc(spec.Rules, func(r RuleSpec) bool { return r.ID == s.rule })
			if i < 0 || spec.Rules[i].Tiers == nil || spec.Rules[i].Tiers.By != "period" {
				continue
			}
			member := w.members[s.who]
			r := reference{deal: w.deal, spec: &w.deal.specs[n], c: &Case{Sale: Sale{OccurredAt: to.Add(-time.Microsecond)}}}
			tiers[n], whole = r.rewardOf(&spec.Rules[i], &member).Tiers, whole+versions[n].volume
		}
		for n := len(versions) - 1; n >= 0; n-- {
			if tiers[n] == nil {
				continue
			}
			before := reached
			reached += versions[n].volume
			if owed := w.deal.tieredIn(tiers[n], whole, reached) - w.deal.tieredIn(tiers[n], whole, before) - versions[n].paid; owed != 0 {
				want = append(want, Line{Share: Share{Enrollment: s.who, Amount: owed}, RuleID: s.rule, Kind: KindTier})
			}
		}
		if used := slices.DeleteFunc(slices.Clone(versions), func(v sums) bool { return v == sums{} }); len(used) > 1 && tiers[0] != nil {
			w.seen["tiers of several versions"]++
		}
	}
	return want
}

// feesOf counts the days on which agreements are active, one by one.
func (w *shadow) feesOf(from, to time.Time, spec *PlanSpec) (want []Line) {
	for _, a := range w.agreements {
		i := slices.IndexFunc(spec.Placements, func(p PlacementSpec) bool { return p.ID == a.Placement })
		if i < 0 {
			continue
		}
		date := func(at time.Time) string { return at.In(w.deal.Zone).Format(time.DateOnly) }
		var active, all int64
		for at := from.Add(12 * time.Hour); date(at) < date(to); at = at.AddDate(0, 0, 1) {
			all++
			if date(at) >= date(a.From) && (a.Until.IsZero() || date(at) < date(a.Until)) {
				active++
			}
		}
		if fee := (w.deal.minor(spec.Placements[i].Fee)*active*2/all + 1) / 2; fee != 0 {
			if twice := w.deal.minor(spec.Placements[i].Fee) * active * 2; twice%all == 0 && twice/all%2 == 1 {
				fee -= fee % 2 // exactly half
			}
			want = append(want, Line{Share: Share{Enrollment: a.Enrollment, Amount: fee}, RuleID: a.Placement, Kind: KindPlacement})
		}
	}
	return slices.DeleteFunc(want, func(l Line) bool { return l.Amount == 0 })
}
