package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

func TestWhichNeedsPass(t *testing.T) {
	for _, passing := range []engine.Needs{{Customer: true}, {Partner: true}, {Lifetime: true}, {WindowDays: 1}} {
		require.True(t, passing.Passes(), "%+v", passing)
	}
	require.False(t, engine.Needs{Touch: true, Order: true, Caps: true}.Passes())
}

// A rule that may pay nobody, or an override of one that does, leaves conversions without lines.
func TestWhichPlansPayEverything(t *testing.T) {
	type spec = engine.PlanSpec
	no := false
	nothing := engine.RewardSpec{Percent: "0%"}
	below := []engine.LevelSpec{{Rate: "50%", Of: "below"}}
	override := func(s *spec, w engine.RewardSpec) {
		s.Overrides = append(s.Overrides, engine.OverrideSpec{Rule: "sales", Enrollment: string(rune('a' + len(s.Overrides))), RewardSpec: w})
	}
	for name, c := range map[string]struct {
		change func(*spec)
		want   bool
	}{
		"every rule pays the seller":           {func(*spec) {}, true},
		"the first pays nobody":                {func(s *spec) { s.Rules[0].RewardSpec, s.Rules[0].Levels = nothing, &no }, false},
		"the last pays nobody":                 {func(s *spec) { s.Rules[1].RewardSpec, s.Rules[1].Levels = nothing, &no }, false},
		"the last pays the upline":             {func(s *spec) { s.Rules[1].RewardSpec = nothing }, true},
		"levels of nothing paid below":         {func(s *spec) { s.Rules[1].RewardSpec, s.Levels = nothing, below }, false},
		"an override pays":                     {func(s *spec) { s.Levels = nil; override(s, engine.RewardSpec{Percent: "5%"}) }, true},
		"an override pays nobody":              {func(s *spec) { s.Levels = nil; override(s, nothing) }, false},
		"one of two overrides pays nobody":     {func(s *spec) { s.Levels = nil; override(s, engine.RewardSpec{Percent: "5%"}); override(s, nothing) }, false},
		"an override pays the upline at least": {func(s *spec) { override(s, nothing) }, true},
	} {
		require.Equal(t, c.want, compile(t, planOf(simple, c.change)).PaysEverything(), name)
	}
}
