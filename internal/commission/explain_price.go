package commission

import (
	"errors"
	"slices"

	"tributary/internal/commission/engine"
	"tributary/internal/tree"
	"tributary/models"
)

// reprice works the line out again as it was made: with the revision, the refunds and the facts of its time.
func (x *explainer) reprice() error {
	line := &x.e.Line
	at := x.past.indexOf(line.ID)
	start, end := x.past.step(at)
	s := x.past.asOf(start, end)
	x.e.Agrees, x.e.Conversion = true, &s.revision
	frozen, err := s.facts()
	if err != nil {
		return err
	}
	c, err := x.caseOf(s, frozen)
	if err != nil {
		return err
	}
	if err := x.nameAll(c.Chain); err != nil {
		return err
	}
	x.chosen(c.Customer)
	p := &priced{explainer: x, c: c, s: s, out: &engine.Outcome{Trace: &engine.Trace{}}}
	if err := errors.Join(p.price(frozen), s.problem); err != nil {
		x.differs("it cannot be priced again: %v", err)
		return nil
	}
	basis, amount := sumOf(x.past.lines[:start], line)
	p.compare(basis, amount)
	return nil
}

// caseOf gives the case of a conversion as its lines were made.
func (x *explainer) caseOf(s *standing, frozen engine.Frozen) (*engine.Case, error) {
	needs := x.plans.needs
	needs.Order = true // items are shown, whether or not a rule asks for them
	r := reader{query: x.query, program: x.program, needs: needs}
	c := &engine.Case{}
	if needs.Touch {
		if err := r.loadTouches([]models.Conversion{s.revision}); err != nil {
			return nil, err
		}
		c.Touch = r.touches[s.revision.RootID]
	}
	first := s.lines[0]
	if frozen.Chain == nil {
		upline, err := tree.Upline(x.query, first.enrollmentID, first.occurredAt, x.plans.depth)
		if err != nil {
			return nil, err
		}
		if x.plans.depth == 0 {
			upline = nil
		}
		for _, id := range append([]models.ID{first.enrollmentID}, upline...) {
			c.Chain = append(c.Chain, engine.Member{ID: engine.ID(id)})
		}
	}
	frozen.Into(c)
	return c, r.saleOf(&s.revision, &c.Sale)
}

// chosen says why the plan version priced the conversion, or that another one should have.
func (x *explainer) chosen(customer engine.Customer) {
	occurredAt := x.past.lines[0].OccurredAt
	_, plain, _ := x.plans.holding(occurredAt, engine.Customer{})
	_, chosen, _ := x.plans.holding(occurredAt, customer)
	x.e.Plan.Choice = PlanOfSale
	if chosen != plain {
		x.e.Plan.Choice = PlanOfFirstSale
	}
	if chosen != x.e.Line.PlanVersionID {
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

// price works the conversion out, and shows how. What does not count comes to nothing, also when it could not be priced.
func (p *priced) price(frozen engine.Frozen) error {
	err := p.plan.Price(p.c, frozen, p.out)
	if err != nil && p.s.refunded.Void {
		p.out.Nothing()
		p.step(StepRefund, 0, "%s", voidText)
		return nil
	}
	if err != nil {
		return err
	}
	p.made = slices.Clone(p.out.Shares)
	if err := p.out.Remain(&p.c.Sale, p.s.refunded); err != nil {
		return err
	}
	p.explain()
	return nil
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
	p.tiers(&step.Reward, p.basisOf(rule))
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
