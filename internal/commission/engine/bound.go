package engine

import (
	"fmt"

	"tributary/internal/fault"
	"tributary/internal/money"
)

// checkBound refuses a plan that could pay out more than max_total of a sale over the whole chain. The message shows an
// order that does. Fixed rewards have no share of a sale; of them only the upline's share of the sale counts.
func (p *Plan) checkBound() error {
	for i := range p.Rules {
		r := &p.Rules[i]
		for n := -1; n < len(r.overrides); n++ {
			reward := &r.Reward
			path := nth("rules", i)
			if n >= 0 {
				reward = &r.overrides[n].reward
				path += fmt.Sprintf(" (override for %s%s)", r.overrides[n].group, r.overrides[n].enrollment)
			}
			worst := p.worst(r, reward)
			if worst.total > p.bound {
				return fault.InvalidField(nth("rules", i), "PLAN_ABOVE_BOUND", "%s can pay %s of a sale, more than max_total %s: of an order of 100.00, %s",
					path, worst.total.Percent(), p.bound.Percent(), worst.example)
			}
		}
	}
	return nil
}

type worstCase struct {
	total   money.Rate
	example string
}

// worst gives the largest share of a sale that a reward and the levels can come to: at each level the dearest table.
func (p *Plan) worst(r *Rule, w *Reward) worstCase {
	seller := w.Percent
	for _, t := range w.Tiers {
		seller = max(seller, t.Rate)
	}
	if w.IsFixed {
		seller = 0
	}
	found := worstCase{total: seller, example: fmt.Sprintf("the seller gets %s", hundred(seller))}
	if !r.Levels {
		return found
	}
	below := seller
	for n := range p.Depth {
		d := p.dearest(n, found.total, below)
		found.total, below = found.total+d.adds, d.below
		found.example += fmt.Sprintf(", level %d%s %s", n+1, d.group, hundred(d.adds))
	}
	return found
}

// dear is the level, of all tables, that adds most, and the most that the next level may find below it.
type dear struct {
	adds, below money.Rate
	group       string
}

// dearest looks through the tables at one level. An override finds less below it than total when caps cut what is
// below; then it takes more itself, and a share of it is a share of more.
func (p *Plan) dearest(n int, total, below money.Rate) dear {
	var d dear
	consider := func(table []Level, group string) {
		if n >= len(table) {
			return
		}
		l := table[n]
		adds, most := l.Rate, l.Rate
		switch l.Of {
		case OfBelow:
			adds = (below*l.Rate + money.RateOne - 1) / money.RateOne // rounded up, to be sure
			most = adds
		case OfOverride:
			adds = max(l.Rate-total, 0)
		}
		d.below = max(d.below, most)
		if adds > d.adds {
			d.adds, d.group = adds, group
		}
	}
	consider(p.levels, "")
	for _, code := range sortedKeys(p.groupLevels) {
		consider(p.groupLevels[code], " in group "+code)
	}
	return d
}

func hundred(r money.Rate) string {
	return fmt.Sprintf("%d.%04d", int64(r)/10_000, int64(r)%10_000)
}
