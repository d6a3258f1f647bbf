package tracking

import (
	"fmt"

	"tributary/internal/notify"
	"tributary/models"
)

// writer collects the rows of a batch, so that they go out in one statement per table.
type writer struct {
	tx           *models.Tx
	program      models.Program
	known        evidence
	origin       models.Origin // of what is added now, where the conversions are of several requests
	conversions  []written[models.Conversion]
	attributions []written[models.Attribution]
	queue        []models.AccrualItem
	bound        map[binding][]models.ID // customers that are won
	events       []notify.Event
	refunded     map[models.ID]refundedSum        // of what is restated, by first revision
	won          map[models.ID]models.Attribution // likewise
}

// written is a row with the request that it is of; the zero origin is the transaction's own.
type written[T any] struct {
	row    T
	origin models.Origin
}

// binding is to which enrollment customers are bound, by which request.
type binding struct {
	enrollmentID models.ID
	origin       models.Origin
}

// lookBack reads what restatements need, in a fixed number of statements.
func (w *writer) lookBack(batch []parsed, latest map[naturalKey]models.Conversion) error {
	var roots []models.ID
	for _, c := range batch {
		if known := latest[keyOf(c.row)]; known.Revision > 0 && known.ContentHash != c.hash {
			roots = append(roots, known.RootID)
		}
	}
	if len(roots) == 0 {
		return nil
	}
	var err error
	if w.refunded, err = lockRefunds(w.tx, roots); err != nil {
		return err
	}
	w.won, err = attributionsOf(w.tx, roots)
	return err
}

// attributionsOf gives what won many conversions, by their first revisions, as far as events and holds ask.
func attributionsOf(tx *models.Tx, rootIDs []models.ID) (map[models.ID]models.Attribution, error) {
	var rows []models.Attribution
	err := tx.Select("conversion_id", "enrollment_id", "method", "touch_id", "hold_reason", "sub_ids").Where("conversion_id IN ?", rootIDs).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read attributions: %w", err)
	}
	won := make(map[models.ID]models.Attribution, len(rows))
	for _, a := range rows {
		won[a.ConversionID] = a
	}
	return won, nil
}

func (w *writer) add(c parsed, latest models.Conversion) ConversionResult {
	if latest.Revision > 0 && latest.ContentHash == c.hash {
		return ConversionResult{Conversion: latest, Outcome: OutcomeDuplicate}
	}
	row := c.row
	row.ID, row.Revision, row.ReceivedAt = models.NewID(), latest.Revision+1, w.tx.Now
	if latest.Revision > 0 {
		return w.restate(row, latest)
	}
	customer := w.known.customers[c.in.CustomerID]
	if customer != nil {
		row.CustomerID = &customer.ID
		if customer.origin == (models.Origin{}) {
			customer.origin = w.origin
		}
	}
	row.RootID = row.ID
	a := attribute(w.program, c.in, w.known)
	row.EnrollmentID = a.EnrollmentID
	if customer != nil && customer.EnrollmentID == nil && a.EnrollmentID != nil && a.HoldReason == "" {
		customer.EnrollmentID, customer.BoundAt = a.EnrollmentID, &w.tx.Now
		if !customer.isNew {
			to := binding{*a.EnrollmentID, w.origin}
			w.bound[to] = append(w.bound[to], customer.ID)
		}
	}
	a.ConversionID, a.DecidedAt = row.ID, w.tx.Now
	w.attributions = append(w.attributions, written[models.Attribution]{a, w.origin})
	kind := notify.ConversionRecorded
	if a.HoldReason != "" {
		kind = notify.ConversionHeld
	}
	return w.keep(row, a, kind, OutcomeRecorded)
}

// restate adds a revision. The first attribution stands: a later correction of an amount moves no customer.
func (w *writer) restate(row, latest models.Conversion) ConversionResult {
	row.RootID, row.EnrollmentID, row.CustomerID = latest.RootID, latest.EnrollmentID, latest.CustomerID
	refunded := w.refunded[latest.RootID]
	switch {
	case refunded.sourceMinor > 0 && row.SourceCurrency != latest.SourceCurrency:
		return ConversionResult{Err: ErrRefundedCurrency}
	case row.SourceAmountMinor < refunded.sourceMinor:
		return ConversionResult{Err: ErrBelowRefunds}
	}
	return w.keep(row, w.won[latest.RootID], notify.ConversionRestated, OutcomeRestated)
}

// keep puts a revision among what is written; what won its conversion says whether it earns.
func (w *writer) keep(row models.Conversion, won models.Attribution, kind notify.Type, outcome Outcome) ConversionResult {
	event, err := conversionEvent(kind, row, w.program.Currency, won)
	if err != nil {
		return ConversionResult{Err: err}
	}
	w.conversions, w.events = append(w.conversions, written[models.Conversion]{row, w.origin}), append(w.events, event)
	if won.HoldReason == "" && row.EnrollmentID != nil && row.State == models.ConversionStateReady {
		w.queue = append(w.queue, models.AccrualItem{ProgramID: row.ProgramID, Shard: shardFor(row), ID: row.ID, RootID: row.RootID, Kind: models.AccrualKindConversion})
	}
	return ConversionResult{Conversion: row, Outcome: outcome}
}

// shardFor puts all work of one enrollment into one shard; what is queued always has one.
func shardFor(c models.Conversion) int { return shardOf(models.Or(c.EnrollmentID)) }
