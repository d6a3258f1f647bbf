package commission

import (
	"errors"
	"fmt"
	"slices"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/models"
)

// pricer turns one batch of queue items into lines of one posting.
type pricer struct {
	tx       *models.Tx
	program  models.Program
	shard    int
	atOnce   int
	plans    timeline
	facts    reader
	posting  *posting
	counters *counters
	stalls   map[models.ID]models.StalledConversion // by first revision: what this batch could not price in the end
	mended   []models.ID                            // first revisions: what refunds could be taken from again
	early    []models.ID                            // first revisions that a correction needed before their own turn
	out      engine.Outcome
	asked    engine.Recorder
	made     []line
}

// price works fresh conversions straight, and everything that corrects an earlier one by the difference between what
// its lines should be now and what they are.
func (p *pricer) price(items []models.AccrualItem) error {
	var rest []models.AccrualItem
	for start := 0; start < len(items); start += p.atOnce {
		left, err := p.earnFresh(items[start:min(start+p.atOnce, len(items))])
		if err != nil {
			return err
		}
		rest = append(rest, left...)
	}
	if len(rest) > 0 {
		if err := p.correct(rest, items[len(items)-1].ID); err != nil {
			return err
		}
	}
	return p.writeStalls()
}

// earnFresh prices the first revisions among the items and gives the others.
func (p *pricer) earnFresh(items []models.AccrualItem) ([]models.AccrualItem, error) {
	conversions, err := p.conversionsOf(items)
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(conversions, func(c models.Conversion) bool { return c.Revision > 1 })
	if err := p.prepare(fresh); err != nil {
		return nil, err
	}
	for i := range fresh {
		if _, err := p.earn(&fresh[i]); err != nil {
			return nil, err
		}
	}
	if len(fresh) == len(items) {
		return nil, nil
	}
	var rest []models.AccrualItem
	for _, item := range items {
		if len(fresh) > 0 && fresh[0].ID == item.ID {
			fresh = fresh[1:]
			continue
		}
		rest = append(rest, item)
	}
	return rest, nil
}

// prepare reads what pricing the conversions asks for, and locks the caps that they may use.
func (p *pricer) prepare(batch []models.Conversion) error {
	if err := p.facts.load(batch); err != nil || !p.plans.needs.Caps {
		return err
	}
	var keys []engine.CapKey
	for i := range batch {
		c, err := p.facts.caseOf(&batch[i])
		if err != nil {
			return err
		}
		for _, plan := range p.plans.plans {
			keys = plan.CapKeys(keys, &c.Chain[0], &c.Sale)
		}
	}
	return p.counters.lock(keys)
}

// earn adds the lines of a conversion that has none, and gives them, good until the next call. One that cannot be
// priced is put aside.
func (p *pricer) earn(c *models.Conversion) ([]line, error) {
	found, err := p.facts.caseOf(c)
	if err != nil {
		return nil, err
	}
	plan, planID, ok := p.plans.holding(c.OccurredAt, found.Customer)
	if !ok {
		return nil, nil // no plan held yet: nothing was promised
	}
	p.facts.addVolumes(plan, c, found)
	p.asked = engine.Recorder{Counters: p.counters, Asked: p.asked.Asked[:0]}
	if err := plan.Price(found, &p.asked, &p.out); err != nil {
		return nil, p.stall(c, planID, err)
	}
	delete(p.stalls, c.RootID) // a further revision may mend, in the same batch, what stopped an earlier one
	frozen, err := plan.Freeze(found, p.asked.Asked)
	if err != nil {
		return nil, fmt.Errorf("freeze facts: %w", err)
	}
	p.made = p.made[:0]
	for i := range p.out.Shares {
		share := &p.out.Shares[i]
		l := lineOf(share)
		l.sourceID, l.ordinal, l.kind, l.planID = c.RootID, i, models.CommissionKindEarned, planID
		l.maturesAt, l.occurredAt = plan.MaturesAt(share.Rule, c.OccurredAt), c.OccurredAt
		if c.Revision > 1 {
			l.causeID = c.ID
		}
		if i == 0 {
			l.facts = frozen
		}
		if l, err = p.posting.add(l); err != nil {
			return nil, err
		}
		p.made = append(p.made, l)
	}
	if plan.Needs.Caps {
		p.counters.move(nil, plan.UsesOf(&found.Chain[0], &found.Sale, standingOf(p.made)))
	}
	return p.made, nil
}

// stall puts a conversion aside that cannot be priced. Any other error ends the batch.
func (p *pricer) stall(c *models.Conversion, planID models.ID, err error) error {
	rule, detail, known := unpriceable(err)
	if !known {
		return fmt.Errorf("price conversion %s: %w", c.ID, err)
	}
	p.stalls[c.RootID] = models.StalledConversion{RootID: c.RootID, ProgramID: p.program.ID, PlanVersionID: planID, RuleID: rule, Detail: detail, StalledAt: p.tx.Now}
	return nil
}

// unpriceable tells whether an error is the conversion's: a condition that cannot be answered for it, or amounts that
// are too large; and if so, by which rule and why.
func unpriceable(err error) (rule, detail string, known bool) {
	var condition *engine.ConditionError
	switch {
	case errors.As(err, &condition):
		rule, detail = condition.Rule, condition.Err.Error()
	case fault.KindOf(err) == fault.Invalid:
		detail = err.Error()
	default:
		return "", "", false
	}
	if runes := []rune(detail); len(runes) > maxStallRunes {
		detail = string(runes[:maxStallRunes])
	}
	return rule, detail, true
}
