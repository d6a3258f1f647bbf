package ledger

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/models"
)

func TestMergeOrdersAccountsTheSameForEveryPost(t *testing.T) {
	// The program is in the middle by id, so that only the rule can put it last.
	ann, program, zoe := models.ID{1}, models.ID{2}, models.ID{3}
	want := []Leg{{ann, models.AccountAccrued, 3}, {ann, models.AccountPayable, 4}, {zoe, models.AccountAccrued, 5},
		{program, models.AccountExpense, -13}, {program, models.AccountFees, 1}}
	// Rotated, and each rotation both ways.
	for shift := range want {
		legs := slices.Concat(want[shift:], want[:shift])
		for range 2 {
			merged, err := merge(program, legs)
			require.NoError(t, err)
			require.Equal(t, want, merged, "%v", legs)
			slices.Reverse(legs)
		}
	}
}

func TestMergeLeavesTheCallersLegs(t *testing.T) {
	program, ann := models.ID{2}, models.ID{1}
	legs := []Leg{{program, models.AccountFees, -2}, {ann, models.AccountFees, 1}, {ann, models.AccountFees, 1}}
	merged, err := merge(program, legs)
	require.NoError(t, err)
	require.Equal(t, []Leg{{ann, models.AccountFees, 2}, {program, models.AccountFees, -2}}, merged)
	require.Equal(t, []Leg{{program, models.AccountFees, -2}, {ann, models.AccountFees, 1}, {ann, models.AccountFees, 1}}, legs)
}

func TestMergeRefusesASumThatWraps(t *testing.T) {
	program, ann := models.ID{2}, models.ID{1}
	for _, legs := range [][]Leg{
		{{ann, models.AccountFees, math.MaxInt64}, {ann, models.AccountFees, 1}, {program, models.AccountFees, math.MinInt64}},
		{{ann, models.AccountAccrued, math.MaxInt64}, {ann, models.AccountFees, 1}, {program, models.AccountFees, math.MinInt64}},
	} {
		_, err := merge(program, legs)
		require.ErrorIs(t, err, money.ErrOverflow, "%v", legs)
	}
}
