package payout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

// givenUp is a payout that two lists did not hold: only people can go on.
func givenUp(t *testing.T, s *stage) (models.PayoutBatch, models.Enrollment, models.Payout) {
	t.Helper()
	b, e, p := spoiled(t, s, stripesim.DropBefore)
	for range 2 {
		s.Clock.Advance(25 * time.Hour)
		require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	}
	p = s.payoutOf(t, b, e)
	require.Equal(t, payout.ReasonNotFound, p.Reason)
	return b, e, p
}

// try gives the code that a transaction is refused with; empty when it is not.
func (s *stage) try(t *testing.T, fn func(tx *models.Tx) error) string {
	t.Helper()
	err := models.InTx(t.Context(), s.DB, fn)
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}

func (s *stage) request(t *testing.T, in payout.DecisionInput) models.PayoutDecision {
	t.Helper()
	var d models.PayoutDecision
	s.Do(func(tx *models.Tx) (err error) {
		d, err = s.payouts.RequestDecision(tx, s.Owner, in)
		return err
	})
	return d
}

func (s *stage) confirm(t *testing.T, by access.Caller, id models.ID) string {
	t.Helper()
	seen := s.payouts.LookForDecision(t.Context(), by, id)
	return s.try(t, func(tx *models.Tx) error {
		_, err := s.payouts.ConfirmDecision(tx, by, id, seen)
		return err
	})
}

func (s *stage) reconcile(t *testing.T, b models.PayoutBatch) models.ReconRun {
	t.Helper()
	run, err := s.payouts.Reconcile(t.Context(), b.ID)
	require.NoError(t, err)
	return run
}

// transferFor makes a transfer that carries a payout's mark, as an earlier call of ours would.
func (s *stage) transferFor(t *testing.T, p models.Payout, key string, minor int64) string {
	t.Helper()
	receipt, err := s.rail.Send(testkit.Admitted(t.Context()), payout.Order{Key: key, BatchID: p.BatchID, PayoutID: p.ID, Generation: 1,
		Amount: money.New(minor, p.Currency), Destination: p.Destination})
	require.NoError(t, err)
	return receipt.TransferID
}

func TestTwoPeopleLetAPayoutBeSentAgain(t *testing.T) {
	s := newStage(t)
	b, e, p := givenUp(t, s)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRetry, Reason: " looked at the dashboard "})
	require.Equal(t, "looked at the dashboard", d.Reason)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Empty(t, s.sim.Transfers(), "one person changes nothing")
	require.Equal(t, "DECISION_OPEN", s.try(t, func(tx *models.Tx) error {
		_, err := s.payouts.RequestDecision(tx, s.checker, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "x"})
		return err
	}))
	require.Equal(t, "DECIDER_IS_REQUESTER", s.confirm(t, s.Owner, d.ID))
	require.Equal(t, "DECIDER_NOT_A_PERSON", s.confirm(t, s.key(t, access.PayoutsWrite), d.ID))
	require.Equal(t, "FORBIDDEN", s.confirm(t, s.key(t, access.PayoutsRead), d.ID))
	require.Equal(t, "DECISION_NOT_FOUND", s.confirm(t, access.System("stranger", models.NewID()), d.ID))
	require.Equal(t, p, s.payoutOf(t, b, e))
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	require.Equal(t, "DECISION_STATE", s.confirm(t, s.checker, d.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateReady, 2, 0}, []any{now.State, now.Generation, now.Attempts})
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	require.Len(t, s.sim.Transfers(), 1)
	require.NoError(t, s.sim.Check())
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
}

// What comes up between the decision and the call is the payment: nothing is sent a second time.
func TestATransferThatComesUpAfterTheDecisionIsAdopted(t *testing.T) {
	s := newStage(t)
	b, e, p := givenUp(t, s)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRetry, Reason: "not there"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	s.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "GET", Path: "/v1/transfers", Count: 1})
	require.Error(t, s.payouts.Send(t.Context(), p.ID), "without a list nothing is sent")
	late := s.transferFor(t, p, "tributary:late", p.AmountMinor)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, models.PayoutStateTransferred, now.State)
	require.Equal(t, late, *now.TransferID)
	require.Len(t, s.sim.Transfers(), 1)
}

func TestARetryIsRefusedWhereTheRailHasATransfer(t *testing.T) {
	s := newStage(t)
	b, e, p := givenUp(t, s)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRetry, Reason: "not there"})
	s.transferFor(t, p, "tributary:late", p.AmountMinor)
	require.Equal(t, "TRANSFER_EXISTS", s.confirm(t, s.checker, d.ID))
	s.server.Close()
	require.Equal(t, "RAIL_UNAVAILABLE", s.confirm(t, s.checker, d.ID))
	require.Equal(t, p, s.payoutOf(t, b, e))
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.DeclineDecision(tx, s.Owner, d.ID); return err })
	require.Equal(t, "DECISION_STATE", s.confirm(t, s.checker, d.ID))
	s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "declined is over"})
}

func TestWhatMayBeDecided(t *testing.T) {
	s := newStage(t)
	_, _, p := spoiled(t, s, stripesim.DropBefore)
	in := func(kind models.DecisionKind, transfer, reason string) payout.DecisionInput {
		return payout.DecisionInput{PayoutID: p.ID, Kind: kind, TransferID: transfer, Reason: reason}
	}
	for _, c := range []struct {
		by   access.Caller
		in   payout.DecisionInput
		code string
	}{
		{s.Owner, in(models.DecisionKindRetry, "", "x"), "PAYOUT_STATE"},
		{s.Owner, in(models.DecisionKindRelease, "", "x"), "PAYOUT_STATE"},
		{s.Owner, in(models.DecisionKindHold, "", "x"), "DECISION_KIND"},
		{s.Owner, in(models.DecisionKindSettle, "", "x"), "DECISION_KIND"},
		{s.Owner, in("", "", "x"), "DECISION_KIND"},
		{s.Owner, in(models.DecisionKindPaid, "", "x"), "TRANSFER_MISSING"},
		{s.Owner, in(models.DecisionKindRetry, "tr_1", "x"), "TRANSFER_MISSING"},
		{s.Owner, in(models.DecisionKindPaid, "tr_1", " "), "REASON_MISSING"},
		{s.Owner, in(models.DecisionKindPaid, "tr_1", string(make([]byte, 201))), "REASON_TOO_LONG"},
		{s.key(t, access.PayoutsWrite), in(models.DecisionKindPaid, "tr_1", "x"), "DECIDER_NOT_A_PERSON"},
		{access.System("stranger", models.NewID()), in(models.DecisionKindPaid, "tr_1", "x"), "PAYOUT_NOT_FOUND"},
		{access.Caller{}, in(models.DecisionKindPaid, "tr_1", "x"), "UNAUTHENTICATED"},
	} {
		require.Equal(t, c.code, s.try(t, func(tx *models.Tx) error { _, err := s.payouts.RequestDecision(tx, c.by, c.in); return err }), "%+v", c.in)
	}
}

func TestTwoPeopleNameTheTransferThatPaid(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropAfter)
	second := s.transferFor(t, p, "tributary:elsewhere", p.AmountMinor)
	s.Clock.Advance(25 * time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, payout.ReasonDiffers, s.payoutOf(t, b, e).Reason, "which of the two is it?")
	first := s.sim.Transfers()[0].ID
	wrong := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindPaid, TransferID: "tr_made_up", Reason: "x"})
	require.Equal(t, "TRANSFER_NOT_FOUND", s.confirm(t, s.checker, wrong.ID))
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.DeclineDecision(tx, s.checker, wrong.ID); return err })
	s.reverse(t, second, "10000")
	undone := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindPaid, TransferID: second, Reason: "x"})
	require.Equal(t, "TRANSFER_NOT_FOUND", s.confirm(t, s.checker, undone.ID), "it came back, and the other stands")
	s.Do(func(tx *models.Tx) error { _, err := s.payouts.DeclineDecision(tx, s.checker, undone.ID); return err })
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindPaid, TransferID: first, Reason: "the second is reversed"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, first}, []any{now.State, *now.TransferID})
	require.Zero(t, s.reconcile(t, b).FindingCount, "a duplicate that came back whole does not count")
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	require.EqualValues(t, 10_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	require.Zero(t, s.Balance(e.ID, models.AccountPayable))
}

// Two transfers may stand for good, because the partner has sent the money on: people name the payment, the other is a
// difference until they settle it, and the program goes on.
func TestOneOfTwoStandingTransfersIsNamedAndTheOtherSettled(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropAfter)
	second := s.transferFor(t, p, "tributary:elsewhere", p.AmountMinor)
	s.Clock.Advance(25 * time.Hour)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateNeedsReview, s.payoutOf(t, b, e).State)
	first := s.sim.Transfers()[0].ID
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindPaid, TransferID: first, Reason: "both stand"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, first}, []any{now.State, *now.TransferID})
	f := s.oneFinding(t, b)
	require.Equal(t, []string{payout.FindingDuplicate, second}, []string{f.Kind, f.TransferID})
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
	s.settled(t, f)
	require.Zero(t, s.reconcile(t, b).FindingCount)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	require.EqualValues(t, 10_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	s.Sell("ada", "1000.00")
	s.plan(t, s.CloseMonth())
}

func TestTwoPeopleReleaseAPayout(t *testing.T) {
	s := newStage(t)
	b, e, p := givenUp(t, s)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "paid next month"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateHeld, payout.ReasonReleased, false}, []any{now.State, now.Reason, now.Reserved})
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
	s.reconcile(t, b)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
	s.Prove()

	// The rail carries it out after all, and its batch is closed: it is paid, and the next balance knows.
	late := s.transferFor(t, p, "tributary:late", p.AmountMinor)
	s.happens(t, transferEvent("transfer.created", late, p.ID))
	now = s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateTransferred, late}, []any{now.State, *now.TransferID})
	require.Zero(t, s.Balance(e.ID, models.AccountPayable))
	require.EqualValues(t, 10_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	require.Zero(t, s.reconcile(t, b).FindingCount)
}

// A request may be under way for a day, or three after an error of the rail's own: nobody decides before.
func TestNobodyDecidesTooEarly(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	s.asked(b)
	s.transferFor(t, p, "tributary:payout:"+p.ID.String()+":g1", 1)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	require.Equal(t, payout.ReasonKeyReused, s.payoutOf(t, b, e).Reason)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "a test's"})
	require.Equal(t, "TRANSFER_EXISTS", s.confirm(t, s.checker, d.ID))
	s.reverse(t, s.sim.Transfers()[0].ID, "1")
	require.Equal(t, "DECISION_TOO_EARLY", s.confirm(t, s.checker, d.ID))
	s.Clock.Advance(24 * time.Hour)
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
}

// A decision about a payout that has moved on does nothing.
func TestAStaleDecisionDoesNothing(t *testing.T) {
	s := newStage(t)
	b, e, p := givenUp(t, s)
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "x"})
	seen := s.payouts.LookForDecision(t.Context(), s.checker, d.ID)
	late := s.transferFor(t, p, "tributary:late", p.AmountMinor)
	s.happens(t, transferEvent("transfer.created", late, p.ID))
	require.Equal(t, "DECISION_STALE", s.try(t, func(tx *models.Tx) error { _, err := s.payouts.ConfirmDecision(tx, s.checker, d.ID, seen); return err }))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
}

func TestAPayoutThatItsRailKeepsRefusingIsTakenOut(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	hold := func(reason string) string {
		return s.try(t, func(tx *models.Tx) error { _, err := s.payouts.HoldPayout(tx, s.Owner, p.ID, reason); return err })
	}
	s.refusing(t, &payout.Refusal{Kind: payout.RefusedSetup, Call: payout.Call{HTTPStatus: 400, ErrorCode: "parameter_invalid"}})
	for range 2 {
		require.NoError(t, s.payouts.Send(t.Context(), p.ID))
		require.Equal(t, []any{models.BatchStatePaused, payout.PauseSetup}, []any{s.batch(t, b.ID).State, s.batch(t, b.ID).PauseReason})
		s.Do(func(tx *models.Tx) error { _, err := s.payouts.Resume(tx, s.Owner, b.ID); return err })
	}
	require.Equal(t, "REASON_MISSING", hold(""))
	require.Empty(t, hold("its parameters are refused"))
	now := s.payoutOf(t, b, e)
	require.Equal(t, []any{models.PayoutStateHeld, payout.ReasonTakenOut}, []any{now.State, now.Reason})
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
	require.Equal(t, "PAYOUT_STATE", hold("again"))
	page, err := s.payouts.DecisionsOfBatch(t.Context(), s.Owner, b.ID, models.Page{Size: 10})
	require.NoError(t, err)
	require.Len(t, page.Rows, 1)
	require.Equal(t, []any{models.DecisionKindHold, models.DecisionStateConfirmed, "its parameters are refused", 3},
		[]any{page.Rows[0].Kind, page.Rows[0].State, page.Rows[0].Reason, page.Rows[0].Generation})
}

// What may have left is not taken out by one person.
func TestOnePersonTakesOutOnlyWhatNeverLeft(t *testing.T) {
	s := newStage(t)
	_, _, p := givenUp(t, s)
	hold := func() string {
		return s.try(t, func(tx *models.Tx) error { _, err := s.payouts.HoldPayout(tx, s.Owner, p.ID, "x"); return err })
	}
	require.Equal(t, "PAYOUT_STATE", hold())
	d := s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRetry, Reason: "not there"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	require.Equal(t, "PAYOUT_OPEN", hold(), "its first generation has no definite end")
	d = s.request(t, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "not to be sent after all"})
	require.Empty(t, s.confirm(t, s.checker, d.ID))
}

func TestADifferenceIsSettledByTwoPeople(t *testing.T) {
	s := newStage(t)
	b, _, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	second := s.transferFor(t, p, "tributary:elsewhere", p.AmountMinor)
	run := s.reconcile(t, b)
	require.Equal(t, 1, run.FindingCount)
	findings, err := s.payouts.Findings(t.Context(), s.Owner, run)
	require.NoError(t, err)
	s.reconcile(t, b) // while people talk, it is compared again
	settle := func(by access.Caller, reason string) (d models.PayoutDecision, code string) {
		code = s.try(t, func(tx *models.Tx) (err error) {
			d, err = s.payouts.RequestSettlement(tx, by, findings[0].ID, reason)
			return err
		})
		return d, code
	}
	for code, by := range map[string]access.Caller{"FINDING_NOT_FOUND": access.System("stranger", models.NewID()), "DECIDER_NOT_A_PERSON": s.key(t, access.PayoutsWrite)} {
		_, got := settle(by, "x")
		require.Equal(t, code, got)
	}
	d, code := settle(s.Owner, "she sends it back by bank")
	require.Empty(t, code)
	require.Equal(t, "DECIDER_IS_REQUESTER", s.confirm(t, s.Owner, d.ID))
	require.Equal(t, 1, s.reconcile(t, b).FindingCount, "one person settles nothing")
	require.Empty(t, s.confirm(t, s.checker, d.ID))
	_, code = settle(s.Owner, "again")
	require.Equal(t, "FINDING_SETTLED", code)
	s.transferFor(t, p, "tributary:third", p.AmountMinor)
	require.Equal(t, 1, s.reconcile(t, b).FindingCount, "another difference counts")
	s.reverse(t, s.sim.Transfers()[2].ID, "10000")
	run = s.reconcile(t, b)
	require.Zero(t, run.FindingCount)
	findings, err = s.payouts.Findings(t.Context(), s.Owner, run)
	require.NoError(t, err)
	require.Len(t, findings, 1, "it is still told")
	require.Equal(t, []any{second, s.checker.Name, "she sends it back by bank"}, []any{findings[0].TransferID, findings[0].ResolvedBy, findings[0].ResolvedReason})
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State)
}
