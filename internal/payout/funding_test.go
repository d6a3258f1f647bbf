package payout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

func TestFundingTellsWhatIsOwedAndWhen(t *testing.T) {
	s := newStage(t)
	gbp := func(minor int64) money.Amount { return money.New(minor, "GBP") }
	funding := func() (pending []int64, all [4]money.Amount, short money.Amount) {
		f, err := s.payouts.Funding(t.Context(), s.Owner, s.Program.ID)
		require.NoError(t, err)
		for _, p := range f.Pending {
			var direct int64
			var lines int64
			lined := s.DB.Read(t.Context()).Model(&models.Commission{}).Where("period_id = ?", p.PeriodID)
			require.NoError(t, lined.Select("COALESCE(SUM(amount_minor), 0)").Scan(&direct).Error)
			require.NoError(t, s.DB.Read(t.Context()).Model(&models.Commission{}).Where("period_id = ?", p.PeriodID).Count(&lines).Error)
			require.Equal(t, gbp(direct), p.Amount, "as a scan of its lines")
			require.Equal(t, lines, p.Lines)
			pending = append(pending, p.Amount.Minor)
		}
		require.Len(t, f.Rails, 1)
		return pending, [4]money.Amount{f.Payable, f.Debts, f.InTransit, f.NextRun}, f.Rails[0].Short()
	}
	pending, all, _ := funding()
	require.Empty(t, pending)
	require.Equal(t, [4]money.Amount{gbp(0), gbp(0), gbp(0), gbp(0)}, all)

	// New sales are held for 40 days, so what comes in lies in more than one period.
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, HoldDays: 40, MaxTotal: "20%",
			Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		return err
	})
	s.partner(t, "ann")
	s.partner(t, "bob")
	s.Sell("ann", "1000.00")
	s.Sell("bob", "50.00")
	s.Clock.Advance(30 * 24 * time.Hour)
	s.Sell("ann", "30.00")
	s.Accrue()
	pending, all, short := funding()
	require.Equal(t, int64(10_800), sum(pending))
	require.Greater(t, len(pending), 1)
	require.Equal(t, [4]money.Amount{gbp(0), gbp(0), gbp(0), gbp(0)}, all)
	require.Equal(t, gbp(0), short)

	last := s.CloseMonth()
	pending, all, short = funding()
	require.Equal(t, int64(300), sum(pending))
	require.Equal(t, [4]money.Amount{gbp(10_500), gbp(0), gbp(0), gbp(10_000)}, all, "bob is under the minimum")
	require.Equal(t, gbp(10_000), short)

	s.plan(t, last)
	require.NoError(t, s.sim.Fund("gbp", 4_000))
	_, all, short = funding()
	require.Equal(t, [4]money.Amount{gbp(500), gbp(0), gbp(10_000), gbp(0)}, all)
	require.Equal(t, gbp(6_000), short)
}

func sum(minors []int64) (total int64) {
	for _, m := range minors {
		total += m
	}
	return total
}

func TestFundingShowsDebtsApart(t *testing.T) {
	s := newStage(t)
	s.indebted(t)
	s.partner(t, "bob")
	s.Sell("bob", "300.00")
	s.CloseMonth()
	f, err := s.payouts.Funding(t.Context(), s.Owner, s.Program.ID)
	require.NoError(t, err)
	require.EqualValues(t, 3_000, f.Payable.Minor)
	require.EqualValues(t, 10_000, f.Debts.Minor)
	require.EqualValues(t, 3_000, f.NextRun.Minor, "one partner's debt does not pay another")

	_, err = s.payouts.Funding(t.Context(), access.System("rival", models.NewID()), s.Program.ID)
	require.Equal(t, "PROGRAM_NOT_FOUND", fault.CodeOf(err))
}
