package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Worse gives the ways in which a plan could pay somebody less than an earlier one, as sentences; none when it cannot.
// What cannot be compared counts as worse: a change that only looks harmless must not slip past the notice.
func (p *Plan) Worse(earlier *Plan) []string {
	w := worse{earlier: earlier, later: p}
	w.terms()
	w.levels()
	for i := range earlier.Rules {
		w.rule(&earlier.Rules[i])
	}
	w.inserted()
	w.squeezed()
	w.bonuses()
	return w.found
}

type worse struct {
	earlier, later *Plan
	found          []string
}

func (w *worse) when(is bool, format string, args ...any) {
	if is {
		w.found = append(w.found, fmt.Sprintf(format, args...))
	}
}

func (w *worse) terms() {
	a, b := w.earlier, w.later
	w.when(b.Hold > a.Hold, "the hold is longer")
	w.when(b.LessTax && !a.LessTax, "tax is excluded")
	w.when(b.LessShipping && !a.LessShipping, "shipping is excluded")
	w.when(b.LessDiscount && !a.LessDiscount, "discounts are excluded")
	w.when(b.NoticeDays < a.NoticeDays, "the notice is shorter") // or the next version could come at once
	w.when(a.Policy != b.Policy, "ineligible uplines are treated otherwise")
	w.when(a.RenewalsFrozen && !b.RenewalsFrozen, "renewals no longer keep the plan of the first sale")
	w.when(b.bound < a.bound, "max_total is lower") // rounding is cut to it
	w.eligibility()
	w.basis()
}

func (w *worse) eligibility() {
	a, b := w.earlier, w.later
	if a.Eligible == b.Eligible {
		return
	}
	w.when(b.Eligible != Eligible{}, "eligibility asks for something else")
	w.when(b.Eligible == Eligible{} && a.Policy == Compress && b.Depth > 0, "uplines that were skipped take a level from those above them")
}

// basis looks for those to whom a larger basis is a loss.
func (w *worse) basis() {
	a, b := w.earlier, w.later
	if (!a.LessTax || b.LessTax) && (!a.LessShipping || b.LessShipping) && (!a.LessDiscount || b.LessDiscount) {
		return
	}
	for i := range b.Rules {
		r := &b.Rules[i]
		w.when(r.when != nil && r.when.byBasis, "less is excluded, and rule %s asks how much is left", r.ID)
		w.when(r.falls(), "less is excluded, and rule %s pays less for more", r.ID)
	}
	w.when(b.Eligible.VolumeMinor > 0 && b.Policy == Compress && b.Depth > 0, "less is excluded, and uplines that were skipped take a level from those above them")
}

// falls tells whether some reward of the rule pays a lower rate for all of a larger volume.
func (r *Rule) falls() bool {
	falls := func(w *Reward) bool { return !w.Marginal && !w.rises() }
	return falls(&r.Reward) || slices.ContainsFunc(r.overrides, func(o override) bool { return falls(&o.reward) })
}

func (w *worse) levels() {
	a, b := w.earlier, w.later
	w.when(lowerLevels(a.levels, b.levels), "a level pays less")
	for _, group := range slices.Sorted(maps.Keys(a.groupLevels)) {
		w.when(lowerLevels(a.groupLevels[group], b.table(group)), "a level of group %s pays less", group)
	}
	for _, group := range slices.Sorted(maps.Keys(b.groupLevels)) {
		w.when(lowerLevels(a.table(group), b.groupLevels[group]), "a level of group %s pays less", group)
	}
}

func lowerLevels(a, b []Level) bool {
	for i, l := range a {
		if i >= len(b) || b[i].Of != l.Of || b[i].Rate < l.Rate {
			return true
		}
	}
	return false
}

func (w *worse) rule(a *Rule) {
	b := w.later.RuleByID(a.ID)
	if b == nil {
		w.when(true, "rule %s is gone", a.ID)
		return
	}
	w.when(!a.sameScope(b), "rule %s takes other conversions", a.ID)
	w.pay(a, b)
}

// pay compares what two rules pay for the same conversions.
func (w *worse) pay(a, b *Rule) {
	w.when(a.Reward.above(&b.Reward), "rule %s pays less", a.ID)
	w.when(a.Levels && !b.Levels, "rule %s pays no upline any more", a.ID)
	w.when(shorter(a.Months, b.Months) || shorter(a.Count, b.Count), "rule %s pays for a shorter time", a.ID)
	w.when(b.MinAge > a.MinAge || (b.UniqueCustomer && !a.UniqueCustomer) || !containsAll(a.Require, b.Require), "rule %s asks for more", a.ID)
	w.when(a.capsBelow(b), "rule %s has a lower cap", a.ID)
	w.overrides(a, b)
}

func (r *Rule) sameScope(o *Rule) bool {
	text := func(r *Rule) string {
		if r.when == nil {
			return ""
		}
		return r.when.text
	}
	return r.Kind == o.Kind && r.Item == o.Item && text(r) == text(o) && maps.Equal(r.skus, o.skus) && maps.Equal(r.categories, o.categories)
}

// above tells whether a reward can pay more than another.
func (w *Reward) above(o *Reward) bool {
	switch {
	case w.IsFixed != o.IsFixed || w.ByPeriod != o.ByPeriod || (len(w.Tiers) > 0) != (len(o.Tiers) > 0):
		return true
	case w.IsFixed:
		return w.FixedMinor > o.FixedMinor
	case len(w.Tiers) == 0:
		return w.Percent > o.Percent
	case o.Marginal && !w.Marginal, w.Marginal && !o.Marginal && !o.rises():
		return true
	}
	for _, t := range append(slices.Clone(w.Tiers), o.Tiers...) {
		if w.rateAt(t.FromMinor) > o.rateAt(t.FromMinor) {
			return true
		}
	}
	return false
}

// tiered tells whether what the rule pays for one thing depends on what else it takes.
func (r *Rule) tiered() bool {
	return len(r.Reward.Tiers) > 0 || slices.ContainsFunc(r.overrides, func(o override) bool { return len(o.reward.Tiers) > 0 })
}

// rises tells whether no tier pays a lower rate than one before it.
func (w *Reward) rises() bool {
	return slices.IsSortedFunc(w.Tiers, func(x, y Tier) int { return cmp.Compare(x.Rate, y.Rate) })
}

func (w *Reward) rateAt(volume int64) (rate int64) {
	for _, t := range w.Tiers {
		if volume >= t.FromMinor {
			rate = int64(t.Rate)
		}
	}
	return rate
}

// shorter compares limits of which 0 means none.
func shorter(a, b int) bool { return b != 0 && (a == 0 || b < a) }

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}

// capsBelow tells whether the other rule has a cap that this one has not, or a lower one.
func (r *Rule) capsBelow(o *Rule) bool {
	return slices.ContainsFunc(o.Caps, func(k Cap) bool {
		i := slices.IndexFunc(r.Caps, func(had Cap) bool { return had.Per == k.Per && had.Scope == k.Scope })
		return i < 0 || lowerLimit(r.Caps[i].AmountMinor, k.AmountMinor) || lowerLimit(r.Caps[i].Count, k.Count)
	})
}

func lowerLimit(a, b int64) bool { return b != 0 && (a == 0 || b < a) }

// inserted looks for new rules that stand before old ones and could take a conversion for less, and for another order.
func (w *worse) inserted() {
	w.eachTaken(func(n, o *Rule) {
		beside := worse{earlier: w.earlier, later: w.later}
		beside.pay(o, n)
		w.when(len(beside.found) > 0, "rule %s takes conversions of rule %s for less", n.ID, o.ID)
		w.when(o.tiered() && (o.Reward.ByPeriod || n.Item), "rule %s takes volume from the tiers of rule %s", n.ID, o.ID)
	})
	position := func(p *Plan, id string) int {
		return slices.IndexFunc(p.Rules, func(r Rule) bool { return r.ID == id })
	}
	last := -1
	for i := range w.earlier.Rules {
		at := position(w.later, w.earlier.Rules[i].ID)
		if at >= 0 {
			w.when(at < last, "the rules are asked in another order")
			last = max(last, at)
		}
	}
}

// eachTaken calls for each new rule and each old one that it stands before.
func (w *worse) eachTaken(see func(n, o *Rule)) {
	for i := range w.later.Rules {
		n := &w.later.Rules[i]
		if w.earlier.RuleByID(n.ID) != nil {
			continue
		}
		for j := i + 1; j < len(w.later.Rules); j++ {
			o := w.earlier.RuleByID(w.later.Rules[j].ID)
			if o != nil && (n.Kind == "" || o.Kind == "" || n.Kind == o.Kind) {
				see(n, o)
			}
		}
	}
}

func (w *worse) bonuses() {
	for _, a := range w.earlier.Bonuses {
		i := slices.IndexFunc(w.later.Bonuses, func(b Bonus) bool { return b.ID == a.ID })
		if i < 0 {
			w.when(true, "bonus %s is gone", a.ID)
			continue
		}
		b := w.later.Bonuses[i]
		w.when(b.AmountMinor < a.AmountMinor, "bonus %s is lower", a.ID)
		a.AmountMinor, b.AmountMinor = 0, 0
		w.when(a != b, "bonus %s is for something else", a.ID)
	}
	for _, a := range w.earlier.Placements {
		i := slices.IndexFunc(w.later.Placements, func(b Placement) bool { return b.ID == a.ID })
		w.when(i < 0 || w.later.Placements[i].FeeMinor < a.FeeMinor, "placement %s pays less", a.ID)
	}
}

// EarliestFor gives from when a version that is worse may hold: the notice of the version that it replaces, from now.
func (p *Plan) EarliestFor(now time.Time) time.Time { return now.AddDate(0, 0, p.NoticeDays) }
