package commission

import (
	"bytes"
	"maps"
	"slices"

	"tributary/internal/commission/engine"
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
	if err := p.clearStalls(restated(items)); err != nil {
		return err
	}
	if err := p.earnFirst(roots, found, last); err != nil {
		return err
	}
	if err := p.lockCaps(roots, found); err != nil {
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

// restated gives the conversions that the items price again, whole.
func restated(items []models.AccrualItem) []models.ID {
	var roots []models.ID
	for _, item := range items {
		if item.Kind == models.AccrualKindConversion {
			roots = append(roots, item.RootID)
		}
	}
	return roots
}

// earnFirst brings the first revisions up to date: those that this batch earned, and those whose own turn would come
// later, since ids made by several processes do not sort exactly by time.
func (p *pricer) earnFirst(roots []models.ID, found map[models.ID]*standing, last models.ID) error {
	var ahead, unearned []models.Conversion
	for _, root := range roots {
		s := found[root]
		if len(s.lines) > 0 {
			continue
		}
		if first, waits := s.revisions[root]; waits && bytes.Compare(root[:], last[:]) > 0 {
			ahead = append(ahead, first)
			p.early = append(p.early, root)
		}
		// Nothing was paid for it yet: whichever is priced next, it is the first that is.
		if s.revision.Revision > 0 {
			unearned = append(unearned, s.revision)
		}
		unearned = slices.AppendSeq(unearned, maps.Values(s.revisions))
	}
	if err := p.prepare(append(unearned, ahead...)); err != nil {
		return err
	}
	for i := range ahead {
		c := &ahead[i]
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

// apply works one item: the conversion's lines become what they should be after it.
func (p *pricer) apply(s *standing, item models.AccrualItem) error {
	s.take(item.ID)
	if len(s.lines) > 0 {
		return p.adjust(s, item)
	}
	if s.refunded.Void {
		delete(p.stalls, item.RootID)
		return p.clearStalls([]models.ID{item.RootID})
	}
	// Nothing was earned before, as by a conversion that waited for its rate.
	if item.Kind != models.AccrualKindConversion || s.revision.EnrollmentID == nil || s.revision.State != models.ConversionStateReady {
		return nil
	}
	lines, err := p.earn(&s.revision)
	if s.lines = slices.Clone(lines); err != nil || len(lines) == 0 || !s.isRefunded() {
		return err
	}
	return p.adjust(s, models.AccrualItem{ID: item.ID, Kind: models.AccrualKindRefund}) // what was taken back before there was anything to take it from
}

// adjust posts the difference that an item makes. What decided the first lines is frozen: plan version, facts, and the
// chain. A refund leaves a part of what was priced; a further revision is priced again, with the room that caps have now.
// What cannot be worked out puts the conversion aside, with its lines as they are.
func (p *pricer) adjust(s *standing, item models.AccrualItem) error {
	plan, err := p.plans.byID(s.lines[0].planID)
	if err != nil {
		return err
	}
	frozen, err := s.facts()
	if err != nil {
		return err
	}
	c, err := p.facts.frozenCase(&s.revision, s.lines[0].enrollmentID, s.lines[0].occurredAt, frozen)
	if err != nil {
		return err
	}
	present, heads := s.standing()
	made, kind, cause := s.madeFor(), models.CommissionKindRefund, item.ID
	counters, before := engine.Counters(frozen), plan.UsesOf(&c.Chain[0], &engine.Sale{OccurredAt: made.OccurredAt}, present)
	switch {
	case item.Kind == models.AccrualKindConversion:
		kind = models.CommissionKindRestate
	case made.ID != s.revision.ID && !s.refunded.Void && slices.ContainsFunc(before, isUsed):
		// The revision that stopped before goes through with this refund, and moves what it uses into its own intervals.
		kind, cause = models.CommissionKindRestate, s.revision.ID
	}
	if kind == models.CommissionKindRestate {
		counters = engine.Others(p.counters, before)
	}
	p.asked = engine.Recorder{Counters: counters, Asked: p.asked.Asked[:0]}
	if s.refunded.Void { // whatever it would earn
		p.out.Nothing()
	} else if err := priceLeft(plan, c, &p.asked, s.refunded, &p.out); err != nil {
		return p.stall(&s.revision, s.lines[0].planID, err)
	}
	p.mends(s.revision.RootID)
	facts := ""
	if kind == models.CommissionKindRestate && plan.Needs.Caps {
		if facts, err = plan.Freeze(c, p.asked.Asked); err != nil {
			return err
		}
	}
	differences := p.out.Differences(present)
	if len(differences) == 0 && facts != "" { // what a later refund leaves is a part of what was priced now
		differences = []engine.Difference{{Standing: 0, Share: engine.Share{Enrollment: present[0].Enrollment}}}
	}
	for i, d := range differences {
		next := s.lines[0]
		if d.Standing >= 0 {
			next = heads[d.Standing]
			next.amountMinor, next.basisMinor, next.correctsID = d.Share.Amount, d.Share.Basis, next.id
		} else {
			next = lineOf(&d.Share)
			next.sourceID, next.planID, next.occurredAt = s.lines[0].sourceID, s.lines[0].planID, s.lines[0].occurredAt
			next.maturesAt = plan.MaturesAt(d.Share.Rule, next.occurredAt)
		}
		next.ordinal, next.kind, next.causeID, next.facts = s.lines[len(s.lines)-1].ordinal+1, kind, cause, ""
		if i == 0 {
			next.facts = facts
		}
		if next, err = p.posting.add(next); err != nil {
			return err
		}
		s.lines = append(s.lines, next)
	}
	if plan.Needs.Caps {
		after, _ := s.standing()
		p.counters.move(before, plan.UsesOf(&c.Chain[0], &c.Sale, after))
	}
	return nil
}

// priceLeft prices a case and leaves of it what refunds do. Code AMOUNT_OVERFLOW.
func priceLeft(plan *engine.Plan, c *engine.Case, counters engine.Counters, refunded engine.Refunded, out *engine.Outcome) error {
	if err := plan.Price(c, counters, out); err != nil {
		return err
	}
	return out.Remain(&c.Sale, refunded)
}

func isUsed(u engine.Use) bool { return u.Usage != engine.Usage{} }

// lockCaps locks the counters that the standings use and those that their further revisions may use.
func (p *pricer) lockCaps(roots []models.ID, found map[models.ID]*standing) error {
	if !p.plans.needs.Caps {
		return nil
	}
	var keys []engine.CapKey
	for _, root := range roots {
		s := found[root]
		if len(s.lines) == 0 {
			continue
		}
		plan, err := p.plans.byID(s.lines[0].planID)
		if err != nil {
			return err
		}
		frozen, err := s.facts()
		if err != nil {
			return err
		}
		for _, r := range s.known { // also one that stopped, and the one before it that the lines are made for
			c := engine.Case{Sale: engine.Sale{Kind: r.Kind, OccurredAt: r.OccurredAt}, Chain: []engine.Member{{ID: engine.ID(s.lines[0].enrollmentID)}}}
			frozen.Into(&c)
			keys = plan.CapKeys(keys, &c.Chain[0], &c.Sale)
		}
	}
	return p.counters.lock(keys)
}
