package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tributary/models"
)

// tally is what happened in all runs together.
type tally struct {
	mu                   sync.Mutex
	runs, payouts, posts int
	armed, fired         map[killPoint]int
	troubles             map[trouble]int
	ends                 map[string]int
	started              time.Time
}

func newTally() *tally {
	return &tally{armed: map[killPoint]int{}, fired: map[killPoint]int{}, troubles: map[trouble]int{}, ends: map[string]int{}, started: time.Now()}
}

func (y *tally) killed(p killPoint, was bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.armed[p]++
	if was {
		y.fired[p]++
	}
}

func (y *tally) troubled(what trouble) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.troubles[what]++
}

func (y *tally) saw(what string) { y.add(what, 1) }

func (y *tally) add(what string, n int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.ends[what] += n
}

func (y *tally) ended(p models.Payout) {
	y.saw(strings.TrimSpace(fmt.Sprintf("payout %s %s", p.State, p.Reason)))
}

// kills counts the workers that were killed at their points.
func (y *tally) kills() int {
	n := 0
	for _, fired := range y.fired {
		n += fired
	}
	return n
}

// String is the report.
func (y *tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d runs in %s: %d payouts, %d requests for a transfer, %d workers killed at their points\n", y.runs, time.Since(y.started).Round(time.Second), y.payouts, y.posts, y.kills())
	for _, p := range slices.Sorted(maps.Keys(y.armed)) {
		fmt.Fprintf(&b, "  killed %-52s %4d of %d\n", p, y.fired[p], y.armed[p])
	}
	for _, what := range slices.Sorted(maps.Keys(y.troubles)) {
		fmt.Fprintf(&b, "  trouble: %-50s %4d\n", what, y.troubles[what])
	}
	for _, what := range slices.Sorted(maps.Keys(y.ends)) {
		fmt.Fprintf(&b, "  %-59s %4d\n", what, y.ends[what])
	}
	return b.String()
}
