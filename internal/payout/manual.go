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
// to be quoted. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND.
func (s *Service) WriteBankFile(ctx context.Context, by access.Caller, batchID models.ID, to io.Writer) error {
	if _, err := s.Batch(ctx, by, batchID); err != nil {
		return err
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

// The longest bank references: what a bank file takes, and what is kept of a payment beside the payout's own mark.
const (
	maxDestinationBytes = 60
	maxReferenceBytes   = 40
)

// isReference tells whether the text is what banks carry: printable ASCII.
func isReference(text string, maxBytes int) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return text != "" && len(text) <= maxBytes
}

// MarkPaid records that a person paid a payout on the manual rail; the reference is the bank's. Codes UNAUTHENTICATED,
// FORBIDDEN, PAYOUT_NOT_FOUND, PAYOUT_NOT_MANUAL, PAYOUT_STATE, REFERENCE_INVALID.
func (s *Service) MarkPaid(tx *models.Tx, by access.Caller, payoutID models.ID, reference string) (models.Payout, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.Payout{}, err
	}
	if reference = strings.TrimSpace(reference); !isReference(reference, maxReferenceBytes) {
		return models.Payout{}, ErrReferenceBad
	}
	p, err := takeOne[models.Payout](tx.Where("id = ? AND merchant_id = ?", payoutID, merchantID), "payout")
	if err != nil {
		return p, err
	}
	switch {
	case p.Rail != models.RailNameManual:
		return p, ErrNotManual
	case p.State != models.PayoutStateReady:
		return p, ErrPayoutState
	}
	// One bank order may pay many partners under one reference, so the payout's own mark keeps the ids apart.
	if err := s.settle(tx, p, fmt.Sprintf("manual:%s:%x", reference, p.ID[8:])); err != nil {
		return p, err
	}
	return takeOne[models.Payout](tx.Where("id = ?", payoutID), "payout")
}
