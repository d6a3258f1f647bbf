package payout

import (
	"context"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The refusals of taking a payout out.
var (
	ErrPayoutOpen = fault.New(fault.Precondition, "PAYOUT_OPEN", "an attempt of it has no definite end: it may have been paid").On("payoutId")
	ErrManual     = fault.New(fault.Precondition, "PAYOUT_MANUAL", "on the manual rail it is marked as unpaid").On("payoutId")
)

// HoldPayout takes a ready payout out of its batch that was never attempted, or was refused for good each time: it is
// HELD, and the amount is payable again. Codes UNAUTHENTICATED, FORBIDDEN, PAYOUT_NOT_FOUND, PAYOUT_MANUAL, PAYOUT_STATE,
// PAYOUT_OPEN, REASON_MISSING, REASON_TOO_LONG.
func (s *Service) HoldPayout(tx *models.Tx, by access.Caller, payoutID models.ID, reason string) (models.Payout, error) {
	p, err := ownPayout(tx, by, payoutID)
	if err != nil {
		return p, err
	}
	if reason, err = reasonIn(reason); err != nil {
		return p, err
	}
	if p.Rail == models.RailNameManual {
		return p, ErrManual
	}
	open, err := isOpen(tx, p)
	if err != nil {
		return p, err
	}
	if open && p.State == models.PayoutStateReady {
		return p, ErrPayoutOpen
	}
	if err := takeOut(tx, p, ReasonTakenOut); err != nil {
		return p, err
	}
	return s.decided(tx, by, p, models.DecisionKindHold, reason)
}

// takeOut releases a ready payout whose attempts all have a definite end.
func takeOut(tx *models.Tx, p models.Payout, reason string) error {
	if err := transition(tx, p, PayoutTakenOut, notReserved(tx, reason), released(p)); err != nil {
		return err
	}
	return finishIfDone(tx, p.BatchID)
}

// isOpen tells whether a generation of the payout has an attempt without a definite end, and none with a definitive
// refusal: only a refusal under the same key says that nothing of it moved.
func isOpen(tx *models.Tx, p models.Payout) (bool, error) {
	if p.Generation == 1 && p.Attempts == 0 {
		return false, nil
	}
	var open int64
	err := tx.Model(&models.PayoutAttempt{}).Where(`payout_id = ? AND outcome IN ? AND NOT EXISTS (SELECT 1 FROM payout_attempts r
		WHERE r.payout_id = payout_attempts.payout_id AND r.generation = payout_attempts.generation AND r.outcome = ?)`,
		p.ID, []models.AttemptOutcome{"", models.AttemptOutcomeUnknown}, models.AttemptOutcomeRefused).Count(&open).Error
	if err != nil {
		return false, fmt.Errorf("count open attempts: %w", err)
	}
	return open > 0, nil
}

// hasSameAccount tells whether the partner's account still is where the payout goes.
func hasSameAccount(tx *models.Tx, p models.Payout) (bool, error) {
	var same int64
	err := tx.Model(&models.PayoutAccount{}).Where("merchant_id = ? AND partner_id = ? AND rail = ? AND destination = ?",
		p.MerchantID, p.PartnerID, p.Rail, p.Destination).Count(&same).Error
	if err != nil {
		return false, fmt.Errorf("read payout account: %w", err)
	}
	return same > 0, nil
}

// lookBefore looks for a payout that people let be sent again, right before it is: what has come up since they looked is
// taken as its payment, and nothing is sent.
func (s *Service) lookBefore(ctx context.Context, p models.Payout) error {
	rail, err := s.rail(ctx, p.Rail, p.MerchantID)
	if err != nil {
		return err
	}
	callCtx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	found, err := rail.Find(callCtx, orderOf(p))
	if err != nil {
		return fmt.Errorf("look before sending again: %w", err)
	}
	if !stands(found) {
		return nil
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error { return s.adopt(tx, p, found) })
}
