package commission

import (
	"fmt"

	"tributary/models"
)

// correct posts, for each conversion, the difference between its lines as they should be after all revisions and
// refunds and as they are. What decided the first lines is frozen: plan version, rule, and the chain that was paid.
func (p *pricer) correct(items map[models.ID]models.AccrualItem) error {
	pending := p.pendingLines()
	for _, rootID := range sortedIDs(items) {
		c, err := p.currentOf(rootID)
		if err != nil {
			return err
		}
		lines, err := p.linesOf(rootID, pending)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			if err := p.earnLate(c, items[rootID]); err != nil {
				return err
			}
			continue
		}
		if err := p.adjust(c, lines, items[rootID]); err != nil {
			return err
		}
	}
	return nil
}

// current is a conversion as it stands: its latest revision, and what was refunded of it.
type current struct {
	models.Conversion
	refunded int64
}

func (p *pricer) currentOf(rootID models.ID) (current, error) {
	var c current
	if err := p.tx.Where("root_id = ?", rootID).Order("revision DESC").Take(&c.Conversion).Error; err != nil {
		return c, fmt.Errorf("read conversion: %w", err)
	}
	err := p.tx.Model(&models.Refund{}).Where("conversion_id = ?", rootID).Select("COALESCE(SUM(amount_minor), 0)").Scan(&c.refunded).Error
	return c, err
}

// earnLate prices a conversion whose earlier revisions earned nothing, such as one that waited for its rate.
func (p *pricer) earnLate(c current, item models.AccrualItem) error {
	if c.State != models.ConversionStateReady || c.EnrollmentID == nil || item.Kind != models.AccrualKindConversion {
		return nil
	}
	if err := p.loadHistory([]models.Conversion{c.Conversion}); err != nil {
		return err
	}
	return p.earn(c.Conversion)
}

func (p *pricer) linesOf(rootID models.ID, pending map[models.ID][]models.Commission) ([]models.Commission, error) {
	var lines []models.Commission
	if err := p.tx.Where("source_id = ?", rootID).Order("ordinal").Find(&lines).Error; err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return append(lines, pending[rootID]...), nil
}

func (p *pricer) adjust(c current, lines []models.Commission, item models.AccrualItem) error {
	first := lines[0]
	v, ok := p.plans.byID(first.PlanVersionID)
	if !ok {
		return fmt.Errorf("plan version %s of line %s is gone", first.PlanVersionID, first.ID)
	}
	rule := v.plan.ruleByID(first.RuleID)
	if rule == nil {
		return fmt.Errorf("rule %q of line %s is gone", first.RuleID, first.ID)
	}
	var chain []Member
	sums, heads := map[models.ID]int64{}, map[models.ID]models.Commission{}
	for _, l := range lines {
		if l.Kind == models.CommissionKindEarned {
			chain = append(chain, Member{ID: l.EnrollmentID, Eligible: true})
			heads[l.EnrollmentID] = l
		}
		sums[l.EnrollmentID] += l.AmountMinor
	}
	target, err := v.plan.Price(nil, rule, v.plan.Basis(saleOf(c.Conversion, nil)), chain)
	if err != nil {
		return err
	}
	if target, err = Remaining(target, c.AmountMinor-c.refunded, c.AmountMinor); err != nil {
		return err
	}
	kind := models.CommissionKindRefund
	if item.Kind == models.AccrualKindConversion {
		kind = models.CommissionKindRestate
	}
	wanted := map[models.ID]int64{}
	for _, share := range target {
		wanted[share.EnrollmentID] = share.AmountMinor
	}
	ordinal := lines[len(lines)-1].Ordinal
	for _, m := range chain {
		head, difference := heads[m.ID], wanted[m.ID]-sums[m.ID]
		if difference == 0 {
			continue
		}
		ordinal++
		share := Share{EnrollmentID: m.ID, ViaID: models.Or(head.ViaID), Level: head.Level, BasisMinor: head.BasisMinor,
			Rate: moneyRate(head), AmountMinor: difference}
		err := p.posting.add(line{Share: share, sourceID: head.SourceID, ordinal: ordinal, kind: kind, correctsID: &head.ID,
			causeID: item.ID.Ref(), planID: head.PlanVersionID, ruleID: head.RuleID, maturesAt: head.MaturesAt, occurredAt: head.OccurredAt})
		if err != nil {
			return err
		}
	}
	return nil
}
