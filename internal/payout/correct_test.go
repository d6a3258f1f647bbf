package payout_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

// retold is a rail that tells its transfers in another way than they were made.
type retold struct {
	payout.Rail
	tell func(payout.Receipt) (payout.Receipt, bool) // false: it does not list it
	err  error
}

func (r *retold) List(ctx context.Context, batchID models.ID) ([]payout.Receipt, error) {
	listed, err := r.Rail.List(ctx, batchID)
	var told []payout.Receipt
	for _, receipt := range listed {
		if receipt, isListed := r.tell(receipt); isListed {
			told = append(told, receipt)
		}
	}
	return told, errors.Join(err, r.err)
}

func (r *retold) Find(ctx context.Context, o payout.Order) ([]payout.Receipt, error) {
	listed, err := r.List(ctx, o.BatchID)
	return slices.DeleteFunc(listed, func(r payout.Receipt) bool {
		return r.PayoutID != o.PayoutID.String() || r.Destination != o.Destination
	}), err
}

func asMade(r payout.Receipt) (payout.Receipt, bool)    { return r, true }
func notListed(r payout.Receipt) (payout.Receipt, bool) { return r, false }

// retelling is a batch with one payout that is paid, and a rail that tells what it is told to.
func retelling(t *testing.T, s *stage) (models.PayoutBatch, models.Enrollment, *retold) {
	t.Helper()
	b, e, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	r := &retold{Rail: s.rail, tell: asMade}
	s.over(r)
	return b, e, r
}

// found gives the one finding that counts in a new comparison.
func (s *stage) found(t *testing.T, b models.PayoutBatch, kind string) models.ReconFinding {
	t.Helper()
	run := s.reconcile(t, b)
	require.Equal(t, 1, run.FindingCount)
	findings, err := s.payouts.Findings(t.Context(), s.Owner, run)
	require.NoError(t, err)
	i := slices.IndexFunc(findings, func(f models.ReconFinding) bool { return f.ResolvedAt == nil })
	require.Equal(t, kind, findings[i].Kind)
	return findings[i]
}

func (s *stage) askCorrection(t *testing.T, by access.Caller, f models.ReconFinding) (models.PayoutDecision, string) {
	t.Helper()
	var d models.PayoutDecision
	code := s.try(t, func(tx *models.Tx) (err error) {
		d, err = s.payouts.RequestCorrection(tx, by, f.ID, "the rail is right")
		return err
	})
	return d, code
}

// correct has two people correct a finding, and gives the code of the second one's refusal.
func (s *stage) correct(t *testing.T, f models.ReconFinding) string {
	t.Helper()
	d, code := s.askCorrection(t, s.Owner, f)
	require.Empty(t, code)
	return s.confirm(t, s.checker, d.ID)
}

func (s *stage) corrections(t *testing.T) int64 {
	t.Helper()
	var n int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Journal{}).Where("kind = ?", models.JournalKindCorrection).Count(&n).Error)
	return n
}

// We say that it is paid, the rail has no such transfer: two people make it owed again, once, and the next batch pays it.
func TestWhatIsMissingIsOwedAgain(t *testing.T) {
	s := newStage(t)
	b, e, rail := retelling(t, s)
	rail.tell = notListed
	f := s.found(t, b, payout.FindingMissing)
	twin := s.found(t, b, payout.FindingMissing) // while people talk, it is compared again
	_, code := s.askCorrection(t, s.key(t, access.PayoutsWrite), f)
	require.Equal(t, "DECIDER_NOT_A_PERSON", code)
	d, code := s.askCorrection(t, s.Owner, f)
	require.Empty(t, code)
	other, code := s.askCorrection(t, s.Owner, twin)
	require.Empty(t, code)
	require.Equal(t, "DECIDER_IS_REQUESTER", s.confirm(t, s.Owner, d.ID))
	require.Equal(t, "DECISION_TOO_EARLY", s.confirm(t, s.checker, d.ID), "a list may be late")
	s.Clock.Advance(24 * time.Hour)
	rail.err = errors.New("away")
	require.Equal(t, "RAIL_UNAVAILABLE", s.confirm(t, s.checker, d.ID))
	rail.err = nil
	rail.tell = asMade
	require.Equal(t, "DECISION_STALE", s.confirm(t, s.checker, d.ID), "it is listed now")
	rail.tell = notListed
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	require.Zero(t, s.corrections(t))

	require.Empty(t, s.confirm(t, s.checker, d.ID))
	require.Equal(t, "DECISION_STATE", s.confirm(t, s.checker, d.ID))
	require.Equal(t, "NOTHING_TO_CORRECT", s.confirm(t, s.checker, other.ID), "the same difference is corrected once")
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateReversed, payout.ReasonCorrected, int64(-10_000)}, []any{now.State, now.Reason, now.CorrectedMinor})
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
	require.Zero(t, s.Balance(s.Program.ID, models.AccountClearing))
	require.EqualValues(t, 1, s.corrections(t))
	s.Prove()
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	require.Zero(t, s.Balance(s.Program.ID, models.AccountPaidOut))

	rail.tell = asMade
	s.Sell("ada", "100.00")
	require.EqualValues(t, 11_000, s.payoutOf(t, s.plan(t, s.CloseMonth()), e).AmountMinor)
}

// What was corrected to nothing turns up at the rail: that counts, and two people take it over. The next batch has paid it
// too, so that it is a debt.
func TestWhatWasCorrectedToNothingTurnsUp(t *testing.T) {
	s := newStage(t)
	b, e, rail := retelling(t, s)
	rail.tell = notListed
	f := s.found(t, b, payout.FindingMissing)
	s.Clock.Advance(24 * time.Hour)
	require.Empty(t, s.correct(t, f))
	s.reconcile(t, b)
	rail.tell = asMade
	p := s.payoutOf(t, b, e)
	s.Sell("ada", "100.00")
	s.pay(t, s.CloseMonth())
	require.Zero(t, s.Balance(e.ID, models.AccountPayable))

	s.happens(t, transferEvent("transfer.updated", *p.TransferID, p.ID))
	f = s.found(t, b, payout.FindingDiffers)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	require.Empty(t, s.correct(t, f))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, int64(0)}, []any{now.State, now.CorrectedMinor})
	require.EqualValues(t, -10_000, s.Balance(e.ID, models.AccountPayable))
	require.EqualValues(t, 21_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	require.Zero(t, s.reconcile(t, b).FindingCount)
}

// The rail moved another amount, or moved it elsewhere: the books come to what it moved to the partner.
func TestWhatDiffersComesToWhatTheRailMoved(t *testing.T) {
	for name, c := range map[string]struct {
		tell    func(*payout.Receipt)
		state   models.PayoutState
		payable int64 // owed again, or a debt
	}{
		"less":                      {func(r *payout.Receipt) { r.Amount.Minor = 9_000 }, models.PayoutStateTransferred, 1_000},
		"more":                      {func(r *payout.Receipt) { r.Amount.Minor = 12_000 }, models.PayoutStateTransferred, -2_000},
		"less, and a part is back":  {func(r *payout.Receipt) { r.Amount.Minor, r.ReversedMinor = 9_000, 500 }, models.PayoutStatePartlyReversed, 1_500},
		"less, and all of it back":  {func(r *payout.Receipt) { r.Amount.Minor, r.ReversedMinor = 9_000, 9_000 }, models.PayoutStateReversed, 10_000},
		"less, under another id":    {func(r *payout.Receipt) { r.Amount.Minor, r.TransferID = 9_000, "tr_other" }, models.PayoutStateTransferred, 1_000},
		"another currency":          {func(r *payout.Receipt) { r.Amount = money.New(10_000, "EUR") }, models.PayoutStateReversed, 10_000},
		"another destination":       {func(r *payout.Receipt) { r.Destination = "acct_elsewhere" }, models.PayoutStateReversed, 10_000},
		"more, to another one even": {func(r *payout.Receipt) { r.Destination, r.Amount.Minor = "acct_elsewhere", 12_000 }, models.PayoutStateReversed, 10_000},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, e, rail := retelling(t, s)
			rail.tell = func(r payout.Receipt) (payout.Receipt, bool) { c.tell(&r); return r, true }
			f := s.found(t, b, payout.FindingDiffers)
			s.Clock.Advance(24 * time.Hour)
			require.Empty(t, s.correct(t, f))
			now := s.payoutOf(t, b, e)
			require.Equal(t, c.state, now.State)
			require.Equal(t, c.payable, s.Balance(e.ID, models.AccountPayable))
			require.Equal(t, 10_000-c.payable, s.Balance(s.Program.ID, models.AccountClearing))
			require.EqualValues(t, 1, s.corrections(t))
			s.Prove()
			require.Zero(t, s.reconcile(t, b).FindingCount)
			require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
			require.Equal(t, 10_000-c.payable, s.Balance(s.Program.ID, models.AccountPaidOut))
			_, code := s.askCorrection(t, s.Owner, f)
			require.Contains(t, []string{"FINDING_OLD", "FINDING_SETTLED"}, code, "once")
		})
	}
}

// What comes back of a corrected payout is booked like any other.
func TestACorrectedPayoutMayComeBack(t *testing.T) {
	s := newStage(t)
	b, e, rail := retelling(t, s)
	back := int64(0)
	rail.tell = func(r payout.Receipt) (payout.Receipt, bool) {
		r.Amount.Minor, r.ReversedMinor = 9_000, back
		return r, true
	}
	require.Empty(t, s.correct(t, s.found(t, b, payout.FindingDiffers)))
	for _, step := range []struct {
		back  int64
		state models.PayoutState
	}{{4_000, models.PayoutStatePartlyReversed}, {9_000, models.PayoutStateReversed}} {
		back = step.back
		require.Zero(t, s.reconcile(t, b).FindingCount)
		require.Equal(t, step.state, s.payoutOf(t, b, e).State)
		require.Equal(t, 1_000+back, s.Balance(e.ID, models.AccountPayable))
	}
	require.EqualValues(t, 1, s.corrections(t))
}

// The part that a debt left was corrected to nothing, paid by a later batch, and then turns up: the ledger holds.
func TestAPartThatWasPaidAgainTurnsUp(t *testing.T) {
	s := newStage(t)
	s.capDebts("25%")
	ann := s.indebted(t)
	s.Sell("ann", "400.00")
	period := s.CloseMonth()
	require.NoError(t, s.sim.Fund("gbp", 1_000_000))
	b := s.plan(t, period)
	s.execute(b)
	require.NoError(t, s.payouts.Send(t.Context(), s.payoutOf(t, b, ann).ID))
	rail := &retold{Rail: s.rail, tell: notListed}
	s.over(rail)
	f := s.found(t, b, payout.FindingMissing)
	s.Clock.Advance(24 * time.Hour)
	require.Empty(t, s.correct(t, f))
	s.reconcile(t, b)
	rail.tell = asMade
	require.EqualValues(t, 3_000, s.payoutOf(t, s.pay(t, period), ann).AmountMinor)
	require.Empty(t, s.correct(t, s.found(t, b, payout.FindingDiffers)))
	require.EqualValues(t, -12_000, s.Balance(ann.ID, models.AccountPayable))
}

func TestWhatIsNotCorrected(t *testing.T) {
	s := newStage(t)
	b, e, rail := retelling(t, s)
	p := s.payoutOf(t, b, e)
	s.transferFor(t, p, "tributary:elsewhere", p.AmountMinor)
	_, code := s.askCorrection(t, s.Owner, s.found(t, b, payout.FindingDuplicate))
	require.Equal(t, "FINDING_KIND", code)
	s.reverse(t, s.sim.Transfers()[1].ID, "10000")

	minor := int64(9_000)
	rail.tell = func(r payout.Receipt) (payout.Receipt, bool) { r.Amount.Minor = minor; return r, r.ReversedMinor == 0 }
	f := s.found(t, b, payout.FindingDiffers)
	minor = 8_000
	require.Equal(t, "DECISION_STALE", s.correct(t, f), "it differs in another way now")
	s.found(t, b, payout.FindingDiffers)
	_, code = s.askCorrection(t, s.Owner, f)
	require.Equal(t, "FINDING_OLD", code)
	minor = 9_000
	rail.tell = func(r payout.Receipt) (payout.Receipt, bool) {
		r.TransferID = "tr_other"
		return r, r.ReversedMinor == 0
	}
	require.Equal(t, "NOTHING_TO_CORRECT", s.correct(t, s.found(t, b, payout.FindingDiffers)), "the same amount under another id")
	rail.tell = func(r payout.Receipt) (payout.Receipt, bool) { r.Amount.Minor = minor; return r, r.ReversedMinor == 0 }
	f = s.found(t, b, payout.FindingDiffers)
	rail.tell = notListed
	s.Clock.Advance(24 * time.Hour)
	require.Equal(t, []models.PayoutState{models.PayoutStateTransferred}, []models.PayoutState{s.payoutOf(t, b, e).State})
	d, code := s.askCorrection(t, s.Owner, f)
	require.Empty(t, code)
	require.Equal(t, "DECISION_STALE", s.confirm(t, s.checker, d.ID), "what went to its destination is not listed any more")
	require.Zero(t, s.corrections(t))
	require.EqualValues(t, 10_000, s.Balance(s.Program.ID, models.AccountClearing))
}
