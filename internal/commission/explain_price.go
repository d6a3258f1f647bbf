package commission

import (
	"slices"

	"tributary/internal/commission/engine"
	"tributary/models"
)

// reprice works the line out again as it was made: with the revision, the refunds and the facts of its time.
func (x *explainer) reprice() error {
	line := &x.e.Line
	at := x.past.stepOf(x.past.indexOf(line.ID))
	basis, amount := sumOf(x.past.lines[:at.start], line)
	w, err := x.workshop()
	if err != nil {
		return err
	}
	p := &priced{explainer: x, out: &w.out}
	found, err := w.work(x.past, at, x.plan, func(*again) bool {
		share, _ := p.shareOf(w.out.Shares)
		return share.Amount-amount == line.AmountMinor && share.Basis-basis == line.BasisMinor
	})
	if err != nil {
		return err
	}
	p.c, p.s, p.made = found.c, found.s, found.made
	x.e.Agrees, x.e.Conversion = true, &found.s.revision
	if err := x.nameAll(p.c.Chain); err != nil {
		return err
	}
	x.chosen(p.c.Customer)
	switch {
	case found.problem != nil:
		x.differs("it cannot be priced again: %v", found.problem)
		return nil
	case found.made == nil && found.s.refunded.Void:
		p.step(StepRefund, 0, "%s", voidText)
	default:
		p.explain()
	}
	p.compare(basis, amount)
	return nil
}

// workshop gives what works the line out, with all that is shown of its conversion.
func (x *explainer) workshop() (*workshop, error) {
	needs := x.plans.needs
	needs.Order = true // items are shown, whether or not a rule asks for them
	w := &workshop{plans: x.plans, out: engine.Outcome{Trace: &engine.Trace{}},
		facts: reader{query: x.query, program: x.program, needs: needs, depth: x.plans.depth}}
	if !needs.Touch {
		return w, nil
	}
	return w, w.facts.loadTouches([]models.Conversion{{RootID: x.past.rootID}})
}

// chosen says why the plan version priced the conversion, or that another one should have.
func (x *explainer) chosen(customer engine.Customer) {
	first := &x.past.lines[0]
	choices := x.plans.choices(first.OccurredAt, customer, first.CreatedAt)
	x.e.Plan.Choice = PlanOfSale
	if _, plain, _ := x.plans.publishedBy(first.CreatedAt).holding(first.OccurredAt, engine.Customer{}); len(choices) > 0 && choices[0] != plain {
		x.e.Plan.Choice = PlanOfFirstSale
	}
	if !slices.Contains(choices, x.e.Line.PlanVersionID) {
		x.differs("the plan version that holds for the conversion is another one")
	}
}

// priced is a line's conversion, worked out again.
type priced struct {
	*explainer
	c    *engine.Case
	s    *standing
	out  *engine.Outcome
	made []engine.Share // as the outcome's, before refunds
}

const voidText = "the conversion does not count, whatever it would earn"

func (p *priced) explain() {
	p.rules()
	p.basis()
	p.levels()
	step := p.portionStep()
	if step == nil {
		p.step(StepReward, 0, "the rule takes nothing of revision %d", p.s.revision.Revision)
		return
	}
	rule := p.plan.RuleByID(step.RuleID)
	p.caps(step)
	p.tiers(&step.Reward, p.basisOf(rule), p.basisOf(rule))
	if p.e.Line.Level == 0 {
		p.seller(step)
	} else {
		p.upline(step)
	}
	p.afterLevels(step)
	p.refunded()
}

// portionStep gives how the line's rule paid what it took; nil when it took nothing.
func (p *priced) portionStep() *engine.PortionStep {
	steps := p.out.Trace.Portions
	i := slices.IndexFunc(steps, func(s engine.PortionStep) bool { return s.RuleID == p.e.Line.RuleID })
	if i < 0 {
		return nil
	}
	return &steps[i]
}

func (p *priced) basisOf(r *engine.Rule) int64 {
	for i := range p.out.Portions {
		if p.out.Portions[i].Rule == r {
			return p.out.Portions[i].Basis
		}
	}
	return 0
}

// shareOf finds the line's share among some; false when it has none.
func (p *priced) shareOf(shares []engine.Share) (engine.Share, bool) {
	line := &p.e.Line
	for _, s := range shares {
		if s.Rule.ID == line.RuleID && s.Level == line.Level && models.ID(s.Enrollment) == line.EnrollmentID {
			return s, true
		}
	}
	return engine.Share{}, false
}

// compare holds the line against what it should be: what the conversion comes to for it, less what it came to before.
func (p *priced) compare(basisBefore, before int64) {
	line := &p.e.Line
	share, _ := p.shareOf(p.out.Shares)
	again := share.Amount - before
	if line.Kind != models.CommissionKindEarned {
		p.step(StepDifference, again, "%s less the %s that the lines before it come to", p.amount(share.Amount).Decimal(), p.amount(before).Decimal())
	}
	p.e.Recomputed = p.ref(again)
	if again != line.AmountMinor {
		p.differs("priced again it comes to %s, and %s is stored", p.amount(again), p.amount(line.AmountMinor))
	}
	if basis := share.Basis - basisBefore; basis != line.BasisMinor {
		p.differs("priced again its basis comes to %s, and %s is stored", p.amount(basis), p.amount(line.BasisMinor))
	}
}
