package tracking

import (
	"fmt"
	"maps"
	"slices"

	"tributary/internal/notify"
	"tributary/models"
)

// writer collects the rows of a batch, so that they go out in one statement per table.
type writer struct {
	tx           *models.Tx
	program      models.Program
	known        evidence
	conversions  []models.Conversion
	attributions [][]any
	queue        [][]any
	bound        map[models.ID][]models.ID // enrollment -> customers it won
	events       []notify.Event
	refunded     map[models.ID]refundedSum        // of what is restated, by first revision
	won          map[models.ID]models.Attribution // likewise
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
	}
	row.RootID = row.ID
	a := attribute(w.program, c.in, w.known)
	row.EnrollmentID = a.EnrollmentID
	if customer != nil && customer.EnrollmentID == nil && a.EnrollmentID != nil && a.HoldReason == "" {
		customer.EnrollmentID, customer.BoundAt = a.EnrollmentID, &w.tx.Now
		if !customer.isNew {
			w.bound[*a.EnrollmentID] = append(w.bound[*a.EnrollmentID], customer.ID)
		}
	}
	w.attributions = append(w.attributions, []any{row.ID, a.ProgramID, a.EnrollmentID, a.Method, a.TouchID, a.HoldReason,
		a.Policy, a.WindowDays, a.Detail, w.tx.Now, a.LinkCode, a.SubIDs})
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
	w.conversions, w.events = append(w.conversions, row), append(w.events, event)
	if won.HoldReason == "" && row.EnrollmentID != nil && row.State == models.ConversionStateReady {
		w.queue = append(w.queue, []any{row.ProgramID, shardFor(row), row.ID, row.RootID, models.AccrualKindConversion})
	}
	return ConversionResult{Conversion: row, Outcome: outcome}
}

// shardFor puts all work of one enrollment into one shard; what is queued always has one.
func shardFor(c models.Conversion) int { return shardOf(models.Or(c.EnrollmentID)) }

func (w *writer) flush() error {
	rows := make([][]any, len(w.conversions))
	for i, c := range w.conversions {
		rows[i] = []any{c.ID, c.RootID, c.ProgramID, c.Source, c.ExternalID, c.Kind, c.Revision, c.ContentHash, c.State, c.OccurredAt,
			c.ReceivedAt, c.CustomerID, c.EnrollmentID, c.SourceCurrency, c.SourceAmountMinor, c.FXRate, c.FXSource, c.FXQuotedAt,
			c.AmountMinor, c.TaxMinor, c.ShippingMinor, c.DiscountMinor, c.Items, c.Country, c.Coupon, c.Metadata}
	}
	for _, step := range []struct {
		into models.Insert
		rows [][]any
	}{
		{models.Insert{Table: "conversions", Columns: []string{"id", "root_id", "program_id", "source", "external_id", "kind", "revision",
			"content_hash", "state", "occurred_at", "received_at", "customer_id", "enrollment_id", "source_currency", "source_amount_minor",
			"fx_rate", "fx_source", "fx_quoted_at", "amount_minor", "tax_minor", "shipping_minor", "discount_minor", "items", "country", "coupon", "metadata"}}, rows},
		{models.Insert{Table: "attributions", Columns: []string{"conversion_id", "program_id", "enrollment_id", "method", "touch_id",
			"hold_reason", "policy", "window_days", "detail", "decided_at", "link_code", "sub_ids"}}, w.attributions},
		{models.Insert{Table: "customers", Columns: []string{"id", "program_id", "external_id", "enrollment_id", "bound_at", "created_at"}}, w.newCustomers()},
		{models.Insert{Table: "accrual_queue", Columns: []string{"program_id", "shard", "id", "root_id", "kind"}}, w.queue},
	} {
		if _, err := models.BulkInsert(w.tx, step.into, step.rows); err != nil {
			if models.IsDuplicate(err) {
				return models.ErrRetry // a parallel sender was first: look again and find its rows
			}
			return fmt.Errorf("record conversions: %w", err)
		}
	}
	if err := notify.Emit(w.tx, w.program.ID, w.events...); err != nil {
		return err
	}
	return bind(w.tx, w.bound)
}

// newCustomers gives the rows of the customers that are new, in the order of their names, so that two senders do not wait for each
// other.
func (w *writer) newCustomers() [][]any {
	used := make(map[models.ID]bool, len(w.conversions))
	for _, c := range w.conversions {
		note(used, models.Or(c.CustomerID))
	}
	var rows [][]any
	for _, name := range slices.Sorted(maps.Keys(w.known.customers)) {
		if c := w.known.customers[name]; c.isNew && used[c.ID] {
			rows = append(rows, []any{c.ID, c.ProgramID, c.ExternalID, c.EnrollmentID, c.BoundAt, c.CreatedAt})
		}
	}
	return rows
}
