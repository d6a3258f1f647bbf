package payout

import (
	"context"
	"errors"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/models"
)

// ErrComparedOld is returned when a payout changed while it was compared.
var ErrComparedOld = fault.New(fault.Unavailable, "COMPARED_TOO_EARLY", "a payout changed while it was compared; compare again")

// Reconcile compares a batch with the rail in both directions. A clean comparison of a finished batch moves clearing to
// paid out and closes the batch; a finding keeps it open until the rail agrees or people settled it. Reversals made at the
// rail are booked: owed again; beside a second transfer of the payout only once people settled that. A transfer of a payout
// that was given up, or by our record never sent, is its payment after all.
// Codes BATCH_NOT_FOUND, COMPARED_TOO_EARLY, STRIPE_KEY_UNREADABLE.
func (s *Service) Reconcile(ctx context.Context, batchID models.ID) (models.ReconRun, error) {
	run := models.ReconRun{ID: models.NewID(), BatchID: batchID, StartedAt: s.db.Now()}
	// Read before its payouts: what ends after that is not compared, and must not be closed.
	batch, err := takeOne[models.PayoutBatch](s.db.Read(ctx).Where("id = ?", batchID), "batch")
	if err != nil {
		return run, err
	}
	var payouts []models.Payout
	if err := s.db.Read(ctx).Where("batch_id = ?", batchID).Find(&payouts).Error; err != nil {
		return run, fmt.Errorf("read payouts: %w", err)
	}
	receipts, err := s.listed(ctx, batchID)
	if err != nil {
		return run, err
	}
	if err := s.adoptReady(ctx, payouts, receipts); err != nil {
		return run, err
	}
	found := compare(payouts, receipts)
	found.whole = batch.State == models.BatchStateReconciling
	run.TransferCount, run.FinishedAt = len(receipts), s.db.Now()
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error { return s.conclude(tx, &run, found) })
	return run, err
}

// conclude books what a comparison found, and closes a finished batch when nothing is left that counts.
func (s *Service) conclude(tx *models.Tx, run *models.ReconRun, found comparison) error {
	batch, err := lockBatch(tx, run.BatchID)
	if err != nil {
		return err
	}
	if run.FindingCount, err = keepSettled(tx, batch.ID, found.findings); err != nil {
		return err
	}
	if err := tx.Create(run).Error; err != nil {
		return fmt.Errorf("create reconciliation: %w", err)
	}
	for i := range found.findings {
		found.findings[i].RunID = run.ID
		if err := tx.Create(&found.findings[i]).Error; err != nil {
			return fmt.Errorf("create finding: %w", err)
		}
	}
	for _, a := range found.adoptions {
		event := PayoutFound
		if a.payout.State == models.PayoutStateHeld {
			event = PayoutFoundLate
		}
		s.log.Warn("payout is paid after all", "payout", a.payout.ID.String(), "transfer", a.transferID)
		if err := settle(tx, a.payout, event, a.transferID); err != nil {
			return orCompareAgain(err)
		}
	}
	for _, r := range found.reversals {
		if !found.isSettled(r.beside) { // of which of the two it came back nobody has said
			continue
		}
		if err := bookReversal(tx, batch, r); err != nil {
			return orCompareAgain(err)
		}
	}
	if err := s.replace(tx, batch, found); err != nil {
		return orCompareAgain(err)
	}
	if err := tellComparison(tx, batch, *run, found.whole); err != nil {
		return err
	}
	if run.FindingCount > 0 || !found.whole || batch.State != models.BatchStateReconciling {
		return nil
	}
	if err := moveBatch(tx, &batch, BatchProven, map[string]any{"closed_at": tx.Now}); err != nil {
		return err
	}
	var paid int64
	err = tx.Model(&models.Payout{}).Where("batch_id = ? AND transfer_id IS NOT NULL", batch.ID).
		Select("COALESCE(SUM(amount_minor + corrected_minor - reversed_minor), 0)").Scan(&paid).Error
	if err != nil || paid == 0 {
		return err
	}
	return post(tx, models.JournalKindReconcile, "reconcile:"+batch.ID.String(), batch.ProgramID, batch.Currency,
		move(batch.ProgramID, models.AccountClearing, models.AccountPaidOut, paid))
}

// replace takes the other transfer of a payout as its payment where the known one came back whole and nobody has settled
// the two, and asks for one more comparison.
func (s *Service) replace(tx *models.Tx, batch models.PayoutBatch, found comparison) error {
	for _, r := range found.replacements {
		if found.isSettled(r.beside) {
			continue
		}
		s.log.Warn("another transfer is the payment: the known one came back", "payout", r.payout.ID.String(), "transfer", r.transferID)
		if err := transition(tx, r.payout, PayoutReplaced, map[string]any{"transfer_id": r.transferID}, nil); err != nil {
			return err
		}
		if err := models.RingNow(tx, models.TaskPayoutReconcile, batch.ID); err != nil {
			return err
		}
	}
	return nil
}

// orCompareAgain is for a payout that changed between the comparison and its booking: the whole is to be done again.
func orCompareAgain(err error) error {
	if errors.Is(err, ErrPayoutState) {
		return ErrComparedOld.Because(err)
	}
	return err
}

// paidInto is the account that holds what the payouts of a batch moved.
func paidInto(b models.PayoutBatch) models.Account {
	if b.State == models.BatchStateClosed {
		return models.AccountPaidOut
	}
	return models.AccountClearing
}

// bookReversal books money that came back: the partner is owed it again.
func bookReversal(tx *models.Tx, batch models.PayoutBatch, r reversal) error {
	event := PayoutPartBack
	if r.minor == r.payout.AmountMinor+r.payout.CorrectedMinor {
		event = PayoutAllBack
	}
	from := paidInto(batch)
	back := r.minor - r.payout.ReversedMinor
	return transition(tx, r.payout, event, map[string]any{"reversed_minor": r.minor, "reason": r.reason}, &entry{
		key: fmt.Sprintf("reversal:%s:%d", r.payout.ID, r.minor), legs: []ledger.Leg{
			{OwnerID: batch.ProgramID, Account: from, Minor: -back}, {OwnerID: r.payout.EnrollmentID, Account: models.AccountPayable, Minor: back}}})
}

// RequestReconcile asks for a batch whose payouts all have an end to be compared with the rail again; a worker does it
// soon, and what it finds is in Reconciliations. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND, BATCH_STATE.
func (s *Service) RequestReconcile(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error) {
	b, err := ownBatch(tx, by, batchID)
	if err != nil {
		return b, err
	}
	if b.State != models.BatchStateReconciling && b.State != models.BatchStateClosed {
		return b, ErrBatchState
	}
	return b, models.RingNow(tx, models.TaskPayoutReconcile, b.ID)
}

// Reconciliations lists the comparisons of a batch, oldest first. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Reconciliations(ctx context.Context, by access.Caller, batchID models.ID, page models.Page) (models.Slice[models.ReconRun], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.ReconRun]{}, err
	}
	query := s.db.Read(ctx).Where("batch_id = ? AND batch_id IN (SELECT id FROM payout_batches WHERE "+ofMerchant+")", batchID, merchantID)
	return models.FetchPage[models.ReconRun](query, "id", page)
}

// FindingsOf lists the differences that one comparison found. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) FindingsOf(ctx context.Context, by access.Caller, runID models.ID, page models.Page) (models.Slice[models.ReconFinding], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.ReconFinding]{}, err
	}
	query := s.db.Read(ctx).Where("run_id = ? AND run_id IN (SELECT id FROM recon_runs WHERE batch_id IN (SELECT id FROM payout_batches WHERE "+ofMerchant+"))",
		runID, merchantID)
	return models.FetchPage[models.ReconFinding](query, "id", page)
}

// Unreconciled gives the batches that wait for reconciliation, for the sweep.
func (s *Service) Unreconciled(ctx context.Context) ([]models.ID, error) {
	var ids []models.ID
	err := s.db.Read(ctx).Model(&models.PayoutBatch{}).Where("state = ?", models.BatchStateReconciling).Order("id").Pluck("id", &ids).Error
	return ids, err
}
