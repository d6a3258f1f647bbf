package graph_test

import (
	"encoding/hex"
	"maps"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

func payoutDuties() map[string]duty {
	const answer = "payoutBatch { id state }"
	elsewhere := map[string]any{"payoutBatchId": models.NewID().Format(models.PrefixBatch)}
	return map[string]duty{
		"startOnboarding": {by: byBoth, scope: access.PartnersWrite, input: ofAnn(map[string]any{"refreshUrl": "https://acme.example/again", "returnUrl": "https://acme.example/done"}),
			answer: "url payoutAccount { rail destination ready status requirements serviceAgreement }", other: map[string]any{"returnUrl": "https://acme.example/other"}, once: []string{"url"}},
		"setBankReference": {by: byBoth, scope: access.PartnersWrite, input: ofAnn(map[string]any{"reference": "GB33BUKB20201555555555"}),
			answer: "payoutAccount { rail destination ready destinationChangedAt }", other: map[string]any{"reference": "GB00"}},
		"planPayoutBatch": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			return map[string]any{"periodId": s.owed().ID.Format(models.PrefixPeriod)}
		}, answer: answer, other: map[string]any{"periodId": models.NewID().Format(models.PrefixPeriod)}},
		"approvePayoutBatch": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			b := s.draft()
			s.Do(func(tx *models.Tx) error { // a key may approve up to the batch's limit only
				return tx.Model(&models.PayoutBatch{}).Where("id = ?", b.ID).Update("solo_approval_minor", b.TotalMinor).Error
			})
			return map[string]any{"payoutBatchId": b.ID.Format(models.PrefixBatch), "contentHash": hex.EncodeToString(b.ContentHash[:])}
		}, answer: "payoutBatch { id state approver }", other: elsewhere},
		"executePayoutBatch":   {scope: access.PayoutsWrite, input: batch((*served).approved), answer: answer, other: elsewhere},
		"resumePayoutBatch":    {scope: access.PayoutsWrite, input: batch((*served).paused), answer: answer, other: elsewhere},
		"reconcilePayoutBatch": {scope: access.PayoutsWrite, input: batch((*served).finished), answer: answer, other: elsewhere},
		"cancelPayoutBatch":    {scope: access.PayoutsWrite, input: batch((*served).draft), answer: answer, other: elsewhere},
		"markPayoutPaid": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			return map[string]any{"payoutId": s.payoutOf(s.byHand()).ID.Format(models.PrefixPayout), "reference": "Überweisung 7"}
		}, answer: "payout { id state transferId }", other: map[string]any{"reference": "8"}},
		"holdPayout": {scope: access.PayoutsWrite, input: payoutIn((*served).started, map[string]any{"reason": "looks odd"}),
			answer: "payout { id state reason }", other: map[string]any{"reason": "another"}},
		"markPayoutUnpaid": {scope: access.PayoutsWrite, input: payoutIn((*served).byHand, map[string]any{"reason": "no such account"}),
			answer: "payout { id state reason }", other: map[string]any{"reason": "another"}},
		"importBankResults": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			return map[string]any{"file": bankFile + s.payoutOf(s.byHand()).ID.Format(models.PrefixPayout) + ",SEPA 7,\n"}
		}, answer: "results { line payoutId outcome userErrors { code } }", other: map[string]any{"file": bankFile}},
		"requestPayoutDecision": {by: byPerson, scope: access.PayoutsWrite, input: payoutIn((*served).disputed, map[string]any{"kind": "RELEASE", "reason": "not paid"}),
			answer: "decision { id kind state generation reason requestedBy requestedAt payout { id } }", other: map[string]any{"reason": "another"}},
		"requestFindingSettlement": {by: byPerson, scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			return map[string]any{"findingId": s.finding().ID.Format(models.PrefixFinding), "reason": "understood"}
		}, answer: "decision { id kind state findingId reason }", other: map[string]any{"reason": "another"}},
		"confirmPayoutDecision": {by: byPerson, scope: access.PayoutsWrite, input: decisionIn,
			answer: "decision { id kind state decidedBy decidedAt payout { state } }", other: nowhere},
		"declinePayoutDecision": {by: byPerson, scope: access.PayoutsWrite, input: decisionIn,
			answer: "decision { id kind state decidedBy decidedAt }", other: nowhere},
		"stopPayouts": {scope: access.PayoutsWrite, input: in(map[string]any{"reason": "looks odd"}),
			answer: "stop { everyMerchant reason stoppedBy stoppedAt }", other: map[string]any{"reason": "another"}},
		"startPayouts": {scope: access.PayoutsWrite, input: func(s *served) map[string]any {
			s.Do(func(tx *models.Tx) error {
				_, err := s.Payouts.Stop(tx, s.Owner, "looks odd")
				return err
			})
			return map[string]any{}
		}, answer: "stop { reason startedAt }"},
	}
}

const bankFile = "payout_id,reference,failure\n"

var nowhere = map[string]any{"decisionId": models.NewID().Format(models.PrefixDecision)}

func payoutIn(make func(*served) models.PayoutBatch, fields map[string]any) func(*served) map[string]any {
	return func(s *served) map[string]any {
		all := map[string]any{"payoutId": s.payoutOf(make(s)).ID.Format(models.PrefixPayout)}
		maps.Copy(all, fields)
		return all
	}
}

// disputed is a batch whose only payout is left to people, and was a day ago.
func (s *served) disputed() models.PayoutBatch {
	b := s.started()
	s.rail.refusal = &payout.Refusal{Kind: payout.RefusedChanged, Call: payout.Call{HTTPStatus: 400, ErrorCode: "idempotency_error"}}
	require.NoError(s.T, s.Payouts.Send(s.T.Context(), s.payoutOf(b).ID))
	s.Clock.Advance(25 * time.Hour)
	return b
}

// release is a decision that waits for a second person.
func (s *served) release() models.PayoutDecision {
	p := s.payoutOf(s.disputed())
	var d models.PayoutDecision
	s.Do(func(tx *models.Tx) (err error) {
		d, err = s.Payouts.RequestDecision(tx, s.Owner, payout.DecisionInput{PayoutID: p.ID, Kind: models.DecisionKindRelease, Reason: "not paid"})
		return err
	})
	return d
}

func decisionIn(s *served) map[string]any {
	return map[string]any{"decisionId": s.release().ID.Format(models.PrefixDecision)}
}

// finding is a difference of a batch from its rail.
func (s *served) finding() models.ReconFinding {
	b := s.finished()
	s.rail.receipts = []payout.Receipt{{TransferID: "tr_1", Amount: money.New(1, "GBP")}}
	_, err := s.Payouts.Reconcile(s.T.Context(), b.ID)
	require.NoError(s.T, err)
	var f models.ReconFinding
	require.NoError(s.T, s.DB.Read(s.T.Context()).Take(&f).Error)
	return f
}
