package tracking

import (
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

type refundedSum struct{ minor, sourceMinor int64 }

// lockRefunds sums the refunds of conversions whose first revisions it locks, in the order of their ids.
func lockRefunds(tx *models.Tx, rootIDs []models.ID) (map[models.ID]refundedSum, error) {
	if len(rootIDs) == 0 {
		return nil, nil
	}
	var roots []models.Conversion
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select("id").Where("id IN ?", rootIDs).Order("id").Find(&roots).Error
	if err != nil {
		return nil, fmt.Errorf("lock conversions: %w", err)
	}
	return refundSums(tx, rootIDs)
}

func refundSums(tx *models.Tx, rootIDs []models.ID) (map[models.ID]refundedSum, error) {
	var rows []struct {
		ConversionID       models.ID
		Minor, SourceMinor int64
	}
	err := tx.Model(&models.Refund{}).Where("conversion_id IN ?", rootIDs).Group("conversion_id").
		Select("conversion_id, SUM(amount_minor) AS minor, SUM(source_amount_minor) AS source_minor").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum refunds: %w", err)
	}
	sums := make(map[models.ID]refundedSum, len(rows))
	for _, r := range rows {
		sums[r.ConversionID] = refundedSum{r.Minor, r.SourceMinor}
	}
	return sums, nil
}

// refundEvidence is what the database knows about the conversions and the refunds of a batch.
type refundEvidence struct {
	latest map[naturalKey]models.Conversion // by the conversion's key, its latest revision
	kept   map[refundKey]models.Refund
	sums   map[models.ID]refundedSum // by first revision
	earns  map[models.ID]bool        // by first revision: whether there is anything to adjust
}

// gatherRefunds reads all a batch asks for. It locks the conversions, in the order of their keys, so that refunds of one
// conversion take turns, and only then looks at what was refunded.
func gatherRefunds(tx *models.Tx, p models.Program, batch []claim) (refundEvidence, error) {
	known := refundEvidence{latest: map[naturalKey]models.Conversion{}, kept: map[refundKey]models.Refund{}, earns: map[models.ID]bool{}}
	conversions, refunds := map[string][]string{}, map[string][]string{}
	for _, c := range batch {
		conversions[c.Source] = append(conversions[c.Source], c.ConversionExternalID)
		refunds[c.Source] = append(refunds[c.Source], c.ExternalID)
	}
	sources := slices.Sorted(maps.Keys(conversions))
	for _, source := range sources {
		var rows []models.Conversion
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND source = ? AND external_id IN ?", p.ID, source, conversions[source]).
			Order("external_id, kind, revision").Find(&rows).Error
		if err != nil {
			return known, fmt.Errorf("lock conversions: %w", err)
		}
		for _, r := range rows {
			known.latest[keyOf(r)] = r // the last one stays
		}
	}
	for _, source := range sources {
		var rows []models.Refund
		err := tx.Where("program_id = ? AND source = ? AND external_id IN ?", p.ID, source, refunds[source]).Find(&rows).Error
		if err != nil {
			return known, fmt.Errorf("read refunds: %w", err)
		}
		for _, r := range rows {
			known.kept[refundKey{r.Source, r.ExternalID}] = r
		}
	}
	rootIDs := make([]models.ID, 0, len(known.latest))
	for _, c := range known.latest {
		rootIDs = append(rootIDs, c.RootID)
	}
	if len(rootIDs) == 0 {
		return known, nil
	}
	var err error
	if known.sums, err = refundSums(tx, rootIDs); err != nil {
		return known, err
	}
	var earning []models.ID
	err = tx.Model(&models.Attribution{}).Where("conversion_id IN ? AND enrollment_id IS NOT NULL AND hold_reason = ''", rootIDs).Pluck("conversion_id", &earning).Error
	if err != nil {
		return known, fmt.Errorf("read attributions: %w", err)
	}
	for _, id := range earning {
		known.earns[id] = true
	}
	return known, nil
}

// refundWriter collects the rows of a batch, so that they go out in one statement per table.
type refundWriter struct {
	tx      *models.Tx
	program models.Program
	known   refundEvidence
	refunds [][]any
	queue   [][]any
}

// add works one refund; what was added before it counts. An error of its own is not the input's.
func (w *refundWriter) add(c claim) (RefundResult, error) {
	conversion, found := w.known.latest[c.conversion()]
	if !found {
		return RefundResult{Err: ErrConversionNotFound}, nil
	}
	if conversion.State == models.ConversionStateAwaitingRate {
		return RefundResult{Err: ErrAwaitingRate}, nil
	}
	if kept, again := w.known.kept[c.key()]; again {
		if kept.ContentHash != c.hash {
			return RefundResult{Err: ErrRefundDiffers}, nil
		}
		return RefundResult{Refund: kept, Outcome: OutcomeDuplicate}, nil
	}
	amount, err := money.Parse(c.Amount, conversion.SourceCurrency)
	if err != nil {
		return RefundResult{Err: on("amount", err)}, nil
	}
	if !amount.IsPositive() {
		return RefundResult{Err: fault.InvalidField("amount", "AMOUNT_NOT_POSITIVE", "the amount must be above zero")}, nil
	}
	before := w.known.sums[conversion.RootID]
	after, err := refundedAfter(w.program, conversion, before, amount)
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return RefundResult{}, err
		}
		return RefundResult{Err: err}, nil
	}
	w.known.sums[conversion.RootID] = after
	row := models.Refund{ID: models.NewID(), ProgramID: w.program.ID, ConversionID: conversion.RootID, Source: c.Source, ExternalID: c.ExternalID,
		ContentHash: c.hash, OccurredAt: c.OccurredAt, ReceivedAt: w.tx.Now, SourceAmountMinor: amount.Minor,
		AmountMinor: after.minor - before.minor, Reason: cut(c.Reason, maxReasonRunes)}
	w.refunds = append(w.refunds, []any{row.ID, row.ProgramID, row.ConversionID, row.Source, row.ExternalID, row.ContentHash, row.OccurredAt,
		row.ReceivedAt, row.SourceAmountMinor, row.AmountMinor, row.Reason})
	if w.known.earns[row.ConversionID] { // otherwise nothing was earned, so nothing is to be adjusted
		w.queue = append(w.queue, []any{row.ProgramID, shardFor(conversion), row.ID, row.ConversionID, models.AccrualKindRefund})
	}
	return RefundResult{Refund: row, Outcome: OutcomeRecorded}, nil
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
			"occurred_at", "received_at", "source_amount_minor", "amount_minor", "reason"}}, w.refunds},
		{models.Insert{Table: "accrual_queue", Columns: []string{"program_id", "shard", "id", "root_id", "kind"}}, w.queue},
	} {
		if _, err := models.BulkInsert(w.tx, step.into, step.rows); err != nil {
			if models.IsDuplicate(err) {
				return models.ErrRetry // a parallel sender was first: look again and find its rows
			}
			return fmt.Errorf("record refunds: %w", err)
		}
	}
	return nil
}
