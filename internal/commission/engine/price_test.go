package engine_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
)

// chainOf gives a seller and its upline, of n members; some of them are not active.
func chainOf(n int, inactive ...int) []engine.Member {
	chain := make([]engine.Member, n)
	for i := range chain {
		chain[i].ID = engine.ID{byte(i + 1)}
	}
	for _, i := range inactive {
		chain[i].Inactive = true
	}
	return chain
}

// simple is a plan of two rules and two levels.
func simple(s *engine.PlanSpec) {
	s.Rules = []engine.RuleSpec{{ID: "signup", Kind: "SIGNUP", RewardSpec: engine.RewardSpec{Fixed: "1.50"}}, {ID: "sales", RewardSpec: engine.RewardSpec{Percent: "10%"}}}
}

func TestPrice(t *testing.T) {
	type spec = engine.PlanSpec
	off := false
	for name, c := range map[string]struct {
		change func(*spec)
		sale   engine.Sale
		chain  []engine.Member
		want   map[byte]int64
	}{
		"percent and levels, less tax and shipping": {nil, engine.Sale{Kind: "SALE", Gross: 12_000, Tax: 1_500, Shipping: 500}, chainOf(4),
			map[byte]int64{1: 1000, 2: 200, 3: 50}},
		"a fixed reward pays levels of below, none of a sale of nothing": {nil, engine.Sale{Kind: "SIGNUP"}, chainOf(3), map[byte]int64{1: 150, 2: 0, 3: 0}},
		"levels off":                       {func(s *spec) { s.Rules[1].Levels = &off }, engine.Sale{Kind: "SALE", Gross: 10_000}, chainOf(3), map[byte]int64{1: 1000}},
		"no upline":                        {nil, engine.Sale{Kind: "SALE", Gross: 10_000}, chainOf(1), map[byte]int64{1: 1000}},
		"an inactive sponsor is skipped":   {nil, engine.Sale{Kind: "SALE", Gross: 10_000}, chainOf(4, 1), map[byte]int64{1: 1000, 3: 200, 4: 50}},
		"an inactive sponsor ends a chain": {func(s *spec) { s.Ineligible = "stop" }, engine.Sale{Kind: "SALE", Gross: 10_000}, chainOf(4, 2), map[byte]int64{1: 1000, 2: 200}},
		"half a penny goes to the even":    {nil, engine.Sale{Kind: "SALE", Gross: 25}, chainOf(1), map[byte]int64{1: 2}},
		"nothing left after exclusions":    {nil, engine.Sale{Kind: "SALE", Gross: 100, Tax: 100}, chainOf(2), map[byte]int64{1: 0, 2: 0}},
		"a rule that pays nobody makes no shares": {func(s *spec) { s.Levels, s.Rules[1].Percent = nil, "0%" },
			engine.Sale{Kind: "SALE", Gross: 100}, chainOf(2), map[byte]int64{}},
		"nor do levels of what nobody earned": {func(s *spec) { s.Levels, s.Rules[1].Percent = s.Levels[1:], "0%" },
			engine.Sale{Kind: "SALE", Gross: 100}, chainOf(2), map[byte]int64{}},
		"nor levels of no rate": {func(s *spec) { s.Levels, s.Rules[1].Percent = []engine.LevelSpec{{Rate: "0%", Of: "sale"}}, "0%" },
			engine.Sale{Kind: "SALE", Gross: 100}, chainOf(2), map[byte]int64{}},
		"nor a rule without levels":     {func(s *spec) { s.Rules[1].Levels, s.Rules[1].Percent = &off, "0%" }, engine.Sale{Kind: "SALE", Gross: 100}, chainOf(2), map[byte]int64{}},
		"nor a fixed reward of nothing": {func(s *spec) { s.Levels, s.Rules[0].Fixed = nil, "0" }, engine.Sale{Kind: "SIGNUP", Gross: 100}, chainOf(2), map[byte]int64{}},
		"nor tiers of no rate": {func(s *spec) {
			s.Levels = nil
			s.Rules[1].RewardSpec = engine.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: "marginal", Steps: []engine.StepSpec{{From: "0", Percent: "0%"}, {From: "1", Percent: "0%"}}}}
		}, engine.Sale{Kind: "SALE", Gross: 1000}, chainOf(2), map[byte]int64{}},
		"levels alone": {func(s *spec) { s.Rules[1].Percent = "0%" }, engine.Sale{Kind: "SALE", Gross: 100}, chainOf(3), map[byte]int64{1: 0, 2: 2, 3: 0}},
		"what rounding adds comes off from the top": {func(s *spec) { s.MaxTotal, s.Levels = "50%", many(4, engine.LevelSpec{Rate: "10%", Of: "sale"}) },
			engine.Sale{Kind: "SALE", Gross: 6}, chainOf(5), map[byte]int64{1: 1, 2: 1, 3: 1, 4: 0, 5: 0}},
		"levels of a group alone": {func(s *spec) {
			s.Levels, s.Rules[1].Percent = s.Levels[1:], "0%"
			s.GroupLevels = map[string][]engine.LevelSpec{"vip": {{Rate: "4%", Of: "sale"}}}
		}, engine.Sale{Kind: "SALE", Gross: 100}, []engine.Member{{ID: engine.ID{1}}, {ID: engine.ID{2}, Group: "vip"}}, map[byte]int64{1: 0, 2: 4}},
	} {
		changes := []func(*spec){simple}
		if c.change != nil {
			changes = append(changes, c.change)
		}
		var out engine.Outcome
		require.NoError(t, compile(t, planOf(changes...)).Price(&engine.Case{Sale: c.sale, Chain: c.chain}, nil, &out), name)
		require.Equal(t, c.want, amountsOf(&out), name)
	}
}

func amountsOf(out *engine.Outcome) map[byte]int64 {
	found := map[byte]int64{}
	for _, s := range out.Shares {
		found[s.Enrollment[0]] = s.Amount
	}
	return found
}

func TestAShareSaysWhereItComesFrom(t *testing.T) {
	p := compile(t, planOf(simple))
	var out engine.Outcome
	require.NoError(t, p.Price(&engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 10_000}, Chain: chainOf(4, 1)}, nil, &out))
	sales := p.RuleByID("sales")
	require.NotNil(t, sales)
	require.Nil(t, p.RuleByID("gone"))
	require.Equal(t, []engine.Share{
		{Rule: sales, Enrollment: engine.ID{1}, Basis: 10_000, Rate: 100_000, Amount: 1000},
		{Rule: sales, Enrollment: engine.ID{3}, Via: engine.ID{1}, Level: 1, Basis: 10_000, Rate: 20_000, Amount: 200},
		{Rule: sales, Enrollment: engine.ID{4}, Via: engine.ID{3}, Level: 2, Basis: 200, Rate: 250_000, Amount: 50},
	}, out.Shares)
	require.Equal(t, []engine.Portion{{Rule: sales, Basis: 10_000, Weight: 10_000}}, out.Portions)
	require.Equal(t, start.Add(14*24*time.Hour), p.MaturesAt(sales, start))
}

// An outcome that is used again remembers nothing of the case before.
func TestAnOutcomeForgetsTheCaseBefore(t *testing.T) {
	p := compile(t, planOf(func(s *engine.PlanSpec) { s.Rules[2].Valid, s.Rules[2].Recurring = nil, nil }))
	items := engine.Case{Chain: chainOf(3), Sale: engine.Sale{Kind: "SALE", Gross: 1000, Items: []engine.Item{{SKU: "A", Category: "books", Minor: 400}, {SKU: "B", Minor: 500}}}}
	plain := engine.Case{Chain: chainOf(1), Sale: engine.Sale{Kind: "SALE", Gross: 1000}}
	var out, fresh engine.Outcome
	require.NoError(t, p.Price(&items, nil, &out))
	require.Len(t, out.Shares, 6)
	require.NoError(t, p.Price(&plain, nil, &out))
	require.NoError(t, p.Price(&plain, nil, &fresh))
	require.Equal(t, fresh.Shares, out.Shares)
	require.Equal(t, int64(1000), out.Portions[0].Basis)
	require.NoError(t, p.Price(&items, nil, &fresh))
	require.NoError(t, p.Price(&items, nil, &out))
	require.Equal(t, fresh.Shares, out.Shares)
}

func TestAmountsThatAreTooLargeAreRefused(t *testing.T) {
	p := compile(t, planOf())
	items := []engine.Item{{SKU: "A", Minor: math.MaxInt64}, {SKU: "B", Minor: 1}}
	var out engine.Outcome
	err := p.Price(&engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 100, Items: items}, Chain: chainOf(1)}, nil, &out)
	require.Equal(t, "AMOUNT_OVERFLOW", fault.CodeOf(err))
	require.NoError(t, compile(t, planOf(simple)).Price(&engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 100, Items: items}, Chain: chainOf(1)}, nil, &out),
		"a plan without rules for items does not add them up")
}

// What the rules for items leave of a sale is a portion when something is left, though it be what the plan excludes.
func TestNothingLeftIsNoPortion(t *testing.T) {
	p := compile(t, planOf())
	portions := func(gross, tax int64) []int {
		var out engine.Outcome
		items := []engine.Item{{SKU: "A", Category: "books", Minor: 800}}
		require.NoError(t, p.Price(&engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: gross, Tax: tax, Items: items}, Chain: chainOf(1)}, nil, &out))
		weights := []int{}
		for _, x := range out.Portions {
			weights = append(weights, int(x.Weight))
		}
		return weights
	}
	require.Equal(t, []int{800}, portions(800, 0))
	require.Equal(t, []int{800, 1}, portions(801, 1))
	require.Equal(t, []int{800, 1}, portions(801, 0))
}

func TestARuleKnowsWhenItRunsOut(t *testing.T) {
	first := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	limited := func(l engine.RecurringSpec) *engine.Plan {
		return compile(t, planOf(simple, func(s *engine.PlanSpec) { s.Rules[1].Recurring = &l }))
	}
	paid := func(p *engine.Plan, at time.Time, u engine.Customer) bool {
		var out engine.Outcome
		require.NoError(t, p.Price(&engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 100, OccurredAt: at}, Customer: u, Chain: chainOf(1)}, nil, &out))
		require.Equal(t, out.Portions[0].Why == engine.NotRefused, out.Shares[0].Amount == 10 && out.Shares[0].Basis == 100)
		if out.Portions[0].Why != engine.NotRefused {
			require.Equal(t, engine.RunOut, out.Portions[0].Why)
			require.Zero(t, out.Shares[0].Basis)
		}
		return out.Shares[0].Amount == 10
	}
	months := limited(engine.RecurringSpec{Months: 3})
	known := engine.Customer{Known: true, FirstAt: first, Before: 1}
	require.True(t, paid(months, first.AddDate(0, 3, 0).Add(-1), known))
	require.False(t, paid(months, first.AddDate(0, 3, 0), known))
	require.False(t, paid(months, first.AddDate(0, 3, 0), engine.Customer{Known: true, FirstAt: first.In(time.FixedZone("", 12*3600)), Before: 1}), "whatever zone the instant is told in")
	require.True(t, paid(months, first, engine.Customer{}), "a customer without history is new")
	count := limited(engine.RecurringSpec{Count: 2})
	require.True(t, paid(count, first, engine.Customer{Known: true, Before: 1}))
	require.False(t, paid(count, first, engine.Customer{Known: true, Before: 2}))
}

func FuzzRefundsReturnEveryLevelToZero(f *testing.F) {
	f.Add(int64(9999), int64(3333), int64(1), uint8(4))
	f.Fuzz(func(t *testing.T, gross, first, second int64, depth uint8) {
		if gross < 1 || gross > 1<<40 || first < 0 || second < 0 || first > gross || second > gross-first {
			return
		}
		p := compile(t, planOf(simple, func(s *engine.PlanSpec) { s.MaxTotal = "12.5%" }))
		c := engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: gross}, Chain: chainOf(1 + int(depth%6))}
		var out engine.Outcome
		require.NoError(t, p.Price(&c, nil, &out))
		total := sumOf(t, &out)
		bound, err := money.MulDivHalfEven(gross, 125_000, int64(money.RateOne))
		require.NoError(t, err)
		require.LessOrEqual(t, total, bound)
		for _, back := range []int64{first, first + second, gross} {
			require.NoError(t, p.Price(&c, nil, &out))
			require.NoError(t, out.Remain(&c.Sale, engine.Refunded{Whole: gross, Total: back}))
			want, err := money.MulDivHalfEven(total, gross-back, gross)
			require.NoError(t, err)
			require.Equal(t, want, sumOf(t, &out), "the total is the exact share, rounded once")
		}
	})
}

func sumOf(t *testing.T, out *engine.Outcome) (sum int64) {
	t.Helper()
	for _, s := range out.Shares {
		require.GreaterOrEqual(t, s.Amount, int64(0))
		sum += s.Amount
	}
	return sum
}
