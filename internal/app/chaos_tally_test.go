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
	kills                int
	armed, fired         map[killPoint]int
	troubles             map[trouble]int
	ends                 map[string]int
	started              time.Time
}

func newTally() *tally {
	return &tally{armed: map[killPoint]int{}, fired: map[killPoint]int{}, troubles: map[trouble]int{}, ends: map[string]int{}, started: time.Now()}
}

// crashed counts a crash at a point, and the workers that were killed there.
func (y *tally) crashed(p killPoint, workers int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.armed[p]++
	y.kills += workers
	if workers > 0 {
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

// String is the report.
func (y *tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d runs in %s: %d payouts, %d requests for a transfer, %d workers killed at their points\n", y.runs, time.Since(y.started).Round(time.Second), y.payouts, y.posts, y.kills)
	for _, p := range slices.Sorted(maps.Keys(y.armed)) {
		fmt.Fprintf(&b, "  crash %-53s %4d of %d\n", p, y.fired[p], y.armed[p])
	}
	for _, what := range slices.Sorted(maps.Keys(y.troubles)) {
		fmt.Fprintf(&b, "  trouble: %-50s %4d\n", what, y.troubles[what])
	}
	for _, what := range slices.Sorted(maps.Keys(y.ends)) {
		fmt.Fprintf(&b, "  %-59s %4d\n", what, y.ends[what])
	}
	return b.String()
}
