package commission

import (
	"fmt"
	"strings"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/models"
)

// product shows an amount times a rate and how it is rounded: "83.33 x 2.5% = 2.08325, rounded half to even to 2.08".
func (x *explainer) product(minor int64, rate money.Rate, rounded int64) string {
	return x.amount(minor).Decimal() + " x " + rate.Percent() + x.equals(rounded, money.Product{Minor: minor, Rate: rate})
}

func (x *explainer) equals(rounded int64, products ...money.Product) string {
	exact, text := money.Exact(x.e.Currency, products...), x.amount(rounded).Decimal()
	if exact == text {
		return " = " + text
	}
	return " = " + exact + ", rounded half to even to " + text
}

// rewardText shows what a reward pays of a basis.
func (x *explainer) rewardText(w *engine.Reward, basis, rounded int64) string {
	switch {
	case w.IsFixed:
		return "a fixed " + x.amount(w.FixedMinor).Decimal()
	case w.ByPeriod:
		return x.product(basis, w.Percent, rounded) + "; by the first tier, until the period's volume is settled at its close"
	case len(w.Tiers) > 0:
		return x.tiersText(w, basis, basis, rounded)
	}
	return x.product(basis, w.Percent, rounded)
}

// tiersText shows what a volume, which is a part of a whole, earns by the tiers, each part at its own rate.
func (x *explainer) tiersText(w *engine.Reward, whole, volume, rounded int64) string {
	var terms []string
	var products []money.Product
	for _, part := range w.TierParts(whole, volume) {
		if part.Minor != 0 {
			terms = append(terms, x.amount(part.Minor).Decimal()+" x "+part.Rate.Percent())
			products = append(products, money.Product{Minor: part.Minor, Rate: part.Rate})
		}
	}
	if terms == nil {
		return "nothing of nothing"
	}
	return strings.Join(terms, " + ") + x.equals(rounded, products...)
}

// seller shows how the seller's line comes about: the reward, then the caps on it.
func (p *priced) seller(step *engine.PortionStep) {
	if step.Why != engine.NotRefused {
		p.step(StepRefused, 0, "nothing: %s", refusalText(step.Why))
		return
	}
	p.step(StepReward, step.Seller.Amount, "%s%s", p.rewardText(&step.Reward, step.Seller.Basis, step.Seller.Amount), overrideText(step.Overridden))
	for i := range step.Caps {
		if k := &step.Caps[i]; k.Cap.Scope != engine.ScopeProgram {
			p.stepHiding(StepCap, k.After, p.capText(k), p.ownCapText(k))
		}
	}
}

func overrideText(taken bool) string {
	if taken {
		return "; by an override of the rule"
	}
	return ""
}

// upline shows how a level's line comes about.
func (p *priced) upline(step *engine.PortionStep) {
	below := p.sellerAfterCaps(step)
	total := below
	for i := range step.Levels {
		l := &step.Levels[i]
		if l.Verdict != engine.Paid && l.Verdict != engine.ToHouse {
			continue
		}
		if l.Verdict == engine.Paid && models.ID(l.Member) == p.e.Line.EnrollmentID && l.Level == p.e.Line.Level {
			text, others := p.levelText(l, below, total)
			p.stepHiding(StepLevel, l.Share.Amount, text, others)
			return
		}
		below, total = l.Share.Amount, total+l.Share.Amount
	}
}

// levelText shows what a level is paid, to the merchant and to its own partner.
func (p *priced) levelText(l *engine.LevelStep, below, total int64) (text, others string) {
	level, ok := p.plan.LevelFor(p.member(l.Member).Group, l.Level)
	rounded, err := money.MulDivHalfEven(l.Share.Basis, int64(level.Rate), int64(money.RateOne))
	text = fmt.Sprintf("level %d: ", l.Level)
	if !ok || err != nil {
		text += "the table of its group has no such level"
		return text, text
	}
	text += p.product(l.Share.Basis, level.Rate, rounded)
	switch level.Of {
	case engine.OfBelow:
		return text + fmt.Sprintf("; of the %s of the level below", p.amount(below).Decimal()), text
	case engine.OfOverride:
		return text + fmt.Sprintf(", less the %s that the levels below take", p.amount(total).Decimal()), text + ", less what the levels below take"
	}
	return text, text
}

func (p *priced) member(id engine.ID) engine.Member {
	for _, m := range p.c.Chain {
		if m.ID == id {
			return m
		}
	}
	return engine.Member{ID: id}
}

func (p *priced) sellerAfterCaps(step *engine.PortionStep) int64 {
	amount := step.Seller.Amount
	for _, k := range step.Caps {
		if k.Cap.Scope != engine.ScopeProgram {
			amount = k.After
		}
	}
	return amount
}

// afterLevels shows what is cut once all levels are known: what rounding put above max_total, and caps on the program.
func (p *priced) afterLevels(step *engine.PortionStep) {
	share, ok := p.shareOf(p.made)
	if !ok {
		return
	}
	for _, t := range step.Trims {
		if t.Level == p.e.Line.Level {
			last := p.e.Steps[len(p.e.Steps)-1].Amount.Minor
			p.step(StepTrim, last-t.Minor, "less %s: rounding had put all levels together above max_total %s", p.amount(t.Minor).Decimal(), p.plan.Bound().Percent())
		}
	}
	for i := range step.Caps {
		if k := &step.Caps[i]; k.Cap.Scope == engine.ScopeProgram && k.Before != k.After {
			text := fmt.Sprintf("%s; all levels are cut in proportion, from %s to %s together", p.capText(k), p.amount(k.Before).Decimal(), p.amount(k.After).Decimal())
			p.stepHiding(StepCap, share.Amount, text, p.ownCapText(k))
		}
	}
}

// refunded shows what refunds leave of the line.
func (p *priced) refunded() {
	before, ok := p.shareOf(p.made)
	if !ok || !p.s.isRefunded() {
		return
	}
	after, _ := p.shareOf(p.out.Shares)
	left, whole, err := p.out.Left(&p.c.Sale, p.s.refunded)
	if err != nil {
		return
	}
	paid := p.s.revision.SourceCurrency
	text := fmt.Sprintf("%s of %s is left of what the rule took", money.New(left[before.Portion], paid).Decimal(), money.New(whole[before.Portion], paid))
	switch {
	case p.s.refunded.Void:
		text = voidText
	case p.e.Line.Level > 0:
		text += fmt.Sprintf(": %s x %s/%s, cut to the unit below", p.amount(before.Amount).Decimal(), money.New(left[before.Portion], paid).Decimal(), money.New(whole[before.Portion], paid).Decimal())
	default:
		text += ": that share of all levels together, less what the levels above keep"
	}
	others := text
	if p.e.Line.Level > 0 {
		others = "what refunds leave"
	}
	p.stepHiding(StepRefund, after.Amount, text, others)
}

var refusals = map[engine.Refusal]string{
	engine.RunOut:       "the customer's recurring limit is reached",
	engine.NotUnique:    "the customer had a conversion of this kind before",
	engine.FieldMissing: "the conversion lacks what the rule requires",
}

func refusalText(why engine.Refusal) string { return refusals[why] }
