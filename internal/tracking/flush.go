package tracking

import (
	"fmt"
	"maps"
	"slices"

	"tributary/internal/notify"
	"tributary/models"
)

var (
	conversionColumns = []string{"id", "root_id", "program_id", "source", "external_id", "kind", "revision", "content_hash", "state", "occurred_at",
		"received_at", "customer_id", "enrollment_id", "source_currency", "source_amount_minor", "fx_rate", "fx_source", "fx_quoted_at",
		"amount_minor", "tax_minor", "shipping_minor", "discount_minor", "items", "country", "coupon", "metadata"}
	attributionColumns = []string{"conversion_id", "program_id", "enrollment_id", "method", "touch_id", "hold_reason", "policy", "window_days",
		"detail", "decided_at", "link_code", "sub_ids"}
	customerColumns = []string{"id", "program_id", "external_id", "enrollment_id", "bound_at", "created_at"}
	queueColumns    = []string{"program_id", "shard", "id", "root_id", "kind"}
)

// flush writes what was added, one statement per table.
func (w *writer) flush() error {
	if err := w.insert(); err != nil {
		if models.IsDuplicate(err) {
			return models.ErrRetry // a parallel sender was first: look again and find its rows
		}
		return fmt.Errorf("record conversions: %w", err)
	}
	if err := notify.Emit(w.tx, w.program.ID, w.events...); err != nil {
		return err
	}
	return bind(w.tx, w.bound)
}

func (w *writer) insert() error {
	if err := insert(w.tx, "conversions", conversionColumns, w.conversions, putConversion); err != nil {
		return err
	}
	if err := insert(w.tx, "attributions", attributionColumns, w.attributions, putAttribution); err != nil {
		return err
	}
	if err := insert(w.tx, "customers", customerColumns, w.newCustomers(), putCustomer); err != nil {
		return err
	}
	_, err := models.BulkWrite(w.tx, models.Insert{Table: "accrual_queue", Columns: queueColumns}, len(w.queue), func(i int, row *models.Row) {
		q := w.queue[i]
		row.ID(q.ProgramID)
		row.Int(int64(q.Shard))
		row.ID(q.ID)
		row.ID(q.RootID)
		row.Text(string(q.Kind))
	})
	return err
}

// insert writes rows of requests' own, each noted as its request's.
func insert[T any](tx *models.Tx, table string, columns []string, rows []written[T], put func(*models.Row, *T)) error {
	into := models.Insert{Table: table, Columns: columns}
	if len(rows) > 0 && rows[0].origin != (models.Origin{}) {
		into.Origins = make([]models.Origin, len(rows))
		for i := range rows {
			into.Origins[i] = rows[i].origin
		}
	}
	_, err := models.BulkWrite(tx, into, len(rows), func(i int, row *models.Row) { put(row, &rows[i].row) })
	return err
}

func putConversion(row *models.Row, c *models.Conversion) {
	row.ID(c.ID)
	row.ID(c.RootID)
	row.ID(c.ProgramID)
	row.Text(c.Source)
	row.Text(c.ExternalID)
	row.Text(c.Kind)
	row.Int(int64(c.Revision))
	row.Hash(c.ContentHash)
	row.Text(string(c.State))
	row.Time(c.OccurredAt)
	row.Time(c.ReceivedAt)
	row.OptionalID(models.Or(c.CustomerID))
	row.OptionalID(models.Or(c.EnrollmentID))
	row.Text(string(c.SourceCurrency))
	row.Int(c.SourceAmountMinor)
	row.Text(c.FXRate)
	row.Text(c.FXSource)
	row.OptionalTime(c.FXQuotedAt)
	for _, minor := range [...]int64{c.AmountMinor, c.TaxMinor, c.ShippingMinor, c.DiscountMinor} {
		row.Int(minor)
	}
	for _, text := range [...]string{c.Items, c.Country, c.Coupon, c.Metadata} {
		row.Text(text)
	}
}

func putAttribution(row *models.Row, a *models.Attribution) {
	row.ID(a.ConversionID)
	row.ID(a.ProgramID)
	row.OptionalID(models.Or(a.EnrollmentID))
	row.Text(string(a.Method))
	row.OptionalID(models.Or(a.TouchID))
	row.Text(a.HoldReason)
	row.Text(a.Policy)
	row.Int(int64(a.WindowDays))
	row.Text(a.Detail)
	row.Time(a.DecidedAt)
	row.Text(a.LinkCode)
	row.Text(a.SubIDs)
}

func putCustomer(row *models.Row, c *models.Customer) {
	row.ID(c.ID)
	row.ID(c.ProgramID)
	row.Text(c.ExternalID)
	row.OptionalID(models.Or(c.EnrollmentID))
	row.OptionalTime(c.BoundAt)
	row.Time(c.CreatedAt)
}

// newCustomers gives the customers that are new, in the order of their names, so that two senders do not wait for each
// other.
func (w *writer) newCustomers() []written[models.Customer] {
	used := make(map[models.ID]bool, len(w.conversions))
	for _, c := range w.conversions {
		note(used, models.Or(c.row.CustomerID))
	}
	var rows []written[models.Customer]
	for _, name := range slices.Sorted(maps.Keys(w.known.customers)) {
		if c := w.known.customers[name]; c.isNew && used[c.ID] {
			rows = append(rows, written[models.Customer]{c.Customer, c.origin})
		}
	}
	return rows
}
