package commission

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"tributary/models"
)

// customerHistory is what recurring limits ask of a customer, as of one conversion.
type customerHistory struct {
	firstAt time.Time
	before  int
}

// loadHistory reads the earlier conversions of the batch's customers in one statement per thousand of them, and only
// when a plan has a recurring limit.
func (p *pricer) loadHistory(batch []models.Conversion) error {
	p.history = map[models.ID]customerHistory{}
	needed := slices.ContainsFunc(p.plans, func(v version) bool { return v.plan.NeedsCustomerCount || v.plan.NeedsCustomerStart })
	if !needed {
		return nil
	}
	customers := map[models.ID][]models.Conversion{}
	for _, c := range batch {
		if c.CustomerID != nil {
			customers[*c.CustomerID] = nil
		}
	}
	ids := sortedIDs(customers)
	const perStatement = 1000
	for start := 0; start < len(ids); start += perStatement {
		var rows []models.Conversion
		err := p.tx.Select("id", "customer_id", "occurred_at").Where("customer_id IN ? AND revision = 1 AND enrollment_id IS NOT NULL",
			ids[start:min(start+perStatement, len(ids))]).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read customers' history: %w", err)
		}
		for _, r := range rows {
			customers[*r.CustomerID] = append(customers[*r.CustomerID], r)
		}
	}
	for _, rows := range customers {
		slices.SortFunc(rows, func(a, b models.Conversion) int {
			if c := a.OccurredAt.Compare(b.OccurredAt); c != 0 {
				return c
			}
			return bytes.Compare(a.ID[:], b.ID[:])
		})
		for i, r := range rows {
			p.history[r.ID] = customerHistory{firstAt: rows[0].OccurredAt, before: i}
		}
	}
	return nil
}
