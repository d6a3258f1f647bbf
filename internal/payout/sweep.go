package payout

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

const (
	sweepLimit  = 1000
	stuckAfter  = 2 * time.Minute
	inExecuting = "batch_id IN (SELECT id FROM payout_batches WHERE state = ?)"
)

// Sweep finds what stopped in the middle: a payout whose worker died while sending becomes unknown, and everything
// that is due is asked for again. It runs every minute and needs nothing but the database.
func (s *Service) Sweep(ctx context.Context) error {
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		err := transitionAll(tx, tx.Where("claim_until <= ?", tx.Now), PayoutLost,
			map[string]any{"claim_token": "", "claim_until": nil, "next_try_at": tx.Now, "reason": ReasonUnknown})
		if err != nil {
			return err
		}
		// Of a stopped merchant only what is looked up has its turn: the rest would be turned back again and again, and
		// take the room of others.
		unknown, err := due(tx.Where(`first_attempt_at <= ? OR NOT EXISTS (SELECT 1 FROM payout_stops
			WHERE active_scope_id = merchant_id OR active_scope_id = ?)`, tx.Now.Add(-KeyLife), everyMerchant), tx.Now, models.PayoutStateUnknown)
		if err != nil {
			return err
		}
		// Of these a worker has died, or an answer was lost: their bell is rung now, whenever it was last rung.
		if err := models.RingNow(tx, models.TaskPayoutSend, unknown...); err != nil {
			return err
		}
		// So is it for what has been ready for long: whoever was to ring for it may be dead.
		stuck, err := due(tx.Where(inExecuting, models.BatchStateExecuting), tx.Now.Add(-stuckAfter), models.PayoutStateReady)
		if err != nil {
			return err
		}
		if err := models.RingNow(tx, models.TaskPayoutSend, stuck...); err != nil {
			return err
		}
		ready, err := due(tx.Where(inExecuting, models.BatchStateExecuting).
			Where("id NOT IN (SELECT subject_id FROM outbox WHERE task = ?)", models.TaskPayoutSend), tx.Now, models.PayoutStateReady)
		if err != nil {
			return err
		}
		return models.Ring(tx, models.TaskPayoutSend, ready...)
	})
}

func due(query *gorm.DB, now time.Time, state models.PayoutState) ([]models.ID, error) {
	var ids []models.ID
	err := query.Model(&models.Payout{}).Where("state = ? AND next_try_at <= ? AND rail <> ?", state, now, models.RailNameManual).
		Order("id").Limit(sweepLimit).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find due payouts: %w", err)
	}
	return ids, nil
}
