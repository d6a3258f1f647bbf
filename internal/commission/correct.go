package commission

import (
	"bytes"
	"fmt"
	"slices"

	"tributary/models"
)

// correct works the items of a batch that change what is earned already, one after the other: each posts the
// difference between the lines as they should be after it and as they are, so that every adjustment has one cause and
// nothing depends on how items fell into batches. The last id of the batch tells what it has earned itself.
func (p *pricer) correct(items []models.AccrualItem, last models.ID) error {
	byRoot := map[models.ID][]models.AccrualItem{}
	for _, item := range items {
		byRoot[item.RootID] = append(byRoot[item.RootID], item)
	}
	roots := sortedIDs(byRoot)
	if err := p.posting.flush(); err != nil { // what was just earned may be corrected already
		return err
	}
	found, err := p.standings(roots)
	if err != nil {
		return err
	}
	if err := p.earnFirst(roots, found, last); err != nil {
		return err
	}
	for _, root := range roots {
		for _, item := range byRoot[root] {
			if err := p.apply(found[root], item); err != nil {
				return err
			}
		}
	}
	return nil
}

// earnFirst brings the first revisions up to date: those that this batch earned, and those whose own turn would come
// later, since ids made by several processes do not sort exactly by time.
func (p *pricer) earnFirst(roots []models.ID, found map[models.ID]*standing, last models.ID) error {
	var ahead, unearned []models.Conversion
	for _, root := range roots {
		s := found[root]
		first, waits := s.revisions[root]
		switch {
		case waits && bytes.Compare(root[:], last[:]) > 0:
			ahead = append(ahead, first)
			p.early = append(p.early, root)
		case waits && len(s.lines) == 0: // this batch found nothing to pay for it
			unearned = append(unearned, first)
		case len(s.lines) == 0:
			unearned = append(unearned, s.revision)
		}
	}
	if err := p.loadHistory(append(unearned, ahead...)); err != nil {
		return err
	}
	for _, c := range ahead {
		lines, err := p.earn(c)
		if err != nil {
			return err
		}
		found[c.RootID].lines = slices.Clone(lines)
	}
	for _, root := range roots {
		found[root].take(root)
	}
	return nil
}

func (p *pricer) apply(s *standing, item models.AccrualItem) error {
	s.take(item.ID)
	if len(s.lines) > 0 {
		return p.adjust(s, item)
	}
	// Nothing was earned before, as by a conversion that waited for its rate.
	if item.Kind != models.AccrualKindConversion || s.revision.EnrollmentID == nil || s.revision.State != models.ConversionStateReady {
		return nil
	}
	lines, err := p.earn(s.revision)
	if s.lines = slices.Clone(lines); err != nil || len(lines) == 0 || s.refunded == 0 {
		return err
	}
	return p.adjust(s, item) // for what was refunded before there was anything to take it from
}

// adjust posts the difference that an item makes. What decided the first lines is frozen: plan version, rule, and the
// chain that was paid.
func (p *pricer) adjust(s *standing, item models.AccrualItem) error {
	first := s.lines[0]
	v, ok := p.plans.byID(first.planID)
	if !ok {
		return fmt.Errorf("plan version %s of line %s is gone", first.planID, first.id)
	}
	rule := v.plan.ruleByID(first.ruleID)
	if rule == nil {
		return fmt.Errorf("rule %q of line %s is gone", first.ruleID, first.id)
	}
	var chain []Member
	var heads []line
	sums := map[models.ID]int64{}
	for _, l := range s.lines {
		if l.kind == models.CommissionKindEarned {
			chain, heads = append(chain, Member{ID: l.EnrollmentID, Eligible: true}), append(heads, l)
		}
		sums[l.EnrollmentID] += l.AmountMinor
	}
	target, err := v.plan.Price(nil, rule, v.plan.Basis(saleOf(s.revision, nil)), chain)
	if err != nil {
		return err
	}
	if target, err = Remaining(target, s.revision.SourceAmountMinor-s.refunded, s.revision.SourceAmountMinor); err != nil {
		return err
	}
	kind := models.CommissionKindRefund
	if item.Kind == models.AccrualKindConversion {
		kind = models.CommissionKindRestate
	}
	for i, head := range heads {
		difference := target[i].AmountMinor - sums[head.EnrollmentID]
		if difference == 0 {
			continue
		}
		next := head
		next.AmountMinor, next.ordinal, next.kind = difference, s.lines[len(s.lines)-1].ordinal+1, kind
		next.correctsID, next.causeID = head.id, item.ID
		if next, err = p.posting.add(next); err != nil {
			return err
		}
		s.lines = append(s.lines, next)
	}
	return nil
}
