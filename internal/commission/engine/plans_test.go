package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// termsOf gives a program in London with two groups.
func termsOf(t *testing.T) engine.Terms {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	require.NoError(t, err)
	return engine.Terms{Currency: "GBP", Zone: london, Groups: map[string]bool{"vip": true, "red": true}}
}

// planOf gives a plan that has a little of everything, changed.
func planOf(changes ...func(*engine.PlanSpec)) engine.PlanSpec {
	s := engine.PlanSpec{EffectiveFrom: start, HoldDays: 14, MaxTotal: "40%", NoticeDays: 30, Kinds: []string{"LATE", "TIERS", "ASKS", "ASK", "OTHER"}, Exclude: []string{"tax", "shipping"},
		Levels: []engine.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}},
		Rules: []engine.RuleSpec{
			{ID: "signup", Kind: "SIGNUP", RewardSpec: engine.RewardSpec{Fixed: "1.50"}, Caps: []engine.CapSpec{{Per: "day", Amount: "3.00", Count: 2}}},
			{ID: "books", Kind: "SALE", Scope: "item", Categories: []string{"books"}, RewardSpec: engine.RewardSpec{Percent: "5%"}},
			{ID: "sales", RewardSpec: engine.RewardSpec{Percent: "10%"}, Valid: &engine.ValidSpec{MinAgeDays: 7, Require: []string{"country"}},
				Recurring: &engine.RecurringSpec{Months: 12, Count: 24}}}}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func compile(t *testing.T, s engine.PlanSpec) *engine.Plan {
	t.Helper()
	p, err := s.Compile(termsOf(t))
	require.NoError(t, err)
	return p
}

func requireRefusal(t *testing.T, err error, code, field, name string) {
	t.Helper()
	require.Equal(t, code, fault.CodeOf(err), "%s: %v", name, err)
	require.Equal(t, field, fault.FieldOf(err), "%s: %v", name, err)
}

// many repeats a value.
func many[T any](n int, v T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = v
	}
	return list
}
