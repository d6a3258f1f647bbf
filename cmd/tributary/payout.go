package main

import (
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"tributary/internal/app"
)

type payoutCmd struct {
	Plan      payoutPlanCmd      `cmd:"" help:"Plan the batch of a closed period and print what is to be approved."`
	Approve   payoutApproveCmd   `cmd:"" help:"Approve the content of a batch; above the program's limit somebody else than its maker must."`
	Run       payoutRunCmd       `cmd:"" help:"Start paying an approved batch; workers do the rest."`
	Reconcile payoutReconcileCmd `cmd:"" help:"Compare a batch with its rail now, or all transfers since an instant; exit 0 only if all agrees and the batch is closed."`
	Resume    payoutResumeCmd    `cmd:"" help:"Go on with a paused batch."`
	Cancel    payoutCancelCmd    `cmd:"" help:"Give up a batch before its first attempt."`
	List      payoutListCmd      `cmd:"" help:"List a program's batches, the latest first."`
	Show      payoutShowCmd      `cmd:"" help:"Print a batch and each of its payouts."`
	File      payoutFileCmd      `cmd:"" help:"Write the bank file of the payouts that a person pays, as CSV."`
	Results   payoutResultsCmd   `cmd:"" help:"Take in what the bank made of a bank file; exit 0 only if no row was refused."`
	MarkPaid  payoutMarkPaidCmd  `cmd:"" help:"Record that a person paid a payout."`

	MarkUnpaid payoutMarkUnpaidCmd `cmd:"" help:"Record that a person did not pay a payout, or that the bank returned it."`
	Hold       payoutHoldCmd       `cmd:"" help:"Take a payout out of its batch that never left."`
	Decide     payoutDecideCmd     `cmd:"" help:"Ask for a decision about a payout that nothing ends; somebody else confirms it."`
	Settle     payoutSettleCmd     `cmd:"" help:"Ask for a difference from the rail to count no longer; somebody else confirms it."`
	Confirm    payoutConfirmCmd    `cmd:"" help:"Do what another person asked for with decide or settle."`
	Decline    payoutDeclineCmd    `cmd:"" help:"End what was asked for with decide or settle."`
	Stop       payoutStopCmd       `cmd:"" help:"Send nothing from now on, for a merchant or for all."`
	Start      payoutStartCmd      `cmd:"" help:"End stop; the batches it paused go on."`
}

// actor is who acts. Whoever can run this program with its database is trusted: the name only goes into the records,
// as cli:NAME, and the rule that maker and approver differ compares these names.
type actor struct {
	As string `help:"Name for the records; the system user's when empty. It is believed, not checked."`
}

func (c actor) name() (string, error) {
	if c.As != "" {
		return c.As, nil
	}
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("say who you are with --as: %w", err)
	}
	return u.Username, nil
}

// commandOf gives the command without its arguments.
func commandOf(parsed *kong.Context) string {
	words := slices.DeleteFunc(strings.Fields(parsed.Command()), func(word string) bool { return strings.HasPrefix(word, "<") })
	return strings.Join(words, " ")
}

// operatorOf gives the name for the records also of a command that takes none.
func operatorOf(parsed *kong.Context) string {
	var c actor
	for _, part := range parsed.Path {
		if part.Flag != nil && part.Flag.Name == "as" {
			c.As, _ = parsed.FlagValue(part.Flag).(string)
		}
	}
	name, err := c.name()
	if err != nil {
		return "somebody"
	}
	return name
}

// act opens the program, hands it to fn with the actor's name, and prints the batch that fn gives.
func (c actor) act(r run, fn func(a *app.App, operator string) (app.BatchReport, error)) error {
	return c.with(r, func(a *app.App, operator string) error {
		report, err := fn(a, operator)
		if err == nil {
			printBatch(os.Stdout, report)
		}
		return err
	})
}

func (c actor) with(r run, fn func(a *app.App, operator string) error) error {
	operator, err := c.name()
	if err != nil {
		return err
	}
	a, err := r.open()
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.RequireSchema(r.Context); err != nil {
		return err
	}
	return fn(a, operator)
}

type payoutPlanCmd struct {
	actor
	Merchant string `required:"" help:"Slug of the merchant."`
	Program  string `required:"" help:"Slug of the program."`
	Period   string `help:"Key of a closed period, such as 2026-01; the latest closed one when empty."`
	DryRun   bool   `help:"Store nothing: print what would be paid, what not and why, the balance at the rail, and what differs from the batch before."`
}

// Run plans the batch.
func (c payoutPlanCmd) Run(r run) error {
	if c.DryRun {
		return c.with(r, func(a *app.App, operator string) error {
			shown, err := app.PreviewPayouts(r.Context, a, operator, c.Merchant, c.Program, c.Period)
			if err == nil {
				shown.Print(os.Stdout)
			}
			return err
		})
	}
	return c.act(r, func(a *app.App, operator string) (app.BatchReport, error) {
		return app.PlanPayouts(r.Context, a, operator, c.Merchant, c.Program, c.Period)
	})
}

type payoutApproveCmd struct {
	actor
	Batch string `arg:"" help:"The batch's id."`
	Hash  string `required:"" help:"The content hash that plan or show printed."`
}

// Run approves the batch.
func (c payoutApproveCmd) Run(r run) error {
	return c.act(r, func(a *app.App, operator string) (app.BatchReport, error) {
		return app.ApprovePayouts(r.Context, a, operator, c.Batch, c.Hash)
	})
}

type payoutResumeCmd struct {
	actor
	Batch string `arg:"" help:"The batch's id."`
	watch
}

// Run resumes the batch.
func (c payoutResumeCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		return c.follow(r, a, operator, c.Batch, app.ResumePayouts)
	})
}

type payoutCancelCmd struct {
	actor
	Batch string `arg:"" help:"The batch's id."`
}

// Run cancels the batch.
func (c payoutCancelCmd) Run(r run) error {
	return c.act(r, func(a *app.App, operator string) (app.BatchReport, error) {
		return app.CancelPayouts(r.Context, a, operator, c.Batch)
	})
}

type payoutListCmd struct {
	actor
	Merchant string `required:"" help:"Slug of the merchant."`
	Program  string `required:"" help:"Slug of the program."`
}

// Run lists the batches.
func (c payoutListCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		reports, err := app.Batches(r.Context, a, operator, c.Merchant, c.Program)
		for _, report := range reports {
			fmt.Printf("%s  %-12s %6d payouts  %s\n", report.ID(), report.Batch.State, report.Batch.PayoutCount, app.Amount(report.Batch.TotalMinor, report.Batch.Currency))
		}
		return err
	})
}

type payoutShowCmd struct {
	actor
	Batch string `arg:"" help:"The batch's id."`
}

// Run prints the batch and its payouts.
func (c payoutShowCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		report, err := app.ShowBatch(r.Context, a, operator, c.Batch)
		if err != nil {
			return err
		}
		printBatch(os.Stdout, report)
		return app.EachPayout(r.Context, a, operator, c.Batch, func(p app.PayoutRow) {
			fmt.Printf("%s  %-7s %-13s %16s  %s\n", p.ID, p.Rail, p.State, p.Amount, p.Sentence)
		})
	})
}

type payoutFileCmd struct {
	actor
	Batch string `arg:"" help:"The batch's id."`
}

// Run writes the bank file to standard output.
func (c payoutFileCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		return app.WriteBankFile(r.Context, a, operator, c.Batch, os.Stdout)
	})
}

type payoutMarkPaidCmd struct {
	actor
	Payout    string `arg:"" help:"The payout's id."`
	Reference string `required:"" help:"The bank's reference."`
}

// Run marks the payout as paid.
func (c payoutMarkPaidCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		p, err := app.MarkPaid(r.Context, a, operator, c.Payout, c.Reference)
		if err == nil {
			fmt.Printf("%s is %s\n", p.ID, p.State)
		}
		return err
	})
}

func printBatch(w io.Writer, r app.BatchReport) {
	fmt.Fprintf(w, "batch   %s\nstate   %s %s\nto pay  %d payouts, %s\nhash    %s\n", r.ID(), r.Batch.State, r.Batch.PauseReason,
		r.Batch.PayoutCount, app.Amount(r.Batch.TotalMinor, r.Batch.Currency), r.Hash())
	for _, t := range r.Totals {
		fmt.Fprintf(w, "  %-15s %-7s %6d %18s  %s\n", t.State, t.Rail, t.Count, app.Amount(t.Minor, r.Batch.Currency), app.ReasonText(t.Reason))
	}
}
