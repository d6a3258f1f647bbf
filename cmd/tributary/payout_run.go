package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"tributary/internal/app"
	"tributary/internal/fault"
)

// watch is how a command that sets a batch going follows it.
type watch struct {
	Wait bool `help:"Wait, with a progress bar, until every payout on a rail has an end or the batch pauses."`
	Work bool `help:"Run workers in this process and wait; for when none runs elsewhere."`
}

// follow starts the batch and waits for it when asked to. It fails when the batch is paused or somebody must look.
func (c watch) follow(r run, a *app.App, operator, batch string,
	start func(context.Context, *app.App, string, string) (app.BatchReport, error)) error {
	report, err := start(r.Context, a, operator, batch)
	if err != nil {
		return err
	}
	wait := func() error {
		bar := newBar()
		report, err = app.WatchBatch(r.Context, a, operator, batch, func(done, all int64) {
			bar.ChangeMax64(max(all, 1))
			_ = bar.Set64(done) // a terminal that cannot be written to stops no payout
		})
		_ = bar.Exit()
		return err
	}
	switch {
	case c.Work:
		err = app.WorkUntil(a, wait)
	case c.Wait:
		err = wait()
	}
	if err != nil {
		return err
	}
	printBatch(os.Stdout, report)
	return app.Unsettled(report)
}

// newBar draws on a terminal only.
func newBar() *progressbar.ProgressBar {
	info, err := os.Stderr.Stat()
	isTerminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return progressbar.NewOptions64(1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetVisibility(isTerminal),
		progressbar.OptionSetDescription("payouts"), progressbar.OptionShowCount())
}

type payoutRunCmd struct {
	actor
	Batch string `arg:"" help:"The batch's id."`
	watch
}

// Run starts the batch. With --wait or --work a batch that runs already is only followed.
func (c payoutRunCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		return c.follow(r, a, operator, c.Batch, func(ctx context.Context, a *app.App, operator, batch string) (app.BatchReport, error) {
			if c.Wait || c.Work {
				return app.ExecuteOrFollow(ctx, a, operator, batch)
			}
			return app.ExecutePayouts(ctx, a, operator, batch)
		})
	})
}

type payoutReconcileCmd struct {
	actor
	Batch string    `arg:"" optional:"" help:"The batch's id."`
	Since time.Time `help:"Instead of a batch: every transfer since this instant (2026-11-20T00:00:00Z), of all merchants; after a restore."`
}

// Run reconciles and prints every finding.
func (c payoutReconcileCmd) Run(r run) error {
	switch {
	case c.Since.IsZero() == (c.Batch == ""):
		return fault.New(fault.Invalid, "BATCH_OR_SINCE", "name a batch, or an instant with --since")
	case c.Batch == "":
		return c.since(r)
	}
	return c.with(r, func(a *app.App, operator string) error {
		report, findings, err := app.ReconcilePayouts(r.Context, a, operator, c.Batch)
		if err != nil {
			return err
		}
		printBatch(os.Stdout, report)
		for _, f := range findings {
			fmt.Println(app.FindingText(f))
		}
		switch {
		case app.CountingFindings(findings) > 0:
			return fault.New(fault.Precondition, "NOT_RECONCILED", "%d differences", app.CountingFindings(findings))
		case !report.Closed():
			return fault.New(fault.Precondition, "BATCH_NOT_FINISHED", "nothing differs, but the batch is not finished")
		}
		return nil
	})
}

// since compares all transfers since an instant, and prints what is known of those that differ.
func (c payoutReconcileCmd) since(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		report, err := app.ReconcileSince(r.Context, a, operator, c.Since, func(line string) { fmt.Println(line) })
		if err != nil {
			return err
		}
		for _, f := range report.Findings {
			fmt.Println(app.FindingText(f))
		}
		fmt.Printf("%d transfers, %d of them not ours, %d of unknown payouts; %d batches compared\n",
			report.Transfers, report.Foreign, report.Strays, len(report.Runs))
		if left := app.CountingFindings(report.Findings) + report.Strays; left > 0 {
			return fault.New(fault.Precondition, "NOT_RECONCILED", "%d differences", left)
		}
		return nil
	})
}
