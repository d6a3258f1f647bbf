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

// loadHistory reads, by first revision, the earlier conversions of the batch's customers in one statement per thousand of them, and only
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
	err := inChunks(sortedIDs(customers), func(part []models.ID) error {
		var rows []models.Conversion
		err := p.tx.Select("id", "customer_id", "occurred_at").Where("customer_id IN ? AND revision = 1 AND enrollment_id IS NOT NULL", part).Find(&rows).Error
		for _, r := range rows {
			customers[*r.CustomerID] = append(customers[*r.CustomerID], r)
		}
		if err != nil {
			return fmt.Errorf("read customers' history: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
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
