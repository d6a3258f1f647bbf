package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

const openOfPayout = `query($id: ID!) { node(id: $id) { ... on Payout { openDecision { id kind state requestedBy } } } }`

// The decision that waits for a second person is seen by the merchant at its payout, and by nobody else; when it is over it
// waits no more.
func TestAPayoutTellsTheDecisionThatWaits(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	d := s.release()
	id := models.Or(d.PayoutID).Format(models.PrefixPayout)
	open := s.must(s.key, openOfPayout, map[string]any{"id": id}).at(t, "node", "openDecision")
	require.Equal(t, map[string]any{"id": d.ID.Format(models.PrefixDecision), "kind": "RELEASE", "state": "OPEN", "requestedBy": d.RequestedBy}, open)

	partner := s.must(s.partnerToken(ann, "ann@partners.example"), `{ myEnrollments { nodes { payouts { nodes { id openDecision { id } } } } } }`, nil)
	paid := partner.at(t, "myEnrollments", "nodes", 0, "payouts", "nodes", 0).(map[string]any)
	require.Equal(t, map[string]any{"id": id, "openDecision": nil}, paid)

	s.Do(func(tx *models.Tx) error { _, err := s.Payouts.DeclineDecision(tx, s.Owner, d.ID); return err })
	require.Nil(t, s.must(s.key, openOfPayout, map[string]any{"id": id}).at(t, "node", "openDecision"))
}

// What the rail misses is asked to be owed again, and confirmed by somebody else.
func TestAFindingIsCorrected(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	b := s.finished()
	p := s.payoutOf(b)
	compare := func(listed ...payout.Receipt) {
		t.Helper()
		s.rail.receipts = listed
		_, err := s.Payouts.Reconcile(t.Context(), b.ID)
		require.NoError(t, err)
	}
	compare(payout.Receipt{TransferID: "tr_late", PayoutID: p.ID.String(), Amount: money.New(p.AmountMinor, p.Currency), Destination: p.Destination})
	compare()
	const findings = `query($id: ID!) { node(id: $id) { ... on PayoutBatch { reconciliations(last: 1) { nodes { findings { nodes {
		id kind resolvedBy openDecision { kind } payout { state amount { amount } corrected { amount } } } } } } } } }`
	finding := func() map[string]any {
		t.Helper()
		return s.must(s.key, findings, map[string]any{"id": b.ID.Format(models.PrefixBatch)}).
			at(t, "node", "reconciliations", "nodes", 0, "findings", "nodes", 0).(map[string]any)
	}
	f := finding()
	require.Equal(t, []any{"MISSING", nil}, []any{f["kind"], f["openDecision"]})

	maker := s.staffToken("maker@acme.example", models.StaffRoleOwner)
	request := duty{answer: "decision { id kind state }"}.text("requestFindingSettlement")
	asked := s.must(maker, request, variables(map[string]any{"findingId": f["id"], "correct": true, "reason": "it is not there"}, "k1", nil)).at(t, "it", "decision").(map[string]any)
	require.Equal(t, []any{"CORRECT", "OPEN"}, []any{asked["kind"], asked["state"]})
	require.Equal(t, map[string]any{"kind": "CORRECT"}, finding()["openDecision"])

	s.Clock.Advance(25 * time.Hour)
	checker := s.staffToken("checker@acme.example", models.StaffRoleOwner)
	confirm := duty{answer: "decision { state payout { state corrected { amount } } }"}.text("confirmPayoutDecision")
	done := s.must(checker, confirm, variables(map[string]any{"decisionId": asked["id"]}, "k2", nil)).at(t, "it", "decision")
	require.Equal(t, map[string]any{"state": "CONFIRMED", "payout": map[string]any{"state": "REVERSED", "corrected": map[string]any{"amount": "-" + money.New(p.AmountMinor, p.Currency).Decimal()}}}, done)
	require.Equal(t, p.AmountMinor, s.Balance(p.EnrollmentID, models.AccountPayable))
	require.NotEmpty(t, finding()["resolvedBy"])
}
