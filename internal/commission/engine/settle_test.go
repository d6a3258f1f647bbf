package engine_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
)

func TestSpans(t *testing.T) {
	at := func(text string) time.Time {
		instant, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return instant
	}
	for name, c := range map[string]struct {
		kind               engine.PeriodKind
		zone               string
		at, key, from, end string
	}{
		"the end of a month in summer time":   {engine.Monthly, "Europe/London", "2026-03-31T22:59:59Z", "2026-03", "2026-03-01T00:00:00Z", "2026-03-31T23:00:00Z"},
		"half-open: the end is of the next":   {engine.Monthly, "Europe/London", "2026-03-31T23:00:00Z", "2026-04", "2026-03-31T23:00:00Z", "2026-04-30T23:00:00Z"},
		"west of Greenwich":                   {engine.Monthly, "America/New_York", "2026-03-01T04:59:59Z", "2026-02", "2026-02-01T05:00:00Z", "2026-03-01T05:00:00Z"},
		"east of Greenwich":                   {engine.Monthly, "Pacific/Kiritimati", "2026-02-28T10:00:00Z", "2026-03", "2026-02-28T10:00:00Z", "2026-03-31T10:00:00Z"},
		"December":                            {engine.Monthly, "UTC", "2026-12-31T23:59:59Z", "2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"a month without its first midnight":  {engine.Monthly, "America/Asuncion", "2023-10-15T12:00:00Z", "2023-10", "2023-10-01T04:00:00Z", "2023-11-01T03:00:00Z"},
		"and the month before":                {engine.Monthly, "America/Asuncion", "2023-09-15T12:00:00Z", "2023-09", "2023-09-01T04:00:00Z", "2023-10-01T04:00:00Z"},
		"the first of two midnights":          {engine.Monthly, "America/Havana", "2026-11-01T04:30:00Z", "2026-11", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"},
		"a week that begins in a gap":         {engine.Weekly, "Asia/Beirut", "2026-03-29T12:00:00Z", "2026-W13", "2026-03-22T22:00:00Z", "2026-03-29T21:00:00Z"},
		"a week of the year before":           {engine.Weekly, "Europe/London", "2027-01-03T12:00:00Z", "2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		"a week of the year after":            {engine.Weekly, "Europe/London", "2025-12-29T00:00:00Z", "2026-W01", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"},
		"a Monday begins its week":            {engine.Weekly, "UTC", "2026-01-05T00:00:00Z", "2026-W02", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"},
		"a Sunday ends its week":              {engine.Weekly, "UTC", "2026-01-11T23:59:59Z", "2026-W02", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"},
		"a week of one hour less":             {engine.Weekly, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-W13", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"},
		"anything that is no week is a month": {"", "UTC", "2026-01-11T23:59:59Z", "2026-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		require.NoError(t, err)
		key, from, end := engine.SpanOf(c.kind, zone, at(c.at))
		require.Equal(t, c.key, key, name)
		require.Equal(t, at(c.from), from, name)
		require.Equal(t, at(c.end), end, name)
	}
}

func tiered(t *testing.T, by, mode string, steps ...engine.StepSpec) *engine.Rule {
	t.Helper()
	p := compile(t, planOf(simple, func(s *engine.PlanSpec) {
		s.MaxTotal = "100%"
		s.Levels = nil
		s.Rules[1].RewardSpec = engine.RewardSpec{Tiers: &engine.TiersSpec{By: by, Mode: mode, Steps: steps}}
	}))
	return p.RuleByID("sales")
}

func TestTiered(t *testing.T) {
	steps := []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "10.00", Percent: "10%"}, {From: "20.00", Percent: "20%"}}
	retroactive, marginal := tiered(t, "order", "retroactive", steps...), tiered(t, "order", "marginal", steps...)
	for volume, want := range map[int64][2]int64{0: {0, 0}, 999: {50, 50}, 1000: {100, 50}, 1001: {100, 50}, 1999: {200, 150}, 2000: {400, 150}, 2001: {400, 150}, 2003: {401, 151},
		-1: {0, 0}, -10: {0, 0}, -30: {-2, -2}, -100_000: {-5000, -5000}} {
		got, err := retroactive.Reward.Tiered(volume)
		require.NoError(t, err)
		require.Equal(t, want[0], got, "retroactive, %d", volume)
		got, err = marginal.Reward.Tiered(volume)
		require.NoError(t, err)
		require.Equal(t, want[1], got, "marginal, %d", volume)
	}
	// Halves of the exact sum go to the even side, both ways, and what is just beside them does not.
	odd := tiered(t, "order", "marginal", engine.StepSpec{From: "0", Percent: "0%"}, engine.StepSpec{From: "0.10", Percent: "50%"}, engine.StepSpec{From: "0.11", Percent: "49.9999%"},
		engine.StepSpec{From: "0.12", Percent: "50.0001%"}, engine.StepSpec{From: "0.13", Percent: "50%"})
	for volume, want := range map[int64]int64{10: 0, 11: 0, 12: 1, 13: 2, 14: 2, 15: 2, 16: 3, 17: 4, 18: 4} {
		got, err := odd.Reward.Tiered(volume)
		require.NoError(t, err)
		require.Equal(t, want, got, "%d", volume)
	}
	whole := tiered(t, "order", "marginal", engine.StepSpec{From: "0", Percent: "100%"}, engine.StepSpec{From: "0.01", Percent: "100%"})
	got, err := whole.Reward.Tiered(math.MaxInt64)
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxInt64), got)
}

func TestSettleTier(t *testing.T) {
	steps := []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "10.00", Percent: "10%"}}
	r := tiered(t, "period", "retroactive", steps...)
	seller := &engine.Member{Code: "ann"}
	for _, c := range [][3]int64{{1000, 50, 50}, {999, 50, 0}, {999, 49, 1}, {999, 51, -1}, {-1000, -50, 0}, {0, 0, 0}, {1000, 0, 100}} {
		owed, err := r.SettleTier(seller, c[0], c[1], start)
		require.NoError(t, err)
		require.Equal(t, c[2], owed, "%v", c)
	}
	_, err := r.SettleTier(seller, 0, math.MinInt64, start)
	require.Equal(t, "AMOUNT_OVERFLOW", fault.CodeOf(err))
	order := tiered(t, "order", "retroactive", steps...)
	owed, err := order.SettleTier(seller, 1000, 0, start)
	require.NoError(t, err)
	require.Zero(t, owed, "a rule that was settled with each order owes nothing")
}

// A version whose rule is settled with each order is left out of the volume, wherever it stands among the others.
func TestVersionsThatAreNotSettledByThePeriodAreLeftOut(t *testing.T) {
	steps := []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "10.00", Percent: "10%"}}
	period, order := tiered(t, "period", "retroactive", steps...), tiered(t, "order", "retroactive", steps...)
	owed, err := engine.SettleTiers(&engine.Member{Code: "ann"}, []engine.TierVolume{{order, 900, 45}, {period, 600, 30}, {order, 900, 45}, {period, 400, 20}, {order, 900, 45}}, start)
	require.NoError(t, err)
	var owes []int64
	for _, o := range owed {
		owes = append(owes, o.Owed)
	}
	require.Equal(t, []int64{0, 30, 0, 20, 0}, owes, "10 % of the 6.00 and the 4.00, which reach the tier together")
}

func TestABonusPaysForItsOneThing(t *testing.T) {
	bonus := func(b engine.BonusSpec) engine.Bonus {
		b.ID, b.Amount = "b", "2.00"
		return compile(t, planOf(func(s *engine.PlanSpec) { s.Bonuses = []engine.BonusSpec{b} })).Bonuses[0]
	}
	volume, sales := bonus(engine.BonusSpec{Reach: &engine.ReachSpec{Volume: "10.00"}}), bonus(engine.BonusSpec{Reach: &engine.ReachSpec{Sales: 3}})
	first, recruit := bonus(engine.BonusSpec{FirstSale: true}), bonus(engine.BonusSpec{RecruitSells: true})
	vip := bonus(engine.BonusSpec{FirstSale: true, Group: "vip"})
	for name, c := range map[string]struct {
		bonus engine.Bonus
		did   engine.Achieved
		want  int64
	}{
		"a volume below":              {volume, engine.Achieved{VolumeMinor: 999, Sales: 99, FirstSale: true, RecruitsSold: 9}, 0},
		"a volume":                    {volume, engine.Achieved{VolumeMinor: 1000}, 200},
		"sales below":                 {sales, engine.Achieved{VolumeMinor: 9999, Sales: 2, FirstSale: true, RecruitsSold: 9}, 0},
		"sales":                       {sales, engine.Achieved{Sales: 3}, 200},
		"no first sale":               {first, engine.Achieved{VolumeMinor: 9999, Sales: 9, RecruitsSold: 9}, 0},
		"a first sale":                {first, engine.Achieved{FirstSale: true}, 200},
		"no recruit":                  {recruit, engine.Achieved{VolumeMinor: 9999, Sales: 9, FirstSale: true}, 0},
		"three recruits":              {recruit, engine.Achieved{RecruitsSold: 3}, 600},
		"another group":               {vip, engine.Achieved{FirstSale: true, Group: "red"}, 0},
		"no group":                    {vip, engine.Achieved{FirstSale: true}, 0},
		"the group":                   {vip, engine.Achieved{FirstSale: true, Group: "vip"}, 200},
		"any group, where none asked": {first, engine.Achieved{FirstSale: true, Group: "red"}, 200},
	} {
		got, err := c.bonus.Pays(c.did)
		require.NoError(t, err)
		require.Equal(t, c.want, got, name)
	}
	_, err := recruit.Pays(engine.Achieved{RecruitsSold: math.MaxInt64})
	require.Equal(t, "AMOUNT_OVERFLOW", fault.CodeOf(err))
}

func TestAFeeIsForTheDaysOfTheMerchantsCalendar(t *testing.T) {
	london := termsOf(t).Zone
	_, from, to := engine.SpanOf(engine.Monthly, london, time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC))
	p := engine.Placement{ID: "p", FeeMinor: 3000}
	at := func(day, hour int) time.Time { return time.Date(2026, 4, day, hour, 0, 0, 0, london) }
	for name, c := range map[string]struct {
		from, until time.Time
		want        int64
	}{
		"all of it":                    {at(1, 0), time.Time{}, 3000},
		"and more":                     {at(-40, 0), at(70, 0), 3000},
		"to its last instant":          {at(1, 0), to, 3000},
		"all but the last day":         {at(1, 0), to.Add(-1), 2900},
		"the first day":                {at(1, 0), at(2, 0), 100},
		"late on the first day":        {at(1, 23), at(2, 0), 100},
		"until late on the first day":  {at(1, 0), at(1, 23), 0},
		"one day earlier":              {at(0, 0), at(1, 0), 0},
		"one day later":                {to, time.Time{}, 0},
		"it ends before it begins":     {at(5, 0), at(3, 0), 0},
		"ten days":                     {at(11, 0), at(21, 0), 1000},
		"an hour before the first day": {at(1, -1), at(11, 0), 1000},
	} {
		got, err := p.FeeFor(engine.Agreement{From: c.from, Until: c.until}, from, to, london)
		require.NoError(t, err)
		require.Equal(t, c.want, got, name)
	}
}
