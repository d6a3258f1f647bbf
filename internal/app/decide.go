package app

import (
	"context"
	"fmt"
	"strings"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

// DecisionRow is a decision about a payout or a finding as the command line prints it.
type DecisionRow struct{ ID, Kind, State, Reason string }

func decisionRow(d models.PayoutDecision) DecisionRow {
	return DecisionRow{ID: d.ID.Format(models.PrefixDecision), Kind: string(d.Kind), State: string(d.State), Reason: d.Reason}
}

// onPayout acts on a payout as an operator of its merchant.
func onPayout[T any](ctx context.Context, a *App, operator, text string, act func(*models.Tx, access.Caller, models.ID) (T, error)) (T, error) {
	return onObject(ctx, a, operator, models.PrefixPayout, text, a.Payouts.MerchantOfPayout, act)
}

func onObject[T any](ctx context.Context, a *App, operator, prefix, text string, merchantOf func(context.Context, models.ID) (models.ID, error),
	act func(*models.Tx, access.Caller, models.ID) (T, error)) (T, error) {
	var done T
	by, id, err := a.callerFor(ctx, operator, prefix, text, merchantOf)
	if err != nil {
		return done, err
	}
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		done, err = act(tx, by, id)
		return err
	})
	return done, err
}

func (a *App) callerFor(ctx context.Context, operator, prefix, text string, merchantOf func(context.Context, models.ID) (models.ID, error)) (access.Caller, models.ID, error) {
	id, err := models.ParseID(prefix, text)
	if err != nil {
		return access.Caller{}, id, err
	}
	merchantID, err := merchantOf(ctx, id)
	if err != nil {
		return access.Caller{}, id, err
	}
	by, err := access.Operator(operator, merchantID)
	return by, id, err
}

// HoldPayout takes a payout out of its batch. Codes ID_MALFORMED and those of payout.Service.HoldPayout.
func HoldPayout(ctx context.Context, a *App, operator, payoutText, reason string) (PayoutRow, error) {
	p, err := onPayout(ctx, a, operator, payoutText, func(tx *models.Tx, by access.Caller, id models.ID) (models.Payout, error) {
		return a.Payouts.HoldPayout(tx, by, id, reason)
	})
	return rowOf(p), err
}

// MarkUnpaid records that a person did not pay a payout, or that the bank returned it. Codes ID_MALFORMED and those of
// payout.Service.MarkUnpaid.
func MarkUnpaid(ctx context.Context, a *App, operator, payoutText, reason string) (PayoutRow, error) {
	p, err := onPayout(ctx, a, operator, payoutText, func(tx *models.Tx, by access.Caller, id models.ID) (models.Payout, error) {
		return a.Payouts.MarkUnpaid(tx, by, id, reason)
	})
	return rowOf(p), err
}

// RequestDecision asks for a decision about a payout; the kind is retry, paid or release. Codes ID_MALFORMED and those of
// payout.Service.RequestDecision.
func RequestDecision(ctx context.Context, a *App, operator, payoutText, kind, transferID, reason string) (DecisionRow, error) {
	d, err := onPayout(ctx, a, operator, payoutText, func(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error) {
		return a.Payouts.RequestDecision(tx, by, payout.DecisionInput{PayoutID: id, Kind: models.DecisionKind(strings.ToUpper(kind)), TransferID: transferID, Reason: reason})
	})
	return decisionRow(d), err
}

// RequestSettlement asks for a finding to count no longer; with correct, for the books to come to what the rail moved.
// Codes ID_MALFORMED and those of payout.Service.RequestSettlement and RequestCorrection.
func RequestSettlement(ctx context.Context, a *App, operator, findingText string, correct bool, reason string) (DecisionRow, error) {
	request := a.Payouts.RequestSettlement
	if correct {
		request = a.Payouts.RequestCorrection
	}
	d, err := onObject(ctx, a, operator, models.PrefixFinding, findingText, a.Payouts.MerchantOfFinding,
		func(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error) {
			return request(tx, by, id, reason)
		})
	return decisionRow(d), err
}

// ConfirmDecision does what another person asked for. Codes ID_MALFORMED and those of payout.Service.ConfirmDecision.
func ConfirmDecision(ctx context.Context, a *App, operator, decisionText string) (DecisionRow, error) {
	by, id, err := a.callerFor(ctx, operator, models.PrefixDecision, decisionText, a.Payouts.MerchantOfDecision)
	if err != nil {
		return DecisionRow{}, err
	}
	seen := a.Payouts.LookForDecision(ctx, by, id)
	var d models.PayoutDecision
	err = models.InTx(ctx, a.DB, func(tx *models.Tx) error {
		d, err = a.Payouts.ConfirmDecision(tx, by, id, seen)
		return err
	})
	return decisionRow(d), err
}

// DeclineDecision ends a decision. Codes ID_MALFORMED and those of payout.Service.DeclineDecision.
func DeclineDecision(ctx context.Context, a *App, operator, decisionText string) (DecisionRow, error) {
	d, err := onObject(ctx, a, operator, models.PrefixDecision, decisionText, a.Payouts.MerchantOfDecision, a.Payouts.DeclineDecision)
	return decisionRow(d), err
}

// StopPayouts stops a merchant's payouts, or everybody's when the slug is empty. Codes MERCHANT_NOT_FOUND and those of
// payout.Service.Stop.
func StopPayouts(ctx context.Context, a *App, operator, merchantSlug, reason string) error {
	return a.onStop(ctx, operator, merchantSlug, func(tx *models.Tx, by access.Caller) (err error) {
		if merchantSlug == "" {
			_, err = a.Payouts.StopAll(tx, by.Name, reason)
		} else {
			_, err = a.Payouts.Stop(tx, by, reason)
		}
		return err
	})
}

// StartPayouts ends StopPayouts. Codes MERCHANT_NOT_FOUND, PAYOUTS_NOT_STOPPED.
func StartPayouts(ctx context.Context, a *App, operator, merchantSlug string) error {
	return a.onStop(ctx, operator, merchantSlug, func(tx *models.Tx, by access.Caller) (err error) {
		if merchantSlug == "" {
			_, err = a.Payouts.StartAll(tx, by.Name)
		} else {
			_, err = a.Payouts.Start(tx, by)
		}
		return err
	})
}

func (a *App) onStop(ctx context.Context, operator, merchantSlug string, act func(*models.Tx, access.Caller) error) error {
	var merchantID models.ID
	if merchantSlug != "" {
		m, err := a.Program.MerchantBySlug(ctx, merchantSlug)
		if err != nil {
			return err
		}
		merchantID = m.ID
	}
	by, err := access.Operator(operator, merchantID)
	if err != nil {
		return err
	}
	return models.InTx(ctx, a.DB, func(tx *models.Tx) error { return act(tx, by) })
}

// FindingText gives a finding on one line: its id, what it is, and who settled it.
func FindingText(f models.ReconFinding) string {
	line := fmt.Sprintf("%s %s %s: %s", f.ID.Format(models.PrefixFinding), f.Kind, f.TransferID, f.Detail)
	if f.ResolvedAt != nil {
		line += fmt.Sprintf(" (settled by %s: %s)", f.ResolvedBy, f.ResolvedReason)
	}
	return line
}

// CountingFindings counts the findings that people have not settled.
func CountingFindings(findings []models.ReconFinding) int {
	left := 0
	for _, f := range findings {
		if f.ResolvedAt == nil {
			left++
		}
	}
	return left
}
