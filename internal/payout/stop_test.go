package payout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

func (s *stage) stop(by access.Caller) {
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.Stop(tx, by, "looks odd"); return err })
}

func (s *stage) start(by access.Caller) {
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.Start(tx, by); return err })
}

func TestStoppedPayoutsWait(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	require.Equal(t, "PAYOUTS_NOT_STOPPED", s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Start(tx, s.Owner); return err }))
	require.Equal(t, "REASON_MISSING", s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Stop(tx, s.Owner, " "); return err }))
	reader := s.key(t, access.PayoutsRead)
	require.Equal(t, "FORBIDDEN", s.try(t, func(tx *models.Tx) error {
		_, err := s.payouts.Stop(tx, reader, "x")
		return err
	}))
	s.stop(s.Owner)
	require.Equal(t, "PAYOUTS_STOPPED", s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Stop(tx, s.checker, "x"); return err }))
	require.Equal(t, []any{models.BatchStatePaused, payout.PauseStopped}, []any{s.batch(t, b.ID).State, s.batch(t, b.ID).PauseReason})
	require.Equal(t, "PAYOUTS_STOPPED", s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Resume(tx, s.Owner, b.ID); return err }))
	require.ErrorIs(t, s.payouts.WriteBankFile(t.Context(), s.Owner, b.ID, &strings.Builder{}), payout.ErrStopped)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	stop, err := s.payouts.StopFor(t.Context(), s.Owner)
	require.NoError(t, err)
	require.Equal(t, "looks odd", stop.Reason)
	other, err := s.payouts.StopFor(t.Context(), access.System("other", models.NewID()))
	require.NoError(t, err)
	require.Nil(t, other, "a stop is one merchant's")

	// The instance is stopped too: starting one of the two is not enough.
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.StopAll(tx, "cli:ops", "an incident"); return err })
	s.start(s.Owner)
	require.Equal(t, models.BatchStatePaused, s.batch(t, b.ID).State)
	other, err = s.payouts.StopFor(t.Context(), access.System("other", models.NewID()))
	require.NoError(t, err)
	require.Equal(t, "an incident", other.Reason)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Empty(t, s.sim.Transfers())
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.StartAll(tx, "cli:ops"); return err })
	require.Equal(t, models.BatchStateExecuting, s.batch(t, b.ID).State)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	s.stop(s.Owner) // and again
	require.Equal(t, "PAYOUTS_STOPPED", s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Execute(tx, s.Owner, b.ID); return err }))
}

// A batch that waits for something else does not go on because payouts are started.
func TestStartingGoesOnOnlyWithWhatTheStopPaused(t *testing.T) {
	s := newStage(t)
	b, _, p := oneDue(t, s, 1)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, payout.PauseFunds, s.batch(t, b.ID).PauseReason)
	s.stop(s.Owner)
	s.start(s.Owner)
	require.Equal(t, []any{models.BatchStatePaused, payout.PauseFunds}, []any{s.batch(t, b.ID).State, s.batch(t, b.ID).PauseReason})
}

// What is not known is not sent again while payouts are stopped; past its key's life it is looked up all the same.
func TestAStopHoldsBackRepeatsAndNoLists(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropBefore)
	s.stop(s.Owner)
	s.Clock.Advance(time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Empty(t, s.sim.Transfers())
	require.Equal(t, models.PayoutStateUnknown, s.payoutOf(t, b, e).State)
	s.Clock.Advance(24 * time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, payout.ReasonUnseen, s.payoutOf(t, b, e).Reason)
}

func TestADestinationThatChangedSinceThePlanIsNotPaid(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", e.PartnerID).Update("destination", "acct_other").Error
	})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateHeld, payout.ReasonAccountChanged, 0}, []any{now.State, now.Reason, now.Attempts})
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
	require.Empty(t, s.sim.Transfers())
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
}

// A call that may have gone to the old destination is repeated as it was: another would be a second payment.
func TestAnUnknownOutcomeIsRepeatedToTheDestinationItWasSentTo(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropAfter)
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", e.PartnerID).Update("destination", "acct_other").Error
	})
	s.Clock.Advance(time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	require.Len(t, s.sim.Transfers(), 1)
}

// Let be sent again, with the account changed meanwhile: people decide, and nothing is sent.
func TestAChangedDestinationOfARetryIsLeftToPeople(t *testing.T) {
	s := newStage(t)
	b, e, p := givenUp(t, s)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRetry, Reason: "not there"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", e.PartnerID).Update("destination", "acct_other").Error
	})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateNeedsReview, payout.ReasonAccountChanged}, []any{now.State, now.Reason})
	require.Empty(t, s.sim.Transfers())
}

func TestAShortBalanceIsFoundBeforeTheFirstCall(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 9_999)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, []any{models.BatchStatePaused, payout.PauseFunds}, []any{s.batch(t, b.ID).State, s.batch(t, b.ID).PauseReason})
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateReady, 1, 0}, []any{now.State, now.Generation, now.Attempts}, "no call was made")
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.Resume(tx, s.checker, b.ID); return err })
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.BatchStatePaused, s.batch(t, b.ID).State, "it is asked at each start")
	require.NoError(t, s.sim.Fund("gbp", 1))
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.Resume(tx, s.checker, b.ID); return err })
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
}

// What a stop turns back takes no room in the sweep: others come to their turn, however many there are. What is only looked
// up is not stopped.
func TestAStoppedMerchantsPayoutsTakeNoRoomInTheSweep(t *testing.T) {
	s := newStage(t)
	stopped := models.NewID()
	s.Do(func(tx *models.Tx) error { // the ids of these come first
		stop := models.PayoutStop{ID: models.NewID(), ScopeID: stopped, ActiveScopeID: &stopped, Reason: "x", StoppedBy: "x", StoppedAt: tx.Now}
		if err := tx.Create(&stop).Error; err != nil {
			return err
		}
		for range 1000 { // as many as a sweep takes
			err := tx.Create(&models.Payout{ID: models.NewID(), BatchID: stopped, ProgramID: stopped, MerchantID: stopped, EnrollmentID: models.NewID(),
				PartnerID: models.NewID(), Rail: models.RailNameStripe, Currency: "GBP", State: models.PayoutStateUnknown, Generation: 1, Attempts: 1, CreatedAt: tx.Now}).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	_, _, p := spoiled(t, s, stripesim.DropAfter)
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Payout{}).Where("merchant_id = ?", stopped).Updates(map[string]any{"first_attempt_at": tx.Now, "next_try_at": tx.Now}).Error
	})
	rung := func() (ids []models.ID) {
		t.Helper()
		s.Do(func(tx *models.Tx) error { return tx.Where("1 = 1").Delete(&models.OutboxItem{}).Error })
		require.NoError(t, s.payouts.Sweep(t.Context()))
		require.NoError(t, s.DB.Read(t.Context()).Model(&models.OutboxItem{}).Pluck("subject_id", &ids).Error)
		return ids
	}
	s.Clock.Advance(time.Hour)
	require.Equal(t, []models.ID{p.ID}, rung())
	s.Clock.Advance(payout.KeyLife)
	require.Len(t, rung(), 1000, "too old to be sent: they are looked up")
}
