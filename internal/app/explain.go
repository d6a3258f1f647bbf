package app

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

// ExplainedLine is an explanation with the ids and sentences that people and programs read.
type ExplainedLine struct {
	ID          string                           `json:"id"`
	Kind        models.CommissionKind            `json:"kind"`
	RuleID      string                           `json:"ruleId"`
	Level       int                              `json:"level"`
	Amount      money.Amount                     `json:"amount"`
	Agrees      bool                             `json:"agrees"`
	Recomputed  *money.Amount                    `json:"recomputed,omitempty"`
	Problem     string                           `json:"problem,omitempty"`
	Conversion  *ExplainedConversion             `json:"conversion,omitempty"`
	Touches     []commission.ExplainedCandidate  `json:"touches,omitempty"`
	WindowDays  int                              `json:"windowDays,omitempty"`
	Policy      string                           `json:"policy,omitempty"`
	Plan        commission.ExplainedPlan         `json:"plan"`
	Rules       []commission.ExplainedRule       `json:"rules,omitempty"`
	Basis       []commission.ExplainedPart       `json:"basis,omitempty"`
	Steps       []commission.ExplainedStep       `json:"steps"`
	Tiers       []commission.ExplainedTier       `json:"tiers,omitempty"`
	Caps        []commission.ExplainedCap        `json:"caps,omitempty"`
	Levels      []commission.ExplainedLevel      `json:"levels,omitempty"`
	Hold        commission.ExplainedHold         `json:"hold"`
	Adjustments []commission.ExplainedAdjustment `json:"adjustments,omitempty"`
	ComesTo     money.Amount                     `json:"comesTo"`
	Waiting     int                              `json:"waiting"`
	Payment     ExplainedPayment                 `json:"payment"`
}

// ExplainedConversion names the revision that was priced.
type ExplainedConversion struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	ExternalID string `json:"externalId"`
	Revision   int    `json:"revision"`
}

// ExplainedPayment says where the money is, with the ids of the batch and the payout once there are any.
type ExplainedPayment struct {
	Paid     bool   `json:"paid"`
	Text     string `json:"text"`
	BatchID  string `json:"batchId,omitempty"`
	PayoutID string `json:"payoutId,omitempty"`
}

// Explain says how a line came about and what became of it, for whoever runs the server.
// Codes ID_MALFORMED, COMMISSION_NOT_FOUND.
func Explain(ctx context.Context, a *App, line string) (ExplainedLine, error) {
	if err := a.RequireSchema(ctx); err != nil {
		return ExplainedLine{}, err
	}
	id, err := models.ParseID(models.PrefixCommission, line)
	if err != nil {
		return ExplainedLine{}, err
	}
	merchantID, err := a.Commission.MerchantOfLine(ctx, id)
	if err != nil {
		return ExplainedLine{}, err
	}
	e, err := a.Commission.Explain(ctx, access.System("cli", merchantID), id)
	if err != nil {
		return ExplainedLine{}, err
	}
	return explained(e), nil
}

func explained(e commission.Explanation) ExplainedLine {
	line := ExplainedLine{ID: e.Line.ID.Format(models.PrefixCommission), Kind: e.Line.Kind, RuleID: e.Line.RuleID, Level: e.Line.Level,
		Amount: money.New(e.Line.AmountMinor, e.Currency), Agrees: e.Agrees, Recomputed: e.Recomputed, Problem: e.Problem, Touches: e.Candidates,
		Plan: e.Plan, Rules: e.Rules, Basis: e.Basis, Steps: e.Steps, Tiers: e.Tiers, Caps: e.Caps, Levels: e.Levels, Hold: e.Hold,
		Adjustments: e.Adjustments, ComesTo: e.ComesTo, Waiting: e.Waiting,
		Payment: ExplainedPayment{Paid: e.Payment.Paid, Text: e.Payment.Say(payout.ReasonSentence)}}
	if c := e.Conversion; c != nil {
		line.Conversion = &ExplainedConversion{ID: c.ID.Format(models.PrefixConversion), Kind: c.Kind, ExternalID: c.ExternalID, Revision: c.Revision}
	}
	if e.Attribution != nil {
		line.WindowDays, line.Policy = e.Attribution.WindowDays, e.Attribution.Policy
	}
	if p := e.Payment.Payout; p != nil {
		line.Payment.PayoutID, line.Payment.BatchID = p.ID.Format(models.PrefixPayout), p.BatchID.Format(models.PrefixBatch)
	}
	return line
}
