package tree

import (
	"fmt"
	"sort"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Snapshot holds all edges of one program in memory, so that a batch reads uplines without a query each. It answers
// for any instant up to the one it was loaded at.
type Snapshot struct {
	Version int64
	edges   map[models.ID][]span
}

type span struct {
	sponsor  models.ID
	from, to int64 // microseconds since 1970
}

// Load reads a program's edges, all of them, in one statement: about 100 bytes of memory each.
func Load(query *gorm.DB, programID models.ID) (*Snapshot, error) {
	version, err := Version(query, programID) // before the edges: a change in between makes the snapshot look old, not new
	if err != nil {
		return nil, err
	}
	rows, err := query.Model(&models.SponsorEdge{}).Select("child_id, sponsor_id, valid_from, valid_to").
		Where("program_id = ?", programID).Rows()
	if err != nil {
		return nil, fmt.Errorf("read sponsor edges: %w", err)
	}
	defer rows.Close()
	s := &Snapshot{Version: version, edges: map[models.ID][]span{}}
	for rows.Next() {
		var child, sponsor models.ID
		var from, to time.Time
		if err := rows.Scan(&child, &sponsor, &from, &to); err != nil {
			return nil, fmt.Errorf("read sponsor edge: %w", err)
		}
		s.edges[child] = append(s.edges[child], span{sponsor, from.UnixMicro(), to.UnixMicro()})
	}
	for _, spans := range s.edges {
		sort.Slice(spans, func(i, j int) bool { return spans[i].from < spans[j].from })
	}
	return s, rows.Err()
}

// Upline appends to chain the enrollments above id as they were at an instant, nearest first, at most limit.
func (s *Snapshot) Upline(chain []models.ID, id models.ID, at time.Time, limit int) []models.ID {
	micro := at.UnixMicro()
	for range limit {
		sponsor, ok := s.sponsorAt(id, micro)
		if !ok {
			break
		}
		chain = append(chain, sponsor)
		id = sponsor
	}
	return chain
}

func (s *Snapshot) sponsorAt(id models.ID, micro int64) (models.ID, bool) {
	for _, e := range s.edges[id] {
		if e.from <= micro && micro < e.to {
			return e.sponsor, true
		}
	}
	return models.ID{}, false
}
