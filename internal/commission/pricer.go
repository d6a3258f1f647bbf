package commission

import (
	"fmt"
	"slices"

	"tributary/models"
)

// pricer turns one batch of queue items into lines of one posting.
type pricer struct {
	tx       *models.Tx
	program  models.Program
	shard    int
	world    *world
	plans    timeline
	posting  *posting
	history  map[models.ID]customerHistory
	early    []models.ID // first revisions that a correction needed before their own turn
	chainIDs []models.ID
	chain    []Member
	shares   []Share
	made     []line
}

const conversionsAtOnce = 5000

// price works fresh conversions straight, and everything that corrects an earlier one by the difference between what
// its lines should be now and what they are.
func (p *pricer) price(items []models.AccrualItem) error {
	var rest []models.AccrualItem
	for start := 0; start < len(items); start += conversionsAtOnce {
		left, err := p.earnFresh(items[start:min(start+conversionsAtOnce, len(items))])
		if err != nil {
			return err
		}
		rest = append(rest, left...)
	}
	if len(rest) == 0 {
		return nil
	}
	return p.correct(rest, items[len(items)-1].ID)
}

// earnFresh prices the first revisions among the items and gives the others.
func (p *pricer) earnFresh(items []models.AccrualItem) ([]models.AccrualItem, error) {
	conversions, err := p.conversionsOf(items)
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(conversions, func(c models.Conversion) bool { return c.Revision > 1 })
	if err := p.loadHistory(fresh); err != nil {
		return nil, err
	}
	for _, c := range fresh {
		if _, err := p.earn(c); err != nil {
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

// earn adds the lines of a conversion that has none, and gives them, good until the next call.
func (p *pricer) earn(c models.Conversion) ([]line, error) {
	v, ok := p.plans.holding(c.OccurredAt)
	if !ok {
		return nil, nil // no plan held yet: nothing was promised
	}
	sale := saleOf(c, p.history)
	rule := v.plan.Match(sale)
	if rule == nil {
		return nil, nil
	}
	p.setChain(models.Or(c.EnrollmentID), c, len(v.plan.Levels))
	var err error
	if p.shares, err = v.plan.Price(p.shares[:0], rule, v.plan.Basis(sale), p.chain); err != nil {
		return nil, fmt.Errorf("price conversion %s: %w", c.ID, err)
	}
	p.made = p.made[:0]
	for i, share := range p.shares {
		l, err := p.posting.add(line{Share: share, sourceID: c.RootID, ordinal: i, kind: models.CommissionKindEarned, planID: v.id,
			ruleID: rule.ID, maturesAt: maturesAt(v.plan, c.OccurredAt), occurredAt: c.OccurredAt})
		if err != nil {
			return nil, err
		}
		p.made = append(p.made, l)
	}
	return p.made, nil
}

// setChain puts the seller and its upline as of the sale into p.chain. With compression the walk may need members
// beyond the plan's depth, so it goes as high as the program's tree.
func (p *pricer) setChain(seller models.ID, c models.Conversion, levels int) {
	p.chain = append(p.chain[:0], Member{ID: seller, Eligible: true})
	if levels == 0 {
		return
	}
	limit := levels
	if len(p.world.inactive) > 0 {
		limit = p.program.MaxDepth
	}
	p.chainIDs = p.world.tree.Upline(p.chainIDs[:0], seller, c.OccurredAt, limit)
	for _, id := range p.chainIDs {
		p.chain = append(p.chain, Member{ID: id, Eligible: !p.world.inactive[id]})
	}
}

func saleOf(c models.Conversion, history map[models.ID]customerHistory) Sale {
	h := history[c.RootID]
	return Sale{Kind: c.Kind, GrossMinor: c.AmountMinor, TaxMinor: c.TaxMinor, ShippingMinor: c.ShippingMinor, LessMinor: c.DiscountMinor,
		OccurredAt: c.OccurredAt, CustomerFirstAt: h.firstAt, CustomerBefore: h.before}
}
