package payout

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/internal/money"
	"tributary/models"
)

// askFunds asks the rails about a batch before its payouts are sent: what they list of it, which is not sent again, and
// whether they hold what is ready. Without a list nothing is sent. The balance is advice and no lock: a rail that does not
// tell it stops nothing, and one that runs short later refuses; one that is short pauses the batch, as does one that refuses
// the key.
func (s *Service) askFunds(ctx context.Context, batchID models.ID) error {
	// Many payouts of a batch begin at once, and one answer serves them all.
	_, err, _ := s.asking.Do(batchID.String(), func() (any, error) { return nil, s.askFundsOnce(ctx, batchID) })
	return err
}

func (s *Service) askFundsOnce(ctx context.Context, batchID models.ID) error {
	if b, err := takeOne[models.PayoutBatch](s.db.Read(ctx).Where("id = ?", batchID), "batch"); err != nil || isAsked(b, s.db.Now()) ||
		b.State != models.BatchStateExecuting {
		return err
	}
	if err := s.listReady(ctx, batchID); err != nil {
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Kind != RefusedSetup {
			return err
		}
		s.log.Warn("a batch is paused: its key may not list transfers", "batch", batchID.String(), "error", err)
		return models.InTx(ctx, s.db, func(tx *models.Tx) error { return pause(tx, batchID, PauseSetup) })
	}
	var sums []struct {
		Rail     models.RailName
		Currency money.Currency
		Minor    int64
	}
	err := s.db.Read(ctx).Model(&models.Payout{}).Where("batch_id = ? AND state = ?", batchID, models.PayoutStateReady).
		Group("rail, currency").Order("rail, currency").Select("rail, currency, SUM(amount_minor) AS minor").Scan(&sums).Error
	if err != nil {
		return fmt.Errorf("sum ready payouts: %w", err)
	}
	merchantID, err := s.MerchantOfBatch(ctx, batchID)
	if err != nil {
		return err
	}
	short := false
	for _, due := range sums {
		rail, err := s.rail(ctx, due.Rail, merchantID)
		if errors.Is(err, ErrNoRail) {
			continue
		}
		if err != nil {
			return err
		}
		available, err := s.available(ctx, rail, due.Currency)
		if err != nil {
			s.log.Warn("the rail does not tell its balance", "rail", due.Rail, "error", err)
			continue
		}
		short = short || available.Minor < due.Minor
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		b, err := takeOne[models.PayoutBatch](tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", batchID), "batch")
		if err != nil || isAsked(b, tx.Now) {
			return err // another was answered first: what was sent since then is missing in our balance
		}
		if short {
			return pause(tx, batchID, PauseFunds)
		}
		return tx.Model(&models.PayoutBatch{}).Where("id = ?", batchID).Update("funds_asked_at", tx.Now).Error
	})
}

func (s *Service) available(ctx context.Context, rail Rail, c money.Currency) (money.Amount, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	return rail.Available(ctx, c)
}
