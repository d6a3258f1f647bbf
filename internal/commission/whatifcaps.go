package commission

import (
	"container/heap"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// whatIfCaps are the counters of a draft's caps. They begin at nothing, go up with every conversion in the order in which
// they were reported, and down again where a refund was, so that what came after it finds the room.
type whatIfCaps struct {
	used     map[engine.CapKey]engine.Usage
	releases releases
}

func newWhatIfCaps() *whatIfCaps { return &whatIfCaps{used: map[engine.CapKey]engine.Usage{}} }

// Usage gives what a counter stands at.
func (c *whatIfCaps) Usage(k engine.CapKey) engine.Usage { return c.used[k] }

func (c *whatIfCaps) move(before, after []engine.Use) {
	for _, u := range before {
		c.add(u, -1)
	}
	for _, u := range after {
		c.add(u, 1)
	}
}

func (c *whatIfCaps) add(u engine.Use, sign int64) {
	have := c.used[u.Key]
	c.used[u.Key] = engine.Usage{Minor: have.Minor + sign*u.Usage.Minor, Count: have.Count + sign*u.Usage.Count}
}

// releaseAt moves the counters when the conversions reach an id.
func (c *whatIfCaps) releaseAt(id models.ID, before, after []engine.Use) {
	if len(before)+len(after) > 0 {
		heap.Push(&c.releases, release{id, before, after})
	}
}

// releaseUntil moves the counters for everything that was reported before an id.
func (c *whatIfCaps) releaseUntil(id models.ID) {
	for len(c.releases) > 0 && compareIDs(c.releases[0].id, id) < 0 {
		r := heap.Pop(&c.releases).(release)
		c.move(r.before, r.after)
	}
}

type release struct {
	id            models.ID
	before, after []engine.Use
}

// releases is a heap, the earliest on top.
type releases []release

// Len, Less, Swap, Push and Pop make it one.
func (r releases) Len() int           { return len(r) }
func (r releases) Less(i, j int) bool { return compareIDs(r[i].id, r[j].id) < 0 }
func (r releases) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *releases) Push(x any)        { *r = append(*r, x.(release)) }
func (r *releases) Pop() any {
	last := len(*r) - 1
	x := (*r)[last]
	*r = (*r)[:last]
	return x
}
