package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

// usage is counters that all stand at the same.
type usage engine.Usage

func (u usage) Usage(engine.CapKey) engine.Usage { return engine.Usage(u) }

func TestATraceTellsEachStep(t *testing.T) {
	p := compile(t, planOf(func(s *engine.PlanSpec) {
		s.Exclude = []string{"tax", "shipping", "discount"}
		s.Rules = append([]engine.RuleSpec{{ID: "french", Kind: "SALE", When: `order.country == "FR"`, RewardSpec: engine.RewardSpec{Percent: "1%"}},
			{ID: "films", Scope: "item", SKUs: []string{"DVD"}, RewardSpec: engine.RewardSpec{Percent: "1%"}}}, s.Rules...)
		s.Rules[4].Valid, s.Rules[4].Recurring = nil, nil
		s.Rules[4].Caps = []engine.CapSpec{{Per: "day", Amount: "2.00"}, {Per: "month", Scope: "program", Amount: "3.00"}}
		s.Overrides = []engine.OverrideSpec{{Rule: "sales", Enrollment: "ann", RewardSpec: engine.RewardSpec{Percent: "20%"}}}
	}))
	chain := chainOf(4, 1)
	chain[0].Code = "ann"
	c := engine.Case{Chain: chain, Sale: engine.Sale{Kind: "SALE", Gross: 2600, Tax: 300, Shipping: 200, Discount: 100,
		Items: []engine.Item{{SKU: "B", Category: "books", Minor: 1000}, {SKU: "X", Minor: 1000}}}}
	out := engine.Outcome{Trace: &engine.Trace{}}
	require.NoError(t, p.Price(&c, usage{Minor: 50}, &out))
	trace, sales := out.Trace, p.RuleByID("sales")
	require.Equal(t, int64(2600), trace.Gross)
	require.Equal(t, int64(2000), trace.Net)
	require.Equal(t, []engine.Deduction{{What: "tax", Minor: 300}, {What: "shipping", Minor: 200}, {What: "discount", Minor: 100}}, trace.Less)
	require.Equal(t, []engine.RuleStep{
		{RuleID: "french", Verdict: engine.ConditionFalse, Detail: `order.country == "FR"`},
		{RuleID: "films", Verdict: engine.NoItems},
		{RuleID: "signup", Verdict: engine.OtherKind},
		{RuleID: "books", Verdict: engine.Matched},
		{RuleID: "sales", Verdict: engine.Matched},
	}, trace.Rules)
	require.Len(t, trace.Portions, 2)
	books := trace.Portions[0]
	require.Equal(t, "books", books.RuleID)
	require.False(t, books.Overridden)
	require.Equal(t, int64(50), books.Seller.Amount)
	require.Empty(t, books.Caps)

	// Ann: a fifth of 10.00 is 2.00, of which 1.50 are free; 0.20 and 0.05 above; of 1.75 all fits into 2.50.
	step := trace.Portions[1]
	require.True(t, step.Overridden)
	require.Equal(t, engine.Reward{Percent: 200_000}, step.Reward)
	require.Equal(t, int64(200), step.Seller.Amount, "before caps")
	require.Equal(t, []engine.CapStep{
		{Cap: sales.Caps[0], Used: engine.Usage{Minor: 50}, Before: 200, After: 150},
		{Cap: sales.Caps[1], Used: engine.Usage{Minor: 50}, Before: 175, After: 175},
	}, step.Caps)
	require.Equal(t, []engine.LevelStep{
		{Member: engine.ID{2}, Level: 1, Verdict: engine.SkippedInactive},
		{Member: engine.ID{3}, Level: 1, Verdict: engine.Paid, Share: out.Shares[4]},
		{Member: engine.ID{4}, Level: 2, Verdict: engine.Paid, Share: out.Shares[5]},
	}, step.Levels)
	require.Empty(t, step.Trims)

	require.NoError(t, p.Price(&engine.Case{Chain: chain, Sale: engine.Sale{Kind: "SALE", Gross: 100}}, usage{}, &out))
	require.Len(t, out.Trace.Portions, 1, "the next case begins anew")
	require.Equal(t, int64(100), out.Trace.Gross)
}

func TestATraceTellsWhyNothingIsPaid(t *testing.T) {
	s := planOf(func(s *engine.PlanSpec) {
		s.Rules[1].Percent, s.Rules[1].Levels = "0%", new(bool)
		s.Ineligible = "house"
		s.Eligible = &engine.EligibleSpec{Days: 30, Volume: "1.00", Customers: 1}
	})
	p := compile(t, s)
	chain := chainOf(4)
	chain[1].VolumeMinor, chain[1].Customers = 99, 1
	chain[2].VolumeMinor, chain[2].Customers = 100, 0
	chain[3].VolumeMinor, chain[3].Customers = 100, 1
	trace := func(c engine.Case) *engine.Trace {
		out := engine.Outcome{Trace: &engine.Trace{}}
		require.NoError(t, p.Price(&c, nil, &out))
		return out.Trace
	}
	books := trace(engine.Case{Chain: chain, Sale: engine.Sale{Kind: "SALE", Gross: 100, Country: "GB", Items: []engine.Item{{SKU: "B", Category: "books", Minor: 100}}}})
	require.Equal(t, []engine.PortionStep{{RuleID: "books", PaysNobody: true}}, books.Portions)
	require.Equal(t, engine.RuleStep{RuleID: "sales", Verdict: engine.NothingLeft}, books.Rules[2])

	missing := trace(engine.Case{Chain: chain, Sale: engine.Sale{Kind: "SALE", Gross: 100}})
	require.Equal(t, []engine.PortionStep{{RuleID: "sales", Why: engine.FieldMissing}}, missing.Portions)

	house := trace(engine.Case{Chain: chain, Sale: engine.Sale{Kind: "SALE", Gross: 1000, Country: "GB"}})
	levels := house.Portions[0].Levels
	require.Len(t, levels, 2, "of two levels the house keeps both")
	require.Equal(t, engine.ToHouse, levels[0].Verdict)
	require.Equal(t, int64(20), levels[0].Share.Amount)
	require.Equal(t, engine.ToHouse, levels[1].Verdict)
	require.Equal(t, 2, levels[1].Level)

	s.Ineligible = "compress"
	p = compile(t, s)
	levels = trace(engine.Case{Chain: chain, Sale: engine.Sale{Kind: "SALE", Gross: 1000, Country: "GB"}}).Portions[0].Levels
	require.Equal(t, []engine.LevelVerdict{engine.SkippedVolume, engine.SkippedCustomers, engine.Paid}, []engine.LevelVerdict{levels[0].Verdict, levels[1].Verdict, levels[2].Verdict})
	require.Equal(t, []int{1, 1, 1}, []int{levels[0].Level, levels[1].Level, levels[2].Level})

	s = planOf(simple, func(s *engine.PlanSpec) {
		s.MaxTotal, s.Levels = "15%", []engine.LevelSpec{{Rate: "50%", Of: "below"}}
	})
	p = compile(t, s)
	trimmed := trace(engine.Case{Chain: chainOf(2), Sale: engine.Sale{Kind: "SALE", Gross: 15}})
	require.Equal(t, []engine.TrimStep{{Level: 1, Minor: 1}}, trimmed.Portions[0].Trims)
}
