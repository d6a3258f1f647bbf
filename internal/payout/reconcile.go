package payout

import (
	"context"
	"fmt"

	"tributary/internal/access"
	"tributary/internal/ledger"
	"tributary/models"
)

// Finding kinds of a reconciliation.
const (
	FindingMissing   = "MISSING"   // we say paid, the rail has no such transfer
	FindingExtra     = "EXTRA"     // the rail has a transfer that we do not say is paid
	FindingDuplicate = "DUPLICATE" // two transfers for one payout
	FindingDiffers   = "DIFFERS"   // amount, currency or destination
)

// Reconcile compares a batch with the rail in both directions. A clean comparison of a finished batch moves clearing to
// paid out and closes the batch; any finding keeps it open. Reversals made at the rail are booked: owed again.
// Code BATCH_NOT_FOUND.
func (s *Service) Reconcile(ctx context.Context, batchID models.ID) (models.ReconRun, error) {
	run := models.ReconRun{ID: models.NewID(), BatchID: batchID, StartedAt: s.db.Now()}
	var payouts []models.Payout
	if err := s.db.Read(ctx).Where("batch_id = ?", batchID).Find(&payouts).Error; err != nil {
		return run, fmt.Errorf("read payouts: %w", err)
	}
	batch, err := takeOne[models.PayoutBatch](s.db.Read(ctx).Where("id = ?", batchID), "batch")
	if err != nil {
		return run, err
	}
	var receipts []Receipt
	for _, rail := range s.rails {
		listed, err := rail.List(ctx, batchID)
		if err != nil {
			return run, fmt.Errorf("list transfers: %w", err)
		}
		receipts = append(receipts, listed...)
	}
	findings, reversals := compare(payouts, receipts)
	run.TransferCount, run.FindingCount, run.FinishedAt = len(receipts), len(findings), s.db.Now()
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error { return s.conclude(tx, batch, run, findings, reversals) })
	return run, err
}

type reversal struct {
	payout models.Payout
	minor  int64 // reversed at the rail in all
}

// compare holds payouts on the rails against the rails' transfers. It is pure.
func compare(payouts []models.Payout, receipts []Receipt) ([]models.ReconFinding, []reversal) {
	byPayout, known := map[string][]Receipt{}, map[string]bool{}
	for _, r := range receipts {
		byPayout[r.PayoutID] = append(byPayout[r.PayoutID], r)
	}
	var findings []models.ReconFinding
	var reversals []reversal
	find := func(kind string, id *models.ID, transferID, format string, args ...any) {
		findings = append(findings, models.ReconFinding{ID: models.NewID(), Kind: kind, PayoutID: id, TransferID: transferID, Detail: fmt.Sprintf(format, args...)})
	}
	for _, p := range payouts {
		if p.Rail == models.RailNameManual {
			continue
		}
		found := byPayout[p.ID.String()]
		known[p.ID.String()] = true
		switch paid := p.TransferID != nil; {
		case paid && len(found) == 0:
			find(FindingMissing, &p.ID, *p.TransferID, "the rail does not list this transfer")
		case len(found) > 1:
			find(FindingDuplicate, &p.ID, found[1].TransferID, "%d transfers for one payout", len(found))
		case isUnderWay(p.State): // its own attempts find out
		case !paid && len(found) == 1:
			find(FindingExtra, &p.ID, found[0].TransferID, "transferred, while the payout is %s", p.State)
		case paid && (!matches(p, found[0]) || found[0].TransferID != *p.TransferID):
			find(FindingDiffers, &p.ID, found[0].TransferID, "%s to %s at the rail", found[0].Amount, found[0].Destination)
		case paid && found[0].ReversedMinor > p.ReversedMinor:
			reversals = append(reversals, reversal{p, found[0].ReversedMinor})
		}
	}
	for id, found := range byPayout {
		if !known[id] {
			find(FindingExtra, nil, found[0].TransferID, "a transfer in this batch's group that is not ours")
		}
	}
	return findings, reversals
}

// isUnderWay tells whether a payout may be paid while somebody compares.
func isUnderWay(state models.PayoutState) bool {
	return state == models.PayoutStateReady || state == models.PayoutStateSending || state == models.PayoutStateUnknown
}

func (s *Service) conclude(tx *models.Tx, batch models.PayoutBatch, run models.ReconRun, findings []models.ReconFinding, reversals []reversal) error {
	if err := tx.Create(&run).Error; err != nil {
		return fmt.Errorf("create reconciliation: %w", err)
	}
	for i := range findings {
		findings[i].RunID = run.ID
		if err := tx.Create(&findings[i]).Error; err != nil {
			return fmt.Errorf("create finding: %w", err)
		}
	}
	for _, r := range reversals {
		if err := bookReversal(tx, batch, r); err != nil {
			return err
		}
	}
	if len(findings) > 0 || batch.State != models.BatchStateReconciling {
		return nil
	}
	if err := moveBatch(tx, &batch, models.BatchStateReconciling, models.BatchStateClosed, map[string]any{"closed_at": tx.Now}); err != nil {
		return err
	}
	var paid int64
	err := tx.Model(&models.Payout{}).Where("batch_id = ? AND transfer_id IS NOT NULL", batch.ID).
		Select("COALESCE(SUM(amount_minor - reversed_minor), 0)").Scan(&paid).Error
	if err != nil || paid == 0 {
		return err
	}
	return post(tx, models.JournalKindReconcile, "reconcile:"+batch.ID.String(), batch.ProgramID, batch.Currency,
		move(batch.ProgramID, models.AccountClearing, models.AccountPaidOut, paid))
}

// bookReversal books money that came back: the partner is owed it again.
func bookReversal(tx *models.Tx, batch models.PayoutBatch, r reversal) error {
	state := models.PayoutStatePartlyReversed
	if r.minor == r.payout.AmountMinor {
		state = models.PayoutStateReversed
	}
	update := tx.Model(&models.Payout{}).Where("id = ? AND reversed_minor = ?", r.payout.ID, r.payout.ReversedMinor).
		Updates(map[string]any{"state": state, "reversed_minor": r.minor})
	if err := models.MustAffectOne(update, models.ErrRetry); err != nil {
		return err
	}
	from := models.AccountClearing
	if batch.State == models.BatchStateClosed {
		from = models.AccountPaidOut
	}
	back := r.minor - r.payout.ReversedMinor
	return post(tx, models.JournalKindReversal, fmt.Sprintf("reversal:%s:%d", r.payout.ID, r.minor), batch.ProgramID, batch.Currency, []ledger.Leg{
		{OwnerID: batch.ProgramID, Account: from, Minor: -back}, {OwnerID: r.payout.EnrollmentID, Account: models.AccountPayable, Minor: back}})
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
