package engine

import (
	"fmt"
	"time"
)

func (l *deal) drawRule(d *dice, id string, last bool) RuleSpec {
	r := RuleSpec{ID: id, RewardSpec: l.drawReward(d, d.in(25))}
	if !last {
		r.Kind = pick(d, "", "SALE", "SALE", "LEAD")
		if r.Scope = pick(d, "", "order", "item", "item"); r.Scope == "item" {
			r.SKUs, r.Categories = some(d, "a1", "b1"), some(d, "toys")
			if d.in(40) || len(r.SKUs)+len(r.Categories) == 0 {
				r.When = pick(d, itemConditions...).text
			}
		} else if d.in(85) {
			r.When = pick(d, orderConditions...).text
		}
	}
	if d.in(25) {
		yes := d.in(20)
		r.Levels = &yes
	}
	if d.in(20) {
		r.Recurring = pick(d, &RecurringSpec{Months: 1}, &RecurringSpec{Count: 2}, &RecurringSpec{Months: 1 + d.below(3), Count: 1 + d.below(3)})
	}
	if d.in(20) {
		r.Valid = &ValidSpec{UniqueCustomer: d.in(40), MinAgeDays: pick(d, 0, 0, 7, 30), Require: some(d, "customer", "country", "coupon", "items", "metadata.x")}
	}
	if (r.Tiers == nil || r.Tiers.By != "period") && d.in(50) {
		r.Caps = l.drawCaps(d, r)
	}
	return r
}

// drawReward draws one of the rewards; by the period only where asked for, since a rule must go by the period for all.
func (l *deal) drawReward(d *dice, byPeriod bool) RewardSpec {
	tiers := &TiersSpec{By: "order", Mode: pick(d, "marginal", "retroactive")}
	if byPeriod {
		tiers.By = "period"
	}
	from := int64(0)
	for n := 2 + d.below(3); n > 0; n-- {
		tiers.Steps = append(tiers.Steps, StepSpec{From: l.amount(from), Percent: fmt.Sprintf("%d.%04d%%", d.below(12), d.between(0, 9999))})
		from += d.between(1, 3000)
	}
	if d.in(20) {
		tiers.Steps[0].Percent = "0%"
	}
	switch {
	case byPeriod || d.in(20):
		return RewardSpec{Tiers: tiers}
	case d.in(25):
		return RewardSpec{Fixed: l.amount(d.between(0, 900))}
	default:
		return RewardSpec{Percent: pick(d, "0%", "10%", "12.5%", "33.3333%", "0.07%", "20%", "7.7777%")}
	}
}

func (l *deal) drawCaps(d *dice, r RuleSpec) (caps []CapSpec) {
	for n := 1 + d.below(3); n > 0; n-- {
		k := CapSpec{Per: pick(d, "conversion", "day", "week", "month", "life"), Scope: pick(d, "", "enrollment", "group", "program")}
		if k.Per == "conversion" || d.in(70) {
			k.Amount = l.amount(pick(d, d.between(1, 60), d.between(1, 1500)) + fixedOf(l, r))
		}
		if k.Per != "conversion" && (k.Amount == "" || d.in(30)) {
			k.Count = 1 + d.below(3)
		}
		caps = append(caps, k)
	}
	return caps
}

func fixedOf(l *deal, r RuleSpec) int64 {
	minor, _ := parseMinor(r.Fixed, l.Currency) // nothing for another reward
	return minor
}

func (l *deal) drawOverride(d *dice, rules []RuleSpec) OverrideSpec {
	r := pick(d, rules...)
	o := OverrideSpec{Rule: r.ID, RewardSpec: l.drawReward(d, r.Tiers != nil && r.Tiers.By == "period")}
	if d.in(50) {
		o.Group = pick(d, "a", "b")
	} else {
		o.Enrollment = pick(d, "m0", "m1", "m2")
	}
	if d.in(50) {
		o.From = newYear.Add(time.Duration(d.below(1000)) * time.Hour)
	}
	if d.in(50) {
		o.Until = newYear.Add(time.Duration(1001+d.below(1000)) * time.Hour)
	}
	return o
}

func (l *deal) drawBonus(d *dice, n int) BonusSpec {
	b := BonusSpec{ID: fmt.Sprintf("bonus%d", n), Amount: l.amount(d.between(1, 3000)), Group: pick(d, "", "", "a"), Once: d.in(40)}
	switch d.below(4) {
	case 0:
		b.Reach = &ReachSpec{Volume: l.amount(d.between(1, 9000))}
	case 1:
		b.Reach = &ReachSpec{Sales: 1 + d.below(3)}
	case 2:
		b.FirstSale = true
	default:
		b.RecruitSells = true
	}
	return b
}
