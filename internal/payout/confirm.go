package payout

import (
	"context"
	"errors"
	"slices"

	"tributary/internal/access"
	"tributary/models"
)

// Sighting is what the rail lists for the payout of a decision, read outside of any transaction.
type Sighting struct {
	decisionID models.ID
	generation int
	found      []Receipt
	err        error
}

// LookForDecision asks the rail what it lists for the payout that a decision is about. What goes wrong is told by
// ConfirmDecision, when it needs the answer.
func (s *Service) LookForDecision(ctx context.Context, by access.Caller, id models.ID) Sighting {
	seen := Sighting{decisionID: id}
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		seen.err = err
		return seen
	}
	if seen.err = s.mustKeepTime(ctx); seen.err != nil {
		return seen
	}
	d, err := takeOne[models.PayoutDecision](s.db.Read(ctx).Where("id = ? AND merchant_id = ?", id, merchantID), "decision")
	if err != nil || d.PayoutID == nil || d.Kind == models.DecisionKindSettle || d.State != models.DecisionStateOpen {
		seen.err = err
		return seen
	}
	p, err := takeOne[models.Payout](s.db.Read(ctx).Where("id = ?", *d.PayoutID), "payout")
	if err != nil {
		seen.err = err
		return seen
	}
	seen.generation = p.Generation
	rail, err := s.rail(ctx, p.Rail, p.MerchantID)
	if err != nil {
		seen.err = err
		return seen
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if seen.found, err = rail.Find(ctx, orderOf(p)); err != nil {
		s.log.Warn("the rail does not list the transfers of a payout", "payout", p.ID.String(), "error", err)
		seen.err = ErrRailUnavailable.Because(err)
	}
	return seen
}

// ConfirmDecision is the second person's part, and does what was decided. What the rail lists must agree with it: a PAID
// needs the transfer it names, and another that stands is then a duplicate to be settled; a RETRY or a RELEASE needs none
// that stands, and the last attempt must be so long ago that none can come up. A CORRECT needs the difference to be the same
// as it was found. Where the rail has given no list for three days a PAID is taken without one. Nothing changes on a refusal.
// Codes UNAUTHENTICATED, FORBIDDEN, DECISION_NOT_FOUND, DECIDER_NOT_A_PERSON, DECIDER_IS_REQUESTER, DECISION_STATE,
// DECISION_STALE, DECISION_TOO_EARLY, TRANSFER_EXISTS, TRANSFER_NOT_FOUND, FINDING_OLD, FINDING_SETTLED, NOTHING_TO_CORRECT,
// RAIL_NOT_SET_UP, RAIL_UNAVAILABLE, CLOCK_SKEWED, EMAIL_UNVERIFIED.
func (s *Service) ConfirmDecision(tx *models.Tx, by access.Caller, id models.ID, seen Sighting) (models.PayoutDecision, error) {
	d, err := ownDecision(tx, by, id)
	if err != nil {
		return d, err
	}
	if err := by.MustBeVerified(); err != nil {
		return d, err
	}
	switch {
	case by.IsKey():
		return d, ErrKeyDecision
	case d.State != models.DecisionStateOpen:
		return d, ErrDecisionState
	case d.RequestedBy == by.Name:
		return d, ErrOwnDecision
	}
	switch d.Kind {
	case models.DecisionKindSettle:
		err = s.settleFinding(tx, by, d)
	case models.DecisionKindCorrect:
		err = s.correct(tx, by, d, seen)
	default:
		err = s.carryOut(tx, d, seen)
	}
	if err != nil {
		return d, err
	}
	return d, decide(tx, by, &d, models.DecisionStateConfirmed)
}

// carryOut does what was decided about a payout.
func (s *Service) carryOut(tx *models.Tx, d models.PayoutDecision, seen Sighting) error {
	p, err := takeOne[models.Payout](tx.Where("id = ?", models.Or(d.PayoutID)), "payout")
	if err != nil {
		return err
	}
	if p.Generation != d.Generation || mayDecide(p, d.Kind) != nil {
		return ErrDecisionStale
	}
	if d.Kind == models.DecisionKindPaid && p.Reason == ReasonSilent && errors.Is(seen.err, ErrRailUnavailable) {
		return s.believe(tx, p, d.TransferID)
	}
	if seen.err != nil {
		return seen.err
	}
	if seen.decisionID != d.ID || seen.generation != p.Generation {
		return ErrDecisionStale
	}
	if d.Kind == models.DecisionKindPaid {
		return adoptNamed(tx, p, d.TransferID, seen.found)
	}
	if stands(seen.found) {
		return ErrStillThere
	}
	if quiet, err := isQuiet(tx, p); err != nil || !quiet {
		return orElse(err, ErrTooEarly)
	}
	if d.Kind == models.DecisionKindRelease {
		if err := transition(tx, p, PayoutReleased, notReserved(tx, ReasonReleased), released(p)); err != nil {
			return err
		}
		return finishIfDone(tx, p.BatchID)
	}
	if err := transition(tx, p, PayoutRetried, nextGeneration(tx, p, ReasonRetried), nil); err != nil {
		return err
	}
	return models.RingNow(tx, models.TaskPayoutSend, p.ID)
}

// believe takes the transfer that people named as the payout's payment, without a list. The comparison of its batch checks it.
func (s *Service) believe(tx *models.Tx, p models.Payout, transferID string) error {
	s.log.Warn("payout is paid by the word of two people: the rail gives no list", "payout", p.ID.String(), "transfer", transferID)
	err := settle(tx, p, PayoutFound, transferID)
	if models.IsDuplicate(err) { // it paid another payout
		return ErrTransferNot.Because(err)
	}
	return err
}

// adoptNamed takes the transfer that people named as the payout's payment, if it is what was asked for and not one that came
// back whole while another stands. Another that stands too keeps the batch open: the comparison tells it as a duplicate.
func adoptNamed(tx *models.Tx, p models.Payout, transferID string, found []Receipt) error {
	i := slices.IndexFunc(found, func(r Receipt) bool { return r.TransferID == transferID })
	if i < 0 || !matches(p, found[i]) || isUndone(found[i]) && stands(found) {
		return ErrTransferNot
	}
	return settle(tx, p, PayoutFound, transferID)
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
