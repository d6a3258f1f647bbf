package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

func TestTheEngineIsHeldAgainstPlainArithmetic(t *testing.T) {
	terms := engine.Terms{Currency: "EUR", Zone: time.UTC}
	spec := enginePlan()
	plan, err := spec.Compile(terms)
	require.NoError(t, err)
	cases := engineWorld()
	require.NoError(t, checkEngine(plan, cases))
	spec.Levels[2].Rate = "1.1%"
	plan, err = spec.Compile(terms)
	require.NoError(t, err)
	require.ErrorIs(t, checkEngine(plan, cases), ErrWrong)

	matched := map[string]int{}
	var out engine.Outcome
	for i := range cases {
		require.NoError(t, plan.Price(&cases[i], nil, &out))
		matched[out.Shares[0].Rule.ID]++
	}
	require.Zero(t, matched["large"], "its condition is asked and false, so that the next is asked too")
	require.Greater(t, matched["abroad"], engineCases/5)
	require.Greater(t, matched["sales"], engineCases/5)
}
