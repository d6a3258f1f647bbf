package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
)

// compileWhen gives the default rule a kind and the condition, and puts another default behind it.
func compileWhen(t *testing.T, when string) error {
	t.Helper()
	_, err := planOf(withCondition(when)).Compile(termsOf(t))
	return err
}

func withCondition(when string) func(*engine.PlanSpec) {
	return func(s *engine.PlanSpec) {
		s.Rules[2].When = when
		s.Rules = append(s.Rules, engine.RuleSpec{ID: "rest", RewardSpec: engine.RewardSpec{Percent: "1%"}})
	}
}

func TestAConditionThatIsNoneNamesItsColumn(t *testing.T) {
	for when, text := range map[string]string{
		`order.gross >`:                             "column 14: ",
		`order.gross > 1 && order.colour == ""`:     "column 20: undeclared reference to 'order'",
		"order.gross > 1 &&\n  order.colour == 1":   "line 2, column 3: ",
		`order.gross == "1"`:                        "column 13: found no matching overload",
		`order.gross`:                               "column 1: a condition is true or false, this one is a int",
		`order.at`:                                  "column 1: a condition is true or false",
		`item.amount > 1`:                           "undeclared reference",
		`customer.email == ""`:                      "undeclared reference",
		`order.gross > money(1)`:                    "column 20: found no matching overload",
		`money("ten") > 1`:                          "column 7: an amount is a plain decimal number",
		`money("1.005") > 1`:                        "column 7: the amount has more decimals",
		"order.tax > 1 &&\n money(\"x\") > 1":       "line 2, column 8: an amount is",
		`money(order.coupon) > 1 && money("x") > 1`: "column 34: an amount is",
		`money("1.00 EUR") > 1`:                     "not in the program's currency",
		`money("-1.00") > 1`:                        "not negative",
		strings.Repeat(" ", 1997) + `true`:          "at most 2000 characters",
	} {
		err := compileWhen(t, when)
		requireRefusal(t, err, "CONDITION_INVALID", "rules.2.when", when)
		require.ErrorContains(t, err, text, when)
		require.NotContains(t, err.Error(), "line 1,", when)
	}
	require.NoError(t, compileWhen(t, strings.Repeat(" ", 1996)+`true`), "exactly as long as can be")
}

func TestAConditionThatMightCostTooMuchIsRefused(t *testing.T) {
	for _, when := range []string{
		`order.items.exists(a, a.sku.matches("` + strings.Repeat("ab", 60) + `"))`,
		`partner.tags.exists(t, partner.tags.exists(u, partner.tags.exists(v, v.contains(t + u))))`,
	} {
		requireRefusal(t, compileWhen(t, when), "CONDITION_TOO_COSTLY", "rules.2.when", when)
	}
	each := `order.items.exists(a, order.items.exists(b, a.sku != b.sku && a.name == b.name))`
	requireRefusal(t, compileWhen(t, each), "CONDITION_TOO_COSTLY", "rules.2.when", each)
	for _, when := range []string{
		`order.items.exists(a, a.sku == "A" && a.amount > money("1.00"))`,
		`order.items.all(a, a.quantity < 10) || size(order.items) == 0`,
		`partner.tags.exists(t, partner.tags.exists(u, t != u))`,
		`order.metadata.exists(k, order.metadata[k] == "x")`,
		`order.coupon.matches("^[A-Z]+-[0-9]{2,4}$")`,
		`touch.subs.exists(k, k.startsWith("sub"))`,
	} {
		require.NoError(t, compileWhen(t, when), when)
	}
}

func TestAnItemsFactsAreOnlyInRulesForItems(t *testing.T) {
	s := planOf(func(s *engine.PlanSpec) {
		s.Rules[1].Categories, s.Rules[1].When = nil, `item.sku == "A" || item.name != "" && order.gross > 1`
	})
	_, err := s.Compile(termsOf(t))
	require.NoError(t, err, "a rule for items knows the order too")
}

// What a plan does not ask for nobody needs to read.
func TestNeedsAreWhatAPlanAsksFor(t *testing.T) {
	bare := func(s *engine.PlanSpec) {
		s.Rules = []engine.RuleSpec{{ID: "sales", RewardSpec: engine.RewardSpec{Percent: "10%"}}}
	}
	type spec = engine.PlanSpec
	rule := func(change func(r *engine.RuleSpec)) func(*spec) { return func(s *spec) { change(&s.Rules[0]) } }
	when := func(text string) func(*spec) {
		return func(s *spec) {
			s.Rules = append([]engine.RuleSpec{{ID: "asks", When: text, RewardSpec: engine.RewardSpec{Percent: "10%"}}}, s.Rules...)
		}
	}
	for name, c := range map[string]struct {
		change func(*spec)
		want   engine.Needs
	}{
		"nothing":            {func(*spec) {}, engine.Needs{}},
		"a condition":        {when(`order.kind == "A" && order.gross + order.net + order.tax + order.shipping + order.discount > 1`), engine.Needs{}},
		"the time":           {when(`order.at > timestamp("2026-01-01T00:00:00Z")`), engine.Needs{}},
		"the country":        {when(`order.country == ""`), engine.Needs{Order: true}},
		"the coupon":         {when(`order.coupon == ""`), engine.Needs{Order: true}},
		"metadata":           {when(`"a" in order.metadata`), engine.Needs{Order: true}},
		"items":              {when(`size(order.items) > 1`), engine.Needs{Order: true}},
		"customer known":     {when(`customer.known`), engine.Needs{Customer: true}},
		"customer new":       {when(`customer.is_new`), engine.Needs{Customer: true}},
		"order number":       {when(`customer.order_number > 1`), engine.Needs{Customer: true}},
		"months":             {when(`customer.months_since_first > 1`), engine.Needs{Customer: true}},
		"partner code":       {when(`partner.code == ""`), engine.Needs{Partner: true}},
		"partner group":      {when(`partner.group == ""`), engine.Needs{Partner: true}},
		"partner country":    {when(`partner.country == ""`), engine.Needs{Partner: true}},
		"partner tags":       {when(`"a" in partner.tags`), engine.Needs{Partner: true}},
		"lifetime":           {when(`partner.lifetime_volume > 1`), engine.Needs{Lifetime: true}},
		"method":             {when(`touch.method == ""`), engine.Needs{Touch: true}},
		"link":               {when(`touch.link == ""`), engine.Needs{Touch: true}},
		"subs":               {when(`"a" in touch.subs`), engine.Needs{Touch: true}},
		"several":            {when(`customer.known && touch.link == "" && partner.code == "" && order.coupon == ""`), engine.Needs{Customer: true, Touch: true, Partner: true, Order: true}},
		"months of a rule":   {rule(func(r *engine.RuleSpec) { r.Recurring = &engine.RecurringSpec{Months: 1} }), engine.Needs{Customer: true}},
		"a count of a rule":  {rule(func(r *engine.RuleSpec) { r.Recurring = &engine.RecurringSpec{Count: 1} }), engine.Needs{Customer: true}},
		"unique":             {rule(func(r *engine.RuleSpec) { r.Valid = &engine.ValidSpec{UniqueCustomer: true} }), engine.Needs{Customer: true}},
		"age":                {rule(func(r *engine.RuleSpec) { r.Valid = &engine.ValidSpec{MinAgeDays: 1} }), engine.Needs{}},
		"require a country":  {rule(func(r *engine.RuleSpec) { r.Valid = &engine.ValidSpec{Require: []string{"country"}} }), engine.Needs{Order: true}},
		"require a customer": {rule(func(r *engine.RuleSpec) { r.Valid = &engine.ValidSpec{Require: []string{"customer"}} }), engine.Needs{Customer: true, Order: true}},
		"a cap":              {rule(func(r *engine.RuleSpec) { r.Caps = []engine.CapSpec{{Per: "day", Count: 1}} }), engine.Needs{Caps: true}},
		"a cap on a sale":    {rule(func(r *engine.RuleSpec) { r.Caps = []engine.CapSpec{{Per: "conversion", Amount: "1"}} }), engine.Needs{}},
		"a cap of a group":   {rule(func(r *engine.RuleSpec) { r.Caps = []engine.CapSpec{{Per: "life", Scope: "group", Count: 1}} }), engine.Needs{Caps: true, Partner: true}},
		"items of a rule": {func(s *spec) {
			s.Rules = append([]engine.RuleSpec{{ID: "i", Scope: "item", SKUs: []string{"A"}, RewardSpec: engine.RewardSpec{Percent: "1%"}}}, s.Rules...)
		}, engine.Needs{Order: true}},
		"an override": {func(s *spec) {
			s.Overrides = []engine.OverrideSpec{{Rule: "sales", Enrollment: "a", RewardSpec: engine.RewardSpec{Percent: "1%"}}}
		}, engine.Needs{Partner: true}},
		"eligibility":     {func(s *spec) { s.Eligible = &engine.EligibleSpec{Days: 9, Customers: 1} }, engine.Needs{WindowDays: 9}},
		"renewals":        {func(s *spec) { s.Renewals = "first_sale" }, engine.Needs{Customer: true}},
		"a group's table": {func(s *spec) { s.GroupLevels = map[string][]engine.LevelSpec{"vip": {}} }, engine.Needs{Partner: true}},
		"a group's bonus": {func(s *spec) { s.Bonuses = []engine.BonusSpec{{ID: "b", Amount: "1", Group: "vip", FirstSale: true}} }, engine.Needs{Partner: true}},
		"anybody's bonus": {func(s *spec) { s.Bonuses = []engine.BonusSpec{{ID: "b", Amount: "1", FirstSale: true}} }, engine.Needs{}},
	} {
		require.Equal(t, c.want, compile(t, planOf(bare, c.change)).Needs, name)
	}
	a, b := engine.Needs{Customer: true, Order: true, WindowDays: 3}, engine.Needs{Touch: true, Partner: true, Lifetime: true, Caps: true, WindowDays: 2}
	all := engine.Needs{Customer: true, Touch: true, Order: true, Partner: true, Lifetime: true, WindowDays: 3, Caps: true}
	require.Equal(t, all, a.Add(b))
	require.Equal(t, all, b.Add(a))
}

func TestAFailedConditionNamesTheRule(t *testing.T) {
	p := compile(t, planOf(withCondition(`order.metadata.plan == "pro"`)))
	var out engine.Outcome
	err := p.Price(&engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 100}, Chain: chainOf(1)}, nil, &out)
	var failed *engine.ConditionError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "sales", failed.Rule)
	require.ErrorIs(t, err, failed.Err)
	require.ErrorContains(t, err, `the condition of rule "sales" failed: no such key: plan`)
	require.Equal(t, fault.Internal, fault.KindOf(err), "it is no refusal of an input")
}

// money reads an amount when the condition is asked, too.
func TestMoneyOfWhatAConversionSays(t *testing.T) {
	p := compile(t, planOf(func(s *engine.PlanSpec) { s.Rules[2].Valid = nil }, withCondition(`money(order.metadata.budget) > order.gross`)))
	for text, want := range map[string]int64{"1.01": 10, "1.00": 1} {
		var out engine.Outcome
		c := engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 100, Metadata: map[string]string{"budget": text}}, Chain: chainOf(1)}
		require.NoError(t, p.Price(&c, nil, &out))
		require.Equal(t, want, out.Shares[0].Amount, text)
	}
	var out engine.Outcome
	c := engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 100, Metadata: map[string]string{"budget": "much"}}, Chain: chainOf(1)}
	require.ErrorContains(t, p.Price(&c, nil, &out), "an amount is a plain decimal number")
}
