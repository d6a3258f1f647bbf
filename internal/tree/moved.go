package tree

import (
	"slices"
	"time"

	"tributary/models"
)

// move is another sponsor for one enrollment; zero for none.
type move struct{ child, sponsor models.ID }

// Moved gives the snapshot as it would be if the enrollment had had another sponsor, or with zero none, at every instant.
// It shares the edges with the one that was loaded, and holds one move: a further one takes its place.
func (s *Snapshot) Moved(child, sponsor models.ID) *Snapshot {
	moved := *s
	moved.move = &move{child, sponsor}
	return &moved
}

// turn gives the chain above id, which stands in chain from start on, the other way from the moved enrollment on.
func (s *Snapshot) turn(chain []models.ID, start int, id models.ID, at time.Time, limit int) []models.ID {
	m, end := s.move, start
	if id != m.child {
		n := slices.Index(chain[start:], m.child)
		if n < 0 {
			return chain
		}
		end = start + n + 1
	}
	chain = chain[:end]
	left := limit - (end - start)
	if m.sponsor.IsZero() || left <= 0 {
		return chain
	}
	chain = s.climb(append(chain, m.sponsor), m.sponsor, at, left-1)
	if n := slices.Index(chain[end:], m.child); n >= 0 { // the sponsor was below the child then, which is not above itself
		chain = chain[:end+n]
	}
	return chain
}

// EverBelow gives whoever hung below an enrollment by edges that held at some instant from one on and before another,
// whether or not all edges of the way held at once. Moves do not count.
func (s *Snapshot) EverBelow(id models.ID, from, until time.Time) []models.ID {
	root, known := s.number[id]
	if !known {
		return nil
	}
	first, children := s.childrenWithin(from.UnixMicro(), until.UnixMicro())
	seen, walk := make([]bool, len(s.ids)), []int32{root}
	seen[root] = true
	var found []models.ID
	for len(walk) > 0 {
		n := walk[len(walk)-1]
		walk = walk[:len(walk)-1]
		for _, child := range children[first[n]:first[n+1]] {
			if !seen[child] {
				seen[child] = true
				walk, found = append(walk, child), append(found, s.ids[child])
			}
		}
	}
	return found
}

// childrenWithin turns the edges that held within a span around: the children of number n are at first[n] to first[n+1].
func (s *Snapshot) childrenWithin(from, until int64) (first, children []int32) {
	first = make([]int32, len(s.ids)+1)
	held := func(e span) bool { return e.from < until && from < e.to }
	for _, e := range s.spans {
		if held(e) {
			first[e.sponsor+1]++
		}
	}
	for n := range s.ids {
		first[n+1] += first[n]
	}
	next := slices.Clone(first)
	children = make([]int32, first[len(s.ids)])
	for n := range s.ids {
		for _, e := range s.spans[s.first[n]:s.first[n+1]] {
			if held(e) {
				children[next[e.sponsor]] = int32(n)
				next[e.sponsor]++
			}
		}
	}
	return first, children
}
