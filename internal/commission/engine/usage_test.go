package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

func TestACounterIsNamedByCapOwnerAndInterval(t *testing.T) {
	p := compile(t, planOf(simple, func(s *engine.PlanSpec) {
		s.Rules[1].Caps = []engine.CapSpec{{Per: "day", Amount: "1"}, {Per: "week", Scope: "group", Count: 1}, {Per: "month", Scope: "program", Count: 1},
			{Per: "life", Count: 1}, {Per: "conversion", Amount: "1"}}
	}))
	seller := engine.Member{ID: engine.ID{7}, Group: "vip"}
	at := time.Date(2026, 6, 30, 23, 0, 0, 0, time.UTC) // the 1st of July in London, a Wednesday
	for amount, count := range map[int64]int64{5: 1, 0: 0} {
		uses := p.UsesOf(&seller, &engine.Sale{OccurredAt: at}, []engine.Standing{{Rule: "sales", Amount: amount}, {Rule: "sales", Level: 1, Amount: 3}, {Rule: "signup", Amount: 100}})
		require.Equal(t, []engine.Use{
			{Key: engine.CapKey{Cap: "sales/day/enrollment", Owner: seller.ID, Interval: "2026-07-01"}, Usage: engine.Usage{Minor: amount, Count: count}},
			{Key: engine.CapKey{Cap: "sales/week/group", Group: "vip", Interval: "2026-W27"}, Usage: engine.Usage{Minor: amount, Count: count}},
			{Key: engine.CapKey{Cap: "sales/month/program", Interval: "2026-07"}, Usage: engine.Usage{Minor: amount + 3, Count: 1}},
			{Key: engine.CapKey{Cap: "sales/life/enrollment", Owner: seller.ID, Interval: "life"}, Usage: engine.Usage{Minor: amount, Count: count}},
		}, uses)
	}
	require.Empty(t, p.UsesOf(&seller, &engine.Sale{OccurredAt: at}, []engine.Standing{{Rule: "signup", Amount: 100}}))
	require.Empty(t, compile(t, planOf(simple)).UsesOf(&seller, &engine.Sale{}, []engine.Standing{{Rule: "sales", Amount: 1}}), "without caps there are no counters")
}

func TestTheCountersThatASaleMayAsk(t *testing.T) {
	p := compile(t, planOf(simple, func(s *engine.PlanSpec) {
		s.Rules[0].Caps = []engine.CapSpec{{Per: "conversion", Amount: "2"}, {Per: "day", Amount: "2"}, {Per: "life", Scope: "program", Count: 1}}
		s.Rules[1].Caps = []engine.CapSpec{{Per: "month", Scope: "group", Count: 1}}
	}))
	seller := engine.Member{ID: engine.ID{7}, Group: "vip"}
	first := engine.CapKey{Cap: "first"}
	day := engine.CapKey{Cap: "signup/day/enrollment", Owner: seller.ID, Interval: "2026-01-01"}
	life := engine.CapKey{Cap: "signup/life/program", Interval: "life"}
	month := engine.CapKey{Cap: "sales/month/group", Group: "vip", Interval: "2026-01"}
	for kind, want := range map[string][]engine.CapKey{"SIGNUP": {first, day, life, month}, "SALE": {first, month}, "LEAD": {first, month}} {
		require.Equal(t, want, p.CapKeys([]engine.CapKey{first}, &seller, &engine.Sale{Kind: kind, OccurredAt: start}), kind)
	}
	require.Empty(t, compile(t, planOf(simple)).CapKeys(nil, &seller, &engine.Sale{Kind: "SIGNUP", OccurredAt: start}))
}

// A cap that is used up to a limit leaves nothing at it, and one unit just below it.
func TestACapAtItsEdge(t *testing.T) {
	p := compile(t, planOf(simple, func(s *engine.PlanSpec) { s.Rules[1].Caps = []engine.CapSpec{{Per: "day", Amount: "1.00", Count: 3}} }))
	for _, c := range []struct {
		used usage
		want int64
	}{{usage{}, 10}, {usage{Minor: 90}, 10}, {usage{Minor: 91}, 9}, {usage{Minor: 99}, 1}, {usage{Minor: 100}, 0}, {usage{Minor: 101}, 0},
		{usage{Count: 2}, 10}, {usage{Count: 3}, 0}, {usage{Count: 4}, 0}} {
		var out engine.Outcome
		require.NoError(t, p.Price(&engine.Case{Sale: engine.Sale{Kind: "SALE", Gross: 100}, Chain: chainOf(1)}, c.used, &out))
		require.Equal(t, c.want, out.Shares[0].Amount, "%+v", c.used)
	}
}
