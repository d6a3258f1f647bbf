package commission

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// membersOf gives every enrollment in the chains of a batch.
func (r *reader) membersOf(batch []models.Conversion) []models.ID {
	found := map[models.ID]bool{}
	for i := range batch {
		r.chain = r.chainOf(r.chain[:0], &batch[i])
		for _, id := range r.chain {
			found[id] = true
		}
	}
	return sortedIDs(found)
}

// loadMembers reads what rules ask of partners, for everybody in the chains who is not known yet.
func (r *reader) loadMembers(batch []models.Conversion) error {
	if r.members == nil {
		r.members = map[models.ID]engine.Member{}
	}
	missing := slices.DeleteFunc(r.membersOf(batch), func(id models.ID) bool { _, known := r.members[id]; return known })
	found, err := membersByID(r.query, missing)
	maps.Copy(r.members, found)
	return err
}

// membersByID reads what rules ask of partners as they stand now.
func membersByID(query *gorm.DB, ids []models.ID) (map[models.ID]engine.Member, error) {
	found := make(map[models.ID]engine.Member, len(ids))
	err := inChunks(ids, func(part []models.ID) error {
		var rows []struct {
			ID                             models.ID
			Code, Tags, Country, GroupCode string
			Status                         models.EnrollmentStatus
		}
		err := query.Table("enrollments e").Joins("JOIN partners p ON p.id = e.partner_id").Joins("LEFT JOIN partner_groups g ON g.id = e.group_id").
			Select("e.id, e.code, e.tags, e.status, p.country, COALESCE(g.code, '') AS group_code").Where("e.id IN ?", part).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read partners: %w", err)
		}
		for _, row := range rows {
			m := engine.Member{ID: engine.ID(row.ID), Code: row.Code, Group: row.GroupCode, Country: row.Country, Inactive: row.Status != models.EnrollmentStatusActive}
			if row.Tags != "" {
				if err := json.Unmarshal([]byte(row.Tags), &m.Tags); err != nil {
					return fmt.Errorf("tags of enrollment %s: %w", row.ID, err)
				}
			}
			found[row.ID] = m
		}
		return nil
	})
	return found, err
}
