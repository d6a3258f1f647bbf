package payout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/testkit"
	"tributary/models"
)

// holding publishes that what is sold from now on matures after so many days.
func (s *stage) holding(days int) {
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, HoldDays: days, MaxTotal: "20%",
			Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		return err
	})
}

// The days are those of the program's zone: here Santiago's, where the clocks skip the midnight of 6 September 2026.
func TestWhatIsPendingIsToldByTheDayItMatures(t *testing.T) {
	s := newStage(t)
	s.LeaveOut(models.ID{}, "the program gets another time zone, and lines other instants, behind its back")
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Program{}).Where("id = ?", s.Program.ID).Update("time_zone", "America/Santiago").Error
	})
	s.Enroll("ann", models.ID{})
	s.Clock.Advance(time.Date(2026, 9, 3, 12, 0, 0, 0, time.UTC).Sub(s.Clock.Now()))
	at := func(text string) time.Time {
		t.Helper()
		instant, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return instant
	}
	for i, maturesAt := range []string{
		"2026-09-03T03:59:59.999999Z", // yesterday there
		"2026-09-03T04:00:00Z",        // its midnight
		"2026-09-04T03:59:59Z",        // the same day
		"2026-09-05T04:00:00Z",
		"2026-09-06T03:59:59Z", // the last second before the clocks skip
		"2026-09-06T04:00:00Z", // 01:00 there
		"2026-09-07T02:59:59Z",
		"2026-12-04T02:59:59Z", // the last of 92 days
		"2026-12-04T03:00:00Z", // the first after them
	} {
		minor := int64(i+1) * 100
		s.Sell("ann", money.New(10*minor, "GBP").Decimal())
		s.Accrue()
		s.Do(func(tx *models.Tx) error {
			return tx.Model(&models.Commission{}).Where("amount_minor = ?", minor).Update("matures_at", at(maturesAt)).Error
		})
	}
	got, err := s.payouts.Maturing(t.Context(), s.Owner, s.Program.ID)
	require.NoError(t, err)
	sum := func(lines, minor int64) payout.MaturingSum {
		return payout.MaturingSum{Lines: lines, Amount: money.New(minor, "GBP")}
	}
	require.Equal(t, payout.Maturing{Matured: sum(1, 100), Later: sum(1, 900), Days: []payout.MaturingDay{
		{Date: "2026-09-03", StartsAt: at("2026-09-03T04:00:00Z"), MaturingSum: sum(2, 500)},
		{Date: "2026-09-05", StartsAt: at("2026-09-05T04:00:00Z"), MaturingSum: sum(2, 900)},
		{Date: "2026-09-06", StartsAt: at("2026-09-06T04:00:00Z"), MaturingSum: sum(2, 1_300)},
		{Date: "2026-12-03", StartsAt: at("2026-12-03T03:00:00Z"), MaturingSum: sum(1, 800)},
	}}, got)
}

func TestWhatMaturesComesToWhatIsPending(t *testing.T) {
	s := newStage(t)
	maturing := func() payout.Maturing {
		t.Helper()
		m, err := s.payouts.Maturing(t.Context(), s.Owner, s.Program.ID)
		require.NoError(t, err)
		f, err := s.payouts.Funding(t.Context(), s.Owner, s.Program.ID)
		require.NoError(t, err)
		var pending payout.MaturingSum
		for _, p := range f.Pending {
			pending.Lines, pending.Amount.Minor = pending.Lines+p.Lines, pending.Amount.Minor+p.Amount.Minor
		}
		all := payout.MaturingSum{Lines: m.Matured.Lines + m.Later.Lines}
		all.Amount.Minor = m.Matured.Amount.Minor + m.Later.Amount.Minor
		for _, d := range m.Days {
			all.Lines, all.Amount.Minor = all.Lines+d.Lines, all.Amount.Minor+d.Amount.Minor
		}
		require.Equal(t, pending, all)
		return m
	}
	require.Empty(t, maturing().Days)
	s.Enroll("ann", models.ID{})
	for _, days := range []int{0, 10, 10, 91, 92, 300} {
		s.Clock.Advance(time.Minute)
		s.holding(days)
		s.Sell("ann", "100.00")
	}
	s.Clock.Advance(time.Minute)
	s.holding(20)
	sale := s.Sell("ann", "100.00")
	s.Refund("back", sale, "60.00")
	s.Accrue()
	m := maturing()
	require.Len(t, m.Days, 4)
	require.Zero(t, m.Matured.Lines)
	require.EqualValues(t, 2, m.Later.Lines)
	require.EqualValues(t, 400, m.Days[2].Amount.Minor, "what a refund takes back counts against its day")
	s.Clock.Advance(15 * 24 * time.Hour)
	require.EqualValues(t, 3, maturing().Matured.Lines)

	statements := testkit.CountStatements(t, s.DB)
	_, err := s.payouts.Maturing(t.Context(), s.Owner, s.Program.ID)
	require.NoError(t, err)
	require.EqualValues(t, 2, statements.Load())

	_, err = s.payouts.Maturing(t.Context(), access.System("rival", models.NewID()), s.Program.ID)
	require.ErrorContains(t, err, "PROGRAM_NOT_FOUND")
	_, err = s.payouts.Maturing(t.Context(), access.Caller{}, s.Program.ID)
	require.ErrorIs(t, err, access.ErrUnauthenticated)
}
