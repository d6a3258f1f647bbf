package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tributary/internal/app"
)

type planCmd struct {
	Check  planCheckCmd  `cmd:"" help:"Read a plan file, run its examples, and say what it comes to; needs no database."`
	Export planExportCmd `cmd:"" help:"Print a program's plan file: applying it again publishes nothing."`
	Whatif planWhatIfCmd `cmd:"" help:"Work out what a draft plan would have paid for real history; no money moves."`
}

type planWhatIfCmd struct {
	Merchant string    `required:"" help:"Slug of the merchant."`
	Period   string    `xor:"span" help:"One of the program's periods, such as 2026-01, or 2026-W05."`
	From     time.Time `xor:"span" format:"2006-01-02T15:04:05Z07:00" help:"The first instant of the span, RFC 3339."`
	To       time.Time `format:"2006-01-02T15:04:05Z07:00" help:"The first instant after the span."`
	File     string    `arg:"" type:"existingfile" help:"The plan file whose plan is the draft (docs/plan-file.md)."`
}

// Run prints what the draft comes to beside what was paid: in total, by level and rule, and who wins and loses most.
func (c planWhatIfCmd) Run(r run) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	told, end := drawConversions()
	report, err := app.WhatIf(r.Context, a, app.WhatIfRequest{Merchant: c.Merchant, File: data, PeriodKey: c.Period, From: c.From, To: c.To, Progress: told})
	end()
	if err != nil {
		return err
	}
	return printWhatIf(os.Stdout, report)
}

// drawConversions draws on standard error when that is a terminal.
func drawConversions() (told func(done, total int64), end func()) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("conversions"), progressbar.OptionThrottle(100*time.Millisecond))
	return func(done, total int64) { bar.ChangeMax64(total); _ = bar.Set64(done) }, func() {
		_ = bar.Exit()
		fmt.Fprintln(os.Stderr)
	}
}

func printWhatIf(to io.Writer, r app.WhatIfReport) error {
	run := r.Run
	fmt.Fprintf(to, "%d conversions from %s to %s\n", run.Conversions, run.StartsAt.Format(time.RFC3339), run.EndsAt.Format(time.RFC3339))
	if run.Unpriced > 0 {
		fmt.Fprintf(to, "%d of them cannot be priced by the draft and count as nothing in it, such as:\n", run.Unpriced)
		for _, p := range r.Detail.Problems {
			fmt.Fprintf(to, "  %s: %s\n", p.RuleID, p.Detail)
		}
	}
	if !run.Settled {
		fmt.Fprintln(to, "without what closes settle (tiers by the period, bonuses, placements): the span is not whole closed periods")
	}
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, actual, draft int64) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t\n", name, r.Text(actual), r.Text(draft), r.Text(draft-actual))
	}
	fmt.Fprintf(table, "%s\tpaid\tdraft\tdifference\t\n", run.Currency)
	row("total", run.ActualMinor, run.DraftMinor)
	for _, s := range r.Detail.Levels {
		row(fmt.Sprintf("level %d", s.Level), s.ActualMinor, s.DraftMinor)
	}
	for _, s := range r.Detail.Settlements {
		row(s.Name, s.ActualMinor, s.DraftMinor)
	}
	for _, s := range r.Detail.Rules {
		row("rule "+s.Name, s.ActualMinor, s.DraftMinor)
	}
	for _, list := range []struct {
		name    string
		changes []app.WhatIfChange
	}{{"wins", r.Winners}, {"loses", r.Losers}} {
		for _, c := range list.changes {
			row(c.Code+" "+list.name, c.Actual, c.Draft)
		}
	}
	return table.Flush()
}
