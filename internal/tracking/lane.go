package tracking

import (
	"slices"
	"sync"
	"time"

	"tributary/models"
)

// passenger is a conversion that waits to be recorded with others.
type passenger struct {
	Single
	turn   chan turn
	result ConversionResult
}

// turn is what a passenger is told.
type turn int

const (
	turnAlone turn = iota
	turnRecorded
	turnLead
)

// laneKey is what conversions must share to be recorded together.
type laneKey struct{ merchantID, programID models.ID }

// lanes are who waits. One transaction of a lane is under way at a time.
type lanes struct {
	mu sync.Mutex
	of map[laneKey]*lane
}

// lane is kept while a transaction is under way, and after one of several.
type lane struct {
	isBusy  bool
	waiting []*passenger
	full    chan struct{} // closed when as many are there as the leader waits for; nil when it does not wait
	// Of the last transaction: how many were in it or waited for it, how long it took and when it was over.
	crowd int
	took  time.Duration
	over  time.Time
}

// enter tells whether the passenger leads, since no transaction is under way. Otherwise it waits.
func (l *lanes) enter(key laneKey, p *passenger, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[laneKey]*lane{}
	}
	at := l.of[key]
	if at == nil {
		at = &lane{}
		l.of[key] = at
	}
	if !at.isBusy {
		at.isBusy = true
		at.expect(now)
		return true
	}
	at.waiting = append(at.waiting, p)
	if at.full != nil && len(at.waiting)+1 >= at.crowd {
		close(at.full)
		at.full = nil
	}
	return false
}

// expect lets the next leader wait for the others of a crowd that was there just now: most of them come again at once.
func (at *lane) expect(now time.Time) {
	if at.crowd > len(at.waiting)+1 && now.Sub(at.over) < at.took {
		at.full = make(chan struct{})
	}
}

// board gives who goes with the leader. It waits for a crowd, no longer than half as long as the last transaction took: what the
// wait costs is less than what the others would wait for a transaction of their own.
func (l *lanes) board(key laneKey, leader *passenger) []*passenger {
	l.mu.Lock()
	at := l.of[key]
	full, patience := at.full, min(at.took/2, maxBoarding)
	l.mu.Unlock()
	if full != nil {
		late := time.NewTimer(patience)
		select {
		case <-full:
		case <-late.C:
		}
		late.Stop()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(at.waiting), maxTogether-1)
	group := append([]*passenger{leader}, at.waiting[:n]...)
	at.waiting, at.full = slices.Delete(at.waiting, 0, n), nil
	return group
}

// leave takes a passenger out who has waited enough; if it was taken along already, it gives what came of that.
func (l *lanes) leave(key laneKey, p *passenger) turn {
	l.mu.Lock()
	i := -1
	if at := l.of[key]; at != nil {
		if i = slices.Index(at.waiting, p); i >= 0 {
			at.waiting = slices.Delete(at.waiting, i, i+1)
		}
	}
	l.mu.Unlock()
	if i >= 0 {
		return turnAlone
	}
	return <-p.turn
}

// exit ends the transaction of a group, which took so long; the first who waits leads the next.
func (l *lanes) exit(key laneKey, size int, took time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.of[key]
	at.crowd, at.took, at.over = min(size+len(at.waiting), maxTogether), took, now
	switch {
	case len(at.waiting) > 0:
		next := at.waiting[0]
		at.waiting = slices.Delete(at.waiting, 0, 1)
		at.expect(now)
		next.turn <- turnLead
	case at.crowd > 1:
		at.isBusy = false
	default: // one sender, who does not wait for anybody
		delete(l.of, key)
	}
}
