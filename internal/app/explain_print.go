package app

import (
	"fmt"
	"io"

	"tributary/internal/commission"
)

var planChoices = map[commission.PlanChoice]string{
	commission.PlanOfSale:      "it held when the conversion happened",
	commission.PlanOfFirstSale: "it held at the customer's first conversion, and renewals keep it",
	commission.PlanOfClose:     "it held at the period's last instant",
	commission.PlanOfVolume:    "it priced the lines whose volume was settled",
	commission.PlanOfBooking:   "it held when the line was booked",
}

const hashShown = 12 // letters of a plan's hash

// Print writes the explanation for people to read.
func (l ExplainedLine) Print(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("%s  %s", l.ID, l.Amount)
	p("  %s, by rule %s, level %d", l.Kind, l.RuleID, l.Level)
	switch {
	case !l.Agrees:
		p("  DOES NOT AGREE: %s", l.Problem)
	case l.Recomputed != nil:
		p("  agrees: worked out again from what was kept with it, it comes to %s", l.Recomputed)
	}
	l.printOrigin(p)
	l.printAmount(p)
	l.printFate(p)
}

func (l ExplainedLine) printOrigin(p func(string, ...any)) {
	if c := l.Conversion; c != nil {
		p("\nConversion\n  %s %s, revision %d (%s)", c.Kind, c.ExternalID, c.Revision, c.ID)
		p("\nTouches, within %d days, policy %s", l.WindowDays, l.Policy)
		for _, t := range l.Touches {
			won := "lost"
			if t.Won {
				won = "won "
			}
			p("  %s %-8s %s: %s", won, t.Method, t.Who, t.Reason)
		}
	}
	p("\nPlan\n  version %d (%s), since %s: %s", l.Plan.Number, l.Plan.Hash[:hashShown], l.Plan.Since.Format("2006-01-02 15:04 MST"), planChoices[l.Plan.Choice])
	if len(l.Rules) > 0 {
		p("\nRules")
	}
	for _, r := range l.Rules {
		mark, took := " ", ""
		if r.Own {
			mark = ">"
		}
		if r.Took != nil {
			took = ", of " + r.Took.Decimal()
		}
		p("%s %-20s %s%s: %s", mark, r.RuleID, r.Verdict, took, r.Reason)
		if r.Condition != "" {
			p("  %-20s %s", "", r.Condition)
		}
	}
}

func (l ExplainedLine) printAmount(p func(string, ...any)) {
	if len(l.Basis) > 0 {
		p("\nBasis")
	}
	for _, b := range l.Basis {
		p("  %14s  %s", b.Amount.Decimal(), b.What)
	}
	p("\nAmount")
	for _, s := range l.Steps {
		p("  %14s  %s", s.Amount.Decimal(), s.Text)
	}
	if len(l.Tiers) > 0 {
		p("\nTiers")
	}
	for _, t := range l.Tiers {
		p("  from %s: %s, of %s", t.From.Decimal(), t.Percent, t.Part.Decimal())
	}
	if len(l.Levels) > 0 {
		p("\nLevels")
	}
	for _, v := range l.Levels {
		mark, amount := " ", ""
		if v.Own {
			mark = ">"
		}
		if v.Amount != nil {
			amount = v.Amount.Decimal()
		}
		p("%s %d %-8s %14s  %s: %s", mark, v.Level, v.Verdict, amount, v.Who, v.Reason)
	}
}

func (l ExplainedLine) printFate(p func(string, ...any)) {
	p("\nDue\n  %s", l.Hold.Text)
	if len(l.Adjustments) > 0 {
		p("\nAdjustments")
		for _, a := range l.Adjustments {
			p("  %14s  %s", a.Amount.Decimal(), a.Cause)
		}
		p("  %14s  is what the line comes to", l.ComesTo.Decimal())
	}
	if l.Waiting > 0 {
		p("  %d refunds or revisions of the conversion are not priced yet", l.Waiting)
	}
	p("\nPayment\n  %s", l.Payment.Text)
	if l.Payment.PayoutID != "" {
		p("  %s in %s", l.Payment.PayoutID, l.Payment.BatchID)
	}
}
