package commission

import (
	"database/sql"
	"fmt"

	"tributary/models"
)

// saleColumns are the columns of conversions c that pricing reads; most plans do not ask what was ordered.
func saleColumns(withOrder bool) string {
	const columns = "c.id, c.root_id, c.kind, c.revision, c.occurred_at, c.customer_id, c.enrollment_id, c.amount_minor, c.tax_minor, c.shipping_minor, c.discount_minor"
	if withOrder {
		return columns + ", c.items, c.country, c.coupon, c.metadata"
	}
	return columns
}

const idsAtOnce = 512

// saleScanner reads rows of saleColumns into places that it makes once, since millions are read. It is not for
// concurrent use.
type saleScanner struct {
	row                  models.Conversion
	kind                 sql.RawBytes
	revision             int64
	customer, enrollment nullableID
	ids                  []models.ID // room for what the rows point to
	into                 []any
}

func newSaleScanner(withOrder bool) *saleScanner {
	s := &saleScanner{}
	c := &s.row
	s.into = []any{&c.ID, &c.RootID, &s.kind, &s.revision, &c.OccurredAt, &s.customer, &s.enrollment, &c.AmountMinor, &c.TaxMinor, &c.ShippingMinor, &c.DiscountMinor}
	if withOrder {
		s.into = append(s.into, &c.Items, &c.Country, &c.Coupon, &c.Metadata)
	}
	return s
}

func (s *saleScanner) scan(rows *sql.Rows, into *models.Conversion) error {
	if err := rows.Scan(s.into...); err != nil {
		return err
	}
	if s.row.Kind != string(s.kind) { // neighbours are mostly of one kind and share its text
		s.row.Kind = string(s.kind)
	}
	s.row.Revision, s.row.CustomerID, s.row.EnrollmentID = int(s.revision), s.refTo(s.customer), s.refTo(s.enrollment)
	*into = s.row
	return nil
}

func (s *saleScanner) refTo(id nullableID) *models.ID {
	if !id.valid {
		return nil
	}
	if len(s.ids) == cap(s.ids) {
		s.ids = make([]models.ID, 0, idsAtOnce)
	}
	s.ids = append(s.ids, id.id)
	return &s.ids[len(s.ids)-1]
}

// scanSales reads all rows and closes them.
func (s *saleScanner) scanSales(rows *sql.Rows, into []models.Conversion) ([]models.Conversion, error) {
	defer rows.Close()
	for rows.Next() {
		into = append(into, models.Conversion{})
		if err := s.scan(rows, &into[len(into)-1]); err != nil {
			return nil, fmt.Errorf("read conversions: %w", err)
		}
	}
	return into, rows.Err()
}

// nullableID is an id, or none.
type nullableID struct {
	id    models.ID
	valid bool
}

// Scan reads 16 bytes or nothing.
func (n *nullableID) Scan(src any) error {
	if n.valid = src != nil; !n.valid {
		return nil
	}
	return n.id.Scan(src)
}

var _ sql.Scanner = (*nullableID)(nil)
