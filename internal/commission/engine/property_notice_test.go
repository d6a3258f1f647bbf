package engine

import (
	"fmt"
	"slices"
	"testing"

	"tributary/internal/money"
)

// cuts are the ways to make a copy of a plan pay less; false when the plan has nothing of the kind.
var cuts = map[string]func(d *dice, p *Plan) bool{
	"percent": func(d *dice, p *Plan) bool {
		w := &pickOf(d, p.Rules).Reward
		return !w.IsFixed && len(w.Tiers) == 0 && lower(d, (*int64)(&w.Percent))
	},
	"fixed": func(d *dice, p *Plan) bool {
		w := &pickOf(d, p.Rules).Reward
		return w.IsFixed && lower(d, &w.FixedMinor)
	},
	"tier": func(d *dice, p *Plan) bool {
		w := &pickOf(d, p.Rules).Reward
		return len(w.Tiers) > 0 && lower(d, (*int64)(&pickOf(d, w.Tiers).Rate))
	},
	"override": func(d *dice, p *Plan) bool {
		r := pickOf(d, p.Rules)
		if len(r.overrides) == 0 {
			return false
		}
		w := &r.overrides[0].reward // the first is in nobody's shadow
		switch {
		case w.IsFixed:
			return lower(d, &w.FixedMinor)
		case len(w.Tiers) > 0:
			return lower(d, (*int64)(&pickOf(d, w.Tiers).Rate))
		}
		return lower(d, (*int64)(&w.Percent))
	},
	"level": func(d *dice, p *Plan) bool {
		return len(p.levels) > 0 && lower(d, (*int64)(&pickOf(d, p.levels).Rate))
	},
	"level of a group": func(d *dice, p *Plan) bool {
		table := p.groupLevels["a"]
		return len(table) > 0 && lower(d, (*int64)(&pickOf(d, table).Rate))
	},
	"bonus": func(d *dice, p *Plan) bool { return len(p.Bonuses) > 0 && lower(d, &pickOf(d, p.Bonuses).AmountMinor) },
	"placement": func(d *dice, p *Plan) bool {
		return len(p.Placements) > 0 && lower(d, &pickOf(d, p.Placements).FeeMinor)
	},
	"cap": func(d *dice, p *Plan) bool {
		r := pickOf(d, p.Rules)
		return len(r.Caps) > 0 && lower(d, &pickOf(d, r.Caps).AmountMinor)
	},
	"cap count": func(d *dice, p *Plan) bool {
		r := pickOf(d, p.Rules)
		return len(r.Caps) > 0 && lower(d, &pickOf(d, r.Caps).Count)
	},
	"new cap": func(d *dice, p *Plan) bool {
		r := pickOf(d, p.Rules)
		r.Caps = append(r.Caps, Cap{Per: "year", Count: 1})
		return true
	},
	"notice":   func(_ *dice, p *Plan) bool { p.NoticeDays--; return true },
	"hold":     func(_ *dice, p *Plan) bool { p.Hold++; return true },
	"age":      func(d *dice, p *Plan) bool { pickOf(d, p.Rules).MinAge++; return true },
	"upline":   func(d *dice, p *Plan) bool { return turn(&pickOf(d, p.Rules).Levels, false) },
	"unique":   func(d *dice, p *Plan) bool { return turn(&pickOf(d, p.Rules).UniqueCustomer, true) },
	"tax":      func(_ *dice, p *Plan) bool { return turn(&p.LessTax, true) },
	"shipping": func(_ *dice, p *Plan) bool { return turn(&p.LessShipping, true) },
	"discount": func(_ *dice, p *Plan) bool { return turn(&p.LessDiscount, true) },
	"renewals": func(_ *dice, p *Plan) bool { return turn(&p.RenewalsFrozen, false) },
	"eligible": func(_ *dice, p *Plan) bool { p.Eligible.Customers++; return true },
	"policy":   func(_ *dice, p *Plan) bool { p.Policy = (p.Policy + 1) % 3; return true },
	"months":   func(d *dice, p *Plan) bool { return shorten(&pickOf(d, p.Rules).Months) },
	"count":    func(d *dice, p *Plan) bool { return shorten(&pickOf(d, p.Rules).Count) },
	"require": func(d *dice, p *Plan) bool {
		r := pickOf(d, p.Rules)
		r.Require = append(r.Require, "metadata.y")
		return true
	},
	"rule gone": func(_ *dice, p *Plan) bool { p.Rules = p.Rules[1:]; return true },
	"level gone": func(_ *dice, p *Plan) bool {
		had := len(p.levels) > 0
		p.levels = p.levels[:max(len(p.levels)-1, 0)]
		return had
	},
	"order": func(_ *dice, p *Plan) bool {
		if len(p.Rules) < 2 {
			return false
		}
		p.Rules[0], p.Rules[1] = p.Rules[1], p.Rules[0]
		return true
	},
	"kind": func(_ *dice, p *Plan) bool { p.Rules[0].Kind += "X"; return true },
}

func pickOf[T any](d *dice, list []T) *T { return &list[d.below(len(list))] }

// lower takes something off an amount; false when it is nothing already.
func lower(d *dice, amount *int64) bool {
	if *amount <= 1 { // a limit of nothing is none
		return false
	}
	*amount -= d.between(1, *amount-1)
	return true
}

func turn(flag *bool, to bool) bool {
	was := *flag
	*flag = to
	return was != to
}

func shorten(limit *int) bool {
	if *limit == 1 {
		return false
	}
	*limit = max(*limit-1, 1)
	return true
}

// copied gives a copy of a plan that can be changed without changing the plan.
func copied(p *Plan) *Plan {
	c := *p
	c.Rules, c.levels, c.Bonuses, c.Placements = slices.Clone(p.Rules), slices.Clone(p.levels), slices.Clone(p.Bonuses), slices.Clone(p.Placements)
	for i := range c.Rules {
		r := &c.Rules[i]
		r.Reward.Tiers, r.Caps, r.Require, r.overrides = slices.Clone(r.Reward.Tiers), slices.Clone(r.Caps), slices.Clone(r.Require), slices.Clone(r.overrides)
		for n := range r.overrides {
			r.overrides[n].reward.Tiers = slices.Clone(r.overrides[n].reward.Tiers)
		}
	}
	c.groupLevels = map[string][]Level{}
	for group, table := range p.groupLevels {
		c.groupLevels[group] = slices.Clone(table)
	}
	return &c
}

// TestEveryCutNeedsNotice makes plans pay less in every way there is, and proves that a plan is never worse than itself.
func TestEveryCutNeedsNotice(t *testing.T) {
	made, tries := map[string]int{}, 0
	for n := range 150 {
		d := numbered(testNotice, n)
		p := drawDeal(t, d, &tries).plans[0]
		if found := copied(p).Worse(p); len(found) > 0 {
			t.Fatalf("plan %d is worse than itself: %q", n, found)
		}
		for _, name := range sortedKeys(cuts) {
			for range 3 {
				if later := copied(p); cuts[name](d, later) {
					made[name]++
					if err := needsNotice(later, p); err != nil {
						t.Fatalf("plan %d, %s: %v", n, name, err)
					}
				}
			}
		}
	}
	for name := range cuts {
		if made[name] < 15 {
			t.Errorf("only %d of %q were made", made[name], name)
		}
	}
}

func needsNotice(later, earlier *Plan) error {
	if len(later.Worse(earlier)) == 0 {
		return fmt.Errorf("no notice is needed")
	}
	return nil
}

// TestARewardThatIsNotAboveNeverPaysMore compares tiers by what they pay for volumes.
func TestARewardThatIsNotAboveNeverPaysMore(t *testing.T) {
	d, asked := numbered(testNotice, 500), 0
	for range 40_000 {
		w, o := drawTiers(d, d.in(50)), drawTiers(d, d.in(50))
		if d.in(70) { // alike, so that one is often nowhere above the other
			o.Tiers = slices.Clone(w.Tiers)
			pickOf(d, o.Tiers).Rate += money.Rate(d.below(200_000))
		}
		if w.above(&o) {
			continue
		}
		asked++
		if volume := drawVolume(d, &o); tieredAs(t, &w, volume) > tieredAs(t, &o, volume) {
			t.Fatalf("%+v is not above %+v, and pays more for %d", w, o, volume)
		}
	}
	if asked < 5_000 {
		t.Errorf("only %d pairs were compared", asked)
	}
}
