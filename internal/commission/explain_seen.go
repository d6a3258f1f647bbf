package commission

import (
	"slices"

	"tributary/models"
)

// hideOthers leaves what the line's own partner may see: its own level, amount, basis, rule, hold, adjustments and
// payment. Of others it sees that a level exists, and whether it was skipped; of customers and orders nothing.
func (e *Explanation) hideOthers() {
	isSeller := e.Line.Level == 0
	e.Candidates, e.Plan.Version, e.Payment.Batch, e.Waiting = nil, models.PlanVersion{}, nil, 0
	if !isSeller {
		e.Conversion, e.Attribution, e.Basis, e.Tiers = nil, nil, nil, nil // the tiers are the seller's
	}
	if !e.Agrees {
		e.Problem = "priced again it comes to another amount; the merchant can see why"
	}
	e.Rules = slices.DeleteFunc(e.Rules, func(r ExplainedRule) bool { return !r.Own })
	for i := range e.Rules {
		e.Rules[i].Condition = "" // it may name others
		if !isSeller {
			e.Rules[i].Took = nil
		}
	}
	e.hideParts()
	e.hideSteps()
	e.hideCaps(isSeller)
	for i := range e.Levels {
		if l := &e.Levels[i]; !l.Own {
			verdict := l.Verdict
			if verdict == LevelHouse {
				verdict = LevelSkipped
			}
			*l = ExplainedLevel{Level: l.Level, Verdict: verdict}
		}
	}
	for i := range e.Adjustments {
		if a := &e.Adjustments[i]; !isSeller {
			a.Refund, a.Revision, a.Cause = nil, nil, kindText(a.Line.Kind)
		}
	}
}

// kindText says why an adjustment was made without a word about what caused it.
func kindText(k models.CommissionKind) string {
	switch k {
	case models.CommissionKindRefund:
		return "a refund"
	case models.CommissionKindRestate:
		return "a restatement"
	}
	return "by hand"
}

// hideParts takes what was ordered out of the sum.
func (e *Explanation) hideParts() {
	e.Basis = slices.DeleteFunc(e.Basis, func(p ExplainedPart) bool { return p.inOrder })
}

// hideSteps takes figures of others out of the steps.
func (e *Explanation) hideSteps() {
	for i := range e.Steps {
		if s := &e.Steps[i]; s.others != "" {
			s.Text = s.others
		}
	}
}

// hideCaps keeps what a seller's own caps say; of others it shows that they cut.
func (e *Explanation) hideCaps(isSeller bool) {
	for i := range e.Caps {
		c := &e.Caps[i]
		if isSeller && (c.Scope == "enrollment") {
			continue
		}
		*c = ExplainedCap{Per: c.Per, Scope: c.Scope, Cut: c.Cut}
	}
	if !isSeller {
		e.Caps = slices.DeleteFunc(e.Caps, func(c ExplainedCap) bool { return c.Scope != "program" })
	}
}
