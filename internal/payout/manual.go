package payout

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

// WriteBankFile writes the ready payouts of a batch on the manual rail as CSV: one payment per row, with the payout id
// to be quoted. While payouts are stopped there is none. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, PAYOUTS_STOPPED.
func (s *Service) WriteBankFile(ctx context.Context, by access.Caller, batchID models.ID, to io.Writer) error {
	if _, err := s.Batch(ctx, by, batchID); err != nil {
		return err
	}
	if stop, err := s.StopFor(ctx, by); err != nil {
		return err
	} else if stop != nil {
		return ErrStopped
	}
	var rows []models.Payout
	err := s.db.Read(ctx).Where("batch_id = ? AND rail = ? AND state = ?", batchID, models.RailNameManual, models.PayoutStateReady).Order("id").Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read payouts: %w", err)
	}
	w := csv.NewWriter(to)
	records := [][]string{{"payout_id", "destination", "amount", "currency"}}
	for _, p := range rows {
		records = append(records, []string{p.ID.Format(models.PrefixPayout), p.Destination, money.New(p.AmountMinor, p.Currency).Decimal(), string(p.Currency)})
	}
	return w.WriteAll(records)
}

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
