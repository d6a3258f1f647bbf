package payout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/models"
)

// Finding kinds of a reconciliation.
const (
	FindingMissing   = "MISSING"   // we say paid, the rail has no such transfer
	FindingExtra     = "EXTRA"     // the rail has a transfer that we do not say is paid
	FindingDuplicate = "DUPLICATE" // two transfers for one payout
	FindingDiffers   = "DIFFERS"   // amount, currency or destination; or we corrected to nothing what the rail has after all
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

type reversal struct {
	payout models.Payout
	minor  int64  // reversed at the rail in all
	reason string // empty where the rail tells it
	beside int    // the place of the finding of a duplicate, from 1; 0 where there is none
}

type adoption struct {
	payout     models.Payout
	transferID string
}

// replacement is the other of two transfers of a payout, which is its payment since the known one came back whole.
type replacement struct {
	adoption
	beside int // as in reversal
}

// comparison is what became of holding payouts against transfers.
type comparison struct {
	findings     []models.ReconFinding
	reversals    []reversal
	adoptions    []adoption
	replacements []replacement
	whole        bool // every payout had an end before it was read
}

func (c *comparison) find(kind string, id *models.ID, transferID, format string, args ...any) {
	c.findings = append(c.findings, models.ReconFinding{ID: models.NewID(), Kind: kind, PayoutID: id, TransferID: transferID, Detail: fmt.Sprintf(format, args...)})
}

// compare holds payouts on the rails against the rails' transfers. It is pure.
func compare(payouts []models.Payout, receipts []Receipt) comparison {
	byPayout, known := byMark(receipts), map[string]bool{}
	var c comparison
	for _, p := range payouts {
		if p.Rail == models.RailNameManual {
			continue
		}
		known[p.ID.String()] = true
		c.hold(p, counting(p, byPayout[p.ID.String()]))
	}
	for _, r := range receipts {
		if !known[r.PayoutID] && !isUndone(r) {
			c.find(FindingExtra, nil, r.TransferID, "a transfer in this batch's group that is not ours")
		}
	}
	return c
}

// counting leaves out transfers that paid nobody: another than the one we know that came back whole.
func counting(p models.Payout, found []Receipt) []Receipt {
	return slices.DeleteFunc(slices.Clone(found), func(r Receipt) bool {
		return isUndone(r) && (p.TransferID == nil || r.TransferID != *p.TransferID)
	})
}

// hold holds one payout against its transfers.
func (c *comparison) hold(p models.Payout, found []Receipt) {
	switch paid := p.TransferID != nil; {
	case isWrittenOff(p) && !stands(found): // both say that nothing was paid
	case paid && len(found) == 0:
		c.find(FindingMissing, &p.ID, *p.TransferID, "the rail does not list this transfer")
	case len(found) > 1:
		c.find(FindingDuplicate, &p.ID, otherOf(p, found), "%d transfers for one payout", len(found))
		c.holdKnown(p, found)
	case isUnderWay(p.State): // its own attempts find out
	case !paid && len(found) == 1 && isGivenUp(p) && matches(p, found[0]):
		c.adoptions = append(c.adoptions, adoption{p, found[0].TransferID})
	case !paid && len(found) == 1:
		c.find(FindingExtra, &p.ID, found[0].TransferID, "transferred, while the payout is %s", p.State)
	case paid && (!matches(p, found[0]) || found[0].TransferID != *p.TransferID):
		detail := fmt.Sprintf("%s to %s at the rail", found[0].Amount, found[0].Destination)
		if back := found[0].ReversedMinor; back > 0 { // more of it is another difference
			detail += fmt.Sprintf(", of which %s came back", money.New(back, found[0].Amount.Currency))
		}
		c.find(FindingDiffers, &p.ID, found[0].TransferID, "%s", detail)
	case paid && found[0].ReversedMinor > p.ReversedMinor:
		c.reversals = append(c.reversals, reversal{payout: p, minor: found[0].ReversedMinor})
	}
}

// holdKnown holds a payout against the transfer that we know, beside others of it.
func (c *comparison) holdKnown(p models.Payout, found []Receipt) {
	known := slices.IndexFunc(found, func(r Receipt) bool { return p.TransferID != nil && r.TransferID == *p.TransferID })
	if known < 0 || !matches(p, found[known]) || found[known].ReversedMinor <= p.ReversedMinor {
		return
	}
	beside := len(c.findings)
	c.reversals = append(c.reversals, reversal{payout: p, minor: found[known].ReversedMinor, beside: beside})
	others := slices.Delete(slices.Clone(found), known, known+1)
	if p.State == models.PayoutStateTransferred && isUndone(found[known]) && len(others) == 1 && matches(p, others[0]) {
		c.replacements = append(c.replacements, replacement{adoption{p, others[0].TransferID}, beside})
	}
}

// isSettled tells whether people have settled the finding at a place, as beside counts them.
func (c *comparison) isSettled(beside int) bool {
	return beside == 0 || c.findings[beside-1].ResolvedAt != nil
}

// otherOf gives a transfer that is not the one we know, the oldest: a rail lists the newest first.
func otherOf(p models.Payout, found []Receipt) string {
	for _, r := range slices.Backward(found) {
		if p.TransferID == nil || r.TransferID != *p.TransferID {
			return r.TransferID
		}
	}
	return ""
}

// isGivenUp tells whether a payout was to be sent and is not said to be paid: its transfer may come up late, also where no
// attempt is on record, as in a database that was restored. What a gate held never had an end.
func isGivenUp(p models.Payout) bool {
	return (p.State == models.PayoutStateHeld || p.State == models.PayoutStateNeedsReview) && (p.Generation > 1 || p.Attempts > 0 || p.SettledAt != nil)
}

// isUnderWay tells whether a payout may be paid while somebody compares.
func isUnderWay(state models.PayoutState) bool {
	return state == models.PayoutStateReady || state == models.PayoutStateSending || state == models.PayoutStateUnknown
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
