package commission

import (
	"fmt"

	"tributary/models"
)

// pricer turns one batch of queue items into lines of one posting.
type pricer struct {
	tx       *models.Tx
	program  models.Program
	world    *world
	plans    timeline
	posting  *posting
	history  map[models.ID]customerHistory
	chainIDs []models.ID
	chain    []Member
	shares   []Share
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
	corrected := map[models.ID]models.AccrualItem{}
	for _, item := range items {
		c, ok := conversions[item.ID]
		if item.Kind == models.AccrualKindConversion && ok && c.Revision == 1 {
			if err := p.earn(c); err != nil {
				return err
			}
			continue
		}
		corrected[item.RootID] = item // the latest cause of a batch stands for all of them
	}
	if len(corrected) == 0 {
		return nil
	}
	// What was just earned may be corrected in the same batch: it must be readable first.
	return p.correct(corrected)
}

func (p *pricer) conversionsOf(items []models.AccrualItem) (map[models.ID]models.Conversion, error) {
	var ids []models.ID
	for _, item := range items {
		if item.Kind == models.AccrualKindConversion {
			ids = append(ids, item.ID)
		}
	}
	found := make(map[models.ID]models.Conversion, len(ids))
	const perStatement = 1000
	for start := 0; start < len(ids); start += perStatement {
		var rows []models.Conversion
		err := p.tx.Select("id", "root_id", "program_id", "kind", "revision", "occurred_at", "customer_id", "enrollment_id", "amount_minor",
			"tax_minor", "shipping_minor", "discount_minor").Where("id IN ?", ids[start:min(start+perStatement, len(ids))]).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read conversions: %w", err)
		}
		for _, r := range rows {
			found[r.ID] = r
		}
	}
	return found, nil
}

// earn adds the lines of a conversion that has none.
func (p *pricer) earn(c models.Conversion) error {
	v, ok := p.plans.holding(c.OccurredAt)
	if !ok {
		return nil // no plan held yet: nothing was promised
	}
	sale := saleOf(c, p.history)
	rule := v.plan.Match(sale)
	if rule == nil {
		return nil
	}
	p.setChain(models.Or(c.EnrollmentID), c, len(v.plan.Levels))
	var err error
	if p.shares, err = v.plan.Price(p.shares[:0], rule, v.plan.Basis(sale), p.chain); err != nil {
		return fmt.Errorf("price conversion %s: %w", c.ID, err)
	}
	for i, share := range p.shares {
		err := p.posting.add(line{Share: share, sourceID: c.RootID, ordinal: i, kind: models.CommissionKindEarned, planID: v.id,
			ruleID: rule.ID, maturesAt: maturesAt(v.plan, c.OccurredAt), occurredAt: c.OccurredAt})
		if err != nil {
			return err
		}
	}
	return nil
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
	h := history[c.ID]
	return Sale{Kind: c.Kind, GrossMinor: c.AmountMinor, TaxMinor: c.TaxMinor, ShippingMinor: c.ShippingMinor, LessMinor: c.DiscountMinor,
		OccurredAt: c.OccurredAt, CustomerFirstAt: h.firstAt, CustomerBefore: h.before}
}
