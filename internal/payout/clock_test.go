package payout_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// A process whose clock is wrong sends nothing: it would take a key for young that the rail has forgotten.
func TestAProcessWhoseClockIsWrongSendsNothing(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropAfter)
	before := s.payoutOf(t, b, e)
	var skew time.Duration
	var broken error
	s.payouts.HoldClockAgainst(func(context.Context) (time.Duration, error) { return skew, broken })
	s.Clock.Advance(22*time.Hour + 50*time.Minute) // as this process sees it
	require.NoError(t, s.sim.Advance(75*time.Minute))
	for _, skew = range []time.Duration{75 * time.Minute, -75 * time.Minute, payout.MaxSkew + 1} {
		require.ErrorIs(t, s.payouts.Send(t.Context(), p.ID), payout.ErrClock, skew)
	}
	skew, broken = 0, errors.New("no answer")
	require.ErrorIs(t, s.payouts.Send(t.Context(), p.ID), payout.ErrClock)
	require.Equal(t, before, s.payoutOf(t, b, e))
	require.Len(t, s.sim.Transfers(), 1)

	skew, broken = payout.MaxSkew, nil
	s.Clock.Advance(75 * time.Minute) // it was set right: the key is old, and is looked for
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	require.Len(t, s.sim.Transfers(), 1)
}

// Nor does anybody decide there that enough time has passed.
func TestNobodyDecidesWhereTheClockIsWrong(t *testing.T) {
	s := newStage(t)
	b, e, p := givenUp(t, s)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "x"})
	s.payouts.HoldClockAgainst(func(context.Context) (time.Duration, error) { return -time.Hour, nil })
	require.Equal(t, "CLOCK_SKEWED", s.confirm(t, s.checker, d.ID))
	require.Equal(t, p, s.payoutOf(t, b, e))
}
