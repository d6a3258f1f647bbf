package payout

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

// WriteBankFile writes the ready payouts of a batch on the manual rail as CSV: one payment per row, with the payout id
// to be quoted. A payout whose partner is paid elsewhere by now is left out: it is HELD where no bank file held it before,
// and otherwise stays READY for a person to mark, since it may have been paid. While payouts are stopped there is no file.
// Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, PAYOUTS_STOPPED.
func (s *Service) WriteBankFile(ctx context.Context, by access.Caller, batchID models.ID, to io.Writer) error {
	if _, err := s.Batch(ctx, by, batchID); err != nil {
		return err
	}
	var rows []models.Payout
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		err := mustRun(tx, by.MerchantID)
		if err == nil {
			rows, err = fileRows(tx, batchID)
		}
		return err
	})
	if err != nil {
		return err
	}
	w := csv.NewWriter(to)
	records := [][]string{{"payout_id", "destination", "amount", "currency"}}
	for _, p := range rows {
		records = append(records, []string{p.ID.Format(models.PrefixPayout), p.Destination, money.New(p.AmountMinor, p.Currency).Decimal(), string(p.Currency)})
	}
	return w.WriteAll(records)
}

// fileRows gives the payouts that a bank file holds now, and notes on them that one did, before it leaves.
func fileRows(tx *models.Tx, batchID models.ID) ([]models.Payout, error) {
	var ready, rows []models.Payout
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("batch_id = ? AND rail = ? AND state = ?", batchID, models.RailNameManual, models.PayoutStateReady).
		Order("id").Find(&ready).Error
	if err != nil {
		return nil, fmt.Errorf("read payouts: %w", err)
	}
	for part := range slices.Chunk(ready, idsPerStatement) {
		same, err := withSameAccount(tx, part)
		if err != nil {
			return nil, err
		}
		var listed, left []models.ID
		for _, p := range part {
			switch {
			case same[p.ID]:
				rows, listed = append(rows, p), append(listed, p.ID)
			case p.FirstAttemptAt != nil:
				left = append(left, p.ID)
			default:
				if err := takeOut(tx, p, ReasonAccountChanged); err != nil {
					return nil, err
				}
			}
		}
		if err := noteFiled(tx, listed, left); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// withSameAccount tells of payouts on the manual rail which go where their partner's account still is.
func withSameAccount(tx *models.Tx, part []models.Payout) (map[models.ID]bool, error) {
	ids := make([]models.ID, len(part))
	for i, p := range part {
		ids[i] = p.ID
	}
	var found []models.ID
	err := tx.Model(&models.Payout{}).Where("id IN ?", ids).Where(`EXISTS (SELECT 1 FROM payout_accounts a WHERE a.merchant_id = payouts.merchant_id
		AND a.partner_id = payouts.partner_id AND a.rail = payouts.rail AND a.destination = payouts.destination)`).Pluck("id", &found).Error
	if err != nil {
		return nil, fmt.Errorf("read payout accounts: %w", err)
	}
	same := make(map[models.ID]bool, len(found))
	for _, id := range found {
		same[id] = true
	}
	return same, nil
}

// noteFiled writes down when a bank file first held a payout, and why one is left out of this one.
func noteFiled(tx *models.Tx, listed, left []models.ID) error {
	update := func(ids []models.ID, columns map[string]any) error {
		if len(ids) == 0 {
			return nil
		}
		if err := tx.Model(&models.Payout{}).Where("id IN ? AND state = ?", ids, models.PayoutStateReady).Updates(columns).Error; err != nil {
			return fmt.Errorf("note a bank file: %w", err)
		}
		return nil
	}
	if err := update(left, map[string]any{"reason": ReasonAccountChanged}); err != nil {
		return err
	}
	return update(listed, map[string]any{"reason": "", "first_attempt_at": gorm.Expr("COALESCE(first_attempt_at, ?)", tx.Now)})
}
