package limiter

import (
	"fmt"
	"os"
	"sort"
	"sync"
	"time"
)

var dbgMu sync.Mutex
var dbgLate, dbgRTT, dbgLead []time.Duration
var dbgRe int

func dbg(xs *[]time.Duration, d time.Duration) { dbgMu.Lock(); *xs = append(*xs, d); dbgMu.Unlock() }
func dbgDump() {
	f, _ := os.OpenFile("/tmp/limdbg.txt", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	defer f.Close()
	for n, xs := range map[string][]time.Duration{"late": dbgLate, "rtt": dbgRTT, "lead": dbgLead} {
		sort.Slice(xs, func(i, j int) bool { return xs[i] < xs[j] })
		if len(xs) == 0 {
			continue
		}
		q := func(p float64) time.Duration { return xs[int(p*float64(len(xs)-1))] }
		fmt.Fprintf(f, "%s n=%d p5=%v p50=%v p90=%v p95=%v p99=%v max=%v re=%d\n", n, len(xs), q(.05), q(.5), q(.9), q(.95), q(.99), q(1), dbgRe)
	}
}
