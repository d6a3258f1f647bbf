package payout

import (
	"context"
	"fmt"

	"tributary/models"
)

const sweepLimit = 1000

// Sweep finds what stopped in the middle: a payout whose worker died while sending becomes unknown, and everything
// that is due is asked for again. It runs every minute and needs nothing but the database.
func (s *Service) Sweep(ctx context.Context) error {
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		lost := tx.Model(&models.Payout{}).Where("state = ? AND claim_until <= ?", models.PayoutStateSending, tx.Now).
			Updates(map[string]any{"state": models.PayoutStateUnknown, "claim_token": "", "claim_until": nil, "next_try_at": tx.Now, "reason": "OUTCOME_UNKNOWN"})
		if lost.Error != nil {
			return fmt.Errorf("find lost payouts: %w", lost.Error)
		}
		var due []models.ID
		err := tx.Model(&models.Payout{}).Where("state IN ? AND next_try_at <= ? AND rail <> ?",
			[]models.PayoutState{models.PayoutStateReady, models.PayoutStateUnknown}, tx.Now, models.RailNameManual).
			Where("(state = ? OR batch_id IN (SELECT id FROM payout_batches WHERE state = ?))", models.PayoutStateUnknown, models.BatchStateExecuting).
			Where("id NOT IN (SELECT subject_id FROM outbox WHERE task = ?)", models.TaskPayoutSend).
			Order("id").Limit(sweepLimit).Pluck("id", &due).Error
		if err != nil {
			return fmt.Errorf("find due payouts: %w", err)
		}
		return models.Ring(tx, models.TaskPayoutSend, due...)
	})
}
