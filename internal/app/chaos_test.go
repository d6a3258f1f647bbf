package app

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	runsPerHarbour = 25
	seedVariable   = "TRIBUTARY_CHAOS_SEED"  // replays one run
	runsVariable   = "TRIBUTARY_CHAOS_RUNS"  // how many there are
	firstVariable  = "TRIBUTARY_CHAOS_FIRST" // the seed of the first; 1
	quickRuns      = 3
	usualRuns      = 25
)

// TestChaos kills worker processes with SIGKILL at every point of paying, over and over, with a rail that goes wrong by itself
// and with more trouble around it. At the end of each run each payout has at most one transfer, and exactly one or a
// listed reason; the batch is closed; and the ledger is proven. Everything that is decided in a run derives from its seed.
func TestChaos(t *testing.T) {
	first, runs := number(t, firstVariable, 1), number(t, runsVariable, usualRuns)
	if testing.Short() {
		runs = min(runs, quickRuns)
	}
	if seed := number(t, seedVariable, 0); seed > 0 {
		first, runs = seed, 1
	}
	y := newTally()
	var points []killPoint
	var troubles []trouble
	for from := 0; from < runs; from += runsPerHarbour {
		t.Run(fmt.Sprintf("from %d", first+from), func(t *testing.T) {
			h := newHarbour(t)
			points, troubles = pointsOf(h.DB.IsMySQL()), troublesOf(h.DB.IsMySQL())
			for seed := first + from; seed < first+min(from+runsPerHarbour, runs); seed++ {
				t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { h.try(t, seed, y) })
			}
			h.replay(t)
		})
	}
	t.Log(y)
	if t.Failed() {
		return
	}
	// A suite that kills nobody proves nothing: crashes come about, and with enough runs each point is met several times.
	require.GreaterOrEqual(t, y.kills, runs)
	for _, p := range points {
		require.GreaterOrEqual(t, y.fired[p], max(runs*2/usualRuns, y.armed[p]/2), "crash %s", p)
	}
	for _, what := range troubles {
		require.GreaterOrEqual(t, y.troubles[what], runs/len(troubles)/2, "%s", what)
	}
}

// try makes one run, and tells all about it when it fails.
func (h *harbour) try(t *testing.T, seed int, y *tally) {
	r := &run{harbour: h, t: t, s: newScenario(seed, h.DB.IsMySQL()), tally: y}
	y.runs++
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s\nreplay with %s=%d\n%s\n%+v\n%s", r.s, seedVariable, seed, strings.Join(r.trace, "\n"), r.posts, r.logs())
		}
	})
	r.play()
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	return n
}
