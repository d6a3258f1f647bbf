package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

// Each plan is refused a ten-thousandth of a percent below its worst case, and shows an order that comes to it.
func TestThePlansWorstCaseIsItsBound(t *testing.T) {
	type spec = engine.PlanSpec
	no := false
	tiers := engine.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: "marginal", Steps: []engine.StepSpec{{From: "0", Percent: "12%"}, {From: "1", Percent: "20%"}, {From: "2", Percent: "15%"}}}}
	for _, c := range []struct {
		name, worst, below, text string
		change                   func(*spec)
	}{
		{"percent and levels", "12.5%", "12.4999%", "rules.1 can pay 12.5% of a sale, more than max_total 12.4999%: of an order of 100.00, the seller gets 10.0000, level 1 2.0000, level 2 0.5000", func(*spec) {}},
		{"no upline", "10%", "9.9999%", "the seller gets 10.0000", func(s *spec) { s.Rules[1].Levels = &no }},
		{"the highest tier", "22.5%", "22.4999%", "the seller gets 20.0000, level 1 2.0000, level 2 0.5000", func(s *spec) { s.Rules[1].RewardSpec = tiers }},
		{"a share of below is rounded up", "2.6668%", "2.6667%", "the seller gets 2.0000, level 1 0.6668", func(s *spec) {
			s.Rules[1].Percent, s.Levels = "2%", []engine.LevelSpec{{Rate: "33.3351%", Of: "below"}}
		}},
		{"an override comes to its own rate", "15%", "14.9999%", "the seller gets 10.0000, level 1 5.0000, level 2 0.0000", func(s *spec) {
			s.Levels = []engine.LevelSpec{{Rate: "15%", Of: "override"}, {Rate: "12%", Of: "override"}}
		}},
		{"a share of an override is of all of it", "22.5%", "22.4999%", "level 1 5.0000, level 2 7.5000", func(s *spec) {
			s.Levels = []engine.LevelSpec{{Rate: "15%", Of: "override"}, {Rate: "50%", Of: "below"}}
		}},
		{"the dearest table", "18%", "17.9999%", "the seller gets 10.0000, level 1 in group red 4.0000, level 2 in group vip 4.0000", func(s *spec) {
			s.GroupLevels = map[string][]engine.LevelSpec{"red": {{Rate: "4%", Of: "sale"}}, "vip": {{Rate: "3%", Of: "sale"}, {Rate: "4%", Of: "sale"}}}
		}},
		{"a table that is as dear is not named", "12.5%", "12.4999%", "the seller gets 10.0000, level 1 2.0000, level 2 0.5000", func(s *spec) {
			s.GroupLevels = map[string][]engine.LevelSpec{"red": {{Rate: "2%", Of: "sale"}}}
		}},
		{"an override of the rule", "25%", "24.9999%", "rules.1 (override for vip) can pay 25%", func(s *spec) {
			s.Overrides = []engine.OverrideSpec{{Rule: "sales", Group: "vip", RewardSpec: engine.RewardSpec{Percent: "22.5%"}}}
		}},
		{"of a fixed reward only the levels of the sale", "2%", "1.9999%", "rules.0 can pay 2%", func(s *spec) {
			s.Rules[0].Levels, s.Rules[1].Levels, s.Levels[1].Rate = nil, &no, "0%"
			s.Rules[1].Percent = "0%"
		}},
	} {
		signup := func(s *spec) { s.Rules[0].Levels = &no }
		_, err := planOf(simple, signup, c.change, func(s *spec) { s.MaxTotal = c.worst }).Compile(termsOf(t))
		require.NoError(t, err, c.name)
		_, err = planOf(simple, signup, c.change, func(s *spec) { s.MaxTotal = c.below }).Compile(termsOf(t))
		field := "rules.1"
		if c.below == "1.9999%" {
			field = "rules.0"
		}
		requireRefusal(t, err, "PLAN_ABOVE_BOUND", field, c.name)
		require.ErrorContains(t, err, c.text, c.name)
	}
}
