package payout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/models"
)

// listed gives every transfer of a batch, over all rails of its merchant.
func (s *Service) listed(ctx context.Context, batchID models.ID) ([]Receipt, error) {
	merchantID, err := s.MerchantOfBatch(ctx, batchID)
	if err != nil {
		return nil, err
	}
	var receipts []Receipt
	for name := range s.rails {
		rail, err := s.rail(ctx, name, merchantID)
		if err != nil {
			return nil, err
		}
		found, err := rail.List(ctx, batchID)
		if err != nil {
			return nil, fmt.Errorf("list transfers: %w", err)
		}
		receipts = append(receipts, found...)
	}
	return receipts, nil
}

// adoptReady takes what the rails list for payouts that by our record were not sent: then our record is older than the call,
// as in a database that was restored. Sent again they would be paid twice once the rail has forgotten their key.
func (s *Service) adoptReady(ctx context.Context, payouts []models.Payout, receipts []Receipt) error {
	byPayout := byMark(receipts)
	for _, p := range payouts {
		found := byPayout[p.ID.String()]
		if p.State != models.PayoutStateReady || p.Rail == models.RailNameManual || !stands(found) {
			continue
		}
		s.log.Warn("a payout that was not sent has a transfer", "payout", p.ID.String(), "transfers", len(found))
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error { return s.adopt(tx, p, found) })
		if err != nil && !errors.Is(err, ErrPayoutState) { // it was sent just now: the transfer is that call's
			return err
		}
	}
	return nil
}

func byMark(receipts []Receipt) map[string][]Receipt {
	found := map[string][]Receipt{}
	for _, r := range receipts {
		found[r.PayoutID] = append(found[r.PayoutID], r)
	}
	return found
}

// listReady holds the ready payouts of a batch against the rails before the first of them is sent.
func (s *Service) listReady(ctx context.Context, batchID models.ID) error {
	receipts, err := s.listed(ctx, batchID)
	if err != nil || len(receipts) == 0 {
		return err
	}
	var ready []models.Payout
	if err := s.db.Read(ctx).Where("batch_id = ? AND state = ?", batchID, models.PayoutStateReady).Find(&ready).Error; err != nil {
		return fmt.Errorf("read ready payouts: %w", err)
	}
	return s.adoptReady(ctx, ready, receipts)
}

// isAsked tells whether the rails were asked about a batch since it was last started or resumed, and so lately that
// what was sent since is still safe to be sent again: the rail knows its keys.
func isAsked(b models.PayoutBatch, now time.Time) bool {
	return b.FundsAskedAt != nil && now.Sub(*b.FundsAskedAt) < KeyLife
}
