package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

type refusal struct {
	name, code, field string
	change            func(*engine.PlanSpec)
}

func requireRefusals(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		_, err := planOf(r.change).Compile(termsOf(t))
		requireRefusal(t, err, r.code, r.field, r.name)
	}
}

func TestCompileRefusesAndNamesThePath(t *testing.T) {
	type spec = engine.PlanSpec
	requireRefusals(t, []refusal{
		{"no start", "PLAN_INVALID", "effective_from", func(s *spec) { s.EffectiveFrom = time.Time{} }},
		{"a hold below zero", "PLAN_INVALID", "hold_days", func(s *spec) { s.HoldDays = -1 }},
		{"a hold of more than a year", "PLAN_INVALID", "hold_days", func(s *spec) { s.HoldDays = 367 }},
		{"a notice below zero", "PLAN_INVALID", "notice_days", func(s *spec) { s.NoticeDays = -1 }},
		{"a notice of more than a year", "PLAN_INVALID", "notice_days", func(s *spec) { s.NoticeDays = 367 }},
		{"a kind of its own of small letters", "PLAN_INVALID", "kinds.1", func(s *spec) { s.Kinds = []string{"DEMO", "demo"} }},
		{"too many kinds of its own", "PLAN_INVALID", "kinds", func(s *spec) { s.Kinds = many(51, "DEMO") }},
		{"renewals by another plan", "PLAN_INVALID", "renewals", func(s *spec) { s.Renewals = "last_sale" }},
		{"an unknown part of the basis", "PLAN_INVALID", "exclude.1", func(s *spec) { s.Exclude = []string{"tax", "tips"} }},
		{"an unknown policy", "PLAN_INVALID", "ineligible", func(s *spec) { s.Ineligible = "pay" }},
		{"no bound", "RATE_MALFORMED", "max_total", func(s *spec) { s.MaxTotal = "" }},
		{"a bound above all", "RATE_OUT_OF_RANGE", "max_total", func(s *spec) { s.MaxTotal = "100.0001%" }},

		{"a level of nothing known", "PLAN_INVALID", "levels.1.of", func(s *spec) { s.Levels[1].Of = "above" }},
		{"a level without a rate", "RATE_MALFORMED", "levels.0.rate", func(s *spec) { s.Levels[0].Rate = "two" }},
		{"too many levels", "LEVELS_TOO_DEEP", "levels", func(s *spec) { s.Levels = many(21, engine.LevelSpec{Rate: "1%", Of: "sale"}) }},
		{"a table of a group that is too deep", "LEVELS_TOO_DEEP", "group_levels.vip", func(s *spec) {
			s.GroupLevels = map[string][]engine.LevelSpec{"vip": many(3, engine.LevelSpec{Rate: "1%", Of: "sale"})}
		}},
		{"a table of a group that is not there", "GROUP_UNKNOWN", "group_levels.gold", func(s *spec) {
			s.GroupLevels = map[string][]engine.LevelSpec{"gold": {{Rate: "1%", Of: "sale"}}}
		}},
		{"a bad rate in a table of a group", "RATE_TOO_PRECISE", "group_levels.vip.0.rate", func(s *spec) {
			s.GroupLevels = map[string][]engine.LevelSpec{"vip": {{Rate: "1.00001%", Of: "sale"}}}
		}},
		{"eligibility that looks back nowhere", "PLAN_INVALID", "eligible.days", func(s *spec) { s.Eligible = &engine.EligibleSpec{Customers: 1} }},
		{"eligibility that looks back too far", "PLAN_INVALID", "eligible.days", func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 367, Customers: 1} }},
		{"eligibility that asks for nothing", "PLAN_INVALID", "eligible", func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 1} }},
		{"eligibility below nothing", "PLAN_INVALID", "eligible", func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 1, Customers: -1, Volume: "1.00"} }},
		{"eligibility of no volume", "PLAN_INVALID", "eligible.volume", func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 1, Volume: "0"} }},
		{"eligibility in another currency", "CURRENCY_MISMATCH", "eligible.volume", func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 1, Volume: "1.00 EUR"} }},
	})
}

func TestCompileRefusesRules(t *testing.T) {
	type spec = engine.PlanSpec
	percent := func(text string) engine.RewardSpec { return engine.RewardSpec{Percent: text} }
	requireRefusals(t, []refusal{
		{"no rules", "PLAN_INVALID", "rules", func(s *spec) { s.Rules = nil }},
		{"too many rules", "PLAN_INVALID", "rules", func(s *spec) { s.Rules = make([]engine.RuleSpec, 201) }},
		{"an id of capitals", "PLAN_INVALID", "rules.2.id", func(s *spec) { s.Rules[2].ID = "Sales" }},
		{"no id", "PLAN_INVALID", "rules.2.id", func(s *spec) { s.Rules[2].ID = "" }},
		{"an id that is too long", "PLAN_INVALID", "rules.2.id", func(s *spec) { s.Rules[2].ID = strings.Repeat("a", 41) }},
		{"a kind of small letters", "PLAN_INVALID", "rules.0.kind", func(s *spec) { s.Rules[0].Kind = "signup" }},
		{"a kind that nobody knows", "KIND_UNKNOWN", "rules.1.kind", func(s *spec) { s.Rules[1].Kind = "SALES" }},
		{"an unknown scope", "PLAN_INVALID", "rules.2.scope", func(s *spec) { s.Rules[2].Scope = "basket" }},
		{"items of an order", "PLAN_INVALID", "rules.2.scope", func(s *spec) { s.Rules[2].SKUs = []string{"A"} }},
		{"categories of an order", "PLAN_INVALID", "rules.2.scope", func(s *spec) { s.Rules[2].Scope, s.Rules[2].Categories = "order", []string{"A"} }},
		{"too many items", "PLAN_INVALID", "rules.1.skus", func(s *spec) { s.Rules[1].SKUs = make([]string, 500) }},
		{"items of no name", "PLAN_INVALID", "rules.1", func(s *spec) { s.Rules[1].Categories = nil }},
		{"no reward", "PLAN_INVALID", "rules.2", func(s *spec) { s.Rules[2].Percent = "" }},
		{"two rewards", "PLAN_INVALID", "rules.2", func(s *spec) { s.Rules[2].Fixed = "1.00" }},
		{"a bad rate", "RATE_MALFORMED", "rules.2.percent", func(s *spec) { s.Rules[2].Percent = "ten" }},
		{"a fixed amount that is too precise", "AMOUNT_TOO_PRECISE", "rules.0.fixed", func(s *spec) { s.Rules[0].Fixed = "1.505" }},
		{"a fixed amount below nothing", "PLAN_INVALID", "rules.0.fixed", func(s *spec) { s.Rules[0].Fixed = "-1.50" }},
		{"a currency without an amount", "CURRENCY_MISMATCH", "rules.0.fixed", func(s *spec) { s.Rules[0].Fixed = " EUR" }},
		{"a fixed amount in another currency", "CURRENCY_MISMATCH", "rules.0.fixed", func(s *spec) { s.Rules[0].Fixed = "1.50 USD" }},
		{"two rules of one id", "RULE_ID_TWICE", "rules.2.id", func(s *spec) { s.Rules[2].ID = "signup" }},
		{"no default", "PLAN_DEFAULT_MISSING", "rules", func(s *spec) { s.Rules[2].Kind = "SALE" }},
		{"a default with a condition", "PLAN_DEFAULT_MISSING", "rules", func(s *spec) { s.Rules[2].When = "true" }},
		{"a default for items", "PLAN_DEFAULT_MISSING", "rules", func(s *spec) { s.Rules = s.Rules[:2] }},
		{"a rule after the default", "RULE_UNREACHABLE", "rules.3", func(s *spec) {
			s.Rules = append(s.Rules, engine.RuleSpec{ID: "late", Kind: "LATE", RewardSpec: percent("1%")})
		}},
		{"a rule for items after the default", "RULE_UNREACHABLE", "rules.3", func(s *spec) {
			s.Rules = append(s.Rules, engine.RuleSpec{ID: "late", Scope: "item", SKUs: []string{"A"}, RewardSpec: percent("1%")})
		}},
		{"a rule after another for all of its items", "RULE_UNREACHABLE", "rules.2", func(s *spec) {
			late := engine.RuleSpec{ID: "late", Kind: "SALE", Scope: "item", When: "item.quantity > 1", Categories: []string{"books"}, RewardSpec: percent("9%")}
			s.Rules = slices.Insert(s.Rules, 2, late)
		}},
		{"a rule after another for all of its kind", "RULE_UNREACHABLE", "rules.1", func(s *spec) { s.Rules[1].Kind = "SIGNUP" }},
		{"months for centuries", "PLAN_INVALID", "rules.2.recurring.months", func(s *spec) { s.Rules[2].Recurring = &engine.RecurringSpec{Months: 1201} }},
		{"an empty limit", "PLAN_INVALID", "rules.2.recurring", func(s *spec) { s.Rules[2].Recurring = &engine.RecurringSpec{} }},
		{"months below nothing", "PLAN_INVALID", "rules.2.recurring", func(s *spec) { s.Rules[2].Recurring = &engine.RecurringSpec{Months: -1, Count: 1} }},
		{"a count below nothing", "PLAN_INVALID", "rules.2.recurring", func(s *spec) { s.Rules[2].Recurring = &engine.RecurringSpec{Months: 1, Count: -1} }},
		{"an age below nothing", "PLAN_INVALID", "rules.2.valid.min_age_days", func(s *spec) { s.Rules[2].Valid.MinAgeDays = -1 }},
		{"an age of more than a year", "PLAN_INVALID", "rules.2.valid.min_age_days", func(s *spec) { s.Rules[2].Valid.MinAgeDays = 367 }},
		{"an unknown field", "PLAN_INVALID", "rules.2.valid.require.1", func(s *spec) { s.Rules[2].Valid.Require = []string{"country", "name"} }},
		{"metadata without a key", "PLAN_INVALID", "rules.2.valid.require.0", func(s *spec) { s.Rules[2].Valid.Require = []string{"metadata."} }},
	})
}

func TestCompileRefusesTiersAndCaps(t *testing.T) {
	type spec = engine.PlanSpec
	step := func(from, percent string) engine.StepSpec { return engine.StepSpec{From: from, Percent: percent} }
	tiers := func(by, mode string, steps ...engine.StepSpec) func(*spec) {
		return func(s *spec) {
			s.Rules[2].RewardSpec = engine.RewardSpec{Tiers: &engine.TiersSpec{By: by, Mode: mode, Steps: steps}}
		}
	}
	caps := func(caps ...engine.CapSpec) func(*spec) { return func(s *spec) { s.Rules[0].Caps = caps } }
	requireRefusals(t, []refusal{
		{"tiers by the year", "TIERS_INVALID", "rules.2.tiers.by", tiers("year", "marginal", step("0", "1%"), step("1", "2%"))},
		{"tiers of no mode", "TIERS_INVALID", "rules.2.tiers.mode", tiers("order", "", step("0", "1%"), step("1", "2%"))},
		{"one tier", "TIERS_INVALID", "rules.2.tiers.steps", tiers("order", "marginal", step("0", "1%"))},
		{"too many tiers", "TIERS_INVALID", "rules.2.tiers.steps", tiers("order", "marginal", make([]engine.StepSpec, 51)...)},
		{"a first tier above nothing", "TIERS_INVALID", "rules.2.tiers.steps.0.from", tiers("order", "marginal", step("0.01", "1%"), step("1", "2%"))},
		{"a tier that does not rise", "TIERS_INVALID", "rules.2.tiers.steps.2.from", tiers("order", "marginal", step("0", "1%"), step("1", "2%"), step("1.00", "3%"))},
		{"a tier that falls", "TIERS_INVALID", "rules.2.tiers.steps.2.from", tiers("order", "marginal", step("0", "1%"), step("1", "2%"), step("0.99", "3%"))},
		{"a bad amount of a tier", "AMOUNT_MALFORMED", "rules.2.tiers.steps.1.from", tiers("order", "marginal", step("0", "1%"), step("1,00", "2%"))},
		{"a bad rate of a tier", "RATE_MALFORMED", "rules.2.tiers.steps.1.percent", tiers("order", "marginal", step("0", "1%"), step("1", "2"))},

		{"too many caps", "PLAN_INVALID", "rules.0.caps", caps(make([]engine.CapSpec, 6)...)},
		{"a cap per year", "PLAN_INVALID", "rules.0.caps.0.per", caps(engine.CapSpec{Per: "year", Count: 1})},
		{"a cap over the world", "PLAN_INVALID", "rules.0.caps.0.scope", caps(engine.CapSpec{Per: "day", Scope: "world", Count: 1})},
		{"a cap of nothing", "CAP_ZERO", "rules.0.caps.0", caps(engine.CapSpec{Per: "day"})},
		{"a count below nothing", "CAP_ZERO", "rules.0.caps.0.count", caps(engine.CapSpec{Per: "day", Amount: "2.00", Count: -1})},
		{"an amount of nothing", "CAP_ZERO", "rules.0.caps.0.amount", caps(engine.CapSpec{Per: "day", Amount: "0.00"})},
		{"an amount below nothing", "PLAN_INVALID", "rules.0.caps.0.amount", caps(engine.CapSpec{Per: "day", Amount: "-1"})},
		{"an amount below one reward", "CAP_BELOW_REWARD", "rules.0.caps.0.amount", caps(engine.CapSpec{Per: "day", Amount: "1.49"})},
		{"a count per conversion", "PLAN_INVALID", "rules.0.caps.0.count", caps(engine.CapSpec{Per: "conversion", Amount: "2.00", Count: 1})},
		{"an amount in another currency", "CURRENCY_MISMATCH", "rules.0.caps.0.amount", caps(engine.CapSpec{Per: "day", Amount: "9 EUR"})},
		{"a cap twice", "PLAN_INVALID", "rules.0.caps.1", caps(engine.CapSpec{Per: "day", Count: 1}, engine.CapSpec{Per: "day", Scope: "enrollment", Amount: "5.00"})},
	})
	requireRefusals(t, []refusal{{"a cap on what its close would pay", "TIERS_INVALID", "rules.2.caps", func(s *spec) {
		tiers("period", "marginal", step("0", "1%"), step("1", "2%"))(s)
		s.Rules[2].Caps = []engine.CapSpec{{Per: "day", Count: 1}}
	}}})
}

func TestCompileRefusesOverrides(t *testing.T) {
	type spec = engine.PlanSpec
	override := func(o engine.OverrideSpec) func(*spec) {
		return func(s *spec) { s.Overrides = []engine.OverrideSpec{o} }
	}
	ten := engine.RewardSpec{Percent: "10%"}
	requireRefusals(t, []refusal{
		{"too many", "PLAN_INVALID", "overrides", func(s *spec) { s.Overrides = make([]engine.OverrideSpec, 1001) }},
		{"of no rule", "RULE_UNKNOWN", "overrides.0.rule", override(engine.OverrideSpec{Rule: "gone", Group: "vip", RewardSpec: ten})},
		{"for nobody", "PLAN_INVALID", "overrides.0", override(engine.OverrideSpec{Rule: "sales", RewardSpec: ten})},
		{"for two", "PLAN_INVALID", "overrides.0", override(engine.OverrideSpec{Rule: "sales", Group: "vip", Enrollment: "ann", RewardSpec: ten})},
		{"of an empty time", "PLAN_INVALID", "overrides.0.until", override(engine.OverrideSpec{Rule: "sales", Group: "vip", From: start, Until: start, RewardSpec: ten})},
		{"that ends before it begins", "PLAN_INVALID", "overrides.0.until", override(engine.OverrideSpec{Rule: "sales", Group: "vip", From: start, Until: start.Add(-1), RewardSpec: ten})},
		{"for no group", "GROUP_UNKNOWN", "overrides.0.group", override(engine.OverrideSpec{Rule: "sales", Group: "gold", RewardSpec: ten})},
		{"of no reward", "PLAN_INVALID", "overrides.0", override(engine.OverrideSpec{Rule: "sales", Group: "vip"})},
		{"of a bad rate", "RATE_MALFORMED", "overrides.0.percent", override(engine.OverrideSpec{Rule: "sales", Group: "vip", RewardSpec: engine.RewardSpec{Percent: "x"}})},
		{"settled otherwise", "PLAN_INVALID", "overrides.0.tiers", override(engine.OverrideSpec{Rule: "sales", Group: "vip", RewardSpec: engine.RewardSpec{
			Tiers: &engine.TiersSpec{By: "period", Mode: "marginal", Steps: []engine.StepSpec{{From: "0", Percent: "1%"}, {From: "1", Percent: "2%"}}}}})},
		{"above the rule's cap", "CAP_BELOW_REWARD", "overrides.0.fixed", override(engine.OverrideSpec{Rule: "signup", Group: "vip", RewardSpec: engine.RewardSpec{Fixed: "3.01"}})},
	})
	_, err := planOf(override(engine.OverrideSpec{Rule: "signup", Group: "vip", RewardSpec: engine.RewardSpec{Fixed: "3.00"}})).Compile(termsOf(t))
	require.NoError(t, err, "as much as the cap")
}

func TestCompileRefusesBonusesAndPlacements(t *testing.T) {
	type spec = engine.PlanSpec
	bonus := func(b engine.BonusSpec) func(*spec) { return func(s *spec) { s.Bonuses = []engine.BonusSpec{b} } }
	placement := func(p ...engine.PlacementSpec) func(*spec) { return func(s *spec) { s.Placements = p } }
	requireRefusals(t, []refusal{
		{"too many bonuses", "PLAN_INVALID", "bonuses", func(s *spec) { s.Bonuses = make([]engine.BonusSpec, 51) }},
		{"a bonus for recruiting", "BONUS_FOR_RECRUITING", "bonuses.0.recruits", bonus(engine.BonusSpec{ID: "b", Amount: "1", Recruits: 1})},
		{"a bonus for recruiting beside a goal", "BONUS_FOR_RECRUITING", "bonuses.0.recruits", bonus(engine.BonusSpec{ID: "b", Amount: "1", FirstSale: true, Recruits: -1})},
		{"a bad id", "PLAN_INVALID", "bonuses.0.id", bonus(engine.BonusSpec{ID: "B", Amount: "1", FirstSale: true})},
		{"a bonus for nothing", "PLAN_INVALID", "bonuses.0", bonus(engine.BonusSpec{ID: "b", Amount: "1"})},
		{"a bonus for two things", "PLAN_INVALID", "bonuses.0", bonus(engine.BonusSpec{ID: "b", Amount: "1", FirstSale: true, RecruitSells: true})},
		{"a bonus of nothing", "PLAN_INVALID", "bonuses.0.amount", bonus(engine.BonusSpec{ID: "b", Amount: "0", FirstSale: true})},
		{"a bonus in another currency", "CURRENCY_MISMATCH", "bonuses.0.amount", bonus(engine.BonusSpec{ID: "b", Amount: "1 EUR", FirstSale: true})},
		{"a bonus for no group", "GROUP_UNKNOWN", "bonuses.0.group", bonus(engine.BonusSpec{ID: "b", Amount: "1", FirstSale: true, Group: "gold"})},
		{"a goal of nothing", "PLAN_INVALID", "bonuses.0.reach", bonus(engine.BonusSpec{ID: "b", Amount: "1", Reach: &engine.ReachSpec{}})},
		{"two goals", "PLAN_INVALID", "bonuses.0.reach", bonus(engine.BonusSpec{ID: "b", Amount: "1", Reach: &engine.ReachSpec{Volume: "1", Sales: 1}})},
		{"sales below nothing", "PLAN_INVALID", "bonuses.0.reach", bonus(engine.BonusSpec{ID: "b", Amount: "1", Reach: &engine.ReachSpec{Sales: -1}})},
		{"a volume of nothing", "PLAN_INVALID", "bonuses.0.reach.volume", bonus(engine.BonusSpec{ID: "b", Amount: "1", Reach: &engine.ReachSpec{Volume: "0"}})},
		{"a bonus named like a rule", "RULE_ID_TWICE", "bonuses.0.id", bonus(engine.BonusSpec{ID: "sales", Amount: "1", FirstSale: true})},
		{"two bonuses of one id", "RULE_ID_TWICE", "bonuses.1.id", func(s *spec) { s.Bonuses = many(2, engine.BonusSpec{ID: "b", Amount: "1", FirstSale: true}) }},
		{"too many placements", "PLAN_INVALID", "placements", placement(make([]engine.PlacementSpec, 51)...)},
		{"a placement of a bad id", "PLAN_INVALID", "placements.0.id", placement(engine.PlacementSpec{ID: "", Fee: "1"})},
		{"a placement of nothing", "PLAN_INVALID", "placements.0.fee", placement(engine.PlacementSpec{ID: "p", Fee: "0"})},
		{"a placement named like a rule", "RULE_ID_TWICE", "placements.0.id", placement(engine.PlacementSpec{ID: "sales", Fee: "1"})},
		{"two placements of one id", "RULE_ID_TWICE", "placements.1.id", placement(many(2, engine.PlacementSpec{ID: "p", Fee: "1"})...)},
		{"a placement named like a bonus", "RULE_ID_TWICE", "placements.0.id", func(s *spec) {
			bonus(engine.BonusSpec{ID: "b", Amount: "1", FirstSale: true})(s)
			placement(engine.PlacementSpec{ID: "b", Fee: "1"})(s)
		}},
	})
}

// What lies just inside every limit compiles.
func TestCompileTakesWhatIsAtTheLimits(t *testing.T) {
	type spec = engine.PlanSpec
	for name, change := range map[string]func(*spec){
		"as it is":             func(*spec) {},
		"a year of everything": func(s *spec) { s.HoldDays, s.NoticeDays, s.Rules[2].Valid.MinAgeDays = 366, 366, 366 },
		"nothing of it":        func(s *spec) { s.HoldDays, s.NoticeDays, s.Rules[2].Valid.MinAgeDays = 0, 0, 0 },
		"policies":             func(s *spec) { s.Ineligible, s.Renewals = "compress", "current" },
		"a century of months":  func(s *spec) { s.Rules[2].Recurring = &engine.RecurringSpec{Months: 1200} },
		"twenty levels":        func(s *spec) { s.Levels = many(20, engine.LevelSpec{Rate: "1%", Of: "sale"}) },
		"a table as deep": func(s *spec) {
			s.GroupLevels = map[string][]engine.LevelSpec{"vip": many(2, engine.LevelSpec{Rate: "1%", Of: "sale"})}
		},
		"one day":             func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 1, Volume: "0.01"} },
		"366 days":            func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 366, Customers: 1} },
		"50 kinds of its own": func(s *spec) { s.Kinds = many(50, "A"+strings.Repeat("9", 39)); s.Rules[1].Kind = s.Kinds[0] },
		"kinds that all know": func(s *spec) {
			s.Kinds, s.Rules = nil, append(kinds("SALE", "LEAD", "SIGNUP", "SUBSCRIPTION"), s.Rules[2])
		},
		"200 rules": func(s *spec) { s.Rules = append(kinds(many(199, "LEAD")...), s.Rules[2]) },
		"500 names": func(s *spec) { s.Rules[1].SKUs, s.Rules[1].Categories = make([]string, 250), make([]string, 250) },
		"50 tiers": func(s *spec) {
			s.Rules[2].RewardSpec = engine.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: "retroactive", Steps: tiersOf(50)}}
		},
		"5 caps": func(s *spec) {
			s.Rules[0].Caps = []engine.CapSpec{{Per: "day", Count: 1}, {Per: "week", Count: 1}, {Per: "month", Amount: "1.50"}, {Per: "life", Count: 1},
				{Per: "conversion", Scope: "program", Amount: "2.00 GBP"}}
		},
		"1000 overrides": func(s *spec) {
			s.Overrides = many(1000, engine.OverrideSpec{Rule: "sales", Enrollment: "ann", Until: start, RewardSpec: engine.RewardSpec{Percent: "1%"}})
		},
		"a fixed override where only the number is capped": func(s *spec) {
			s.Rules[0].Caps = []engine.CapSpec{{Per: "day", Count: 1}}
			s.Overrides = []engine.OverrideSpec{{Rule: "signup", Group: "red", RewardSpec: engine.RewardSpec{Fixed: "9.00"}}}
		},
		"an override of an instant": func(s *spec) {
			s.Overrides = []engine.OverrideSpec{{Rule: "sales", Group: "red", From: start, Until: start.Add(1), RewardSpec: engine.RewardSpec{Percent: "1%"}}}
		},
		"50 bonuses and placements": func(s *spec) {
			for i := range 50 {
				s.Bonuses = append(s.Bonuses, engine.BonusSpec{ID: fmt.Sprintf("b%d", i), Amount: "0.01", Reach: &engine.ReachSpec{Sales: 1}})
				s.Placements = append(s.Placements, engine.PlacementSpec{ID: fmt.Sprintf("p%d", i), Fee: "0.01"})
			}
		},
		"an id of forty letters": func(s *spec) { s.Rules[2].ID = "0" + strings.Repeat("a", 39) },
		"a fixed default":        func(s *spec) { s.Rules[2].RewardSpec = engine.RewardSpec{Fixed: "0"} },
	} {
		_, err := planOf(change).Compile(termsOf(t))
		require.NoError(t, err, name)
	}
	terms := termsOf(t)
	terms.Groups = nil
	_, err := planOf(func(s *spec) {
		s.Overrides = []engine.OverrideSpec{{Rule: "sales", Group: "gold", RewardSpec: engine.RewardSpec{Percent: "1%"}}}
	}).Compile(terms)
	require.NoError(t, err, "groups that are not known are not looked for")
}

// kinds gives a rule for some conversions of each kind.
func kinds(names ...string) []engine.RuleSpec {
	var rules []engine.RuleSpec
	for i, kind := range names {
		rules = append(rules, engine.RuleSpec{ID: fmt.Sprintf("r%d", i), Kind: kind, When: "order.gross > 1", RewardSpec: engine.RewardSpec{Percent: "1%"}})
	}
	return rules
}

func tiersOf(n int) []engine.StepSpec {
	var steps []engine.StepSpec
	for i := range n {
		steps = append(steps, engine.StepSpec{From: fmt.Sprint(i), Percent: "1%"})
	}
	return steps
}

// A rule for items is out of reach only where an earlier one takes each of its items, of its kind, whatever they are.
func TestARuleForItemsThatLeavesSome(t *testing.T) {
	for _, change := range map[string]func(s *engine.PlanSpec, late *engine.RuleSpec){
		"another category":  func(_ *engine.PlanSpec, late *engine.RuleSpec) { late.Categories = append(late.Categories, "maps") },
		"a sku":             func(_ *engine.PlanSpec, late *engine.RuleSpec) { late.SKUs = []string{"A"} },
		"by condition":      func(_ *engine.PlanSpec, late *engine.RuleSpec) { late.Categories, late.When = nil, "true" },
		"another kind":      func(_ *engine.PlanSpec, late *engine.RuleSpec) { late.Kind = "OTHER" },
		"every kind":        func(_ *engine.PlanSpec, late *engine.RuleSpec) { late.Kind = "" },
		"after a condition": func(s *engine.PlanSpec, _ *engine.RuleSpec) { s.Rules[1].When = "item.quantity > 1" },
	} {
		compile(t, planOf(func(s *engine.PlanSpec) {
			late := engine.RuleSpec{ID: "late", Kind: "SALE", Scope: "item", Categories: []string{"books"}, RewardSpec: engine.RewardSpec{Percent: "9%"}}
			change(s, &late)
			s.Rules = slices.Insert(s.Rules, 2, late)
		}))
	}
}
