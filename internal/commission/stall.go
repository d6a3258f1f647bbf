package commission

import (
	"fmt"

	"tributary/models"
)

const maxStallRunes = 500

// writeStalls keeps what could not be priced, in place of what was kept of the same conversions before.
func (p *pricer) writeStalls() error {
	if len(p.stalls) == 0 {
		return nil
	}
	roots, rows := sortedIDs(p.stalls), make([][]any, len(p.stalls))
	for i, root := range roots {
		s := p.stalls[root]
		rows[i] = []any{s.RootID, s.ProgramID, s.PlanVersionID, s.RuleID, s.Detail, s.StalledAt}
	}
	if err := p.clearStalls(roots); err != nil {
		return err
	}
	_, err := models.BulkInsert(p.tx, models.Insert{Table: "stalled_conversions",
		Columns: []string{"root_id", "program_id", "plan_version_id", "rule_id", "detail", "stalled_at"}}, rows)
	return err
}

// clearStalls forgets that conversions could not be priced, since they are priced again now.
func (p *pricer) clearStalls(roots []models.ID) error {
	return inChunks(roots, func(part []models.ID) error {
		if err := p.tx.Where("root_id IN ?", part).Delete(&models.StalledConversion{}).Error; err != nil {
			return fmt.Errorf("clear stalled conversions: %w", err)
		}
		return nil
	})
}
