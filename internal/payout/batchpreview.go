package payout

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/models"
)

// BatchPreview is Preview of a batch that is planned, for whoever is to approve it: its own payouts, beside what the accounts
// and the rails are now. It is nil once the batch was started or canceled.
// Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND.
func (s *Service) BatchPreview(ctx context.Context, by access.Caller, batchID models.ID, most int) (*Preview, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return nil, err
	}
	v := Preview{now: s.db.Now()}
	waits := false
	err = models.InSnapshot(ctx, s.db, func(query *gorm.DB) error {
		var err error
		if v.Batch, err = takeOne[models.PayoutBatch](query.Where("id = ? AND "+ofMerchant, batchID, merchantID), "batch"); err != nil {
			return err
		}
		if waits = v.Batch.State == models.BatchStateDraft || v.Batch.State == models.BatchStateApproved; !waits {
			return nil
		}
		if v.Program, err = takeOne[models.Program](query.Where("id = ?", v.Batch.ProgramID), "program"); err != nil {
			return err
		}
		if err := v.findLast(query); err != nil {
			return err
		}
		if err := redraw(query, v.Batch.ID, func(part []planned) error { return v.look(query, part, most) }); err != nil {
			return err
		}
		return v.lookAtRest(query, most)
	})
	if err != nil || !waits {
		return nil, err
	}
	s.complete(ctx, &v)
	return &v, nil
}

// redraw hands out a batch's payouts as draw handed out what they were planned from.
func redraw(query *gorm.DB, batchID models.ID, each func([]planned) error) error {
	var after models.ID
	for {
		var rows []models.Payout
		err := query.Where("batch_id = ? AND enrollment_id > ?", batchID, after).Order("enrollment_id").Limit(idsPerStatement).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read payouts: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].EnrollmentID
		part, err := plannedOf(query, rows)
		if err != nil {
			return err
		}
		if err := each(part); err != nil {
			return err
		}
	}
}

// plannedOf goes back from payouts to what was planned: the destination is the frozen one, and when it changed is told of
// the account as it is now.
func plannedOf(query *gorm.DB, rows []models.Payout) ([]planned, error) {
	partners := make([]models.ID, len(rows))
	for i, p := range rows {
		partners[i] = p.PartnerID
	}
	var owned []models.PayoutAccount
	if err := query.Where("merchant_id = ? AND partner_id IN ?", rows[0].MerchantID, partners).Find(&owned).Error; err != nil {
		return nil, fmt.Errorf("read payout accounts: %w", err)
	}
	type purse struct {
		partner models.ID
		rail    models.RailName
	}
	accounts := make(map[purse]models.PayoutAccount, len(owned))
	for _, a := range owned {
		accounts[purse{a.PartnerID, a.Rail}] = a
	}
	part := make([]planned, len(rows))
	for i, p := range rows {
		account := accounts[purse{p.PartnerID, p.Rail}]
		account.Destination = p.Destination
		part[i] = planned{rail: p.Rail, state: p.State, reason: p.Reason, candidate: candidate{enrollment: models.Enrollment{ID: p.EnrollmentID, PartnerID: p.PartnerID},
			minor: p.AmountMinor, payable: p.PayableMinor, taken: p.DebtTakenMinor, account: &account}}
	}
	return part, nil
}
