// Command tributary is the whole system in one binary: API, workers, and the tools of operation.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/alecthomas/kong"

	"tributary/internal/app"
)

// cli is the command line; each command is a file of this package.
type cli struct {
	app.Config `embed:""`

	Demo        demoCmd        `cmd:"" help:"Load real orders, run a month to paid payouts, print the report, and serve."`
	Serve       serveCmd       `cmd:"" help:"Run the HTTP side and the workers."`
	API         apiCmd         `cmd:"" name:"api" help:"Run only the HTTP side."`
	Work        workCmd        `cmd:"" help:"Run only the workers."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database schema to this release."`
	Explain     explainCmd     `cmd:"" help:"Say how a commission line came about, step by step, and what became of it."`
	Replay      replayCmd      `cmd:"" help:"Work a program's periods out again; exit 0 only if every line comes to what is stored."`
	Verify      verifyCmd      `cmd:"" help:"Prove the ledger; exit 0 only if every invariant holds."`
	Program     programCmd     `cmd:"" help:"Work with programs."`
	Plan        planCmd        `cmd:"" help:"Work with commission plans."`
	Import      importCmd      `cmd:"" help:"Take partners, conversions or refunds in from a CSV file."`
	Bench       benchCmd       `cmd:"" help:"Measure, with each figure beside its limit."`
	Staff       staffCmd       `cmd:"" help:"Work with a merchant's staff."`
	Payout      payoutCmd      `cmd:"" help:"Plan, approve, run and reconcile payouts. The operator is trusted: names given with --as are believed."`
	StripeKey   stripeKeyCmd   `cmd:"" help:"Work with a merchant's own Stripe key. The operator is trusted: names given with --as are believed."`
	Stripesim   stripesimCmd   `cmd:"" help:"Run the Stripe simulator alone, for tests and other clients. No money moves."`
	Statement   statementCmd   `cmd:"" help:"Write a partner's statement of a closed period to standard output."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running process whether it is ready."`
}

// heapFloor is never touched and costs no memory, but the collector counts it: it runs when there is as much garbage, and not every
// few megabytes, as it would in a process that holds little for long and makes garbage with each request.
var heapFloor = make([]byte, 64<<20)

// run is what every command is handed.
type run struct {
	context.Context
	config app.Config
	log    *slog.Logger
}

func (r run) open() (*app.App, error) { return app.Open(r.Context, r.config, nil, r.log) }

func main() {
	var c cli
	parsed := kong.Parse(&c, kong.Name("tributary"), kong.Description("Partner programs with a provable ledger."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	err := parsed.Run(run{Context: app.ByOperator(ctx, operatorOf(parsed), commandOf(parsed)), config: c.Config, log: log})
	stop()
	runtime.KeepAlive(heapFloor)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tributary:", err)
		os.Exit(1)
	}
}
