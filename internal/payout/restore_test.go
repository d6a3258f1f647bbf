package payout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/models"
)

// restored is a payout whose call our database has forgotten, as after it was restored from before: it is ready and was
// never attempted, and the rail has its transfer.
func restored(t *testing.T, s *stage, minor int64) (models.PayoutBatch, models.Enrollment, models.Payout) {
	t.Helper()
	b, e, p := oneDue(t, s, 100_000)
	s.transferFor(t, p, "tributary:payout:"+p.ID.String()+":g1", minor)
	return b, e, p
}

// asked says that the rails were asked about a batch already, as the backup may.
func (s *stage) asked(b models.PayoutBatch) {
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.PayoutBatch{}).Where("id = ?", b.ID).Update("funds_asked_at", tx.Now).Error
	})
}

func TestAReadyPayoutWhoseTransferIsListedIsNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		asked bool
		then  func(s *stage, b models.PayoutBatch, p models.Payout) error
	}{
		"a comparison finds it": {false, func(s *stage, b models.PayoutBatch, _ models.Payout) error {
			_, err := s.payouts.Reconcile(s.T.Context(), b.ID)
			return err
		}},
		"the first call of a batch is preceded by a list": {false, func(s *stage, _ models.PayoutBatch, p models.Payout) error {
			s.Clock.Advance(25 * time.Hour)
			return s.payouts.Send(s.T.Context(), p.ID)
		}},
		"so is the first after a resume": {true, func(s *stage, _ models.PayoutBatch, p models.Payout) error {
			s.stop(s.Owner)
			s.Clock.Advance(25 * time.Hour)
			s.start(s.Owner)
			return s.payouts.Send(s.T.Context(), p.ID)
		}},
		"so is one that comes when keys may be forgotten": {true, func(s *stage, _ models.PayoutBatch, p models.Payout) error {
			s.Clock.Advance(payout.KeyLife)
			return s.payouts.Send(s.T.Context(), p.ID)
		}},
		"before that its key gives the same transfer": {true, func(s *stage, _ models.PayoutBatch, p models.Payout) error {
			s.Clock.Advance(payout.KeyLife - time.Second)
			return s.payouts.Send(s.T.Context(), p.ID)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, e, p := restored(t, s, 10_000)
			if c.asked {
				s.asked(b)
			}
			require.NoError(t, c.then(s, b, p))
			require.Len(t, s.sim.Transfers(), 1)
			now := s.payoutOf(t, b, e)
			require.Equal(t, []any{models.PayoutStateTransferred, s.sim.Transfers()[0].ID}, []any{now.State, *now.TransferID})
			require.Zero(t, s.reconcile(t, b).FindingCount)
			require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
			require.NoError(t, s.sim.Check())
			s.Prove()
		})
	}
}

func TestAReadyPayoutWithAnotherTransferIsLeftToAPerson(t *testing.T) {
	s := newStage(t)
	b, e, p := restored(t, s, 1)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, []any{models.PayoutStateNeedsReview, payout.ReasonDiffers}, []any{s.payoutOf(t, b, e).State, s.payoutOf(t, b, e).Reason})
	require.Len(t, s.sim.Transfers(), 1)
}

// Without a list nothing is sent.
func TestAListThatFailsBeforeTheFirstCallSendsNothing(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	s.server.Close()
	require.Error(t, s.payouts.Send(t.Context(), p.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateReady, 0}, []any{now.State, now.Attempts})
	require.Nil(t, s.batch(t, b.ID).FundsAskedAt)
}

// A batch that was started after the backup is a draft again. What it paid is found out by starting it again, and giving it up
// would make it payable once more.
func TestADraftWhoseTransfersAreListedIsStartedAndNotCanceled(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	s.Sell("ada", "1000.00")
	b := s.plan(t, s.CloseMonth())
	require.NoError(t, s.sim.Fund("gbp", 100_000))
	made := s.transferFor(t, s.payoutOf(t, b, e), "tributary:forgotten", 10_000)
	require.Equal(t, payout.FindingExtra, s.oneFinding(t, b).Kind)
	require.Equal(t, "FINDINGS_OPEN", s.try(t, func(tx *models.Tx) error { _, err := s.payouts.Cancel(tx, s.Owner, b.ID); return err }))
	s.execute(b)
	s.Clock.Advance(25 * time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), s.payoutOf(t, b, e).ID))
	require.Equal(t, made, *s.payoutOf(t, b, e).TransferID)
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
}

// After a restore all transfers since the backup are held against the payouts, whatever their batch is: what we have forgotten
// is adopted, and what we cannot know is told.
func TestEveryTransferSinceABackupIsHeldAgainstOurPayouts(t *testing.T) {
	s := newStage(t)
	ada, bob := s.partner(t, "ada"), s.partner(t, "bob")
	s.Sell("ada", "1000.00")
	s.Sell("bob", "1000.00")
	b := s.plan(t, s.CloseMonth())
	require.NoError(t, s.sim.Fund("gbp", 1_000_000))
	s.execute(b)
	sent, forgotten := s.payoutOf(t, b, ada), s.payoutOf(t, b, bob)
	require.NoError(t, s.payouts.Send(t.Context(), sent.ID))
	s.Clock.Advance(time.Hour)
	backup := s.Clock.Now()
	since := func() (all payout.Since, lost []payout.Stray) {
		t.Helper()
		all, err := s.payouts.ReconcileSince(t.Context(), backup, func(found payout.Stray) { lost = append(lost, found) })
		require.NoError(t, err)
		return all, lost
	}
	all, _ := since()
	require.Equal(t, payout.Since{}, all, "what was made before is not listed")

	made := s.transferFor(t, forgotten, "tributary:forgotten", 10_000)
	gone := models.Payout{ID: models.NewID(), BatchID: models.NewID(), Currency: "GBP", Destination: forgotten.Destination}
	for i := range 150 { // two pages
		s.transferFor(t, gone, fmt.Sprintf("tributary:gone:%d", i), 100)
	}
	all, lost := since()
	require.Equal(t, []any{151, 0, 150, 1}, []any{all.Transfers, all.Foreign, all.Strays, len(all.Runs)})
	require.Equal(t, []any{b.ID, 0}, []any{all.Runs[0].BatchID, all.Runs[0].FindingCount})
	require.Len(t, lost, 150)
	require.Equal(t, []any{gone.ID.String(), gone.BatchID.String(), int64(100), []models.ID{bob.PartnerID}},
		[]any{lost[0].PayoutID, lost[0].Group, lost[0].Amount.Minor, lost[0].PartnerIDs})
	now := s.payoutOf(t, b, bob)
	require.Equal(t, []any{models.PayoutStateTransferred, made}, []any{now.State, *now.TransferID})
	all, _ = since()
	require.Empty(t, all.Runs, "all that we have is as it is at the rail")
}

// A payout that was taken out before anybody looked at the rail was paid all the same: it is no debt of ours any more.
func TestAForgottenTransferOfAPayoutThatWasTakenOutIsItsPayment(t *testing.T) {
	s := newStage(t)
	b, e, p := restored(t, s, 10_000)
	s.Do(func(tx *models.Tx) error {
		_, err := s.payouts.HoldPayout(tx, s.Owner, p.ID, "not now")
		return err
	})
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
	require.Zero(t, s.reconcile(t, b).FindingCount)
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, true}, []any{now.State, now.FoundLate})
	require.Equal(t, s.sim.Transfers()[0].ID, *now.TransferID)
	require.Zero(t, s.Balance(e.ID, models.AccountPayable))
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	s.Prove()
}
