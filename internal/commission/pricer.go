package commission

import (
	"fmt"

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

// price works fresh conversions straight, and everything that corrects an earlier one by the difference between what
// its lines should be now and what they are.
func (p *pricer) price(items []models.AccrualItem) error {
	conversions, err := p.conversionsOf(items)
	if err != nil {
		return err
	}
	var fresh []models.Conversion
	for _, c := range conversions {
		if c.Revision == 1 {
			fresh = append(fresh, c)
		}
	}
	if err := p.loadHistory(fresh); err != nil {
		return err
	}
	priced := make(map[models.ID]bool, len(fresh))
	for _, c := range fresh {
		if _, err := p.earn(c); err != nil {
			return err
		}
		priced[c.ID] = true
	}
	if len(fresh) == len(items) {
		return nil
	}
	return p.correct(items, priced)
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
