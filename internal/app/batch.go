package app

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

// BatchReport is a payout batch with what its payouts come to, as the command line prints it.
type BatchReport struct {
	Batch  models.PayoutBatch
	Totals []payout.Total
}

// ID gives the batch's id as people write it.
func (r BatchReport) ID() string { return r.Batch.ID.Format(models.PrefixBatch) }

// Hash gives the content hash as people compare it.
func (r BatchReport) Hash() string { return payout.HashText(r.Batch.ContentHash) }

// Open gives how many payouts on a rail have no end yet, and how many are to be paid on one at all.
func (r BatchReport) Open() (waiting, all int64) {
	all = int64(r.Batch.PayoutCount)
	for _, t := range r.Totals {
		switch {
		case t.WaitsForRail():
			waiting += t.Count
		case t.Rail == models.RailNameManual && t.State != models.PayoutStateHeld && t.State != models.PayoutStateCarried:
			all -= t.Count
		}
	}
	return waiting, all
}

// Closed tells whether the batch is proven against its rail.
func (r BatchReport) Closed() bool { return r.Batch.State == models.BatchStateClosed }

// Unsettled gives an error when a batch cannot go on without a person. Codes BATCH_PAUSED, PAYOUT_NEEDS_REVIEW, PAYOUT_SILENT.
func Unsettled(r BatchReport) error {
	if r.Batch.State == models.BatchStatePaused {
		return fault.New(fault.Precondition, "BATCH_PAUSED", "the batch is paused: %s", r.Batch.PauseReason)
	}
	for _, t := range r.Totals {
		switch {
		case t.State == models.PayoutStateNeedsReview:
			return fault.New(fault.Precondition, "PAYOUT_NEEDS_REVIEW", "%d payouts need a person to decide", t.Count)
		case t.Reason == payout.ReasonSilent:
			return fault.New(fault.Precondition, "PAYOUT_SILENT", "of %d payouts the rail has told nothing for three days", t.Count)
		}
	}
	return nil
}

// PayoutRow is a payout as the command line prints it.
type PayoutRow struct{ ID, Rail, State, Amount, Sentence string }

func rowOf(p models.Payout) PayoutRow {
	return PayoutRow{ID: p.ID.Format(models.PrefixPayout), Rail: string(p.Rail), State: string(p.State),
		Amount: Amount(p.AmountMinor, p.Currency), Sentence: payout.Sentence(p)}
}

// Amount gives minor units of a currency as people read them.
func Amount(minor int64, c money.Currency) string { return money.New(minor, c).String() }

// ReasonText gives the reason of a payout as a sentence.
func ReasonText(reason string) string { return payout.ReasonSentence(reason) }

func (a *App) reportOf(ctx context.Context, by access.Caller, id models.ID) (BatchReport, error) {
	b, err := a.Payouts.Batch(ctx, by, id)
	if err != nil {
		return BatchReport{}, err
	}
	totals, err := a.Payouts.Totals(ctx, by, id)
	return BatchReport{Batch: b, Totals: totals}, err
}
