package commission

import (
	"fmt"
	"maps"
	"slices"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// ask reads what the settlement wants to know of enrollments and does not know yet: as they are now, or for a period
// that is closed as they were then.
func (st *settlement) ask(ids []models.ID) error {
	slices.SortFunc(ids, compareIDs)
	missing := slices.DeleteFunc(slices.Compact(ids), func(id models.ID) bool { _, known := st.members[id]; return known })
	if st.period.State == models.PeriodStateClosed {
		return st.remember(missing)
	}
	found, err := membersByID(st.query, missing)
	if err != nil {
		return err
	}
	maps.Copy(st.members, found)
	return err
}

// remember reads what was frozen when the period closed.
func (st *settlement) remember(ids []models.ID) error {
	return inChunks(ids, func(part []models.ID) error {
		var rows []models.SettlementMember
		if err := st.query.Where("period_id = ? AND enrollment_id IN ?", st.period.ID, part).Find(&rows).Error; err != nil {
			return fmt.Errorf("read frozen members: %w", err)
		}
		for _, row := range rows {
			st.members[row.EnrollmentID] = engine.Member{ID: engine.ID(row.EnrollmentID), Code: row.Code, Group: row.GroupCode, Inactive: row.Inactive}
		}
		return nil
	})
}

// freeze keeps what the settlement asked for.
func (st *settlement) freeze(tx *models.Tx) error {
	rows := make([][]any, 0, len(st.members))
	for _, id := range sortedIDs(st.members) {
		m := st.members[id]
		rows = append(rows, []any{st.period.ID, id, m.Code, m.Group, m.Inactive})
	}
	_, err := models.BulkInsert(tx, models.Insert{Table: "settlement_members", Columns: []string{"period_id", "enrollment_id", "code", "group_code", "inactive"}}, rows)
	return err
}
