package engine

import (
	"slices"
	"time"
)

// overrides compares what a rule pays whomever an override of either version names, whenever one begins or ends.
func (w *worse) overrides(a, b *Rule) {
	all := slices.Concat(a.overrides, b.overrides)
	codes, groups := map[string]bool{"": true}, map[string]bool{"": true}
	for _, o := range all {
		codes[o.enrollment], groups[o.group] = true, true
	}
	for _, code := range sortedKeys(codes) {
		for _, group := range sortedKeys(groups) {
			if w.overridden(a, b, &Member{Code: code, Group: group}, all) {
				return
			}
		}
	}
}

// overridden tells of one member, and whether an override pays it less.
func (w *worse) overridden(a, b *Rule, m *Member, all []override) bool {
	instants := []time.Time{{}}
	for _, o := range all {
		if (o.enrollment == "" || o.enrollment == m.Code) && (o.group == "" || o.group == m.Group) {
			instants = append(instants, o.from, o.until)
		}
	}
	for _, at := range instants {
		had, byOverride := a.rewardFor(m, at)
		gets, stillOverride := b.rewardFor(m, at)
		if (byOverride || stillOverride) && had.above(gets) {
			w.when(stillOverride, "an override of rule %s is lower", a.ID)
			w.when(!stillOverride, "an override of rule %s is gone", a.ID)
			return true
		}
	}
	return false
}

// squeezed looks for override levels that find more taken below them: they pay the difference, so that a raise below is
// a loss above.
func (w *worse) squeezed() {
	top := 0 // the highest override level, counted from 1
	raised := len(w.later.levels) + 1
	for _, group := range append(slices.Concat(sortedKeys(w.earlier.groupLevels), sortedKeys(w.later.groupLevels)), "") {
		had := w.earlier.table(group)
		for i, l := range w.later.table(group) {
			if l.Of == OfOverride {
				top = max(top, i+1)
			}
			if i >= len(had) || l.Rate > had[i].Rate {
				raised = min(raised, i+1)
			}
		}
	}
	w.when(raised < top, "a level pays more, which leaves less for the overrides above it")
	if top == 0 {
		return
	}
	more := func(b, a *Rule) {
		w.when(b.Levels && b.paysMore(a), "rule %s pays sellers more, which leaves less for the overrides above them", b.ID)
	}
	for i := range w.earlier.Rules {
		if b := w.later.RuleByID(w.earlier.Rules[i].ID); b != nil {
			more(b, &w.earlier.Rules[i])
		}
	}
	w.eachTaken(more)
}

// paysMore tells whether some seller may get more than by an earlier version.
func (r *Rule) paysMore(earlier *Rule) bool {
	beside := worse{}
	beside.overrides(r, earlier)
	return r.Reward.above(&earlier.Reward) || len(beside.found) > 0 || r.capsBelow(earlier)
}
