package payout

import (
	"encoding/hex"
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/ledger"
	"tributary/models"
)

// HashText gives a batch's content hash as people compare it.
func HashText(h models.Hash) string { return hex.EncodeToString(h[:]) }

// Approve lets a batch be paid, if its content is what the approver looked at. Above the program's limit neither the
// maker nor an API key can approve. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_STATE, BATCH_CHANGED,
// APPROVER_IS_MAKER, APPROVER_NOT_A_PERSON.
func (s *Service) Approve(tx *models.Tx, by access.Caller, batchID models.ID, contentHash string) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	if HashText(b.ContentHash) != contentHash {
		return b, ErrContentHash
	}
	p, err := takeOne[models.Program](tx.Where("id = ?", b.ProgramID), "program")
	if err != nil {
		return b, err
	}
	switch limited := b.TotalMinor > p.SoloApprovalMinor; {
	case limited && b.Maker == by.Name:
		return b, ErrOwnApproval
	case limited && by.IsKey():
		return b, ErrKeyApproval
	}
	b.Approver, b.ApprovedAt = by.Name, &tx.Now
	return b, moveBatch(tx, &b, models.BatchStateDraft, models.BatchStateApproved, map[string]any{"approver": by.Name, "approved_at": tx.Now})
}

// moveBatch is the compare-and-set of a batch's state; more columns go with it.
func moveBatch(tx *models.Tx, b *models.PayoutBatch, from, to models.BatchState, more map[string]any) error {
	columns := map[string]any{"state": to}
	for k, v := range more {
		columns[k] = v
	}
	update := tx.Model(&models.PayoutBatch{}).Where("id = ? AND state = ?", b.ID, from).Updates(columns)
	if err := models.MustAffectOne(update, ErrBatchState); err != nil {
		return err
	}
	b.State = to
	return nil
}

// Execute starts paying an approved batch: its payouts become ready and a task is asked for each.
// Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_STATE.
func (s *Service) Execute(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	b.StartedAt = &tx.Now
	if err := moveBatch(tx, &b, models.BatchStateApproved, models.BatchStateExecuting, map[string]any{"started_at": tx.Now}); err != nil {
		return b, err
	}
	err = tx.Model(&models.Payout{}).Where("batch_id = ? AND state = ?", b.ID, models.PayoutStatePlanned).
		Updates(map[string]any{"state": models.PayoutStateReady, "next_try_at": tx.Now}).Error
	if err != nil {
		return b, fmt.Errorf("ready payouts: %w", err)
	}
	if err := ringReady(tx, b.ID); err != nil {
		return b, err
	}
	return b, finishIfDone(tx, b.ID)
}

// Resume goes on with a batch that was paused. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_STATE.
func (s *Service) Resume(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	b.PauseReason = ""
	if err := moveBatch(tx, &b, models.BatchStatePaused, models.BatchStateExecuting, map[string]any{"pause_reason": ""}); err != nil {
		return b, err
	}
	err = tx.Model(&models.Payout{}).Where("batch_id = ? AND state = ?", b.ID, models.PayoutStateReady).Update("next_try_at", tx.Now).Error
	if err != nil {
		return b, fmt.Errorf("ready payouts: %w", err)
	}
	return b, ringReady(tx, b.ID)
}

func ringReady(tx *models.Tx, batchID models.ID) error {
	var ids []models.ID
	err := tx.Model(&models.Payout{}).Where("batch_id = ? AND state = ? AND rail <> ?", batchID, models.PayoutStateReady, models.RailNameManual).
		Order("id").Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("read ready payouts: %w", err)
	}
	return models.Ring(tx, models.TaskPayoutSend, ids...)
}

// Cancel gives up a batch before its first attempt; what it reserved becomes payable again.
// Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_STATE.
func (s *Service) Cancel(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	from := b.State
	if from != models.BatchStateDraft && from != models.BatchStateApproved {
		return b, ErrBatchState
	}
	if err := moveBatch(tx, &b, from, models.BatchStateCanceled, nil); err != nil {
		return b, err
	}
	var rows []models.Payout
	if err := tx.Where("batch_id = ? AND reserved = ?", b.ID, true).Find(&rows).Error; err != nil {
		return b, fmt.Errorf("read payouts: %w", err)
	}
	var legs []ledger.Leg
	for _, p := range rows {
		legs = append(legs, move(p.EnrollmentID, models.AccountInTransit, models.AccountPayable, p.AmountMinor)...)
	}
	err = tx.Model(&models.Payout{}).Where("batch_id = ? AND reserved = ?", b.ID, true).
		Updates(map[string]any{"state": models.PayoutStateCanceled, "reserved": false, "settled_at": tx.Now}).Error
	if err != nil || len(legs) == 0 {
		return b, err
	}
	return b, post(tx, models.JournalKindRelease, "cancel:"+b.ID.String(), b.ProgramID, b.Currency, legs)
}

var unfinished = []models.PayoutState{models.PayoutStatePlanned, models.PayoutStateReady, models.PayoutStateSending,
	models.PayoutStateUnknown, models.PayoutStateNeedsReview}

// finishIfDone hands a batch to reconciliation when every payout has an end. The batch is locked first: of two payouts
// that end at the same time, the second to get here sees the first.
func finishIfDone(tx *models.Tx, batchID models.ID) error {
	if _, err := takeOne[models.PayoutBatch](tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", batchID), "batch"); err != nil {
		return err
	}
	var left int64
	if err := tx.Model(&models.Payout{}).Where("batch_id = ? AND state IN ?", batchID, unfinished).Count(&left).Error; err != nil {
		return fmt.Errorf("count open payouts: %w", err)
	}
	if left > 0 {
		return nil
	}
	update := tx.Model(&models.PayoutBatch{}).Where("id = ? AND state IN ?", batchID,
		[]models.BatchState{models.BatchStateExecuting, models.BatchStatePaused}).
		Updates(map[string]any{"state": models.BatchStateReconciling, "pause_reason": ""})
	if update.Error != nil || update.RowsAffected == 0 {
		return update.Error
	}
	return models.Ring(tx, models.TaskPayoutReconcile, batchID)
}
