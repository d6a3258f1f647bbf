package payout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// changed changes a payout past this program, and gives what puts it back.
func (s *stage) changed(p models.Payout, column string, value, was any) (restore func()) {
	set := func(v any) {
		s.Do(func(tx *models.Tx) error {
			return tx.Model(&models.Payout{}).Where("id = ?", p.ID).Update(column, v).Error
		})
	}
	set(value)
	return func() { set(was) }
}

// What is approved and started is what was planned, also where somebody changed the rows in the database.
func TestABatchWhosePayoutsWereChangedIsNeitherApprovedNorStarted(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	s.Sell("ada", "1000.00")
	b := s.plan(t, s.CloseMonth())
	p := s.payoutOf(t, b, e)
	approve := func() string {
		return s.try(t, func(tx *models.Tx) error {
			_, err := s.payouts.Approve(tx, s.checker, b.ID, payout.HashText(b.ContentHash))
			return err
		})
	}
	start := func() string {
		return s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Execute(tx, s.checker, b.ID); return err })
	}
	changes := []struct {
		column     string
		value, was any
	}{{"amount_minor", 20_000, p.AmountMinor}, {"destination", "acct_thief", p.Destination}, {"state", models.PayoutStateHeld, p.State}, {"rail", "MANUAL", p.Rail}}
	for _, c := range changes {
		restore := s.changed(p, c.column, c.value, c.was)
		require.Equal(t, "BATCH_CONTENT_BROKEN", approve(), c.column)
		restore()
	}
	require.Equal(t, "BATCH_STATE", start())
	require.Empty(t, approve())
	for _, c := range changes {
		restore := s.changed(p, c.column, c.value, c.was)
		require.Equal(t, "BATCH_CONTENT_BROKEN", start(), c.column)
		restore()
	}
	require.Empty(t, start())
}

// A repeat is sent to the letter or not at all: the rail may have forgotten the key.
func TestARepeatThatIsNotWhatWasSentIsLeftToAPerson(t *testing.T) {
	for column, value := range map[string]any{"amount_minor": 9_000, "destination": "acct_other"} {
		t.Run(column, func(t *testing.T) {
			s := newStage(t)
			b, e, p := spoiled(t, s, stripesim.DropBefore)
			was := map[string]any{"amount_minor": p.AmountMinor, "destination": p.Destination}
			restore := s.changed(p, column, value, was[column])
			s.Clock.Advance(2 * time.Minute)
			require.NoError(t, s.payouts.Send(t.Context(), p.ID))
			now := s.payoutOf(t, b, e)
			require.Equal(t, []any{models.PayoutStateNeedsReview, payout.ReasonChanged, 1}, []any{now.State, now.Reason, now.Attempts})
			require.Empty(t, s.sim.Transfers())
			restore()
		})
	}
}
