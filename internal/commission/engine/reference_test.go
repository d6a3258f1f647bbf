package engine

import (
	"math/big"
	"slices"
	"strings"
)

// The reference prices as docs/plan-file.md says, from the plan as it is written, with fractions and without the
// compiled plan: slow, plain, and of no code of the engine.

// due is one share that the reference finds.
type due struct {
	rule          string
	level         int
	who, via      ID
	basis, amount int64
}

// taken is what a rule takes of a conversion.
type taken struct {
	rule          *RuleSpec
	basis, weight int64
	items         []int // nil for the rest of the order
	dues          []due
}

type reference struct {
	*deal
	spec *PlanSpec
	c    *Case
	used func(capKey CapKey) Usage
	net  int64
}

func (l *deal) minor(text string) int64 {
	if text == "" {
		return 0
	}
	minor, err := parseMinor(text, l.Currency)
	if err != nil {
		panic(err)
	}
	return minor
}

var rates = map[string]*big.Rat{}

// percent reads a rate as a fraction.
func percent(text string) *big.Rat {
	if r := rates[text]; r != nil {
		return r
	}
	r, ok := new(big.Rat).SetString(strings.TrimSuffix(text, "%"))
	if !ok {
		panic("no rate: " + text)
	}
	rates[text] = r.Quo(r, big.NewRat(100, 1))
	return r
}

func fraction(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// halfEven rounds, and down cuts, a fraction that is not negative.
func halfEven(r *big.Rat) int64 {
	if r.Sign() < 0 {
		return -halfEven(new(big.Rat).Neg(r))
	}
	whole, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	switch rest.Lsh(rest, 1).Cmp(r.Denom()) {
	case 1:
		return whole.Int64() + 1
	case 0:
		return whole.Int64() + whole.Int64()%2
	}
	return whole.Int64()
}

func down(r *big.Rat) int64 { return new(big.Int).Quo(r.Num(), r.Denom()).Int64() }

func of(amount int64, rate *big.Rat) *big.Rat { return new(big.Rat).Mul(fraction(amount), rate) }

// share splits a whole by weights: each gets its part cut down, and the units left go to the largest remainders.
func share(whole int64, weights []int64) []int64 {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	parts, rests, left := make([]int64, len(weights)), make([]*big.Rat, len(weights)), whole
	for i, w := range weights {
		exact := new(big.Rat).Mul(fraction(whole), big.NewRat(w, sum))
		parts[i] = down(exact)
		rests[i] = exact.Sub(exact, fraction(parts[i]))
		left -= parts[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rests {
			if rests[i].Cmp(rests[best]) > 0 {
				best = i
			}
		}
		parts[best]++
		rests[best] = big.NewRat(-1, 1)
	}
	return parts
}

// pile is what no rule has taken yet.
type pile struct {
	bases, gross    []int64 // of the items
	free            []bool
	left, leftGross int64 // beside the items
}

// price gives what every rule takes and pays; false when a condition cannot be answered.
func (r *reference) price() (all []taken, ok bool) {
	s := &r.c.Sale
	r.net = r.basis(s)
	x := pile{left: r.net, leftGross: s.Gross}
	if slices.ContainsFunc(r.spec.Rules, func(rule RuleSpec) bool { return rule.Scope == "item" }) && len(s.Items) > 0 {
		x.bases, x.left = worths(r.net, s.Items)
		x.gross, x.leftGross = worths(s.Gross, s.Items)
		x.free = slices.Repeat([]bool{true}, len(s.Items))
	}
	for i := range r.spec.Rules {
		rule := &r.spec.Rules[i]
		if rule.Kind != "" && rule.Kind != s.Kind {
			continue
		}
		claim := x.rest
		if rule.Scope == "item" {
			claim = x.items
		}
		t, ok := claim(r, rule)
		switch {
		case !ok:
			return nil, false
		case t == nil:
			continue
		case t.items == nil && len(all) > 0 && t.basis == 0 && !slices.Contains(x.free, true):
			if t.weight > 0 { // what the plan excludes is refunded too
				all = append(all, *t)
			}
			return all, true // the rules for items took everything that earns
		}
		r.pay(t)
		if all = append(all, *t); t.items == nil {
			return all, true
		}
	}
	panic("no rule took the rest")
}

func (x *pile) items(r *reference, rule *RuleSpec) (t *taken, ok bool) {
	t = &taken{rule: rule}
	for n, free := range x.free {
		if !free {
			continue
		}
		answer, ok := r.takes(rule, &r.c.Sale.Items[n])
		if !ok {
			return nil, false
		}
		if answer {
			x.free[n] = false
			t.items, t.basis, t.weight = append(t.items, n), t.basis+x.bases[n], t.weight+x.gross[n]
		}
	}
	if t.items == nil {
		return nil, true
	}
	return t, true
}

func (x *pile) rest(r *reference, rule *RuleSpec) (t *taken, ok bool) {
	if answer, ok := r.holds(rule, nil); !ok || !answer {
		return nil, ok
	}
	t = &taken{rule: rule, basis: x.left, weight: x.leftGross}
	for n, free := range x.free {
		if free {
			t.basis, t.weight = t.basis+x.bases[n], t.weight+x.gross[n]
		}
	}
	return t, true
}

// worths gives what each item stands for, and what is left.
func worths(whole int64, items []Item) (parts []int64, left int64) {
	left = whole
	for _, i := range items {
		parts = append(parts, i.Minor)
		left -= i.Minor
	}
	if left < 0 {
		return share(whole, parts), 0
	}
	return parts, left
}

func (r *reference) basis(s *Sale) int64 {
	basis := s.Gross
	for part, minor := range map[string]int64{"tax": s.Tax, "shipping": s.Shipping, "discount": s.Discount} {
		if slices.Contains(r.spec.Exclude, part) {
			basis -= minor
		}
	}
	return max(basis, 0)
}

func (r *reference) holds(rule *RuleSpec, item *Item) (answer, ok bool) {
	if rule.When == "" {
		return true, true
	}
	return expressions[rule.When].holds(r.c, r.net, item)
}

func (r *reference) takes(rule *RuleSpec, item *Item) (answer, ok bool) {
	named := len(rule.SKUs)+len(rule.Categories) == 0 || slices.Contains(rule.SKUs, item.SKU) || slices.Contains(rule.Categories, item.Category)
	if !named {
		return false, true
	}
	return r.holds(rule, item)
}
