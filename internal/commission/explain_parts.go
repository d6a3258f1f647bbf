package commission

import (
	"fmt"
	"strings"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/models"
)

var ruleVerdicts = map[engine.RuleVerdict]RuleVerdict{engine.Matched: RuleTook, engine.OtherKind: RuleOtherKind, engine.ConditionFalse: RuleConditionFalse,
	engine.NoItems: RuleNoItems, engine.NothingLeft: RuleNothingLeft}

// rules lists every rule in its order, with what it did.
func (p *priced) rules() {
	asked := map[string]RuleVerdict{}
	for _, step := range p.out.Trace.Rules {
		asked[step.RuleID] = ruleVerdicts[step.Verdict]
	}
	for i := range p.plan.Rules {
		r := &p.plan.Rules[i]
		verdict, ok := asked[r.ID]
		if !ok {
			verdict = RuleNotAsked
		}
		rule := ExplainedRule{RuleID: r.ID, Verdict: verdict, Condition: conditionText(r), Own: r.ID == p.e.Line.RuleID}
		if verdict == RuleTook {
			rule.Took = p.ref(p.basisOf(r))
			rule.Verdict, rule.Reason = p.paidBy(r)
		}
		if rule.Reason == "" {
			rule.Reason = p.reasonOf(rule.Verdict, r)
		}
		p.e.Rules = append(p.e.Rules, rule)
	}
}

// paidBy tells whether a rule pays for what it took, and if not, why.
func (p *priced) paidBy(r *engine.Rule) (RuleVerdict, string) {
	for _, step := range p.out.Trace.Portions {
		switch {
		case step.RuleID != r.ID:
		case step.Why != engine.NotRefused:
			return RuleRefused, refusalText(step.Why)
		case step.PaysNobody:
			return RulePaysNobody, ""
		}
	}
	return RuleTook, ""
}

func (p *priced) reasonOf(v RuleVerdict, r *engine.Rule) string {
	switch v {
	case RuleTook:
		if r.Item {
			return "it took the items that it names"
		}
		if r.Condition() != "" {
			return "its condition is true"
		}
		return "it has no condition"
	case RulePaysNobody:
		return "it can pay nobody"
	case RuleOtherKind:
		return fmt.Sprintf("it is for %s, and this is a %s", r.Kind, p.c.Sale.Kind)
	case RuleConditionFalse:
		return "its condition is false"
	case RuleNoItems:
		return "no item is left that it takes"
	case RuleNothingLeft:
		return "rules for items took everything"
	}
	return "an earlier rule took the rest"
}

// conditionText shows what a rule asks: the items that it names, and its condition as written.
func conditionText(r *engine.Rule) string {
	var parts []string
	skus, categories := r.ItemNames()
	if len(skus) > 0 {
		parts = append(parts, "skus "+strings.Join(skus, ", "))
	}
	if len(categories) > 0 {
		parts = append(parts, "categories "+strings.Join(categories, ", "))
	}
	if r.Condition() != "" {
		parts = append(parts, r.Condition())
	}
	return strings.Join(parts, "; ")
}

// basis lists the sum from the gross amount to what the line's rule took.
func (p *priced) basis() {
	add := func(minor int64, format string, args ...any) {
		p.e.Basis = append(p.e.Basis, ExplainedPart{What: fmt.Sprintf(format, args...), Amount: p.amount(minor)})
	}
	trace := p.out.Trace
	add(trace.Gross, "gross")
	for _, d := range trace.Less {
		add(-d.Minor, "less %s", d.What)
	}
	add(trace.Net, "net")
	for i := range p.out.Portions {
		o := &p.out.Portions[i]
		if o.Rule.ID != p.e.Line.RuleID {
			continue
		}
		for _, n := range o.Items {
			item := &p.c.Sale.Items[n]
			add(p.out.ItemBasis(n), "item %s, %d for %s", item.SKU, item.Quantity, p.amount(item.Minor).Decimal())
			p.e.Basis[len(p.e.Basis)-1].inOrder = true
		}
		if o.Items == nil {
			for n := range p.out.Portions {
				if n != i {
					add(-p.out.Portions[n].Basis, "less what rule %s took", p.out.Portions[n].Rule.ID)
				}
			}
		}
		add(o.Basis, "taken by rule %s", o.Rule.ID)
	}
}

// levels lists the chain: the seller, then everybody above who was paid, skipped, or left to the house.
func (p *priced) levels() {
	line := &p.e.Line
	final := func(id engine.ID, level int) *money.Amount {
		for _, s := range p.out.Shares {
			if s.Rule.ID == line.RuleID && s.Enrollment == id && s.Level == level {
				return p.ref(s.Amount)
			}
		}
		return nil
	}
	add := func(id engine.ID, l ExplainedLevel) {
		l.EnrollmentID, l.Who = models.ID(id), p.names[models.ID(id)]
		l.Own = l.EnrollmentID == line.EnrollmentID && l.Level == line.Level && l.Verdict == LevelPaid
		p.e.Levels = append(p.e.Levels, l)
	}
	step := p.portionStep()
	if step == nil {
		return
	}
	seller := &p.c.Chain[0]
	add(seller.ID, ExplainedLevel{Verdict: LevelPaid, Reason: "it made the sale", Basis: p.ref(p.basisOf(p.plan.RuleByID(step.RuleID))), Percent: percentOf(step.Seller.Rate), Amount: final(seller.ID, 0)})
	for i := range step.Levels {
		s := &step.Levels[i]
		l := ExplainedLevel{Level: s.Level, Verdict: LevelSkipped, Reason: p.standingText(p.member(s.Member))}
		switch s.Verdict {
		case engine.Paid:
			l.Verdict, l.Reason, l.Basis, l.Percent, l.Amount = LevelPaid, "it may earn", p.ref(s.Share.Basis), percentOf(s.Share.Rate), final(s.Member, s.Level)
		case engine.ToHouse:
			l.Verdict, l.Basis, l.Percent, l.Amount = LevelHouse, p.ref(s.Share.Basis), percentOf(s.Share.Rate), p.ref(s.Share.Amount)
		}
		add(s.Member, l)
	}
}

func percentOf(r money.Rate) string {
	if r == 0 {
		return ""
	}
	return r.Percent()
}

// standingText says why a member may not earn.
func (p *priced) standingText(m engine.Member) string {
	need := p.plan.Eligible
	switch {
	case m.Inactive:
		return "its status earns nothing from a downline"
	case m.VolumeMinor < need.VolumeMinor:
		return fmt.Sprintf("it sold %s itself in %d days; %s are asked for", p.amount(m.VolumeMinor).Decimal(), need.Days, p.amount(need.VolumeMinor).Decimal())
	default:
		return fmt.Sprintf("%d customers bought from it in %d days; %d are asked for", m.Customers, need.Days, need.Customers)
	}
}

// tiers lists the tiers of a reward with the parts of a volume, which is a part of a whole, that each paid.
func (x *explainer) tiers(w *engine.Reward, whole, volume int64) {
	if w.ByPeriod && x.e.Line.Kind != models.CommissionKindTier {
		whole, volume = 0, 0 // not settled by the line
	}
	for _, part := range w.TierParts(whole, volume) {
		x.e.Tiers = append(x.e.Tiers, ExplainedTier{From: x.amount(part.FromMinor), Percent: part.Rate.Percent(), Part: x.amount(part.Minor)})
	}
}

// caps lists the caps that the line's rule asked.
func (p *priced) caps(step *engine.PortionStep) {
	for i := range step.Caps {
		k := &step.Caps[i]
		c := ExplainedCap{Per: string(k.Cap.Per), Scope: string(k.Cap.Scope), Before: p.ref(k.Before), After: p.ref(k.After), Cut: k.Before != k.After}
		if k.Cap.Per != engine.PerConversion {
			used := int(k.Used.Count)
			c.Used, c.UsedCount = p.ref(k.Used.Minor), &used
		}
		if k.Cap.AmountMinor > 0 {
			c.Limit, c.Room = p.ref(k.Cap.AmountMinor), p.ref(max(k.Cap.AmountMinor-k.Used.Minor, 0))
		}
		if k.Cap.Count > 0 {
			limit := int(k.Cap.Count)
			c.Count = &limit
		}
		p.e.Caps = append(p.e.Caps, c)
	}
}

var perTexts = map[engine.Interval]string{engine.PerConversion: "of a conversion", engine.PerLife: "of all time", engine.PerDay: "of a day", engine.PerWeek: "of a week", engine.PerMonth: "of a month"}

// capText shows a cap, what of it was used, and what it leaves.
func (p *priced) capText(k *engine.CapStep) string {
	text := fmt.Sprintf("cap %s over the %s", perTexts[k.Cap.Per], k.Cap.Scope)
	if k.Cap.AmountMinor > 0 {
		text += fmt.Sprintf(": %s, used before %s, room for %s", p.amount(k.Cap.AmountMinor).Decimal(), p.amount(k.Used.Minor).Decimal(), p.amount(max(k.Cap.AmountMinor-k.Used.Minor, 0)).Decimal())
	}
	if k.Cap.Count > 0 {
		text += fmt.Sprintf(": %d paid conversions, %d before", k.Cap.Count, k.Used.Count)
	}
	if k.Cap.Scope == engine.ScopeProgram {
		return text
	}
	return text + fmt.Sprintf("; %s becomes %s", p.amount(k.Before).Decimal(), p.amount(k.After).Decimal())
}

// ownCapText is capText for the line's own partner, who does not see what others used.
func (p *priced) ownCapText(k *engine.CapStep) string {
	if k.Cap.Scope == engine.ScopeEnrollment {
		return p.capText(k)
	}
	return fmt.Sprintf("cap %s over the %s", perTexts[k.Cap.Per], k.Cap.Scope)
}
