package commission

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

func spec(change func(*PlanSpec)) PlanSpec {
	s := PlanSpec{EffectiveFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), HoldDays: 14, MaxTotal: "20%", Exclude: []string{"tax", "shipping"},
		Levels: []LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}},
		Rules:  []RuleSpec{{ID: "signup", Kind: "SIGNUP", Fixed: "1.50"}, {ID: "sales", Percent: "10%"}}}
	if change != nil {
		change(&s)
	}
	return s
}

func chainOf(n int, ineligible ...int) []Member {
	chain := make([]Member, n)
	for i := range chain {
		chain[i] = Member{ID: models.ID{byte(i + 1)}, Eligible: true}
	}
	for _, i := range ineligible {
		chain[i].Eligible = false
	}
	return chain
}

func amounts(shares []Share) map[byte]int64 {
	found := map[byte]int64{}
	for _, s := range shares {
		found[s.EnrollmentID[0]] = s.AmountMinor
	}
	return found
}

func TestPrice(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*PlanSpec)
		sale   Sale
		chain  []Member
		want   map[byte]int64
	}{
		"percent and levels, less tax and shipping": {nil, Sale{Kind: "SALE", GrossMinor: 12_000, TaxMinor: 1_500, ShippingMinor: 500}, chainOf(4),
			map[byte]int64{1: 1000, 2: 200, 3: 50}},
		"a fixed reward pays levels of below, none of a sale of nothing": {nil, Sale{Kind: "SIGNUP"}, chainOf(3), map[byte]int64{1: 150, 2: 0, 3: 0}},
		"levels off":                       {func(s *PlanSpec) { off := false; s.Rules[1].Levels = &off }, Sale{Kind: "SALE", GrossMinor: 10_000}, chainOf(3), map[byte]int64{1: 1000}},
		"no upline":                        {nil, Sale{Kind: "SALE", GrossMinor: 10_000}, chainOf(1), map[byte]int64{1: 1000}},
		"an ineligible sponsor is skipped": {nil, Sale{Kind: "SALE", GrossMinor: 10_000}, chainOf(4, 1), map[byte]int64{1: 1000, 3: 200, 4: 50}},
		"an ineligible sponsor ends the chain": {func(s *PlanSpec) { s.Ineligible = "stop" }, Sale{Kind: "SALE", GrossMinor: 10_000}, chainOf(4, 2),
			map[byte]int64{1: 1000, 2: 200}},
		"half a penny goes to the even side":      {nil, Sale{Kind: "SALE", GrossMinor: 25}, chainOf(1), map[byte]int64{1: 2}},
		"nothing left after exclusions":           {nil, Sale{Kind: "SALE", GrossMinor: 100, TaxMinor: 100}, chainOf(2), map[byte]int64{1: 0, 2: 0}},
		"a rule that pays nobody makes no shares": {func(s *PlanSpec) { s.Levels, s.Rules[1].Percent = s.Levels[:0], "0%" }, Sale{Kind: "SALE", GrossMinor: 100}, chainOf(2), map[byte]int64{}},
		"levels alone": {func(s *PlanSpec) { s.Rules[1].Percent = "0%" }, Sale{Kind: "SALE", GrossMinor: 100}, chainOf(3), map[byte]int64{1: 0, 2: 2, 3: 0}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := spec(c.change).Compile("GBP")
			require.NoError(t, err)
			shares, err := p.Price(nil, p.Match(c.sale), p.Basis(c.sale), c.chain)
			require.NoError(t, err)
			require.Equal(t, c.want, amounts(shares))
		})
	}
}

func TestMatchKnowsWhenARuleRunsOut(t *testing.T) {
	first := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	months, err := spec(func(s *PlanSpec) { s.Rules[1].Recurring = &RecurringSpec{Months: 3} }).Compile("GBP")
	require.NoError(t, err)
	require.NotNil(t, months.Match(Sale{Kind: "SALE", OccurredAt: first.AddDate(0, 3, -1), CustomerFirstAt: first}))
	require.Nil(t, months.Match(Sale{Kind: "SALE", OccurredAt: first.AddDate(0, 3, 0), CustomerFirstAt: first}))
	require.NotNil(t, months.Match(Sale{Kind: "SALE", OccurredAt: first}), "a customer without history is new")
	count, err := spec(func(s *PlanSpec) { s.Rules[1].Recurring = &RecurringSpec{Count: 2} }).Compile("GBP")
	require.NoError(t, err)
	require.NotNil(t, count.Match(Sale{Kind: "SALE", CustomerBefore: 1}))
	require.Nil(t, count.Match(Sale{Kind: "SALE", CustomerBefore: 2}))
}

func TestCompileNamesThePath(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(*PlanSpec)
		code, field string
	}{
		"no start":           {func(s *PlanSpec) { s.EffectiveFrom = time.Time{} }, "PLAN_INVALID", "effective_from"},
		"hold too long":      {func(s *PlanSpec) { s.HoldDays = maxHoldDays + 1 }, "PLAN_INVALID", "hold_days"},
		"unknown part":       {func(s *PlanSpec) { s.Exclude = []string{"tax", "tips"} }, "PLAN_INVALID", "exclude.1"},
		"level of nothing":   {func(s *PlanSpec) { s.Levels[1].Of = "above" }, "PLAN_INVALID", "levels.1.of"},
		"bad level rate":     {func(s *PlanSpec) { s.Levels[0].Rate = "two" }, "RATE_MALFORMED", "levels.0.rate"},
		"too many levels":    {func(s *PlanSpec) { s.Levels = make([]LevelSpec, maxLevels+1) }, "PLAN_INVALID", "levels"},
		"no rules":           {func(s *PlanSpec) { s.Rules = nil }, "PLAN_INVALID", "rules"},
		"both rewards":       {func(s *PlanSpec) { s.Rules[1].Fixed = "1.00" }, "PLAN_INVALID", "rules.1"},
		"fixed too precise":  {func(s *PlanSpec) { s.Rules[0].Fixed = "1.505" }, "AMOUNT_TOO_PRECISE", "rules.0.fixed"},
		"two rules, one id":  {func(s *PlanSpec) { s.Rules[1].ID = "signup" }, "RULE_ID_TWICE", "rules.1.id"},
		"no default":         {func(s *PlanSpec) { s.Rules[1].Kind = "SALE" }, "PLAN_DEFAULT_MISSING", "rules"},
		"unreachable":        {func(s *PlanSpec) { s.Rules = append(s.Rules, RuleSpec{ID: "late", Percent: "1%"}) }, "RULE_UNREACHABLE", "rules.2"},
		"empty recurring":    {func(s *PlanSpec) { s.Rules[1].Recurring = &RecurringSpec{} }, "PLAN_INVALID", "rules.1.recurring"},
		"above the bound":    {func(s *PlanSpec) { s.MaxTotal = "12.4999%" }, "PLAN_ABOVE_BOUND", "rules.1"},
		"no bound":           {func(s *PlanSpec) { s.MaxTotal = "" }, "RATE_MALFORMED", "max_total"},
		"unknown ineligible": {func(s *PlanSpec) { s.Ineligible = "pay" }, "PLAN_INVALID", "ineligible"},
	} {
		_, err := spec(c.change).Compile("GBP")
		require.Equal(t, c.code, fault.CodeOf(err), name)
		require.Equal(t, c.field, fault.FieldOf(err), name)
	}
	_, err := spec(func(s *PlanSpec) { s.MaxTotal = "12.5%" }).Compile("GBP")
	require.NoError(t, err, "10 %% + 2 %% + a quarter of 2 %% is exactly the bound")
}

func FuzzRefundsReturnEveryLevelToZero(f *testing.F) {
	f.Add(int64(9999), int64(3333), int64(1), uint8(4))
	f.Fuzz(func(t *testing.T, gross, first, second int64, depth uint8) {
		if gross < 1 || gross > 1<<40 || first < 0 || second < 0 || first > gross || second > gross-first {
			return
		}
		p, err := spec(nil).Compile("GBP")
		require.NoError(t, err)
		sale := Sale{Kind: "SALE", GrossMinor: gross}
		shares, err := p.Price(nil, p.Match(sale), p.Basis(sale), chainOf(1+int(depth%6)))
		require.NoError(t, err)
		var total int64
		for _, s := range shares {
			require.GreaterOrEqual(t, s.AmountMinor, int64(0))
			total += s.AmountMinor
		}
		bound, err := money.MulDivHalfEven(gross, int64(p.bound), int64(money.RateOne))
		require.NoError(t, err)
		require.LessOrEqual(t, total, bound+int64(len(shares)), "no more than the bound, but for rounding line by line")
		for _, left := range []int64{gross - first, gross - first - second, 0} {
			scaled, err := Remaining(shares, left, gross)
			require.NoError(t, err)
			want, err := money.MulDivHalfEven(total, left, gross)
			require.NoError(t, err)
			var sum int64
			for i, s := range scaled {
				require.GreaterOrEqual(t, s.AmountMinor, int64(0))
				require.LessOrEqual(t, s.AmountMinor, shares[i].AmountMinor+int64(len(shares)))
				sum += s.AmountMinor
			}
			require.Equal(t, want, sum, "the total is the exact share, rounded once")
		}
	})
}

func TestSpans(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	require.NoError(t, err)
	key, from, to := spanOf(models.PeriodKindMonth, london, time.Date(2026, 3, 31, 22, 59, 0, 0, time.UTC))
	require.Equal(t, "2026-03", key)
	require.Equal(t, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), from)
	require.Equal(t, time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC), to, "the month ends in summer time")
	key, _, _ = spanOf(models.PeriodKindMonth, london, to)
	require.Equal(t, "2026-04", key, "half-open: the end belongs to the next")
	key, from, to = spanOf(models.PeriodKindWeek, london, time.Date(2027, 1, 3, 12, 0, 0, 0, time.UTC))
	require.Equal(t, "2026-W53", key)
	require.Equal(t, time.Date(2026, 12, 28, 0, 0, 0, 0, time.UTC), from)
	require.Equal(t, 7*24*time.Hour, to.Sub(from))
}
