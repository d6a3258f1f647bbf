package payout_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/payout"
	"tributary/models"
)

// slow is a rail on which something happens between a list and its use.
type slow struct {
	payout.Rail
	meanwhile func()
}

func (r *slow) List(ctx context.Context, id models.ID) ([]payout.Receipt, error) {
	found, err := r.Rail.List(ctx, id)
	if do := r.meanwhile; do != nil {
		r.meanwhile = nil
		do()
	}
	return found, err
}

// A comparison that began while the batch was executing has not seen what ended meanwhile, and closes nothing.
func TestAComparisonClosesOnlyWhatWasFinishedWhenItBegan(t *testing.T) {
	s := newStage(t)
	ada, bob := s.partner(t, "ada"), s.partner(t, "bob")
	s.Sell("ada", "1000.00")
	s.Sell("bob", "1000.00")
	b := s.plan(t, s.CloseMonth())
	require.NoError(t, s.sim.Fund("gbp", 100_000))
	rail := &slow{Rail: s.rail}
	s.over(rail)
	s.execute(b)
	require.NoError(t, s.payouts.Send(t.Context(), s.payoutOf(t, b, ada).ID))
	rail.meanwhile = func() {
		p := s.payoutOf(t, b, bob)
		require.NoError(t, s.payouts.Send(t.Context(), p.ID))
		s.transferFor(t, p, "tributary:other", 10_000)
	}
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
	require.Equal(t, 1, s.reconcile(t, b).FindingCount, "the next one sees the duplicate")
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
}

// doubled is a payout that was paid and has a second transfer, with the finding of it.
func doubled(t *testing.T, s *stage) (b models.PayoutBatch, e models.Enrollment, other string, f models.ReconFinding) {
	t.Helper()
	b, e, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	other = s.transferFor(t, p, "tributary:other", 10_000)
	return b, e, other, s.oneFinding(t, b)
}

// oneFinding compares a batch and gives the one difference.
func (s *stage) oneFinding(t *testing.T, b models.PayoutBatch) models.ReconFinding {
	t.Helper()
	findings, err := s.payouts.Findings(t.Context(), s.Owner, s.reconcile(t, b))
	require.NoError(t, err)
	require.Len(t, findings, 1)
	return findings[0]
}

// settled has two people settle a finding.
func (s *stage) settled(t *testing.T, f models.ReconFinding) {
	t.Helper()
	var d models.PayoutDecision
	s.Do(func(tx *models.Tx) (err error) {
		d, err = s.payouts.RequestSettlement(tx, s.Owner, f.ID, "recovered otherwise")
		return err
	})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
}

// Once a duplicate is settled the transfer we know is the payment, and what comes back of it is owed again. Before that
// nobody knows which of the two it came back from.
func TestAReversalBesideADuplicateIsBookedOnceThatIsSettled(t *testing.T) {
	for name, settleFirst := range map[string]bool{"settled before": true, "settled after": false} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, e, _, f := doubled(t, s)
			if settleFirst {
				s.settled(t, f)
			}
			s.reverse(t, *s.payoutOf(t, b, e).TransferID, "3000")
			if !settleFirst {
				require.Equal(t, 1, s.reconcile(t, b).FindingCount)
				require.Zero(t, s.Balance(e.ID, models.AccountPayable))
				s.settled(t, f)
			}
			require.Zero(t, s.reconcile(t, b).FindingCount)
			require.EqualValues(t, 3_000, s.Balance(e.ID, models.AccountPayable))
			require.EqualValues(t, 7_000, s.Balance(s.Program.ID, models.AccountPaidOut))
			require.Equal(t, models.PayoutStatePartlyReversed, s.payoutOf(t, b, e).State)
			require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
			s.Prove()
		})
	}
}

// Somebody may take the transfer back that we know, and leave the other: then that one is the payment, and nothing is owed
// again.
func TestTheOtherOfTwoTransfersIsThePaymentOnceTheKnownCameBackWhole(t *testing.T) {
	s := newStage(t)
	b, e, other, _ := doubled(t, s)
	s.reverse(t, *s.payoutOf(t, b, e).TransferID, "10000")
	s.reconcile(t, b)
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, other}, []any{now.State, *now.TransferID})
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Zero(t, s.Balance(e.ID, models.AccountPayable))
	require.EqualValues(t, 10_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	s.Prove()
}

// A duplicate that was settled is dealt with: that the known transfer comes back whole later makes the amount payable.
func TestAPaymentThatCameBackBesideASettledDuplicateIsOwedAgain(t *testing.T) {
	s := newStage(t)
	b, e, _, f := doubled(t, s)
	s.settled(t, f)
	s.reverse(t, *s.payoutOf(t, b, e).TransferID, "10000")
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.PayoutStateReversed, s.payoutOf(t, b, e).State)
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
}

// Money that comes back after the close is found without its webhook, for as long as the documentation says.
func TestWhatComesBackAfterTheCloseIsFoundAtNight(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	s.reconcile(t, b)
	closed := s.Clock.Now()
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	transfer := s.sim.Transfers()[0].ID
	night := func(after time.Duration) int64 {
		s.Clock.Set(closed.Add(after))
		require.NoError(t, s.payouts.ReconcileClosed(t.Context()))
		return s.Balance(e.ID, models.AccountPayable)
	}
	s.reverse(t, transfer, "3000")
	require.Zero(t, night(time.Hour), "it was compared just now")
	require.EqualValues(t, 3_000, night(24*time.Hour))
	s.reverse(t, transfer, "1000")
	require.EqualValues(t, 4_000, night(payout.ClosedDays*24*time.Hour-time.Second))
	s.reverse(t, transfer, "1000")
	require.EqualValues(t, 4_000, night(payout.ClosedDays*24*time.Hour+24*time.Hour))
	require.EqualValues(t, 6_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
}

// One batch that cannot be compared keeps no other from its turn.
func TestEveryClosedBatchHasItsTurnAtNight(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	s.reconcile(t, b)
	s.Clock.Advance(24 * time.Hour)
	s.Do(func(tx *models.Tx) error { // one whose list is refused, before it in turn
		var first models.PayoutBatch
		if err := tx.Where("id = ?", b.ID).Take(&first).Error; err != nil {
			return err
		}
		first.ID, first.Run = models.ID{1}, 9
		return tx.Create(&first).Error
	})
	s.over(&halfDeaf{s.rail, models.ID{1}})
	s.reverse(t, s.sim.Transfers()[0].ID, "3000")
	require.Error(t, s.payouts.ReconcileClosed(t.Context()))
	require.EqualValues(t, 3_000, s.Balance(e.ID, models.AccountPayable))
}

// halfDeaf is a rail that lists no transfers of one batch.
type halfDeaf struct {
	payout.Rail
	batch models.ID
}

func (r *halfDeaf) List(ctx context.Context, id models.ID) ([]payout.Receipt, error) {
	if id == r.batch {
		return nil, errors.New("no list")
	}
	return r.Rail.List(ctx, id)
}

// A difference in a batch that was closed long ago keeps the next one from being paid, until two people settle it.
func TestAFindingInAClosedBatchKeepsTheNextFromBeingApproved(t *testing.T) {
	s := newStage(t)
	b, _, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	s.reconcile(t, b)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	s.transferFor(t, p, "tributary:other", 10_000)
	s.Sell("ada", "1000.00")
	next := s.plan(t, s.CloseMonth())
	f := s.oneFinding(t, b)
	approve := func() string {
		return s.try(t, func(tx *models.Tx) error {
			_, err := s.payouts.Approve(tx, s.checker, next.ID, payout.HashText(next.ContentHash))
			return err
		})
	}
	require.Equal(t, "FINDINGS_OPEN", approve())
	require.Equal(t, models.BatchStateDraft, s.batch(t, next.ID).State)
	s.settled(t, f)
	require.Empty(t, approve(), "it does not wait for another comparison")
}

// Only the latest comparison counts.
func TestADifferenceThatIsGoneKeepsNothingFromBeingApproved(t *testing.T) {
	s := newStage(t)
	b, _, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	other := s.transferFor(t, p, "tributary:other", 10_000)
	require.Equal(t, 1, s.reconcile(t, b).FindingCount)
	s.reverse(t, other, "10000")
	require.Zero(t, s.reconcile(t, b).FindingCount)
	s.Sell("ada", "1000.00")
	s.execute(s.plan(t, s.CloseMonth()))
}

// Each comparison notes a settled difference again, every night: of all these notes the next comparison reads one.
func TestSettledDifferencesAreReadOnceHoweverOftenTheyWereFound(t *testing.T) {
	s := newStage(t)
	b, _, _, f := doubled(t, s)
	s.settled(t, f)
	most := int64(0)
	require.NoError(t, s.DB.Read(t.Context()).Callback().Query().After("gorm:query").Register("test:read", func(g *gorm.DB) {
		if g.Statement.Table == (models.ReconFinding{}).TableName() {
			most = max(most, g.RowsAffected)
		}
	}))
	for range 5 {
		require.Zero(t, s.reconcile(t, b).FindingCount)
	}
	require.EqualValues(t, 1, most)
}
