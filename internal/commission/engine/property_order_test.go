package engine

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// independentSalesDoNotMeet plays what happens in two trees, whose customers are others too, one after the other and
// mixed: everybody gets the same lines. Caps over groups and the program are shared, so that plans with those are left
// out; false then.
func independentSalesDoNotMeet(d *dice, l *deal) (bool, error) {
	for _, p := range l.plans {
		for _, r := range p.Rules {
			if slices.ContainsFunc(r.Caps, func(k Cap) bool { return k.counts() && k.Scope != ScopeEnrollment }) {
				return false, nil
			}
		}
	}
	one, other := direct(d, l, "", 6), direct(d, l, "y", 6)
	noClose := func(s step) bool { return s.do == "close" }
	left, right := slices.DeleteFunc(one.steps, noClose), slices.DeleteFunc(other.steps, noClose)
	apart := slices.Concat(left, right)
	var mixed []step
	for len(left)+len(right) > 0 {
		if len(right) == 0 || (len(left) > 0 && d.in(50)) {
			mixed, left = append(mixed, left[0]), left[1:]
		} else {
			mixed, right = append(mixed, right[0]), right[1:]
		}
	}
	var lines [2][]Line
	for i, steps := range [][]step{apart, mixed} {
		for end := newYear.AddDate(0, 0, -14); end.Before(newYear.AddDate(0, 6, 0)); { // and all that closes settle
			_, _, end = SpanOf(l.PeriodKind, l.Zone, end.Add(time.Hour))
			steps = append(steps, step{do: "close", at: end.Add(-time.Hour)})
		}
		lines[i] = (&director{deal: l, steps: steps}).rebuild().Lines
		slices.SortStableFunc(lines[i], func(a, b Line) int {
			return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(string(a.Enrollment[:]), string(b.Enrollment[:])))
		})
	}
	if !slices.Equal(lines[0], lines[1]) {
		return true, fmt.Errorf("apart they come to %+v, mixed to %+v", lines[0], lines[1])
	}
	return true, nil
}
