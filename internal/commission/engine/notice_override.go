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

// squeezed looks for those who get what others leave: override levels get the difference to what is taken below them,
// and a cap over the program is shared by the chain. There a raise for one is a loss for another.
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
	more := func(b, a *Rule) {
		w.when(top > 0 && b.Levels && b.paysMore(a), "rule %s pays sellers more, which leaves less for the overrides above them", b.ID)
	}
	for i := range w.earlier.Rules {
		a := &w.earlier.Rules[i]
		if b := w.later.RuleByID(a.ID); b != nil {
			more(b, a)
			w.when(b.sharesCap() && w.later.Depth > 0 && (raised <= w.later.Depth || !a.Levels || b.ownCaps().paysMore(a.ownCaps())),
				"rule %s pays some of a chain more, which leaves less of its cap for the others", b.ID)
		}
	}
	w.eachTaken(more)
}

// sharesCap tells whether a cap cuts what the whole chain gets by the rule.
func (r *Rule) sharesCap() bool {
	return r.Levels && slices.ContainsFunc(r.Caps, func(k Cap) bool { return k.Scope == ScopeProgram })
}

// ownCaps gives the rule with those of its caps alone that cut the seller's line and no other.
func (r *Rule) ownCaps() *Rule {
	own := *r
	own.Caps = slices.DeleteFunc(slices.Clone(r.Caps), func(k Cap) bool { return k.Scope == ScopeProgram })
	return &own
}

// paysMore tells whether some seller may get more than by an earlier version.
func (r *Rule) paysMore(earlier *Rule) bool {
	beside := worse{}
	beside.overrides(r, earlier)
	return r.Reward.above(&earlier.Reward) || len(beside.found) > 0 || r.capsBelow(earlier)
}
