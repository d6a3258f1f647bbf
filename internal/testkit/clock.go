package testkit

import (
	"sync"
	"time"
)

// Clock stands still until a test turns it. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock that shows 2026-01-05T09:00:00Z, a Monday.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
}

// Now gives the instant the clock shows; as a method value it is a models.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance turns the clock by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set turns the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}
