package engine

import (
	"fmt"
	"testing"
	"time"

	"tributary/internal/money"
)

// deal is the terms of a random program: its plans, the latest first, as written and as compiled.
type deal struct {
	Setting
	specs []PlanSpec
	plans []*Plan
}

var dealGroups = map[string]bool{"a": true, "b": true}

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// zones are loaded once; one is ahead of UTC and one behind, and two of them change their clocks in March.
var zones = []*time.Location{time.UTC, zone("Europe/London"), zone("America/New_York"), zone("Asia/Kolkata")}

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// drawDeal makes a program with one plan or two. Plans that Compile refuses are made again; tries counts all of them.
func drawDeal(t testing.TB, d *dice, tries *int) *deal {
	deal := &deal{Setting: Setting{Terms: Terms{Currency: pick(d, money.Currency("GBP"), "JPY", "KWD"), Zone: pick(d, zones...), Groups: dealGroups},
		PeriodKind: pick(d, Monthly, Weekly)}}
	from := newYear
	for n := 1 + d.below(100)/70; n > 0; n-- {
		spec, plan := deal.draw(t, d, from, tries)
		deal.specs, deal.plans = append([]PlanSpec{spec}, deal.specs...), append([]*Plan{plan}, deal.plans...)
		from = from.AddDate(0, 0, 10+d.below(40))
	}
	return deal
}

func (l *deal) draw(t testing.TB, d *dice, from time.Time, tries *int) (PlanSpec, *Plan) {
	for range 1000 {
		*tries++
		spec := l.drawSpec(d, from)
		plan, err := spec.Compile(l.Terms)
		if err != nil {
			continue
		}
		if d.in(60) { // a bound without room to spare
			plan.bound = 0
			for i := range plan.Rules {
				r := &plan.Rules[i]
				plan.bound = max(plan.bound, plan.worst(r, &r.Reward).total)
				for n := range r.overrides {
					plan.bound = max(plan.bound, plan.worst(r, &r.overrides[n].reward).total)
				}
			}
			spec.MaxTotal = plan.bound.Percent()
			if err := plan.checkBound(); err != nil {
				t.Fatalf("a plan exceeds the worst that it can come to: %v", err)
			}
		}
		return spec, plan
	}
	t.Fatal("no plan compiles")
	return PlanSpec{}, nil
}

func (l *deal) drawSpec(d *dice, from time.Time) PlanSpec {
	s := PlanSpec{EffectiveFrom: from, HoldDays: pick(d, 0, 0, 3, 14, 40), MaxTotal: "100%", NoticeDays: d.below(31), Renewals: pick(d, "", "current", "first_sale"),
		Exclude: some(d, "tax", "shipping", "discount"), Ineligible: pick(d, "", "compress", "stop", "house")}
	s.Levels = drawLevels(d, d.below(5))
	for _, group := range some(d, "a", "b") {
		if s.GroupLevels == nil {
			s.GroupLevels = map[string][]LevelSpec{}
		}
		s.GroupLevels[group] = drawLevels(d, d.below(len(s.Levels)+1))
	}
	if d.in(35) {
		s.Eligible = &EligibleSpec{Days: 1 + d.below(60), Volume: l.amount(d.between(1, 400)), Customers: d.below(3)}
	}
	for n := d.below(5); n > 0; n-- {
		s.Rules = append(s.Rules, l.drawRule(d, fmt.Sprintf("r%d", n), false))
	}
	s.Rules = append(s.Rules, l.drawRule(d, "rest", true))
	for n := d.below(4); n > 0; n-- {
		s.Overrides = append(s.Overrides, l.drawOverride(d, s.Rules))
	}
	for n := d.below(3); n > 0; n-- {
		s.Bonuses = append(s.Bonuses, l.drawBonus(d, n))
	}
	for n := d.below(2); n > 0; n-- {
		s.Placements = append(s.Placements, PlacementSpec{ID: fmt.Sprintf("banner%d", n), Fee: l.amount(d.between(1, 5000))})
	}
	return s
}

func drawLevels(d *dice, depth int) (levels []LevelSpec) {
	for range depth {
		of := pick(d, "sale", "below", "override")
		rate := pick(d, "0%", "1%", "2.5%", "3.3333%", "0.0001%", "7%")
		if of != "sale" {
			rate = pick(d, "0%", "5%", "12.5%", "33.3333%", "50%", "21%")
		}
		levels = append(levels, LevelSpec{Rate: rate, Of: of})
	}
	return levels
}

// amount writes minor units as the plan file does.
func (l *deal) amount(minor int64) string { return money.New(minor, l.Currency).Decimal() }
