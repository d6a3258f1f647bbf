package commission

import (
	"encoding/json"
	"fmt"
	"slices"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// loadHistory reads the earlier conversions of the batch's customers: those that are attributed and known now, in the
// order in which they occurred, whatever was refunded of them; one that is void is none.
func (r *reader) loadHistory(batch []models.Conversion) error {
	r.history = make(map[models.ID]engine.Customer, len(batch))
	customers := map[models.ID][]models.Conversion{}
	for _, c := range batch {
		if c.CustomerID != nil {
			customers[*c.CustomerID] = nil
		}
	}
	err := inChunks(sortedIDs(customers), func(part []models.ID) error {
		var rows []models.Conversion
		err := r.query.Select("id", "customer_id", "kind", "occurred_at").Where("customer_id IN ? AND revision = 1 AND enrollment_id IS NOT NULL AND "+notVoid("conversions"), part).Find(&rows).Error
		for _, row := range rows {
			customers[*row.CustomerID] = append(customers[*row.CustomerID], row)
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
			return compareIDs(a.ID, b.ID)
		})
		kinds := map[string]int{}
		for i, row := range rows {
			r.history[row.ID] = engine.Customer{Known: true, FirstAt: rows[0].OccurredAt, Before: i, BeforeKind: kinds[row.Kind]}
			kinds[row.Kind]++
		}
	}
	return nil
}

// notVoid is the condition on a table of conversions that none of them was declared void.
func notVoid(table string) string {
	return "NOT EXISTS (SELECT 1 FROM refunds v WHERE v.conversion_id = " + table + ".root_id AND v.kind = '" + string(models.RefundKindVoid) + "')"
}

// loadTouches reads what brought the customers.
func (r *reader) loadTouches(batch []models.Conversion) error {
	r.touches = make(map[models.ID]engine.Touch, len(batch))
	return inChunks(rootsOf(batch), func(part []models.ID) error {
		var rows []models.Attribution
		if err := r.query.Select("conversion_id", "method", "link_code", "sub_ids").Where("conversion_id IN ?", part).Find(&rows).Error; err != nil {
			return fmt.Errorf("read touches: %w", err)
		}
		for _, row := range rows {
			touch := engine.Touch{Method: string(row.Method), Link: row.LinkCode}
			if row.SubIDs != "" {
				if err := json.Unmarshal([]byte(row.SubIDs), &touch.Subs); err != nil {
					return fmt.Errorf("sub ids of conversion %s: %w", row.ConversionID, err)
				}
			}
			r.touches[row.ConversionID] = touch
		}
		return nil
	})
}

func rootsOf(batch []models.Conversion) []models.ID {
	roots := make([]models.ID, len(batch))
	for i, c := range batch {
		roots[i] = c.RootID
	}
	return roots
}
