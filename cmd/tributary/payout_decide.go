package main

import (
	"fmt"

	"tributary/internal/app"
)

type payoutHoldCmd struct {
	actor
	Payout string `arg:"" help:"The payout's id."`
	Reason string `required:"" help:"Why."`
}

// Run takes the payout out.
func (c payoutHoldCmd) Run(r run) error {
	return c.onPayout(r, func(a *app.App, operator string) (app.PayoutRow, error) {
		return app.HoldPayout(r.Context, a, operator, c.Payout, c.Reason)
	})
}

type payoutMarkUnpaidCmd struct {
	actor
	Payout string `arg:"" help:"The payout's id."`
	Reason string `required:"" help:"Why: not paid, or returned by the bank."`
}

// Run marks the payout as unpaid.
func (c payoutMarkUnpaidCmd) Run(r run) error {
	return c.onPayout(r, func(a *app.App, operator string) (app.PayoutRow, error) {
		return app.MarkUnpaid(r.Context, a, operator, c.Payout, c.Reason)
	})
}

type payoutDecideCmd struct {
	actor
	Payout   string `arg:"" help:"The payout's id."`
	Kind     string `required:"" enum:"retry,paid,release" help:"retry, paid or release."`
	Transfer string `help:"The rail's transfer that paid it; for paid."`
	Reason   string `required:"" help:"Why."`
}

// Run asks for the decision.
func (c payoutDecideCmd) Run(r run) error {
	return c.onDecision(r, func(a *app.App, operator string) (app.DecisionRow, error) {
		return app.RequestDecision(r.Context, a, operator, c.Payout, c.Kind, c.Transfer, c.Reason)
	})
}

type payoutSettleCmd struct {
	actor
	Finding string `arg:"" help:"The finding's id, as reconcile prints it."`
	Correct bool   `help:"The books come to what the rail moved, instead of staying as they are; for MISSING and DIFFERS."`
	Reason  string `required:"" help:"Why."`
}

// Run asks for the settlement.
func (c payoutSettleCmd) Run(r run) error {
	return c.onDecision(r, func(a *app.App, operator string) (app.DecisionRow, error) {
		return app.RequestSettlement(r.Context, a, operator, c.Finding, c.Correct, c.Reason)
	})
}

type payoutConfirmCmd struct {
	actor
	Decision string `arg:"" help:"The decision's id."`
}

// Run confirms the decision.
func (c payoutConfirmCmd) Run(r run) error {
	return c.onDecision(r, func(a *app.App, operator string) (app.DecisionRow, error) {
		return app.ConfirmDecision(r.Context, a, operator, c.Decision)
	})
}

type payoutDeclineCmd struct {
	actor
	Decision string `arg:"" help:"The decision's id."`
}

// Run declines the decision.
func (c payoutDeclineCmd) Run(r run) error {
	return c.onDecision(r, func(a *app.App, operator string) (app.DecisionRow, error) {
		return app.DeclineDecision(r.Context, a, operator, c.Decision)
	})
}

// onPayout opens the program, hands it to fn with the actor's name, and prints what became of the payout that fn gives.
func (c actor) onPayout(r run, fn func(a *app.App, operator string) (app.PayoutRow, error)) error {
	return c.with(r, func(a *app.App, operator string) error {
		p, err := fn(a, operator)
		return printed(err, "%s is %s\n", p.ID, p.State)
	})
}

// onDecision is onPayout for a decision.
func (c actor) onDecision(r run, fn func(a *app.App, operator string) (app.DecisionRow, error)) error {
	return c.with(r, func(a *app.App, operator string) error {
		d, err := fn(a, operator)
		return printed(err, "%s %s is %s\n", d.ID, d.Kind, d.State)
	})
}

// scope is whose payouts are stopped or started.
type scope struct {
	Merchant string `xor:"scope" required:"" help:"Slug of the merchant."`
	All      bool   `xor:"scope" required:"" help:"Every merchant of the instance."`
}

type payoutStopCmd struct {
	actor
	scope
	Reason string `required:"" help:"Why."`
}

// Run stops payouts.
func (c payoutStopCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		return printed(app.StopPayouts(r.Context, a, operator, c.Merchant, c.Reason), "payouts are stopped\n")
	})
}

type payoutStartCmd struct {
	actor
	scope
}

// Run starts payouts again.
func (c payoutStartCmd) Run(r run) error {
	return c.with(r, func(a *app.App, operator string) error {
		return printed(app.StartPayouts(r.Context, a, operator, c.Merchant), "payouts are started\n")
	})
}

// printed prints what was done, unless it was not.
func printed(err error, format string, args ...any) error {
	if err == nil {
		fmt.Printf(format, args...)
	}
	return err
}
