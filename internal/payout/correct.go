package payout

import (
	"strings"

	"tributary/internal/access"
	"tributary/internal/ledger"
	"tributary/models"
)

// RequestCorrection is the first person's part of correcting a finding: the rail is right, and the books come to what it
// moved to the payout's destination in its currency. Once a second person confirms, one journal moves the difference: what
// was not paid is owed again, what was paid beyond the amount is a debt. Only of what is MISSING or DIFFERS. Money that went
// elsewhere was not paid to the partner: getting it back is no matter of these books.
// Codes UNAUTHENTICATED, FORBIDDEN, FINDING_NOT_FOUND, FINDING_OLD, FINDING_SETTLED, FINDING_KIND, DECIDER_NOT_A_PERSON,
// DECISION_OPEN, REASON_MISSING, REASON_TOO_LONG.
func (s *Service) RequestCorrection(tx *models.Tx, by access.Caller, findingID models.ID, reason string) (models.PayoutDecision, error) {
	return s.requestOnFinding(tx, by, findingID, models.DecisionKindCorrect, reason)
}

// paidMinor is what a payout that has a transfer paid in the end.
func paidMinor(p models.Payout) int64 { return p.AmountMinor + p.CorrectedMinor - p.ReversedMinor }

// isWrittenOff tells whether of a payout that people corrected nothing was paid in the end.
func isWrittenOff(p models.Payout) bool { return p.CorrectedMinor < 0 && paidMinor(p) == 0 }

// correct brings a payout to what the rail lists of it, where that still is the difference that was found.
func (s *Service) correct(tx *models.Tx, by access.Caller, d models.PayoutDecision, seen Sighting) error {
	p, err := takeOne[models.Payout](tx.Where("id = ?", models.Or(d.PayoutID)), "payout")
	if err != nil {
		return err
	}
	f, err := takeOne[models.ReconFinding](tx.Where("id = ?", models.Or(d.FindingID)), "finding")
	if err != nil {
		return err
	}
	if _, err := latestRun(tx, f); err != nil {
		return err
	}
	if seen.err != nil {
		return seen.err
	}
	found := counting(p, seen.found)
	if seen.decisionID != d.ID || seen.generation != p.Generation || !isFound(f, p, found) {
		return ErrDecisionStale
	}
	if len(found) == 0 { // what a list does not hold yet may still come up
		if quiet, err := isQuiet(tx, p); err != nil || !quiet {
			return orElse(err, ErrTooEarly)
		}
	}
	b, err := lockBatch(tx, p.BatchID)
	if err != nil {
		return err
	}
	now := p
	bring(&now, found)
	more := paidMinor(now) - paidMinor(p)
	if more == 0 {
		return ErrNothingToMove
	}
	event := PayoutCorrected
	switch {
	case paidMinor(now) == 0:
		event = PayoutCorrectedAway
	case now.ReversedMinor > 0:
		event = PayoutCorrectedInPart
	}
	columns := map[string]any{"corrected_minor": now.CorrectedMinor, "reversed_minor": now.ReversedMinor, "transfer_id": now.TransferID,
		"found_late": p.FoundLate || isWrittenOff(p), "reason": ReasonCorrected}
	err = transition(tx, p, event, columns,
		&entry{key: "correct:" + d.ID.String(), legs: []ledger.Leg{
			{OwnerID: p.EnrollmentID, Account: models.AccountPayable, Minor: -more}, {OwnerID: p.ProgramID, Account: paidInto(b), Minor: more}}})
	if models.IsDuplicate(err) { // that transfer paid another payout
		return ErrTransferNot.Because(err)
	}
	if err != nil {
		return err
	}
	return s.settleFinding(tx, by, d)
}

// isFound tells whether a comparison with what the rail lists now would find the same. What went to another destination is
// not among it: then nothing of it may be.
func isFound(f models.ReconFinding, p models.Payout, found []Receipt) bool {
	if len(found) == 0 {
		return f.Kind == FindingMissing || !strings.Contains(f.Detail, " to "+p.Destination+" at the rail")
	}
	var c comparison
	c.hold(p, found)
	return len(c.findings) == 1 && isSame(c.findings[0], f)
}

// bring makes a payout what the rail lists of it: nothing, or one transfer.
func bring(p *models.Payout, found []Receipt) {
	if len(found) == 0 || found[0].Amount.Currency != p.Currency || found[0].Destination != p.Destination {
		p.CorrectedMinor = p.ReversedMinor - p.AmountMinor
		return
	}
	p.CorrectedMinor, p.ReversedMinor, p.TransferID = found[0].Amount.Minor-p.AmountMinor, found[0].ReversedMinor, &found[0].TransferID
}
