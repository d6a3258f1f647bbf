package payout

import (
	"context"
	"fmt"

	"tributary/models"
)

// KeepEvent stores a verified webhook once, by its id, and asks for it to be worked. A second delivery changes nothing.
func (s *Service) KeepEvent(ctx context.Context, e models.StripeEvent) error {
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		e.ID, e.ReceivedAt = models.NewID(), tx.Now
		written, err := models.BulkInsert(tx, models.Insert{Table: e.TableName(), SkipExisting: true,
			Columns: []string{"id", "event_id", "event_type", "account", "livemode", "payload", "received_at"}},
			[][]any{{e.ID, e.EventID, e.EventType, e.Account, e.Livemode, e.Payload, e.ReceivedAt}})
		if err != nil || written == 0 {
			return err
		}
		return models.Ring(tx, models.TaskStripeEvent, e.ID)
	})
}

// HandleEvent works a stored webhook. It is a hint only: what it names is read from the rail again.
func (s *Service) HandleEvent(ctx context.Context, id models.ID) error {
	e, err := takeOne[models.StripeEvent](s.db.Read(ctx).Where("id = ?", id), "event")
	if err != nil || e.HandledAt != nil {
		return err
	}
	switch e.EventType {
	case "account.updated", "capability.updated", "account.application.deauthorized":
		if err := s.RefreshAccount(ctx, models.RailNameStripe, e.Account); err != nil {
			return err
		}
	case "transfer.created", "transfer.reversed":
		if err := s.reconcileNamed(ctx, e); err != nil {
			return err
		}
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		return tx.Model(&models.StripeEvent{}).Where("id = ?", id).Update("handled_at", tx.Now).Error
	})
}

// reconcileNamed compares the batch of a reversed transfer again.
func (s *Service) reconcileNamed(ctx context.Context, e models.StripeEvent) error {
	if e.EventType != "transfer.reversed" {
		return nil
	}
	var p models.Payout
	err := s.db.Read(ctx).Where("transfer_id = ?", e.Account).Take(&p).Error
	if models.IsMissing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read payout: %w", err)
	}
	_, err = s.Reconcile(ctx, p.BatchID)
	return err
}
