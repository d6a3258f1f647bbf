package tracking

import (
	"fmt"
	"maps"

	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/notify"
	"tributary/models"
)

// refundWriter collects the rows of a batch, so that they go out in one statement per table.
type refundWriter struct {
	tx      *models.Tx
	program models.Program
	known   refundEvidence
	refunds [][]any
	queue   [][]any
	events  []notify.Event
}

// add works one refund; what was added before it counts. An error of its own is not the input's.
func (w *refundWriter) add(c claim) (RefundResult, error) {
	result, err := w.record(c)
	switch {
	case err == nil:
		return result, nil
	case fault.KindOf(err) == fault.Internal:
		return RefundResult{}, err
	}
	return RefundResult{Err: err}, nil
}

func (w *refundWriter) record(c claim) (RefundResult, error) {
	conversion, found := w.known.latest[c.conversion()]
	if !found {
		return RefundResult{}, ErrConversionNotFound
	}
	if conversion.State == models.ConversionStateAwaitingRate {
		return RefundResult{}, ErrAwaitingRate
	}
	if kept, again := w.known.kept[c.key()]; again {
		return repeated(c, kept, conversion)
	}
	taken, err := w.taken(c, conversion)
	if err != nil {
		return RefundResult{}, err
	}
	items, itemSums, err := w.itemsOf(c, conversion, taken.sourceMinor)
	if err != nil {
		return RefundResult{}, err
	}
	row := models.Refund{ID: models.NewID(), ProgramID: w.program.ID, ConversionID: conversion.RootID, Source: c.Source, ExternalID: c.ExternalID,
		ContentHash: c.hash, OccurredAt: c.OccurredAt, ReceivedAt: w.tx.Now, SourceAmountMinor: taken.sourceMinor, AmountMinor: taken.minor,
		Reason: models.Cut(c.Reason, maxReasonRunes), Kind: c.Kind, Items: items}
	return RefundResult{Refund: row, Outcome: OutcomeRecorded}, w.keep(row, conversion, itemSums)
}

// repeated answers for what is recorded under the same key. A chargeback is won once, with whatever words that is told.
func repeated(c claim, kept models.Refund, conversion models.Conversion) (RefundResult, error) {
	isWon := c.Kind == models.RefundKindChargebackWon
	switch {
	case isWon && kept.ConversionID != conversion.RootID:
		return RefundResult{}, ErrChargebackNotFound
	case !isWon && kept.ContentHash != c.hash:
		return RefundResult{}, ErrRefundDiffers
	}
	return RefundResult{Refund: kept, Outcome: OutcomeDuplicate}, nil
}

// keep counts a refund for those that follow it in the batch, and puts it among what is written.
func (w *refundWriter) keep(row models.Refund, conversion models.Conversion, itemSums skuSums) error {
	event, err := refundEvent(row, conversion, w.program.Currency, w.known.won[row.ConversionID])
	if err != nil {
		return err
	}
	w.events = append(w.events, event)
	w.known.kept[refundKey{row.Source, row.ExternalID, row.Kind}] = row
	sum := w.known.sums[row.ConversionID]
	w.known.sums[row.ConversionID] = refundedSum{minor: sum.minor + row.AmountMinor, sourceMinor: sum.sourceMinor + row.SourceAmountMinor}
	if len(itemSums) > 0 && w.known.items[row.ConversionID] == nil {
		w.known.items[row.ConversionID] = skuSums{}
	}
	maps.Copy(w.known.items[row.ConversionID], itemSums)
	w.refunds = append(w.refunds, []any{row.ID, row.ProgramID, row.ConversionID, row.Source, row.ExternalID, row.ContentHash, row.OccurredAt,
		row.ReceivedAt, row.SourceAmountMinor, row.AmountMinor, row.Reason, row.Kind, row.Items})
	if w.known.earns(row.ConversionID) && (row.SourceAmountMinor != 0 || row.Kind == models.RefundKindVoid) { // otherwise there is nothing to adjust
		w.queue = append(w.queue, []any{row.ProgramID, shardFor(conversion), row.ID, row.ConversionID, models.AccrualKindRefund})
	}
	return nil
}

// taken gives what a claim takes back, in both currencies: less than its amount for a chargeback of what was refunded
// already, less than nothing for one that is won, and what is left for a conversion that is void.
func (w *refundWriter) taken(c claim, conversion models.Conversion) (refundedSum, error) {
	switch c.Kind {
	case models.RefundKindChargebackWon:
		return w.given(c, conversion)
	case models.RefundKindVoid: // all that is left, which may be nothing
		before := w.known.sums[conversion.RootID]
		return refundedSum{minor: conversion.AmountMinor - before.minor, sourceMinor: conversion.SourceAmountMinor - before.sourceMinor}, nil
	}
	amount, err := money.Parse(c.Amount, conversion.SourceCurrency)
	if err != nil {
		return refundedSum{}, on("amount", err)
	}
	if !amount.IsPositive() {
		return refundedSum{}, ErrAmountNotPositive
	}
	before := w.known.sums[conversion.RootID]
	if c.Kind == models.RefundKindChargeback {
		amount.Minor = min(amount.Minor, conversion.SourceAmountMinor-before.sourceMinor)
	}
	after, err := refundedAfter(w.program, conversion, before, amount)
	return refundedSum{minor: after.minor - before.minor, sourceMinor: after.sourceMinor - before.sourceMinor}, err
}

// given undoes exactly what a chargeback took.
func (w *refundWriter) given(c claim, conversion models.Conversion) (refundedSum, error) {
	took, found := w.known.kept[refundKey{c.Source, c.ExternalID, models.RefundKindChargeback}]
	if !found || took.ConversionID != conversion.RootID {
		return refundedSum{}, ErrChargebackNotFound
	}
	if c.Amount != "" {
		amount, err := money.Parse(c.Amount, conversion.SourceCurrency)
		if err != nil {
			return refundedSum{}, on("amount", err)
		}
		if amount.Minor != took.SourceAmountMinor {
			return refundedSum{}, ErrChargebackAmount
		}
	}
	return refundedSum{minor: -took.AmountMinor, sourceMinor: -took.SourceAmountMinor}, nil
}

// refundedAfter gives what is refunded of a conversion with one refund more, in both currencies. It is the cumulative
// amount that is converted, so that refunds which add up to the sale add up in the program's currency too.
func refundedAfter(p models.Program, c models.Conversion, before refundedSum, amount money.Amount) (refundedSum, error) {
	total, err := money.AddMinor(before.sourceMinor, amount.Minor)
	if err != nil || total > c.SourceAmountMinor {
		return before, ErrRefundExceeds
	}
	if c.FXRate == "" {
		return refundedSum{minor: before.minor + amount.Minor, sourceMinor: total}, nil
	}
	rate, err := money.ParseFxRate(c.FXRate)
	if err != nil {
		return before, fmt.Errorf("stored rate of conversion %s: %v", c.ID, err)
	}
	// At today's rate on both sides: a restatement may have brought another one since the earlier refunds.
	until, err := money.Convert(money.New(before.sourceMinor, c.SourceCurrency), p.Currency, rate)
	if err != nil {
		return before, err
	}
	cumulative, err := money.Convert(money.New(total, c.SourceCurrency), p.Currency, rate)
	return refundedSum{minor: before.minor + cumulative.Minor - until.Minor, sourceMinor: total}, err
}

func (w *refundWriter) flush() error {
	for _, step := range []struct {
		into models.Insert
		rows [][]any
	}{
		{models.Insert{Table: "refunds", Columns: []string{"id", "program_id", "conversion_id", "source", "external_id", "content_hash",
			"occurred_at", "received_at", "source_amount_minor", "amount_minor", "reason", "kind", "items"}}, w.refunds},
		{models.Insert{Table: "accrual_queue", Columns: []string{"program_id", "shard", "id", "root_id", "kind"}}, w.queue},
	} {
		if _, err := models.BulkInsert(w.tx, step.into, step.rows); err != nil {
			if models.IsDuplicate(err) {
				return models.ErrRetry // a parallel sender was first: look again and find its rows
			}
			return fmt.Errorf("record refunds: %w", err)
		}
	}
	return notify.Emit(w.tx, w.program.ID, w.events...)
}
