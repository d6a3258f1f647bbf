package engine

import (
	"fmt"
	"testing"

	"tributary/internal/money"
)

// raises are ways to make a copy of a plan pay somebody more, and perhaps somebody else less.
var raises = []func(d *dice, p *Plan){
	func(d *dice, p *Plan) { raiseReward(d, &pickOf(d, p.Rules).Reward) },
	func(d *dice, p *Plan) {
		if w := &pickOf(d, p.Rules).Reward; len(w.Tiers) > 0 {
			raise(d, (*int64)(&pickOf(d, w.Tiers).Rate))
			w.Percent, w.Marginal = w.Tiers[0].Rate, w.Marginal && d.in(60)
		}
	},
	func(d *dice, p *Plan) {
		if r := pickOf(d, p.Rules); len(r.overrides) > 0 {
			o := pickOf(d, r.overrides)
			o.until = pick(d, o.until, o.until.AddDate(0, 1, 0))
			raiseReward(d, &o.reward)
		}
	},
	func(d *dice, p *Plan) {
		if len(p.levels) > 0 {
			raise(d, (*int64)(&pickOf(d, p.levels).Rate))
		}
	},
	func(d *dice, p *Plan) {
		if r := pickOf(d, p.Rules); len(r.Caps) > 0 {
			raise(d, &pickOf(d, r.Caps).AmountMinor)
		}
	},
	func(d *dice, p *Plan) {
		if r := pickOf(d, p.Rules); len(r.overrides) > 0 {
			r.overrides = r.overrides[1:]
		}
	},
	func(d *dice, p *Plan) {
		n := *pickOf(d, p.Rules)
		n.ID = "new"
		raiseReward(d, &n.Reward)
		n.Levels, n.UniqueCustomer = n.Levels && d.in(70), n.UniqueCustomer || d.in(30)
		p.Rules = append([]Rule{n}, p.Rules...)
	},
}

func raise(d *dice, amount *int64) { *amount += d.between(0, max(*amount/3, 1)) }

func raiseReward(d *dice, w *Reward) {
	switch {
	case w.IsFixed:
		raise(d, &w.FixedMinor)
	case len(w.Tiers) == 0:
		raise(d, (*int64)(&w.Percent))
	}
}

// TestWhatNeedsNoNoticePaysNobodyLess changes plans, and where no notice is asked for prices the same cases by both: no
// enrollment gets less. Rounding against the bound, and caps on the program, which all share, are left out.
func TestWhatNeedsNoNoticePaysNobodyLess(t *testing.T) {
	tries, asked := 0, 0
	for n := range 400 {
		d := numbered(testNotice, 1000+n)
		l := drawDeal(t, d, &tries)
		l.plans, l.specs = l.plans[:1], l.specs[:1]
		p := l.plans[0]
		for i := range p.Rules {
			for c := range p.Rules[i].Caps {
				p.Rules[i].Caps[c].Scope = ScopeEnrollment
			}
		}
		p.bound = money.RateOne
		w := newShadow(l, features{})
		for _, s := range direct(d, l, "", 10).steps {
			_ = s.play(w.book)
		}
		for range 12 {
			later := copied(p)
			pick(d, raises...)(d, later)
			if len(later.Worse(p)) > 0 {
				continue
			}
			for _, e := range w.book.order {
				c := Case{Sale: e.sale, Touch: e.touch, Customer: w.book.customerOf(e), Chain: w.book.chainOf(e, p)}
				if less, err := paysLess(later, p, &c); err != nil {
					t.Fatalf("plan %d: %v", n, err)
				} else if less {
					asked++
				}
			}
		}
	}
	if asked < 5_000 {
		t.Errorf("only %d cases were priced", asked)
	}
}

// paysLess prices a case by two plans; false when a condition cannot be answered.
func paysLess(later, earlier *Plan, c *Case) (priced bool, err error) {
	var had, gets Outcome
	if earlier.Price(c, frozenUsage{}, &had) != nil || later.Price(c, frozenUsage{}, &gets) != nil {
		return false, nil
	}
	sums := map[ID]int64{}
	for _, s := range gets.Shares {
		sums[s.Enrollment] += s.Amount
	}
	for _, s := range had.Shares {
		sums[s.Enrollment] -= s.Amount
	}
	for _, s := range had.Shares {
		if sums[s.Enrollment] < 0 {
			return false, fmt.Errorf("level %d gets %d less: %+v, not %+v", s.Level, -sums[s.Enrollment], gets.Shares, had.Shares)
		}
	}
	return true, nil
}
