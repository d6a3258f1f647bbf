package tree

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Upline gives the chain above an enrollment as it was at an instant, nearest first, at most limit long, in one
// statement.
func Upline(query *gorm.DB, id models.ID, at time.Time, limit int) ([]models.ID, error) {
	var rows []struct{ SponsorID models.ID }
	err := query.Raw(`WITH RECURSIVE up (sponsor_id, depth) AS (
		SELECT sponsor_id, 1 FROM sponsor_edges WHERE child_id = ? AND valid_from <= ? AND valid_to > ?
		UNION ALL SELECT e.sponsor_id, up.depth + 1 FROM up JOIN sponsor_edges e
		ON e.child_id = up.sponsor_id AND e.valid_from <= ? AND e.valid_to > ? WHERE up.depth < ?)
		SELECT sponsor_id FROM up ORDER BY depth`, id, at, at, at, at, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read upline: %w", err)
	}
	chain := make([]models.ID, len(rows))
	for i, r := range rows {
		chain[i] = r.SponsorID
	}
	return chain, nil
}

// isEverAbove tells whether the upline of id holds other at any instant from since on. It walks the edges with the
// span in which all of a chain holds, so that only chains which existed count.
func isEverAbove(query *gorm.DB, id, other models.ID, since time.Time) (bool, error) {
	var found int64
	err := query.Raw(`WITH RECURSIVE up (sponsor_id, since, until, depth) AS (
		SELECT sponsor_id, valid_from, valid_to, 1 FROM sponsor_edges WHERE child_id = ? AND valid_to > ?
		UNION ALL SELECT e.sponsor_id,
		CASE WHEN e.valid_from > up.since THEN e.valid_from ELSE up.since END,
		CASE WHEN e.valid_to < up.until THEN e.valid_to ELSE up.until END, up.depth + 1
		FROM up JOIN sponsor_edges e ON e.child_id = up.sponsor_id AND e.valid_to > ?
		AND e.valid_from < up.until AND e.valid_to > up.since WHERE up.sponsor_id <> ? AND up.depth < ?)
		SELECT COUNT(*) FROM up WHERE sponsor_id = ?`, id, since, since, other, MaxDepth, other).Scan(&found).Error
	if err != nil {
		return false, fmt.Errorf("read upline over time: %w", err)
	}
	return found > 0, nil
}

// heightBelow gives how many levels hang below an enrollment, counting no further than limit+1.
func heightBelow(query *gorm.DB, id models.ID, limit int) (int, error) {
	var height int
	err := query.Raw(`WITH RECURSIVE down (child_id, depth) AS (
		SELECT child_id, 1 FROM sponsor_edges WHERE sponsor_id = ? AND valid_to = ?
		UNION ALL SELECT e.child_id, down.depth + 1 FROM down JOIN sponsor_edges e
		ON e.sponsor_id = down.child_id AND e.valid_to = ? WHERE down.depth <= ?)
		SELECT COALESCE(MAX(depth), 0) FROM down`, id, models.OpenEnd, models.OpenEnd, limit).Scan(&height).Error
	if err != nil {
		return 0, fmt.Errorf("read height: %w", err)
	}
	return height, nil
}

// Below gives a query of (root_id, child_id): who is below each of many enrollments now, down to depth levels, to be
// counted or joined.
func Below(query *gorm.DB, ids []models.ID, depth int) *gorm.DB {
	return query.Raw(`WITH RECURSIVE down (root_id, child_id, depth) AS (
		SELECT sponsor_id, child_id, 1 FROM sponsor_edges WHERE sponsor_id IN ? AND valid_to = ? AND 1 <= ?
		UNION ALL SELECT down.root_id, e.child_id, down.depth + 1 FROM down JOIN sponsor_edges e
		ON e.sponsor_id = down.child_id AND e.valid_to = ? WHERE down.depth < ?)
		SELECT root_id, child_id FROM down`, ids, models.OpenEnd, depth, models.OpenEnd, depth)
}

// SubtreeSizes counts the enrollments below each of many now, down to depth levels, in one statement; who has nobody
// below is not in it.
func SubtreeSizes(query *gorm.DB, ids []models.ID, depth int) (map[models.ID]int, error) {
	var rows []struct {
		RootID models.ID
		Size   int
	}
	err := query.Table("(?) AS below", Below(query.Session(&gorm.Session{NewDB: true}), ids, depth)).
		Group("root_id").Select("root_id, COUNT(*) AS size").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count subtrees: %w", err)
	}
	found := make(map[models.ID]int, len(rows))
	for _, r := range rows {
		found[r.RootID] = r.Size
	}
	return found, nil
}

// Uplines gives the chain above each of many enrollments as it was at an instant, nearest first, each at most limit
// long, in one statement.
func Uplines(query *gorm.DB, ids []models.ID, at time.Time, limit int) (map[models.ID][]models.ID, error) {
	var rows []struct{ RootID, SponsorID models.ID }
	err := query.Raw(`WITH RECURSIVE up (root_id, sponsor_id, depth) AS (
		SELECT child_id, sponsor_id, 1 FROM sponsor_edges WHERE child_id IN ? AND valid_from <= ? AND valid_to > ?
		UNION ALL SELECT up.root_id, e.sponsor_id, up.depth + 1 FROM up JOIN sponsor_edges e
		ON e.child_id = up.sponsor_id AND e.valid_from <= ? AND e.valid_to > ? WHERE up.depth < ?)
		SELECT root_id, sponsor_id FROM up ORDER BY root_id, depth`, ids, at, at, at, at, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read uplines: %w", err)
	}
	chains := make(map[models.ID][]models.ID, len(ids))
	for _, r := range rows {
		chains[r.RootID] = append(chains[r.RootID], r.SponsorID)
	}
	return chains, nil
}

// Children gives one page of the enrollments directly below id, in the order of their ids.
func Children(query *gorm.DB, id models.ID, page models.Page) (models.Slice[models.SponsorEdge], error) {
	return models.FetchPage[models.SponsorEdge](query.Where("sponsor_id = ? AND valid_to = ?", id, models.OpenEnd), "child_id", page)
}

// Sponsors gives the present sponsor of each child that has one, in one statement.
func Sponsors(query *gorm.DB, children []models.ID) (map[models.ID]models.ID, error) {
	var rows []models.SponsorEdge
	if err := query.Where("child_id IN ? AND valid_to = ?", children, models.OpenEnd).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read sponsors: %w", err)
	}
	found := make(map[models.ID]models.ID, len(rows))
	for _, r := range rows {
		found[r.ChildID] = r.SponsorID
	}
	return found, nil
}
