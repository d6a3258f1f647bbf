package payout

import (
	"fmt"
	"strings"

	"tributary/internal/access"
	"tributary/models"
)

// MarkPaid records that a person paid a payout on the manual rail; the reference is the bank's, and one of the bank's may
// stand for many payouts. Codes UNAUTHENTICATED, FORBIDDEN, PAYOUT_NOT_FOUND, PAYOUT_NOT_MANUAL, PAYOUT_STATE,
// REFERENCE_INVALID.
func (s *Service) MarkPaid(tx *models.Tx, by access.Caller, payoutID models.ID, reference string) (models.Payout, error) {
	if _, err := by.Can(access.PayoutsWrite); err != nil {
		return models.Payout{}, err
	}
	reference = strings.TrimSpace(reference)
	if reference == "" || len([]rune(reference)) > maxReferenceRunes {
		return models.Payout{}, ErrReferenceBad
	}
	p, err := ownPayout(tx, by, payoutID)
	if err != nil {
		return p, err
	}
	if p.Rail != models.RailNameManual {
		return p, ErrNotManual
	}
	if err := settle(tx, p, PayoutByHand, "manual:"+p.ID.String()); err != nil {
		return p, err
	}
	if err := tx.Model(&models.Payout{}).Where("id = ?", p.ID).Update("bank_reference", reference).Error; err != nil {
		return p, fmt.Errorf("keep bank reference: %w", err)
	}
	return takeOne[models.Payout](tx.Where("id = ?", payoutID), "payout")
}

// MarkUnpaid records that a payout on the manual rail was not paid, or that the bank sent it back: the amount is payable
// again. Codes UNAUTHENTICATED, FORBIDDEN, PAYOUT_NOT_FOUND, PAYOUT_NOT_MANUAL, PAYOUT_STATE, REASON_MISSING, REASON_TOO_LONG.
func (s *Service) MarkUnpaid(tx *models.Tx, by access.Caller, payoutID models.ID, reason string) (models.Payout, error) {
	p, err := ownPayout(tx, by, payoutID)
	if err != nil {
		return p, err
	}
	if reason, err = reasonIn(reason); err != nil {
		return p, err
	}
	switch {
	case p.Rail != models.RailNameManual:
		return p, ErrNotManual
	case p.State == models.PayoutStateTransferred:
		err = returned(tx, p)
	default:
		err = transition(tx, p, PayoutNotByHand, notReserved(tx, ReasonUnpaid), released(p))
	}
	if err == nil {
		err = finishIfDone(tx, p.BatchID)
	}
	if err != nil {
		return p, err
	}
	return s.decided(tx, by, p, models.DecisionKindUnpaid, reason)
}

func returned(tx *models.Tx, p models.Payout) error {
	b, err := lockBatch(tx, p.BatchID)
	if err != nil {
		return err
	}
	return bookReversal(tx, b, reversal{payout: p, minor: p.AmountMinor, reason: ReasonReturned})
}
