// Package bench owns the measurements that the project's claims rest on. Each prints its figure beside a limit or a
// baseline that it measured in the same run on the same machine, since absolute figures move from machine to machine.
//
// It does not own what it measures. It fills scratch databases directly, which nothing else but migrations and tests
// may do, and removes them again.
//
// Invariants: a measurement works on a database of its own; the result is checked, not only timed; the same size and
// seed give the same data.
package bench

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"tributary/internal/fault"
	"tributary/models"
)

// median gives the middle of an odd number of figures.
func median(figures []int64) int64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// Options are what a measurement is given.
type Options struct {
	Database    string // mysql://user:password@host:port/ of a server to make scratch databases on; SQLite files when empty
	Conversions int    // of the large run; the small one is a tenth of it
	Partners    int
	Payouts     int                           // of the largest batch
	Part        string                        // of api: pages, batches or singles; all when empty
	Redis       string                        // redis://host:port of one that nobody else uses; one in this process when empty
	API         func(*models.DB) http.Handler // what is asked and attacked
	Out         io.Writer
	Log         *slog.Logger
}

// measurements is every name that `tributary bench NAME` knows.
var measurements = map[string]func(context.Context, Options) error{
	"accrue": accrue,
	"api":    askAPI,
	"attack": underAttack,
	"engine": priceFast,
	"payout": payOut,
	"whatif": whatIf,
}

// ErrUnknown is returned for a name that is no measurement.
var ErrUnknown = fault.InvalidField("name", "BENCH_UNKNOWN", "there is no such measurement; there are: accrue, api, attack, engine, payout, whatif")

// ErrOutside is returned when a figure is outside its limit.
var ErrOutside = fault.New(fault.Precondition, "BENCH_OUTSIDE_LIMIT", "a figure is outside its limit")

// Run measures and prints. Codes BENCH_UNKNOWN, BENCH_OUTSIDE_LIMIT, and whatever the measurement returns.
func Run(ctx context.Context, name string, o Options) error {
	measure, ok := measurements[name]
	if !ok {
		return ErrUnknown
	}
	return measure(ctx, o)
}
