package tree

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Snapshot holds all edges of one program in memory, so that a batch reads uplines without a query each: about 80
// bytes for each enrollment with a sponsor. It answers for any instant up to the one it was loaded at, and does not
// change, so any number of goroutines may read one.
type Snapshot struct {
	Version int64
	number  map[models.ID]int32 // of every enrollment that has or is a sponsor
	ids     []models.ID         // by number
	first   []int32             // by number: where its spans begin; one more than there are numbers
	spans   []span              // of each enrollment together, in the order of time
	move    *move               // nil for the tree as it was
}

// span is who sponsored an enrollment from one instant to another, both in microseconds since 1970.
type span struct {
	sponsor  int32
	from, to int64
}

// childSpan is a span before it stands with the others of its child.
type childSpan struct {
	child int32
	span
}

// Load reads a program's edges, all of them, in one statement.
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
	s := &Snapshot{Version: version, number: map[models.ID]int32{}}
	return s, s.read(rows)
}

func (s *Snapshot) read(rows *sql.Rows) error {
	var edges []childSpan
	for rows.Next() {
		var child, sponsor models.ID
		var from, to time.Time
		if err := rows.Scan(&child, &sponsor, &from, &to); err != nil {
			return fmt.Errorf("read sponsor edge: %w", err)
		}
		edges = append(edges, childSpan{s.numberOf(child), span{s.numberOf(sponsor), from.UnixMicro(), to.UnixMicro()}})
	}
	s.lay(edges)
	return rows.Err()
}

func (s *Snapshot) numberOf(id models.ID) int32 {
	n, known := s.number[id]
	if !known {
		n = int32(len(s.ids))
		s.number[id] = n
		s.ids = append(s.ids, id)
	}
	return n
}

// lay puts the spans of each child together.
func (s *Snapshot) lay(edges []childSpan) {
	s.first, s.spans = make([]int32, len(s.ids)+1), make([]span, len(edges))
	for _, e := range edges {
		s.first[e.child+1]++
	}
	for n := range s.ids {
		s.first[n+1] += s.first[n]
	}
	next := slices.Clone(s.first)
	for _, e := range edges {
		s.spans[next[e.child]] = e.span
		next[e.child]++
	}
	for n := range s.ids {
		slices.SortFunc(s.spans[s.first[n]:s.first[n+1]], func(a, b span) int { return cmp.Compare(a.from, b.from) })
	}
}

// Upline appends to chain the enrollments above id as they were at an instant, nearest first, at most limit.
func (s *Snapshot) Upline(chain []models.ID, id models.ID, at time.Time, limit int) []models.ID {
	start := len(chain)
	chain = s.climb(chain, id, at, limit)
	if s.move == nil {
		return chain
	}
	return s.turn(chain, start, id, at, limit)
}

// climb is Upline by the edges as they were.
func (s *Snapshot) climb(chain []models.ID, id models.ID, at time.Time, limit int) []models.ID {
	n, known := s.number[id]
	micro := at.UnixMicro()
	for range limit {
		if !known {
			break
		}
		if n, known = s.sponsorAt(n, micro); known {
			chain = append(chain, s.ids[n])
		}
	}
	return chain
}

func (s *Snapshot) sponsorAt(n int32, micro int64) (int32, bool) {
	for _, e := range s.spans[s.first[n]:s.first[n+1]] {
		if e.from <= micro && micro < e.to {
			return e.sponsor, true
		}
	}
	return 0, false
}
