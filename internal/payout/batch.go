package payout

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/ledger"
	"tributary/models"
)

// HashText gives a batch's content hash as people compare it.
func HashText(h models.Hash) string { return hex.EncodeToString(h[:]) }

// ApprovalLife is how long an approval lets its batch be started or resumed; then somebody must look again.
const ApprovalLife = 48 * time.Hour

func isExpired(b models.PayoutBatch, now time.Time) bool {
	return b.ApprovedAt != nil && now.Sub(*b.ApprovedAt) >= ApprovalLife
}

// Approve lets a batch be paid within ApprovalLife, if its content is what the approver looked at; once that is over it
// can be approved again, also while it is paused. Above the limit that the program had when it was planned, neither the
// maker nor an API key can approve, nor who made the key that is the maker. While the latest comparison of another batch of
// the program has a difference that nobody settled, none is approved. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND,
// EMAIL_UNVERIFIED, TOTP_REQUIRED, BATCH_STATE, BATCH_CHANGED, BATCH_CONTENT_BROKEN, FINDINGS_OPEN, APPROVER_IS_MAKER,
// APPROVER_NOT_A_PERSON.
func (s *Service) Approve(tx *models.Tx, by access.Caller, batchID models.ID, contentHash string) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	if err := by.MustBeVerified(); err != nil {
		return b, err
	}
	if err := by.MustBeConfirmed(tx); err != nil {
		return b, err
	}
	if HashText(b.ContentHash) != contentHash {
		return b, ErrContentHash
	}
	event := BatchApproved
	switch {
	case b.State != models.BatchStateDraft && !isExpired(b, tx.Now):
		return b, ErrBatchState
	case b.State == models.BatchStatePaused:
		event = BatchRenewed
	}
	if b.TotalMinor > b.SoloApprovalMinor {
		isMaker, err := by.IsBehind(tx, b.Maker)
		switch {
		case err != nil:
			return b, err
		case by.IsKey():
			return b, ErrKeyApproval
		case isMaker:
			return b, ErrOwnApproval
		}
	}
	// Its own differences come of a transfer that we have forgotten: once it is started that is the payment.
	if err := mustAgree(tx, tx.Where("program_id = ? AND id <> ?", b.ProgramID, b.ID)); err != nil {
		return b, err
	}
	if event == BatchApproved { // once it was started, its payouts have other states than those of the hash
		if err := mustBeWhole(tx, b, event); err != nil {
			return b, err
		}
	}
	b.Approver, b.ApprovedAt = by.Name, &tx.Now
	return b, moveBatch(tx, &b, event, map[string]any{"approver": by.Name, "approved_at": tx.Now})
}

// Execute starts paying an approved batch: its payouts become ready and a task is asked for each. Before the first call
// the rail is asked for its balance; when that is short, the batch pauses.
// Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_STATE, BATCH_CONTENT_BROKEN, APPROVAL_EXPIRED, PAYOUTS_STOPPED.
func (s *Service) Execute(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	if b.State == models.BatchStateApproved && isExpired(b, tx.Now) {
		return b, ErrApprovalExpired
	}
	if err := mustRun(tx, by.MerchantID); err != nil {
		return b, err
	}
	if err := mustBeWhole(tx, b, BatchStarted); err != nil {
		return b, err
	}
	b.StartedAt = &tx.Now
	if err := moveBatch(tx, &b, BatchStarted, map[string]any{"started_at": tx.Now}); err != nil {
		return b, err
	}
	if err := transitionAll(tx, tx.Where("batch_id = ?", b.ID), PayoutStarted, map[string]any{"next_try_at": tx.Now}); err != nil {
		return b, err
	}
	if err := ringReady(tx, b.ID); err != nil {
		return b, err
	}
	return b, finishIfDone(tx, b.ID)
}

// Resume goes on with a batch that was paused; the rail is asked for its balance again before the next call.
// Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_STATE, APPROVAL_EXPIRED, PAYOUTS_STOPPED.
func (s *Service) Resume(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	if b.State == models.BatchStatePaused && isExpired(b, tx.Now) {
		return b, ErrApprovalExpired
	}
	if err := mustRun(tx, by.MerchantID); err != nil {
		return b, err
	}
	return b, resume(tx, &b)
}

func resume(tx *models.Tx, b *models.PayoutBatch) error {
	b.PauseReason, b.FundsAskedAt = "", nil
	if err := moveBatch(tx, b, BatchResumed, map[string]any{"pause_reason": "", "funds_asked_at": nil}); err != nil {
		return err
	}
	err := tx.Model(&models.Payout{}).Where("batch_id = ? AND state = ?", b.ID, models.PayoutStateReady).Update("next_try_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("ready payouts: %w", err)
	}
	return ringReady(tx, b.ID)
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

// Cancel gives up a batch before its first attempt; what it reserved becomes payable again. A batch of which the rail
// lists transfers was attempted, and our record of that is lost. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND,
// BATCH_STATE, FINDINGS_OPEN.
func (s *Service) Cancel(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	if err := mustAgree(tx, tx.Where("id = ?", b.ID)); err != nil {
		return b, err
	}
	if err := moveBatch(tx, &b, BatchGivenUp, nil); err != nil {
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
	err = transitionAll(tx, tx.Where("batch_id = ? AND reserved = ?", b.ID, true), PayoutCanceled, map[string]any{"reserved": false, "settled_at": tx.Now})
	if err != nil || len(legs) == 0 {
		return b, err
	}
	return b, post(tx, models.JournalKindRelease, "cancel:"+b.ID.String(), b.ProgramID, b.Currency, legs)
}

var unfinished = []models.PayoutState{models.PayoutStatePlanned, models.PayoutStateReady, models.PayoutStateSending,
	models.PayoutStateUnknown, models.PayoutStateNeedsReview}

func lockBatch(tx *models.Tx, id models.ID) (models.PayoutBatch, error) {
	return takeOne[models.PayoutBatch](tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id), "batch")
}

// finishIfDone hands a batch to reconciliation when every payout has an end. The batch is locked first: of two payouts
// that end at the same time, the second to get here sees the first.
func finishIfDone(tx *models.Tx, batchID models.ID) error {
	b, err := lockBatch(tx, batchID)
	if err != nil {
		return err
	}
	// One is enough to know: to count them all for each payout would take the square of their number.
	var left []models.ID
	if err := tx.Model(&models.Payout{}).Where("batch_id = ? AND state IN ?", batchID, unfinished).Limit(1).Pluck("id", &left).Error; err != nil {
		return fmt.Errorf("find an open payout: %w", err)
	}
	if len(left) > 0 {
		return nil
	}
	if !slices.Contains(ruleOf(BatchRules, BatchPaidOut).From, b.State) {
		return nil
	}
	if err := moveBatch(tx, &b, BatchPaidOut, map[string]any{"pause_reason": ""}); err != nil {
		return err
	}
	return models.Ring(tx, models.TaskPayoutReconcile, batchID)
}
