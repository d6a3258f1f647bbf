package engine

import (
	"math/bits"
	"slices"

	"tributary/internal/money"
)

// Share is one line to be paid: Level counts paid levels, 0 is the seller.
type Share struct {
	Rule       *Rule
	Portion    int // of Outcome.Portions
	Enrollment ID
	Via        ID // the member one paid level below; zero for the seller
	Level      int
	Basis      int64
	Rate       money.Rate // 0 for a fixed reward or tiers
	Amount     int64
}

// Portion is the part of a conversion that one rule took.
type Portion struct {
	Rule   *Rule
	Basis  int64
	Weight int64 // of the conversion's gross amount, in minor units of the program's currency
	Items  []int // the items it took; nil for what is left of the order
	Idle   bool  // only what the plan excludes is left: it weighs in a refund, and earns nothing
	Why    Refusal
}

// Refusal says why a rule that took a portion pays nothing for it.
type Refusal string

// The refusals.
const (
	NotRefused   Refusal = ""
	RunOut       Refusal = "RUN_OUT"       // the recurring limit is reached
	NotUnique    Refusal = "NOT_UNIQUE"    // the customer had a conversion of this kind before
	FieldMissing Refusal = "FIELD_MISSING" // a required field is not there
)

// Use is what a conversion takes of one counter.
type Use struct {
	Key   CapKey
	Usage Usage
}

// Outcome is what a case comes to. It may be used again for the next case, which then reuses its memory.
type Outcome struct {
	Portions []Portion
	Shares   []Share // by portion, and by level in each
	Trace    *Trace  // filled when it is not nil

	facts activation
	taken []bool
	bases []int64
	gross []int64
}

// Nothing makes the outcome that of a conversion which does not count.
func (out *Outcome) Nothing() {
	out.Portions, out.Shares = out.Portions[:0], out.Shares[:0]
}

// Basis gives what commissions are a share of: gross less what the plan excludes, never below zero.
func (p *Plan) Basis(s *Sale) int64 {
	basis := s.Gross
	if p.LessTax {
		basis -= s.Tax
	}
	if p.LessShipping {
		basis -= s.Shipping
	}
	if p.LessDiscount {
		basis -= s.Discount
	}
	return max(basis, 0)
}

// Price works out what a case pays. Every paid member of the chain has a share, also where the amount rounds to
// nothing: the shares name the chain and its levels for every later correction. The seller is paid whatever its
// standing, since attribution has decided that. A rule that can pay nobody makes no shares; one that takes a sale and
// refuses it makes one of nothing for the seller, without a basis, so that no tier or goal counts it. Counters may be nil when the plan needs no caps. Amounts are rounded
// half to even line by line; all lines of a rule together come to no more than max_total of its basis, rounded likewise.
// Returns a ConditionError when a condition cannot be answered; code AMOUNT_OVERFLOW.
func (p *Plan) Price(c *Case, counters Counters, out *Outcome) error {
	out.Nothing()
	out.facts = activation{c: c, net: p.Basis(&c.Sale)}
	if t := out.Trace; t != nil {
		t.reset(p, c, out.facts.net)
	}
	if err := p.portion(c, out); err != nil {
		return err
	}
	for i := range out.Portions {
		if out.Portions[i].Idle {
			continue
		}
		if err := p.pay(c, counters, out, i); err != nil {
			return err
		}
	}
	return nil
}

// portion shares the conversion out among the rules.
func (p *Plan) portion(c *Case, out *Outcome) error {
	left, leftGross := out.facts.net, c.Sale.Gross
	out.bases, out.gross, out.taken = out.bases[:0], out.gross[:0], out.taken[:0]
	if p.hasItems {
		var err error
		if left, leftGross, err = out.allocate(&c.Sale); err != nil {
			return err
		}
	}
	untaken := len(out.bases)
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Kind != "" && r.Kind != c.Sale.Kind {
			out.Trace.rule(r, OtherKind, "")
			continue
		}
		if r.Item {
			took, err := out.takeItems(r, c)
			if err != nil {
				return err
			}
			untaken -= took
			continue
		}
		ok, err := r.holds(&out.facts)
		if err != nil {
			return err
		}
		if !ok {
			out.Trace.rule(r, ConditionFalse, r.when.text)
			continue
		}
		for n := range out.bases {
			if !out.taken[n] {
				left, leftGross = left+out.bases[n], leftGross+out.gross[n]
			}
		}
		idle := len(out.Portions) > 0 && untaken == 0 && left == 0
		if idle {
			out.Trace.rule(r, NothingLeft, "")
		} else {
			out.Trace.rule(r, Matched, "")
		}
		if !idle || leftGross > 0 {
			out.Portions = append(out.Portions, Portion{Rule: r, Basis: left, Weight: leftGross, Idle: idle, Why: r.refusal(c)})
		}
		return nil
	}
	return nil // not reached: the last rule takes everything
}

// takeItems gives the rule the items that it takes, as one portion, and their number.
func (out *Outcome) takeItems(r *Rule, c *Case) (int, error) {
	portion := Portion{Rule: r, Why: r.refusal(c)}
	for n := range c.Sale.Items {
		if out.taken[n] {
			continue
		}
		ok, err := r.takes(&out.facts, &c.Sale.Items[n])
		if err != nil {
			return 0, err
		}
		if ok {
			out.taken[n] = true
			portion.Items = append(portion.Items, n)
			portion.Basis += out.bases[n]
			portion.Weight += out.gross[n]
		}
	}
	if portion.Items == nil {
		out.Trace.rule(r, NoItems, "")
		return 0, nil
	}
	out.Trace.rule(r, Matched, "")
	out.Portions = append(out.Portions, portion)
	return len(portion.Items), nil
}

// allocate says how much of the basis, and of the gross amount, each item stands for, and what is left beside them. An
// item stands for its own amount; when the items together exceed the whole (a discount on the order), the whole is
// split in proportion to them, to the unit.
func (out *Outcome) allocate(s *Sale) (left, leftGross int64, err error) {
	n := len(s.Items)
	out.taken = slices.Grow(out.taken[:0], n)[:n]
	clear(out.taken)
	if out.bases, left, err = standFor(out.facts.net, s.Items); err != nil {
		return 0, 0, err
	}
	out.gross, leftGross, err = standFor(s.Gross, s.Items)
	return left, leftGross, err
}

func standFor(whole int64, items []Item) (parts []int64, left int64, err error) {
	parts = make([]int64, len(items))
	var sum int64
	for i, item := range items {
		parts[i] = item.Minor
		if sum, err = money.AddMinor(sum, item.Minor); err != nil {
			return nil, 0, err
		}
	}
	if sum <= whole {
		return parts, whole - sum, nil
	}
	parts, err = money.SplitMinor(whole, parts)
	return parts, 0, err
}

// refusal tells whether the rule refuses what it takes.
func (r *Rule) refusal(c *Case) Refusal {
	u := &c.Customer
	switch {
	case r.Count > 0 && u.Before >= r.Count:
		return RunOut
	case r.Months > 0 && !u.FirstAt.IsZero() && !c.Sale.OccurredAt.Before(u.FirstAt.UTC().AddDate(0, r.Months, 0)):
		return RunOut
	case r.UniqueCustomer && !u.Known:
		return FieldMissing
	case r.UniqueCustomer && u.BeforeKind > 0:
		return NotUnique
	}
	for _, field := range r.Require {
		if !c.has(field) {
			return FieldMissing
		}
	}
	return NotRefused
}

func (c *Case) has(field string) bool {
	switch field {
	case "customer":
		return c.Customer.Known
	case "country":
		return c.Sale.Country != ""
	case "coupon":
		return c.Sale.Coupon != ""
	case "items":
		return len(c.Sale.Items) > 0
	default:
		return c.Sale.Metadata[field[len("metadata."):]] != ""
	}
}

// pay adds the shares of one portion.
func (p *Plan) pay(c *Case, counters Counters, out *Outcome, n int) error {
	portion := &out.Portions[n]
	r, seller := portion.Rule, &c.Chain[0]
	first := len(out.Shares)
	share := Share{Rule: r, Portion: n, Enrollment: seller.ID, Basis: portion.Basis}
	if portion.Why != NotRefused {
		share.Basis = 0
		out.Trace.refused(portion)
		out.Shares = append(out.Shares, share)
		return nil
	}
	reward, overridden := r.rewardFor(seller, c.Sale.OccurredAt)
	if !p.pays(r, reward) {
		out.Trace.paysNobody(r)
		return nil
	}
	amount, rate, err := reward.of(portion.Basis)
	if err != nil {
		return err
	}
	share.Amount, share.Rate = amount, rate
	out.Trace.reward(r, reward, overridden, &share)
	p.capSeller(c, counters, out, r, &share)
	out.Shares = append(out.Shares, share)
	if r.Levels {
		if err := p.climb(c, out, n, first); err != nil {
			return err
		}
	}
	if err := p.trim(out, reward, portion.Basis, first); err != nil {
		return err
	}
	return p.capChain(c, counters, out, r, first)
}

// of works out a reward; the rate is 0 for a fixed one and for tiers, whose rates differ.
func (w *Reward) of(basis int64) (int64, money.Rate, error) {
	switch {
	case w.IsFixed:
		return w.FixedMinor, 0, nil
	case len(w.Tiers) > 0 && !w.ByPeriod:
		amount, err := w.Tiered(basis)
		return amount, 0, err
	default:
		amount, err := shareOf(basis, w.Percent)
		return amount, w.Percent, err
	}
}

// Tiered gives what a volume earns by the tiers: at the rate reached, or each part at its own rate, where the parts
// are summed exactly and rounded once. A volume below zero earns the first rate, so that it takes back what it gave.
func (w *Reward) Tiered(volume int64) (int64, error) { return w.tieredIn(volume, volume) }

// tieredIn is Tiered for a part of a whole, which tells the rate reached.
func (w *Reward) tieredIn(whole, volume int64) (int64, error) {
	reached := w.reached(whole, volume)
	if !w.Marginal || reached == 0 {
		return shareOf(volume, w.Tiers[reached].Rate)
	}
	var units, parts int64 // of amounts times rates: whole units, and what is left in parts per million
	for i := 0; i <= reached; i++ {
		to := volume
		if i < reached {
			to = w.Tiers[i+1].FromMinor
		}
		hi, lo := bits.Mul64(uint64(to-w.Tiers[i].FromMinor), uint64(w.Tiers[i].Rate))
		quotient, rest := bits.Div64(hi, lo, uint64(money.RateOne)) // a rate is at most one, so the quotient fits
		units, parts = units+int64(quotient), parts+int64(rest)
	}
	units, parts = units+parts/int64(money.RateOne), parts%int64(money.RateOne)
	if twice := 2 * parts; twice > int64(money.RateOne) || (twice == int64(money.RateOne) && units&1 == 1) {
		units++
	}
	return units, nil
}

// reached gives the tier that a part of a whole comes to: each part its own, or all that of the whole.
func (w *Reward) reached(whole, volume int64) int {
	if !w.Marginal {
		volume = whole
	}
	n := 0
	for n+1 < len(w.Tiers) && volume >= w.Tiers[n+1].FromMinor {
		n++
	}
	return n
}

func shareOf(basis int64, rate money.Rate) (int64, error) {
	return money.MulDivHalfEven(basis, int64(rate), int64(money.RateOne))
}

// pays tells whether a rule with this reward can pay anybody anything, whatever the sale.
func (p *Plan) pays(r *Rule, w *Reward) bool {
	if w.IsFixed && w.FixedMinor > 0 || w.Percent > 0 || slices.ContainsFunc(w.Tiers, func(t Tier) bool { return t.Rate > 0 }) {
		return true
	}
	if !r.Levels {
		return false
	}
	own := func(l Level) bool { return l.Rate > 0 && l.Of != OfBelow }
	for _, table := range p.groupLevels {
		if slices.ContainsFunc(table, own) {
			return true
		}
	}
	return slices.ContainsFunc(p.levels, own)
}

// trim takes back, from the top down, what rounding line by line put above max_total of the basis, which is rounded by
// the same rule, so that a seller alone at the bound gets what its rate says. A fixed reward is no share of it.
func (p *Plan) trim(out *Outcome, w *Reward, basis int64, first int) error {
	if w.IsFixed {
		return nil
	}
	var total int64
	for _, s := range out.Shares[first:] {
		total += s.Amount
	}
	limit, err := shareOf(basis, p.bound)
	for i := len(out.Shares) - 1; err == nil && i >= first && total > limit; i-- {
		back := min(total-limit, out.Shares[i].Amount)
		out.Shares[i].Amount -= back
		total -= back
		out.Trace.trimmed(&out.Shares[i], back)
	}
	return err
}
