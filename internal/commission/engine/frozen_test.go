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
	for bad, why := range map[string]string{"{": "", `{"m":[{"i":"00"}]}`: `id "00" has not 32 digits`, `{"m":[{"i":"0000000000000000000000000000000g"}]}`: "is not hexadecimal"} {
		_, err = engine.Thaw(bad)
		require.ErrorContains(t, err, why)
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

// What was frozen with one plan goes into a case of another where it means the same there.
func TestFrozenFactsUnderAnotherPlan(t *testing.T) {
	members := func(p engine.Plan) (string, error) {
		return p.Freeze(&engine.Case{Customer: engine.Customer{Known: true, FirstAt: start, Before: 3, BeforeKind: 2}, Chain: []engine.Member{
			{ID: engine.ID{1}, Code: "ann", Group: "vip", Country: "GB", Tags: []string{"press"}, VolumeMinor: 10, Customers: 2, LifetimeMinor: 30},
			{ID: engine.ID{9}, Code: "gone"},
			{ID: engine.ID{3}, Inactive: true, VolumeMinor: 11, Customers: 4, LifetimeMinor: 31}}}, nil)
	}
	needs := engine.Needs{Customer: true, Partner: true, Lifetime: true, WindowDays: 30}
	of := engine.Plan{Needs: needs, Eligible: engine.Eligible{Days: 30, Customers: 1}}
	text, err := members(of)
	require.NoError(t, err)
	f, err := engine.Thaw(text)
	require.NoError(t, err)
	now := func() engine.Case {
		return engine.Case{Customer: engine.Customer{Known: true, Before: 9}, Chain: []engine.Member{
			{ID: engine.ID{1}, Code: "anne", Inactive: true, VolumeMinor: 70, Customers: 7, LifetimeMinor: 700},
			{ID: engine.ID{2}, Code: "bob", Inactive: true, VolumeMinor: 80},
			{ID: engine.ID{3}, Code: "cat", Group: "red", VolumeMinor: 90, Customers: 9, LifetimeMinor: 900}}}
	}
	over := func(change func(*engine.Plan)) engine.Case {
		c, with := now(), of
		change(&with)
		f.Over(&c, &with, &of)
		return c
	}

	want := now()
	want.Customer = engine.Customer{Known: true, FirstAt: start, Before: 3, BeforeKind: 2}
	want.Chain[0] = engine.Member{ID: engine.ID{1}, Code: "ann", Group: "vip", Country: "GB", Tags: []string{"press"}, VolumeMinor: 10, Customers: 2, LifetimeMinor: 30}
	want.Chain[2].Inactive, want.Chain[2].VolumeMinor, want.Chain[2].Customers, want.Chain[2].LifetimeMinor = true, 11, 4, 31
	require.Equal(t, want, over(func(*engine.Plan) {}), "of a plan that asked the same; who was not in the chain is as read now, and so is what was not asked then")

	volumes := func(c engine.Case) [3]int64 {
		return [3]int64{c.Chain[0].VolumeMinor, int64(c.Chain[0].Customers), c.Chain[0].LifetimeMinor}
	}
	for name, c := range map[string]struct {
		change func(*engine.Plan)
		want   [3]int64
	}{
		"less tax":        {func(p *engine.Plan) { p.LessTax = true }, [3]int64{70, 7, 700}},
		"less shipping":   {func(p *engine.Plan) { p.LessShipping = true }, [3]int64{70, 7, 700}},
		"less discount":   {func(p *engine.Plan) { p.LessDiscount = true }, [3]int64{70, 7, 700}},
		"other days":      {func(p *engine.Plan) { p.Eligible.Days = 31 }, [3]int64{70, 7, 30}},
		"no sum of it":    {func(p *engine.Plan) { p.Needs.Lifetime = false }, [3]int64{10, 2, 700}},
		"less everywhere": {func(p *engine.Plan) { p.LessTax, p.LessShipping, p.LessDiscount = true, true, true }, [3]int64{70, 7, 700}},
	} {
		got := over(c.change)
		require.Equal(t, c.want, volumes(got), name)
		require.Equal(t, "vip", got.Chain[0].Group, name)
		require.False(t, got.Chain[0].Inactive, name)
	}

	none := now()
	f.Over(&none, nil, &of)
	require.Equal(t, [3]int64{70, 7, 700}, volumes(none), "volumes of no plan")
	require.Equal(t, "ann", none.Chain[0].Code)
	f.Customer = nil
	none = now()
	f.Over(&none, nil, &of)
	require.Equal(t, 9, none.Customer.Before, "the customer was not asked")
}
