package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

// rich is a plan with one of everything that a version could take away.
func rich(s *engine.PlanSpec) {
	s.MaxTotal = "90%"
	s.Exclude = nil
	s.GroupLevels = map[string][]engine.LevelSpec{"vip": {{Rate: "3%", Of: "sale"}}}
	s.Eligible = &engine.EligibleSpec{Days: 30, Volume: "10.00", Customers: 2}
	s.Renewals = "first_sale"
	s.Rules = append([]engine.RuleSpec{
		{ID: "tiers", Kind: "TIERS", RewardSpec: engine.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: "marginal",
			Steps: []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "10.00", Percent: "10%"}}}}},
		{ID: "asks", Kind: "ASKS", When: `order.country == "GB"`, RewardSpec: engine.RewardSpec{Percent: "5%"}},
	}, s.Rules...)
	s.Overrides = []engine.OverrideSpec{{Rule: "sales", Group: "vip", RewardSpec: engine.RewardSpec{Percent: "15%"}},
		{Rule: "sales", Enrollment: "ann", From: start, Until: start.AddDate(1, 0, 0), RewardSpec: engine.RewardSpec{Percent: "20%"}}}
	s.Bonuses = []engine.BonusSpec{{ID: "goal", Amount: "5.00", Reach: &engine.ReachSpec{Volume: "100.00"}}}
	s.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "30.00"}}
}

// The rules of a rich plan.
const (
	tiersAt = iota
	asksAt
	signupAt
	booksAt
	salesAt
)

func worse(t *testing.T, change func(*engine.PlanSpec)) []string {
	t.Helper()
	return compile(t, planOf(rich, change)).Worse(compile(t, planOf(rich)))
}

func TestEachWayToPayLessIsTold(t *testing.T) {
	type spec = engine.PlanSpec
	no := false
	insert := func(r engine.RuleSpec) func(*spec) {
		return func(s *spec) { s.Rules = append([]engine.RuleSpec{r}, s.Rules...) }
	}
	for _, c := range []struct {
		name, want string
		change     func(*spec)
	}{
		{"a longer hold", "the hold is longer", func(s *spec) { s.HoldDays++ }},
		{"tax", "tax is excluded", func(s *spec) { s.Exclude = []string{"tax"} }},
		{"shipping", "shipping is excluded", func(s *spec) { s.Exclude = []string{"shipping"} }},
		{"discounts", "discounts are excluded", func(s *spec) { s.Exclude = []string{"discount"} }},
		{"a shorter notice", "the notice is shorter", func(s *spec) { s.NoticeDays-- }},
		{"stop", "ineligible uplines are treated otherwise", func(s *spec) { s.Ineligible = "stop" }},
		{"house", "ineligible uplines are treated otherwise", func(s *spec) { s.Ineligible = "house" }},
		{"renewals", "renewals no longer keep the plan of the first sale", func(s *spec) { s.Renewals = "" }},
		{"fewer days", "eligibility asks for something else", func(s *spec) { s.Eligible.Days-- }},
		{"more volume", "eligibility asks for something else", func(s *spec) { s.Eligible.Volume = "10.01" }},
		{"more customers", "eligibility asks for something else", func(s *spec) { s.Eligible.Customers++ }},
		{"a level fewer", "a level pays less", func(s *spec) { s.Levels = s.Levels[:1] }},
		{"a lower level", "a level pays less", func(s *spec) { s.Levels[1].Rate = "24.9999%" }},
		{"a level of something else", "a level pays less", func(s *spec) { s.Levels[0].Of = "below" }},
		{"a lower level of a group", "a level of group vip pays less", func(s *spec) { s.GroupLevels["vip"][0].Rate = "2.9999%" }},
		{"a group that loses its table", "a level of group vip pays less", func(s *spec) { s.GroupLevels = nil }},
		{"a table that stands before a better one", "a level of group red pays less", func(s *spec) { s.GroupLevels["red"] = []engine.LevelSpec{{Rate: "1%", Of: "sale"}} }},
		{"a rule that is gone", "rule asks is gone", func(s *spec) { s.Rules = append(s.Rules[:asksAt:asksAt], s.Rules[asksAt+1:]...) }},
		{"another kind", "rule asks takes other conversions", func(s *spec) { s.Rules[asksAt].Kind = "ASK" }},
		{"another condition", "rule asks takes other conversions", func(s *spec) { s.Rules[asksAt].When = `order.country == "IE"` }},
		{"no condition", "rule asks takes other conversions", func(s *spec) { s.Rules[asksAt].When = "" }},
		{"items", "rule asks takes other conversions", func(s *spec) { s.Rules[asksAt].Scope = "item" }},
		{"other categories", "rule books takes other conversions", func(s *spec) { s.Rules[booksAt].Categories = []string{"maps"} }},
		{"skus", "rule books takes other conversions", func(s *spec) { s.Rules[booksAt].SKUs = []string{"A"} }},
		{"a lower percentage", "rule asks pays less", func(s *spec) { s.Rules[asksAt].Percent = "4.9999%" }},
		{"a lower amount", "rule signup pays less", func(s *spec) { s.Rules[signupAt].Fixed = "1.49" }},
		{"a percentage in place of an amount", "rule signup pays less", func(s *spec) { s.Rules[signupAt].RewardSpec = engine.RewardSpec{Percent: "50%"} }},
		{"tiers in place of a percentage", "rule asks pays less", func(s *spec) { s.Rules[asksAt].RewardSpec = s.Rules[tiersAt].RewardSpec }},
		{"a tier that begins later", "rule tiers pays less", func(s *spec) { s.Rules[tiersAt].Tiers.Steps[1].From = "10.01" }},
		{"a tier that pays less", "rule tiers pays less", func(s *spec) { s.Rules[tiersAt].Tiers.Steps[1].Percent = "9%" }},
		{"a first tier that pays less", "rule tiers pays less", func(s *spec) { s.Rules[tiersAt].Tiers.Steps[0].Percent = "4%" }},
		{"a tier too many", "rule tiers pays less", func(s *spec) {
			s.Rules[tiersAt].Tiers.Steps = append(s.Rules[tiersAt].Tiers.Steps, engine.StepSpec{From: "20.00", Percent: "9%"})
		}},
		{"tiers by the period", "rule tiers pays less", func(s *spec) { s.Rules[tiersAt].Tiers.By = "period" }},
		{"no upline", "rule sales pays no upline any more", func(s *spec) { s.Rules[salesAt].Levels = &no }},
		{"fewer months", "rule sales pays for a shorter time", func(s *spec) { s.Rules[salesAt].Recurring.Months-- }},
		{"a smaller count", "rule sales pays for a shorter time", func(s *spec) { s.Rules[salesAt].Recurring.Count-- }},
		{"a limit", "rule asks pays for a shorter time", func(s *spec) { s.Rules[asksAt].Recurring = &engine.RecurringSpec{Months: 99} }},
		{"a later age", "rule sales asks for more", func(s *spec) { s.Rules[salesAt].Valid.MinAgeDays++ }},
		{"a unique customer", "rule sales asks for more", func(s *spec) { s.Rules[salesAt].Valid.UniqueCustomer = true }},
		{"one more field", "rule sales asks for more", func(s *spec) { s.Rules[salesAt].Valid.Require = []string{"country", "coupon"} }},
		{"a lower cap", "rule signup has a lower cap", func(s *spec) { s.Rules[signupAt].Caps[0].Amount = "2.99" }},
		{"a smaller cap", "rule signup has a lower cap", func(s *spec) { s.Rules[signupAt].Caps[0].Count = 1 }},
		{"a cap", "rule sales has a lower cap", func(s *spec) { s.Rules[salesAt].Caps = []engine.CapSpec{{Per: "life", Count: 999}} }},
		{"a cap of another interval", "rule signup has a lower cap", func(s *spec) { s.Rules[signupAt].Caps[0].Per = "week" }},
		{"a cap over more", "rule signup has a lower cap", func(s *spec) { s.Rules[signupAt].Caps[0].Scope = "group" }},
		{"an override that is gone", "an override of rule sales is gone", func(s *spec) { s.Overrides = s.Overrides[1:] }},
		{"an override that pays less", "an override of rule sales is lower", func(s *spec) { s.Overrides[0].Percent = "14%" }},
		{"an override that ends sooner", "an override of rule sales is gone", func(s *spec) { s.Overrides[1].Until = start.AddDate(0, 11, 0) }},
		{"an override that begins later", "an override of rule sales is gone", func(s *spec) { s.Overrides[1].From = start.Add(1) }},
		{"a new override below the rule", "an override of rule asks is lower", func(s *spec) {
			s.Overrides = append(s.Overrides, engine.OverrideSpec{Rule: "asks", Group: "red", RewardSpec: engine.RewardSpec{Percent: "4%"}})
		}},
		{"a new override below that of the group", "an override of rule sales is lower", func(s *spec) {
			s.Overrides = append(s.Overrides, engine.OverrideSpec{Rule: "sales", Enrollment: "bob", RewardSpec: engine.RewardSpec{Percent: "12%"}})
		}},
		{"a lower override in front", "an override of rule sales is lower", func(s *spec) {
			s.Overrides = append([]engine.OverrideSpec{{Rule: "sales", Group: "vip", RewardSpec: engine.RewardSpec{Percent: "11%"}}}, s.Overrides...)
		}},
		{"a rule in front that pays less", "rule first takes conversions of rule asks for less", insert(engine.RuleSpec{ID: "first", Kind: "ASKS", When: "order.gross > 1", RewardSpec: engine.RewardSpec{Percent: "4%"}})},
		{"a rule in front that pays more for less long", "rule first takes conversions of rule asks for less",
			insert(engine.RuleSpec{ID: "first", Kind: "ASKS", When: "order.gross > 1", Recurring: &engine.RecurringSpec{Count: 1}, RewardSpec: engine.RewardSpec{Percent: "9%"}})},
		{"a rule in front of an override", "rule first takes conversions of rule sales for less",
			insert(engine.RuleSpec{ID: "first", Kind: "OTHER", When: "order.gross > 1", RewardSpec: engine.RewardSpec{Percent: "12%"}, Recurring: &engine.RecurringSpec{Months: 12, Count: 24}, Valid: &engine.ValidSpec{MinAgeDays: 7, Require: []string{"country"}}})},
		{"a lower bound", "max_total is lower", func(s *spec) { s.MaxTotal = "89%" }},
		{"no eligibility", "uplines that were skipped take a level from those above them", func(s *spec) { s.Eligible = nil }},
		{"a rule for items in front of tiers", "rule first takes volume from the tiers of rule tiers",
			insert(engine.RuleSpec{ID: "first", Kind: "TIERS", Scope: "item", SKUs: []string{"A"}, RewardSpec: planOf(rich).Rules[tiersAt].RewardSpec})},
		{"a rule between that pays less", "rule mid takes conversions of rule sales for less", func(s *spec) {
			s.Rules = slices.Insert(s.Rules, signupAt, engine.RuleSpec{ID: "mid", Kind: "OTHER", When: "order.gross > 1", RewardSpec: engine.RewardSpec{Percent: "4%"}})
		}},
		{"another order", "the rules are asked in another order", func(s *spec) { s.Rules[0], s.Rules[1] = s.Rules[1], s.Rules[0] }},
		{"a bonus that is gone", "bonus goal is gone", func(s *spec) { s.Bonuses = nil }},
		{"a lower bonus", "bonus goal is lower", func(s *spec) { s.Bonuses[0].Amount = "4.99" }},
		{"a goal that is farther", "bonus goal is for something else", func(s *spec) { s.Bonuses[0].Reach.Volume = "100.01" }},
		{"a bonus once", "bonus goal is for something else", func(s *spec) { s.Bonuses[0].Once = true }},
		{"a bonus for some", "bonus goal is for something else", func(s *spec) { s.Bonuses[0].Group = "vip" }},
		{"a lower fee", "placement banner pays less", func(s *spec) { s.Placements[0].Fee = "29.99" }},
		{"a placement that is gone", "placement banner pays less", func(s *spec) { s.Placements = nil }},
	} {
		require.Contains(t, worse(t, c.change), c.want, c.name)
	}
}

// Whoever has a code and a group is asked at every instant at which an override of either begins or ends.
func TestOverridesOfOneAndOfItsGroupTogether(t *testing.T) {
	month := func(n int) time.Time { return start.AddDate(0, n, 0) }
	override := func(code, group, percent string, from, until time.Time) engine.OverrideSpec {
		return engine.OverrideSpec{Rule: "sales", Enrollment: code, Group: group, From: from, Until: until, RewardSpec: engine.RewardSpec{Percent: percent}}
	}
	open := time.Time{}
	for name, c := range map[string]struct{ had, gets []engine.OverrideSpec }{
		"one's is below the group's, from when that begins": {
			[]engine.OverrideSpec{override("", "vip", "15%", month(6), open)},
			[]engine.OverrideSpec{override("", "vip", "15%", month(6), open), override("ann", "", "12%", open, open)}},
		"one's is below the group's for a while": {
			[]engine.OverrideSpec{override("", "vip", "15%", open, open)},
			[]engine.OverrideSpec{override("", "vip", "15%", open, open), override("ann", "", "12%", month(6), month(7))}},
	} {
		plan := func(o []engine.OverrideSpec) *engine.Plan {
			return compile(t, planOf(simple, func(s *engine.PlanSpec) { s.Overrides = o }))
		}
		require.NotEmpty(t, plan(c.gets).Worse(plan(c.had)), name)
		require.Empty(t, plan(c.had).Worse(plan(c.had)), name)
	}
}

// Each bonus is compared, also after one that is gone.
func TestOneBonusGoneAndOneLower(t *testing.T) {
	bonuses := func(change func(*engine.PlanSpec)) *engine.Plan {
		return compile(t, planOf(func(s *engine.PlanSpec) {
			s.Bonuses = []engine.BonusSpec{{ID: "gone", Amount: "1.00", FirstSale: true}, {ID: "less", Amount: "2.00", FirstSale: true}}
			change(s)
		}))
	}
	require.Equal(t, []string{"bonus gone is gone", "bonus less is lower"}, bonuses(func(s *engine.PlanSpec) {
		s.Bonuses = []engine.BonusSpec{{ID: "less", Amount: "1.99", FirstSale: true}}
	}).Worse(bonuses(func(*engine.PlanSpec) {})))
}

// The highest override squeezes nobody.
func TestAHigherOverrideAboveAll(t *testing.T) {
	override := func(rate string) *engine.Plan {
		return compile(t, planOf(func(s *engine.PlanSpec) { s.Levels[1] = engine.LevelSpec{Rate: rate, Of: "override"} }))
	}
	require.Empty(t, override("16%").Worse(override("15%")))
}

func TestOneLossIsOneSentence(t *testing.T) {
	require.Equal(t, []string{"rule asks pays less"}, worse(t, func(s *engine.PlanSpec) { s.Rules[asksAt].Percent = "4%" }))
	require.Equal(t, []string{"the hold is longer", "bonus goal is lower"}, worse(t, func(s *engine.PlanSpec) { s.HoldDays, s.Bonuses[0].Amount = 15, "1.00" }))
}

func TestAPlanAsGoodOrBetterNeedsNoNotice(t *testing.T) {
	type spec = engine.PlanSpec
	for name, change := range map[string]func(*spec){
		"the same":        func(*spec) {},
		"a later start":   func(s *spec) { s.EffectiveFrom = start.AddDate(1, 0, 0) },
		"a shorter hold":  func(s *spec) { s.HoldDays = 0 },
		"a longer notice": func(s *spec) { s.NoticeDays = 31 },
		"a higher bound":  func(s *spec) { s.MaxTotal = "91%" },
		"a level more":    func(s *spec) { s.Levels = append(s.Levels, engine.LevelSpec{Rate: "1%", Of: "sale"}) },
		"a higher level":  func(s *spec) { s.Levels[0].Rate = "2.0001%" },
		"a table as good": func(s *spec) { s.GroupLevels["red"] = s.Levels },
		"a longer table": func(s *spec) {
			s.GroupLevels["vip"] = append(s.GroupLevels["vip"], engine.LevelSpec{Rate: "1%", Of: "sale"})
		},
		"a higher rate":     func(s *spec) { s.Rules[asksAt].Percent = "5.0001%" },
		"a higher amount":   func(s *spec) { s.Rules[signupAt].Fixed = "1.51" },
		"higher tiers":      func(s *spec) { s.Rules[tiersAt].Tiers.Steps[1] = engine.StepSpec{From: "9.99", Percent: "11%"} },
		"retroactive tiers": func(s *spec) { s.Rules[tiersAt].Tiers.Mode = "retroactive" },
		"one tier more": func(s *spec) {
			s.Rules[tiersAt].Tiers.Steps = append(s.Rules[tiersAt].Tiers.Steps, engine.StepSpec{From: "20.00", Percent: "10%"})
		},
		"longer":             func(s *spec) { s.Rules[salesAt].Recurring.Months++ },
		"for life":           func(s *spec) { s.Rules[salesAt].Recurring = nil },
		"less asked":         func(s *spec) { s.Rules[salesAt].Valid = nil },
		"a higher cap":       func(s *spec) { s.Rules[signupAt].Caps[0].Amount = "3.01" },
		"a cap of one limit": func(s *spec) { s.Rules[signupAt].Caps[0].Amount = "" },
		"no cap":             func(s *spec) { s.Rules[signupAt].Caps = nil },
		"a higher override":  func(s *spec) { s.Overrides[0].Percent = "16%" },
		"a longer override":  func(s *spec) { s.Overrides[1].Until = time.Time{} },
		"one override more": func(s *spec) {
			s.Overrides = append(s.Overrides, engine.OverrideSpec{Rule: "asks", Group: "vip", RewardSpec: engine.RewardSpec{Percent: "6%"}})
		},
		"a higher bonus": func(s *spec) { s.Bonuses[0].Amount = "5.01" },
		"one bonus more": func(s *spec) {
			s.Bonuses = append(s.Bonuses, engine.BonusSpec{ID: "more", Amount: "1", FirstSale: true})
		},
		"a higher fee":       func(s *spec) { s.Placements[0].Fee = "30.01" },
		"one placement more": func(s *spec) { s.Placements = append(s.Placements, engine.PlacementSpec{ID: "more", Fee: "1"}) },
		"a better rule first": func(s *spec) {
			s.Rules = append([]engine.RuleSpec{{ID: "new", Kind: "ASKS", When: "true", RewardSpec: engine.RewardSpec{Percent: "20%"}}}, s.Rules...)
		},
		"items of the same rate first": func(s *spec) { // its override has no tiers that it could take from
			s.Rules = append([]engine.RuleSpec{{ID: "new", Kind: "ASKS", Scope: "item", SKUs: []string{"A"}, RewardSpec: engine.RewardSpec{Percent: "20%"}}}, s.Rules...)
		},
		"rates of the levels": func(s *spec) { s.GroupLevels["vip"][0].Rate = "4%" },
	} {
		require.Empty(t, worse(t, change), name)
	}
}

// pair gives how a plan with a second change is worse than one with the first alone.
func pair(t *testing.T, had, change func(*engine.PlanSpec)) []string {
	t.Helper()
	return compile(t, planOf(had, change)).Worse(compile(t, planOf(had)))
}

// A rule with the same tiers in front of another splits the volume, so that neither comes as far.
func TestTiersByThePeriodThatAreSplitAreALoss(t *testing.T) {
	tiers := engine.RewardSpec{Tiers: &engine.TiersSpec{By: "period", Mode: "retroactive", Steps: []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "10.00", Percent: "8%"}}}}
	had := func(s *engine.PlanSpec) { s.Rules = []engine.RuleSpec{{ID: "all", RewardSpec: tiers}} }
	require.Equal(t, []string{"rule first takes volume from the tiers of rule all"}, pair(t, had, func(s *engine.PlanSpec) {
		s.Rules = append([]engine.RuleSpec{{ID: "first", Kind: "SALE", RewardSpec: tiers}}, s.Rules...)
	}))
}

// So does a rule for items where an override alone has tiers, though each of its orders is settled by itself.
func TestItemsThatAreTakenFromTheTiersOfAnOverrideAreALoss(t *testing.T) {
	tiers := engine.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: "marginal", Steps: []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "10.00", Percent: "8%"}}}}
	had := func(s *engine.PlanSpec) {
		s.Rules = []engine.RuleSpec{{ID: "all", RewardSpec: engine.RewardSpec{Percent: "5%"}}}
		s.Overrides = []engine.OverrideSpec{{Rule: "all", Group: "vip", RewardSpec: tiers}}
	}
	require.Contains(t, pair(t, had, func(s *engine.PlanSpec) {
		s.Rules = append([]engine.RuleSpec{{ID: "first", Scope: "item", SKUs: []string{"A"}, RewardSpec: tiers}}, s.Rules...)
	}), "rule first takes volume from the tiers of rule all")
}

// Who was skipped for its volume had left its level to those above; where the house has it, or the chain ends, nobody did.
func TestEligibilityThatGoesIsALossWhereItCompresses(t *testing.T) {
	for policy, want := range map[string][]string{"compress": {"uplines that were skipped take a level from those above them"}, "stop": nil, "house": nil} {
		had := func(s *engine.PlanSpec) {
			s.Eligible, s.Ineligible = &engine.EligibleSpec{Days: 30, Volume: "10.00"}, policy
		}
		require.Equal(t, want, pair(t, had, func(s *engine.PlanSpec) { s.Eligible = nil }), policy)
		require.Empty(t, pair(t, func(s *engine.PlanSpec) { had(s); s.Levels = nil }, func(s *engine.PlanSpec) { s.Eligible = nil }), "%s, without a level that could be taken", policy)
	}
}

// More of an order counts: that takes some of them to another rule, a lower tier, or an upline that earned nothing before.
func TestALargerBasisCanBeALoss(t *testing.T) {
	for name, c := range map[string]struct {
		had  func(*engine.PlanSpec)
		want []string
	}{
		"nothing asks": {func(*engine.PlanSpec) {}, nil},
		"a condition": {func(s *engine.PlanSpec) { s.Rules[0].When = `order . net < 100` },
			[]string{"less is excluded, and rule signup asks how much is left"}},
		"a condition on what was sold before": {func(s *engine.PlanSpec) { s.Rules[0].When = `partner.lifetime_volume < 100` },
			[]string{"less is excluded, and rule signup asks how much is left"}},
		"a condition on something else": {func(s *engine.PlanSpec) { s.Rules[0].When = `order.gross < 100` }, nil},
		"falling tiers": {func(s *engine.PlanSpec) {
			s.Rules[2].RewardSpec = engine.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: "retroactive", Steps: []engine.StepSpec{{From: "0", Percent: "10%"}, {From: "1.00", Percent: "5%"}}}}
		}, []string{"less is excluded, and rule sales pays less for more"}},
		"volume of uplines": {func(s *engine.PlanSpec) { s.Eligible = &engine.EligibleSpec{Days: 30, Volume: "10.00"} },
			[]string{"less is excluded, and uplines that were skipped take a level from those above them"}},
		"volume of uplines that no level pays": {func(s *engine.PlanSpec) {
			s.Levels, s.Eligible = nil, &engine.EligibleSpec{Days: 30, Volume: "10.00"}
		}, nil},
	} {
		had := func(s *engine.PlanSpec) { c.had(s); s.Exclude = []string{"tax", "shipping", "discount"} }
		for _, still := range [][]string{nil, {"shipping", "discount"}, {"tax", "discount"}, {"tax", "shipping"}} {
			require.Equal(t, c.want, pair(t, had, func(s *engine.PlanSpec) { s.Exclude = still }), "%s, with only %q excluded", name, still)
		}
		require.Empty(t, pair(t, had, func(*engine.PlanSpec) {}), name)
	}
}

// A cap over the program is shared by the chain: what one gets more of it, the others get less.
func TestARaiseUnderASharedCapIsALoss(t *testing.T) {
	const want = "rule sales pays some of a chain more, which leaves less of its cap for the others"
	no := false
	had := func(s *engine.PlanSpec) {
		s.MaxTotal, s.Rules[2].Caps = "90%", []engine.CapSpec{{Per: "month", Scope: "program", Amount: "50.00"}}
	}
	require.Contains(t, pair(t, had, func(s *engine.PlanSpec) { s.Rules[2].Percent = "10.0001%" }), want)
	require.Contains(t, pair(t, had, func(s *engine.PlanSpec) { s.Levels[0].Rate = "2.0001%" }), want)
	require.Contains(t, pair(t, had, func(s *engine.PlanSpec) { s.Levels = append(s.Levels, engine.LevelSpec{Rate: "1%", Of: "sale"}) }), want)
	require.Empty(t, pair(t, had, func(s *engine.PlanSpec) { s.Rules[2].Caps[0].Amount = "50.01" }))
	alone := func(s *engine.PlanSpec) { had(s); s.Rules[2].Levels = &no }
	require.Empty(t, pair(t, alone, func(s *engine.PlanSpec) { s.Rules[2].Percent = "10.0001%" }))
	noLevels := func(s *engine.PlanSpec) { had(s); s.Levels = nil }
	require.Empty(t, pair(t, noLevels, func(s *engine.PlanSpec) { s.Rules[2].Percent = "10.0001%" }), "the chain of a plan without levels is its seller")
}

// What is lower than the rule is no loss when it goes.
func TestAnOverrideThatPaidLessMayGo(t *testing.T) {
	low := func(s *engine.PlanSpec) {
		s.Overrides = []engine.OverrideSpec{{Rule: "sales", Group: "red", RewardSpec: engine.RewardSpec{Percent: "8%"}}}
	}
	require.Empty(t, compile(t, planOf()).Worse(compile(t, planOf(low))))
}

// Tiers whose rates fall pay more part by part than all at the rate reached.
func TestFallingTiersAreBetterMarginal(t *testing.T) {
	falling := func(mode string) *engine.Plan {
		return compile(t, planOf(func(s *engine.PlanSpec) {
			s.Rules[2].RewardSpec = engine.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: mode, Steps: []engine.StepSpec{{From: "0", Percent: "10%"}, {From: "1.00", Percent: "5%"}}}}
		}))
	}
	require.Equal(t, []string{"rule sales pays less"}, falling("retroactive").Worse(falling("marginal")))
	require.Empty(t, falling("marginal").Worse(falling("marginal")))
}

func TestAWorsePlanWaitsForTheNoticeOfTheOneItReplaces(t *testing.T) {
	now := time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC)
	p := compile(t, planOf())
	require.Equal(t, time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), p.EarliestFor(now))
	require.Equal(t, now, compile(t, planOf(func(s *engine.PlanSpec) { s.NoticeDays = 0 })).EarliestFor(now))
}
