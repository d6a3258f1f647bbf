package payout

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"tributary/models"
)

// KeepEvent stores a verified webhook once, by whose platform told it and its id, and asks for it to be worked. A second delivery changes nothing.
func (s *Service) KeepEvent(ctx context.Context, e models.StripeEvent) error {
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		e.ID, e.ReceivedAt = models.NewID(), tx.Now
		written, err := models.BulkInsert(tx, models.Insert{Table: e.TableName(), SkipExisting: true,
			Columns: []string{"id", "merchant_id", "event_id", "event_type", "account", "livemode", "payload", "received_at"}},
			[][]any{{e.ID, e.MerchantID, e.EventID, e.EventType, e.Account, e.Livemode, e.Payload, e.ReceivedAt}})
		if err != nil || written == 0 {
			return err
		}
		return models.Ring(tx, models.TaskStripeEvent, e.ID)
	})
}

// HandleEvent works a stored webhook. It is a hint only: what it names is read from the rail again. What a merchant's own
// platform tells is about that merchant only, and what the instance's tells about those who have none of their own.
func (s *Service) HandleEvent(ctx context.Context, id models.ID) error {
	e, err := takeOne[models.StripeEvent](s.db.Read(ctx).Where("id = ?", id), "event")
	if err != nil || e.HandledAt != nil {
		return err
	}
	rail, err := s.rail(ctx, models.RailNameStripe, e.MerchantID)
	if err != nil {
		return err
	}
	scope := s.db.Read(ctx).Where("merchant_id = ?", e.MerchantID)
	if e.MerchantID.IsZero() {
		scope = s.db.Read(ctx).Where("merchant_id NOT IN (SELECT merchant_id FROM stripe_credentials)")
	}
	notice, err := rail.Notice(e.Payload)
	if err != nil {
		return err
	}
	if notice.Account != "" {
		err = s.refreshAccounts(ctx, scope, models.RailNameStripe, notice.Account)
	} else if notice.TransferID != "" {
		err = s.checkTransfer(ctx, rail, scope, notice)
	}
	if err != nil {
		return err
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		return tx.Model(&models.StripeEvent{}).Where("id = ?", id).Update("handled_at", tx.Now).Error
	})
}

// checkTransfer compares the batch of a transfer that came back, and resolves a payout whose outcome was not known.
func (s *Service) checkTransfer(ctx context.Context, rail Rail, scope *gorm.DB, n Notice) error {
	p, err := payoutOf(scope, n)
	if err != nil || p.ID.IsZero() {
		return err
	}
	switch {
	case p.TransferID != nil && (n.IsReversal || isWrittenOff(p)), p.TransferID == nil && isGivenUp(p) && p.State == models.PayoutStateHeld:
		_, err := s.Reconcile(ctx, p.BatchID)
		return err
	case p.State == models.PayoutStateUnknown || p.State == models.PayoutStateNeedsReview:
		found, err := rail.Find(ctx, orderOf(p))
		if err != nil || len(found) == 0 {
			return err // a list that does not hold it yet decides nothing here
		}
		return models.InTx(ctx, s.db, func(tx *models.Tx) error { return s.adopt(tx, p, found) })
	}
	return nil
}

// payoutOf finds the payout of a transfer by its id, or by the mark it carries; the zero payout when it is none of ours.
func payoutOf(scope *gorm.DB, n Notice) (models.Payout, error) {
	var marked models.ID
	if marked.UnmarshalText([]byte(n.PayoutID)) != nil {
		marked = models.ID{} // the mark is somebody else's
	}
	var p models.Payout
	err := scope.Where("(transfer_id = ? OR id = ?)", n.TransferID, marked).Take(&p).Error
	if models.IsMissing(err) {
		return models.Payout{}, nil
	}
	if err != nil {
		return p, fmt.Errorf("read payout: %w", err)
	}
	return p, nil
}
