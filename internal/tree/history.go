package tree

import (
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// FreeFrom gives the first instant, from since on, at which the upline of an enrollment may change without touching a
// conversion that is recorded: since itself, or just after the latest one dated since then, of the enrollment or of whom
// it was above. Such a conversion may be dated a little ahead of the clock.
func FreeFrom(query *gorm.DB, id models.ID, since time.Time) (time.Time, error) {
	var latest sql.NullTime
	// UNION keeps each enrollment once, so that those who were below each other at different times end the walk.
	err := query.Raw(`WITH RECURSIVE down (child_id) AS (
		SELECT id FROM enrollments WHERE id = ?
		UNION SELECT e.child_id FROM down JOIN sponsor_edges e ON e.sponsor_id = down.child_id AND e.valid_to > ?)
		SELECT c.occurred_at FROM down JOIN conversions c ON c.enrollment_id = down.child_id
		WHERE c.occurred_at >= ? ORDER BY c.occurred_at DESC LIMIT 1`, id, since, since).Scan(&latest).Error
	if err != nil {
		return since, fmt.Errorf("read latest conversion: %w", err)
	}
	if !latest.Valid {
		return since, nil
	}
	return latest.Time.Add(time.Microsecond), nil
}

// History gives one page of an enrollment's edges, in the order they were recorded.
func History(query *gorm.DB, childID models.ID, page models.Page) (models.Slice[models.SponsorEdge], error) {
	return models.FetchPage[models.SponsorEdge](query.Where("child_id = ?", childID), "id", page)
}
