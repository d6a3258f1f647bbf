package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/payout"
	"tributary/models"
)

// PlanPayouts plans the batch of a closed period, the latest when the key is empty. Codes MERCHANT_NOT_FOUND,
// PROGRAM_NOT_FOUND, PERIOD_NOT_FOUND, and those of payout.Service.Plan.
func PlanPayouts(ctx context.Context, a *App, operator, merchantSlug, programSlug, periodKey string) (BatchReport, error) {
	by, period, err := a.periodFor(ctx, operator, merchantSlug, programSlug, periodKey)
	if err != nil {
		return BatchReport{}, err
	}
	return a.changeBatch(ctx, by, func(tx *models.Tx) (models.PayoutBatch, error) { return a.Payouts.Plan(tx, by, period.ID) })
}

// periodFor finds a program's period by its key, the latest closed one when the key is empty.
func (a *App) periodFor(ctx context.Context, operator, merchantSlug, programSlug, periodKey string) (access.Caller, models.Period, error) {
	var period models.Period
	by, p, err := a.programFor(ctx, operator, merchantSlug, programSlug)
	if err != nil {
		return by, period, err
	}
	query := a.DB.Read(ctx).Where("program_id = ?", p.ID)
	if periodKey != "" {
		query = query.Where("period_key = ?", periodKey)
	} else {
		query = query.Where("state = ?", models.PeriodStateClosed)
	}
	if err := query.Order("ends_at DESC").Take(&period).Error; err != nil {
		if models.IsMissing(err) {
			return by, period, fault.NotFoundf("PERIOD_NOT_FOUND", "period").On("period")
		}
		return by, period, fmt.Errorf("read period: %w", err)
	}
	return by, period, nil
}

// Batches lists a program's batches, the latest first, at most models.MaxPageSize. Codes MERCHANT_NOT_FOUND,
// PROGRAM_NOT_FOUND.
func Batches(ctx context.Context, a *App, operator, merchantSlug, programSlug string) ([]BatchReport, error) {
	by, p, err := a.programFor(ctx, operator, merchantSlug, programSlug)
	if err != nil {
		return nil, err
	}
	slice, err := a.Payouts.Batches(ctx, by, p.ID, "", models.Page{Size: models.MaxPageSize, Backward: true})
	if err != nil {
		return nil, err
	}
	reports := make([]BatchReport, 0, len(slice.Rows))
	for i := len(slice.Rows) - 1; i >= 0; i-- {
		reports = append(reports, BatchReport{Batch: slice.Rows[i]})
	}
	return reports, nil
}

// ApprovePayouts approves a batch. Codes ID_MALFORMED and those of payout.Service.Approve.
func ApprovePayouts(ctx context.Context, a *App, operator, batch, hash string) (BatchReport, error) {
	return a.onBatch(ctx, operator, batch, func(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutBatch, error) {
		return a.Payouts.Approve(tx, by, id, hash)
	})
}

// ExecutePayouts starts paying an approved batch; workers do the rest. Codes ID_MALFORMED and those of
// payout.Service.Execute.
func ExecutePayouts(ctx context.Context, a *App, operator, batch string) (BatchReport, error) {
	return a.onBatch(ctx, operator, batch, a.Payouts.Execute)
}

// ExecuteOrFollow is ExecutePayouts, but leaves a batch alone that is executing already.
func ExecuteOrFollow(ctx context.Context, a *App, operator, batch string) (BatchReport, error) {
	report, err := ShowBatch(ctx, a, operator, batch)
	if err != nil || report.Batch.State == models.BatchStateExecuting {
		return report, err
	}
	return ExecutePayouts(ctx, a, operator, batch)
}

// ResumePayouts goes on with a paused batch. Codes ID_MALFORMED and those of payout.Service.Resume.
func ResumePayouts(ctx context.Context, a *App, operator, batch string) (BatchReport, error) {
	return a.onBatch(ctx, operator, batch, a.Payouts.Resume)
}

// CancelPayouts gives up a batch before its first attempt. Codes ID_MALFORMED and those of payout.Service.Cancel.
func CancelPayouts(ctx context.Context, a *App, operator, batch string) (BatchReport, error) {
	return a.onBatch(ctx, operator, batch, a.Payouts.Cancel)
}

// ShowBatch reads a batch. Codes ID_MALFORMED, BATCH_NOT_FOUND.
func ShowBatch(ctx context.Context, a *App, operator, batch string) (BatchReport, error) {
	by, id, err := a.batchFor(ctx, operator, batch)
	if err != nil {
		return BatchReport{}, err
	}
	return a.reportOf(ctx, by, id)
}

const watchEvery = 100 * time.Millisecond

// WatchBatch tells seen how far a batch is, until no payout on a rail moves any more by itself or the batch is not
// executing. Codes ID_MALFORMED, BATCH_NOT_FOUND.
func WatchBatch(ctx context.Context, a *App, operator, batch string, seen func(done, all int64)) (BatchReport, error) {
	by, id, err := a.batchFor(ctx, operator, batch)
	if err != nil {
		return BatchReport{}, err
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		report, err := a.reportOf(ctx, by, id)
		if err != nil {
			return report, err
		}
		waiting, all := report.Open()
		seen(all-waiting, all)
		if waiting == 0 || report.Batch.State != models.BatchStateExecuting {
			return report, nil
		}
		select {
		case <-ctx.Done():
			return report, ctx.Err()
		case <-tick.C:
		}
	}
}

// WorkUntil runs workers in this process until fn returns.
func WorkUntil(a *App, fn func() error) error {
	w, err := a.NewWorkers()
	if err != nil {
		return err
	}
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	return fn()
}

// ReconcilePayouts compares a batch with its rail now. Codes ID_MALFORMED, BATCH_NOT_FOUND.
func ReconcilePayouts(ctx context.Context, a *App, operator, batch string) (BatchReport, []models.ReconFinding, error) {
	by, id, err := a.batchFor(ctx, operator, batch)
	if err != nil {
		return BatchReport{}, nil, err
	}
	run, err := a.Payouts.Reconcile(ctx, id)
	if err != nil {
		return BatchReport{}, nil, err
	}
	findings, err := a.Payouts.Findings(ctx, by, run)
	if err != nil {
		return BatchReport{}, nil, err
	}
	report, err := a.reportOf(ctx, by, id)
	return report, findings, err
}

// SinceReport is what a comparison of all transfers since an instant came to.
type SinceReport struct {
	payout.Since
	Findings []models.ReconFinding // of the batches in which a transfer was not as we have it
}

// ReconcileSince compares every transfer since an instant with the payouts of all merchants, and hands each whose payout is
// not known to stray, as a line to print.
func ReconcileSince(ctx context.Context, a *App, operator string, from time.Time, stray func(line string)) (SinceReport, error) {
	var report SinceReport
	var err error
	report.Since, err = a.Payouts.ReconcileSince(ctx, from, func(s payout.Stray) { stray(strayText(s)) })
	if err != nil {
		return report, err
	}
	for _, run := range report.Runs {
		merchantID, err := a.Payouts.MerchantOfBatch(ctx, run.BatchID)
		if err != nil {
			return report, err
		}
		by, err := access.Operator(operator, merchantID)
		if err != nil {
			return report, err
		}
		findings, err := a.Payouts.Findings(ctx, by, run)
		if err != nil {
			return report, err
		}
		report.Findings = append(report.Findings, findings...)
	}
	return report, nil
}

func strayText(s payout.Stray) string {
	owners := make([]string, len(s.PartnerIDs))
	for i, id := range s.PartnerIDs {
		owners[i] = id.Format(models.PrefixPartner)
	}
	return fmt.Sprintf("UNKNOWN %s: %s to %s (%s), payout %s of batch %s", s.TransferID, s.Amount, s.Destination,
		cmp.Or(strings.Join(owners, ", "), "nobody's account"), s.PayoutID, s.Group)
}

// EachPayout hands every payout of a batch to fn, in the order of ids. Codes ID_MALFORMED, BATCH_NOT_FOUND.
func EachPayout(ctx context.Context, a *App, operator, batch string, fn func(PayoutRow)) error {
	by, id, err := a.batchFor(ctx, operator, batch)
	if err != nil {
		return err
	}
	for page := (models.Page{Size: models.MaxPageSize}); ; {
		slice, err := a.Payouts.PayoutsOfBatch(ctx, by, id, payout.Filter{}, page)
		if err != nil {
			return err
		}
		for _, p := range slice.Rows {
			fn(rowOf(p))
			page.After = p.ID
		}
		if !slice.HasMore {
			return nil
		}
	}
}

// WriteBankFile writes the bank file of a batch's payouts on the manual rail. Codes ID_MALFORMED, BATCH_NOT_FOUND.
func WriteBankFile(ctx context.Context, a *App, operator, batch string, to io.Writer) error {
	by, id, err := a.batchFor(ctx, operator, batch)
	if err != nil {
		return err
	}
	return a.Payouts.WriteBankFile(ctx, by, id, to)
}

// MarkPaid records that a person paid a payout on the manual rail. Codes ID_MALFORMED and those of
// payout.Service.MarkPaid.
func MarkPaid(ctx context.Context, a *App, operator, payoutText, reference string) (PayoutRow, error) {
	id, err := models.ParseID(models.PrefixPayout, payoutText)
	if err != nil {
		return PayoutRow{}, err
	}
	merchantID, err := a.Payouts.MerchantOfPayout(ctx, id)
	if err != nil {
		return PayoutRow{}, err
	}
	by, err := access.Operator(operator, merchantID)
	if err != nil {
		return PayoutRow{}, err
	}
	var paid models.Payout
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		paid, err = a.Payouts.MarkPaid(tx, by, id, reference)
		return err
	})
	return rowOf(paid), err
}

func (a *App) programFor(ctx context.Context, operator, merchantSlug, programSlug string) (access.Caller, models.Program, error) {
	merchant, err := a.Program.MerchantBySlug(ctx, merchantSlug)
	if err != nil {
		return access.Caller{}, models.Program{}, err
	}
	by, err := access.Operator(operator, merchant.ID)
	if err != nil {
		return by, models.Program{}, err
	}
	p, err := a.Program.ProgramBySlug(ctx, by, programSlug)
	return by, p, err
}

func (a *App) batchFor(ctx context.Context, operator, batch string) (access.Caller, models.ID, error) {
	id, err := models.ParseID(models.PrefixBatch, batch)
	if err != nil {
		return access.Caller{}, id, err
	}
	merchantID, err := a.Payouts.MerchantOfBatch(ctx, id)
	if err != nil {
		return access.Caller{}, id, err
	}
	by, err := access.Operator(operator, merchantID)
	return by, id, err
}

func (a *App) onBatch(ctx context.Context, operator, batch string, act func(*models.Tx, access.Caller, models.ID) (models.PayoutBatch, error)) (BatchReport, error) {
	by, id, err := a.batchFor(ctx, operator, batch)
	if err != nil {
		return BatchReport{}, err
	}
	return a.changeBatch(ctx, by, func(tx *models.Tx) (models.PayoutBatch, error) { return act(tx, by, id) })
}

func (a *App) changeBatch(ctx context.Context, by access.Caller, act func(*models.Tx) (models.PayoutBatch, error)) (BatchReport, error) {
	var b models.PayoutBatch
	err := models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		var err error
		b, err = act(tx)
		return err
	})
	if err != nil {
		return BatchReport{}, err
	}
	return a.reportOf(ctx, by, b.ID)
}
