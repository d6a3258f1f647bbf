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

// lanes are who waits. Of a lane one transaction gathers and reads at a time, and maxFlying are under way: while one is written and
// committed, the next reads.
type lanes struct {
	mu sync.Mutex
	of map[laneKey]*lane
}

const maxFlying = 2

// lane is kept while a transaction is under way, and after one of several.
type lane struct {
	isBoarding bool // a leader gathers, or reads for its group
	flying     int  // transactions that are under way
	waiting    []*passenger
	full       chan struct{} // closed when as many are there as the leader waits for; nil when it does not wait
	// Of the last transaction: how many one can expect to go together, how long it took to gather and read, and when that was over.
	crowd int
	took  time.Duration
	over  time.Time
}

// enter tells whether the passenger leads, since nobody else does. Otherwise it waits.
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
	if at.mayLead() {
		at.begin(now)
		return true
	}
	at.waiting = append(at.waiting, p)
	if at.full != nil && len(at.waiting)+1 >= at.crowd {
		close(at.full)
		at.full = nil
	}
	return false
}

func (at *lane) mayLead() bool { return !at.isBoarding && at.flying < maxFlying }

// begin lets a leader gather. It waits for the others of a crowd that was there just now: most of them come again at once.
func (at *lane) begin(now time.Time) {
	at.isBoarding = true
	at.flying++
	if at.crowd > len(at.waiting)+1 && now.Sub(at.over) < at.took {
		at.full = make(chan struct{})
	}
}

// next lets the first who waits lead, if anybody may.
func (at *lane) next(now time.Time) {
	if len(at.waiting) == 0 || !at.mayLead() {
		return
	}
	leader := at.waiting[0]
	at.waiting = slices.Delete(at.waiting, 0, 1)
	at.begin(now)
	leader.turn <- turnLead
}

// board gives who goes with the leader. It waits for a crowd, no longer than half as long as the last one took to gather and read: what
// the wait costs is less than what the others would wait for a transaction of their own.
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

// depart says that a group of so many has read all it needs, which took so long from its gathering on: the next may gather. Two
// groups take turns, so half of who is there can be expected to go together.
func (l *lanes) depart(key laneKey, size int, took time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.of[key]
	at.isBoarding = false
	at.crowd, at.took, at.over = min((size+len(at.waiting)+1)/2, maxTogether), took, now
	at.next(now)
}

// land says that the transaction of a group is over.
func (l *lanes) land(key laneKey, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.of[key]
	at.flying--
	at.next(now)
	if at.flying == 0 && at.crowd <= 1 { // one sender, who does not wait for anybody
		delete(l.of, key)
	}
}
