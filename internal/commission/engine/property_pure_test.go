package engine

import (
	"fmt"
	"slices"
)

// frozenUsage is the usage of caps at which the shadow priced an order.
type frozenUsage map[CapKey]Usage

// Usage reads it.
func (u frozenUsage) Usage(k CapKey) Usage { return u[k] }

// pricingIsPure prices every case with an outcome of its own, and then twice with one that others used in between,
// with a trace and without. The trace must add up to the shares.
func pricingIsPure(d *dice, w *shadow) error {
	var shared Outcome
	for range 2 {
		for _, o := range w.orders {
			if o.plan == nil {
				continue
			}
			var own Outcome
			if err := o.plan.Price(&o.facts, frozenUsage(o.used), &own); err != nil {
				return err
			}
			shared.Trace = nil
			if d.in(50) {
				shared.Trace = &Trace{Gross: 1, Less: []Deduction{{"stale", 1}}, Rules: make([]RuleStep, 3), Portions: make([]PortionStep, 2)}
			}
			if err := o.plan.Price(&o.facts, frozenUsage(o.used), &shared); err != nil {
				return err
			}
			if !slices.Equal(own.Shares, shared.Shares) {
				return fmt.Errorf("%s comes to %+v, and to %+v after others", o.name, own.Shares, shared.Shares)
			}
			if err := traceAddsUp(w, o, &shared); err != nil {
				return err
			}
		}
	}
	return nil
}

// traceAddsUp follows the amounts of a trace to the shares.
func traceAddsUp(w *shadow, o *order, out *Outcome) error {
	t := out.Trace
	if t == nil {
		return nil
	}
	r := reference{deal: w.deal, spec: o.spec}
	net := t.Gross
	for _, less := range t.Less {
		net -= less.Minor
	}
	if t.Gross != o.facts.Sale.Gross || t.Net != r.basis(&o.facts.Sale) || t.Net != max(net, 0) || len(t.Less) != len(o.spec.Exclude) {
		return fmt.Errorf("the trace of %s goes from %d by %v to %d", o.name, t.Gross, t.Less, t.Net)
	}
	portions := slices.DeleteFunc(slices.Clone(out.Portions), func(p Portion) bool { return p.Idle }) // the last, if any
	if len(t.Portions) != len(portions) {
		return fmt.Errorf("the trace of %s has %d portions, not %d", o.name, len(t.Portions), len(portions))
	}
	for i := range t.Portions {
		x, sums := &t.Portions[i], map[int]int64{}
		for _, s := range out.Shares {
			if s.Portion == i {
				sums[s.Level] = s.Amount
			}
		}
		if x.RuleID != out.Portions[i].Rule.ID || x.PaysNobody != (len(sums) == 0) {
			return fmt.Errorf("the trace of %s says rule %s (pays nobody: %v), the portion %s", o.name, x.RuleID, x.PaysNobody, out.Portions[i].Rule.ID)
		}
		if err := x.addsUp(sums); err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
	}
	return nil
}

func (x *PortionStep) addsUp(sums map[int]int64) error {
	seller := x.Seller.Amount
	var own []CapStep
	var program []CapStep
	for _, k := range x.Caps {
		if k.Cap.Scope == ScopeProgram {
			program = append(program, k)
		} else {
			own = append(own, k)
		}
	}
	for _, k := range own {
		if k.Before != seller || k.After > seller {
			return fmt.Errorf("cap %+v does not follow on %d", k, seller)
		}
		seller = k.After
	}
	want := map[int]int64{0: seller}
	for _, l := range x.Levels {
		if l.Verdict == Paid {
			want[l.Level] = l.Share.Amount
		}
	}
	var trimmed int64
	for _, trim := range x.Trims {
		want[trim.Level] -= trim.Minor
		trimmed += trim.Minor
	}
	if trimmed > int64(len(want)) { // a plan that compiles exceeds its bound by rounding alone
		return fmt.Errorf("%d are trimmed off %d lines", trimmed, len(want))
	}
	var total, have int64
	for level, amount := range want {
		total += amount
		have += sums[level]
		if len(program) == 0 && sums[level] != amount {
			return fmt.Errorf("level %d of the trace has %d, the share %d", level, amount, sums[level])
		}
	}
	for _, k := range program {
		if k.Before != total || k.After > total {
			return fmt.Errorf("cap %+v does not follow on %d", k, total)
		}
		total = k.After
	}
	if total != have {
		return fmt.Errorf("the trace comes to %d, the shares to %d", total, have)
	}
	return nil
}
