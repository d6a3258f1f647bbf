package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

func TestWhatCanBeReadAgainIsNotFrozen(t *testing.T) {
	p := compile(t, planOf(simple))
	text, err := p.Freeze(&engine.Case{Chain: chainOf(3), Customer: engine.Customer{Known: true}}, nil)
	require.NoError(t, err)
	require.Empty(t, text)
	f, err := engine.Thaw("")
	require.NoError(t, err)
	c := engine.Case{Chain: chainOf(3, 0, 1, 2), Customer: engine.Customer{Known: true, Before: 7}}
	f.Into(&c)
	require.Equal(t, chainOf(3), c.Chain, "the chain was in good standing")
	require.Equal(t, 7, c.Customer.Before, "the customer was not asked")
	require.Equal(t, engine.Usage{}, f.Usage(engine.CapKey{Cap: "a/day/enrollment"}))

	text, err = p.Freeze(&engine.Case{Chain: chainOf(3, 0)}, nil)
	require.NoError(t, err)
	require.Empty(t, text, "a seller's standing does not matter")
	text, err = p.Freeze(&engine.Case{Chain: chainOf(3, 2)}, nil)
	require.NoError(t, err)
	require.NotEmpty(t, text)
	f, err = engine.Thaw(text)
	require.NoError(t, err)
	c = engine.Case{Chain: chainOf(5)}
	f.Into(&c)
	require.Equal(t, chainOf(3, 2), c.Chain)
}

func TestWhatMayChangeIsFrozenAsItWas(t *testing.T) {
	p := compile(t, planOf(simple, func(s *engine.PlanSpec) {
		s.Rules[1].Recurring = &engine.RecurringSpec{Count: 9}
		s.Eligible = &engine.EligibleSpec{Days: 30, Customers: 1}
	}))
	first := time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)
	was := engine.Case{Customer: engine.Customer{Known: true, FirstAt: first, Before: 3, BeforeKind: 2}, Chain: []engine.Member{
		{ID: engine.ID{1}, Code: "ann", Group: "vip", Country: "GB", Tags: []string{"new", "press"}, VolumeMinor: 1, Customers: 2, LifetimeMinor: 3},
		{ID: engine.ID{2}, Inactive: true}}}
	used := []engine.Use{{Key: engine.CapKey{Cap: "a/day/enrollment"}, Usage: engine.Usage{Minor: 5, Count: 1}}, {Key: engine.CapKey{Cap: "a/month/program"}, Usage: engine.Usage{Minor: 9, Count: 2}}}
	text, err := p.Freeze(&was, used)
	require.NoError(t, err)
	f, err := engine.Thaw(text)
	require.NoError(t, err)
	is := engine.Case{Chain: chainOf(4), Customer: engine.Customer{Known: true, Before: 99}}
	f.Into(&is)
	require.Equal(t, was, is)
	require.Equal(t, engine.Usage{Minor: 5, Count: 1}, f.Usage(engine.CapKey{Cap: "a/day/enrollment", Owner: engine.ID{1}}))
	require.Equal(t, engine.Usage{Minor: 9, Count: 2}, f.Usage(engine.CapKey{Cap: "a/month/program"}))
	require.Equal(t, engine.Usage{}, f.Usage(engine.CapKey{Cap: "a/life/program"}))

	unknown := engine.Case{Chain: chainOf(1)}
	text, err = p.Freeze(&unknown, nil)
	require.NoError(t, err)
	f, err = engine.Thaw(text)
	require.NoError(t, err)
	require.Nil(t, f.Customer)
	for _, bad := range []string{"{", `{"m":[{"i":"00"}]}`, `{"m":[{"i":"0000000000000000000000000000000g"}]}`} {
		_, err = engine.Thaw(bad)
		require.Error(t, err, bad)
	}
}

func TestARecorderKeepsWhatWasAsked(t *testing.T) {
	r := engine.Recorder{Counters: usage{Minor: 4, Count: 2}}
	day, life := engine.CapKey{Cap: "a/day/enrollment"}, engine.CapKey{Cap: "a/life/group", Group: "vip"}
	require.Equal(t, engine.Usage{Minor: 4, Count: 2}, r.Usage(day))
	r.Usage(life)
	require.Equal(t, []engine.Use{{Key: day, Usage: engine.Usage{Minor: 4, Count: 2}}, {Key: life, Usage: engine.Usage{Minor: 4, Count: 2}}}, r.Asked)
	others := engine.Others(r.Counters, []engine.Use{{Key: day, Usage: engine.Usage{Minor: 1, Count: 1}}})
	require.Equal(t, engine.Usage{Minor: 3, Count: 1}, others.Usage(day))
	require.Equal(t, engine.Usage{Minor: 4, Count: 2}, others.Usage(life))
}
