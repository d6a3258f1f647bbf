package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
)

func TestAPlanTellsItsParts(t *testing.T) {
	p := compile(t, planOf(rich, func(s *engine.PlanSpec) {
		s.Rules[booksAt].SKUs, s.Rules[booksAt].Categories = []string{"B", "A"}, []string{"maps", "books"}
		s.Bonuses = append(s.Bonuses, engine.BonusSpec{ID: "first", Amount: "1.00", FirstSale: true})
		s.Placements = append(s.Placements, engine.PlacementSpec{ID: "tower", Fee: "9.00"})
	}))
	require.Equal(t, `order.country == "GB"`, p.RuleByID("asks").Condition())
	require.Empty(t, p.RuleByID("sales").Condition())
	skus, categories := p.RuleByID("books").ItemNames()
	require.Equal(t, []string{"A", "B"}, skus)
	require.Equal(t, []string{"books", "maps"}, categories)
	require.Equal(t, money.Rate(900_000), p.Bound())

	for _, b := range p.Bonuses {
		got, ok := p.BonusByID(b.ID)
		require.True(t, ok)
		require.Equal(t, b, got)
	}
	_, ok := p.BonusByID("banner")
	require.False(t, ok)
	for _, o := range p.Placements {
		got, ok := p.PlacementByID(o.ID)
		require.True(t, ok)
		require.Equal(t, o, got)
	}
	_, ok = p.PlacementByID("goal")
	require.False(t, ok)
}

func TestALevelIsOfTheTableOfItsGroup(t *testing.T) {
	p := compile(t, planOf(rich))
	for _, c := range []struct {
		group string
		level int
		want  engine.Level
		found bool
	}{
		{"", 0, engine.Level{}, false},
		{"", 1, engine.Level{Rate: 20_000}, true},
		{"", 2, engine.Level{Rate: 250_000, Of: engine.OfBelow}, true},
		{"", 3, engine.Level{}, false},
		{"vip", 1, engine.Level{Rate: 30_000}, true},
		{"vip", 2, engine.Level{}, false},
		{"red", 2, engine.Level{Rate: 250_000, Of: engine.OfBelow}, true},
	} {
		got, ok := p.LevelFor(c.group, c.level)
		require.Equal(t, c.found, ok, "%+v", c)
		require.Equal(t, c.want, got, "%+v", c)
	}
}

// The worst case is that of the dearest rule or override; of equals the first is shown, and of a plan that pays nobody
// that it does.
func TestTheWorstCaseOfAPlan(t *testing.T) {
	off := false
	alone := func(rules ...engine.RuleSpec) func(*engine.PlanSpec) {
		return func(s *engine.PlanSpec) {
			for i := range rules {
				rules[i].Levels = &off
			}
			s.Rules = rules
		}
	}
	rule := func(id, kind, percent string) engine.RuleSpec {
		return engine.RuleSpec{ID: id, Kind: kind, RewardSpec: engine.RewardSpec{Percent: percent}}
	}
	withLevels := engine.RuleSpec{ID: "first", Kind: "SALE", RewardSpec: engine.RewardSpec{Percent: "8%"}}
	for _, c := range []struct {
		name  string
		total money.Rate
		text  string
		spec  engine.PlanSpec
	}{
		{"the dearest rule", 120_000, "the seller gets 12.0000", planOf(alone(rule("a", "SALE", "5%"), rule("b", "LEAD", "12%"), rule("c", "", "7%")))},
		{"an override", 150_000, "the seller gets 15.0000", planOf(alone(rule("a", "SALE", "5%"), rule("c", "", "7%")), func(s *engine.PlanSpec) {
			s.Overrides = []engine.OverrideSpec{{Rule: "a", Group: "vip", RewardSpec: engine.RewardSpec{Percent: "15%"}}}
		})},
		{"the first of equals", 100_000, "the seller gets 8.0000, level 1 2.0000", planOf(alone(rule("a", "", "10%")), func(s *engine.PlanSpec) {
			s.Levels, s.Rules = s.Levels[:1], append([]engine.RuleSpec{withLevels}, s.Rules...)
		})},
		{"nothing", 0, "the seller gets 0.0000", planOf(alone(rule("a", "", "0%")))},
	} {
		total, text := compile(t, c.spec).WorstCase()
		require.Equal(t, c.total, total, c.name)
		require.Equal(t, c.text, text, c.name)
	}
}

func TestWhichTierPaysWhichPart(t *testing.T) {
	steps := []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "10.00", Percent: "10%"}, {From: "30.00", Percent: "20%"}}
	marginal, retroactive := tiered(t, "order", "marginal", steps...), tiered(t, "order", "retroactive", steps...)
	for volume, want := range map[int64][2][3]int64{
		-100:   {{-100, 0, 0}, {-100, 0, 0}},
		0:      {{0, 0, 0}, {0, 0, 0}},
		999:    {{999, 0, 0}, {999, 0, 0}},
		1000:   {{1000, 0, 0}, {0, 1000, 0}},
		1001:   {{1000, 1, 0}, {0, 1001, 0}},
		2999:   {{1000, 1999, 0}, {0, 2999, 0}},
		3000:   {{1000, 2000, 0}, {0, 0, 3000}},
		10_000: {{1000, 2000, 7000}, {0, 0, 10_000}},
	} {
		for i, r := range []*engine.Rule{marginal, retroactive} {
			var parts [3]int64
			for n, part := range r.Reward.TierParts(volume, volume) {
				require.Equal(t, r.Reward.Tiers[n], part.Tier)
				parts[n] = part.Minor
			}
			require.Equal(t, want[i], parts, "%d, %v", volume, r.Reward.Marginal)
		}
	}
	require.Nil(t, (&engine.Reward{Percent: 1}).TierParts(1000, 1000))
}

func TestWhatAnItemStandsForAndWhatIsLeftOfIt(t *testing.T) {
	p := compile(t, planOf(func(s *engine.PlanSpec) { s.Rules[2].Valid, s.Rules[2].Recurring = nil, nil }))
	c := engine.Case{Chain: chainOf(1), Sale: engine.Sale{Kind: "SALE", Gross: 900, Items: []engine.Item{{SKU: "A", Category: "books", Minor: 600}, {SKU: "B", Minor: 400}}}}
	var out engine.Outcome
	require.NoError(t, p.Price(&c, nil, &out))
	require.Equal(t, []int64{540, 360}, []int64{out.ItemBasis(0), out.ItemBasis(1)}, "the discount is shared by both")
	left, whole, err := out.Left(&c.Sale, engine.Refunded{Whole: 1800, Total: 1000, BySKU: map[string]int64{"A": 900}})
	require.NoError(t, err)
	require.Equal(t, []int64{1080, 720}, whole)
	require.Equal(t, []int64{160, 640}, left)
}
