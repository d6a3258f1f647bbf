package engine

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Close settles the period that contains an instant: tiers by the period, bonuses, placements. Their lines are of that
// period; what comes later goes to the next one. Periods are closed in their order, each once.
func (b *Book) Close(at time.Time) error {
	key, from, to := SpanOf(b.PeriodKind, b.Zone, at)
	isEarlier := func(l Line) bool { return l.Period < key }
	if b.closed.IsZero() && slices.ContainsFunc(b.Lines, isEarlier) || !b.closed.IsZero() && !from.Equal(b.closed) {
		return fmt.Errorf("engine: period %s does not come next", key)
	}
	last := to.Add(-time.Microsecond)
	plan, ok := PlanFor(b.Plans, last, Customer{})
	if !ok {
		b.closed = to
		return nil
	}
	for _, settle := range []func(key string, plan *Plan, last time.Time) error{b.settleTiers, b.payBonuses} {
		if err := settle(key, plan, last); err != nil {
			return err
		}
	}
	for _, a := range b.agreements {
		for _, p := range plan.Placements {
			if p.ID != a.Placement {
				continue
			}
			fee, err := p.FeeFor(a, from, to, b.Zone)
			if err != nil {
				return err
			}
			if fee != 0 {
				b.post(Line{Share: Share{Enrollment: a.Enrollment, Amount: fee}, RuleID: p.ID, Kind: KindPlacement, MaturesAt: last})
			}
		}
	}
	b.closed = to
	return nil
}

// tierSum is what the lines of one seller by the rules of one id come to, the earliest version first.
type tierSum struct {
	enrollment ID
	ruleID     string
	volumes    []TierVolume
}

func (b *Book) settleTiers(key string, _ *Plan, last time.Time) error {
	for _, s := range b.tierSums(key) {
		owed, err := SettleTiers(b.memberOf(s.enrollment), s.volumes, last)
		if err != nil {
			return err
		}
		for i, o := range owed {
			if o.Owed != 0 {
				b.post(Line{Share: Share{Enrollment: s.enrollment, Basis: s.volumes[i].Volume, Amount: o.Owed}, RuleID: s.ruleID, Kind: KindTier, MaturesAt: last})
			}
		}
	}
	return nil
}

// tierSums gives the volumes of a period that its close settles.
func (b *Book) tierSums(key string) []tierSum {
	var sums []tierSum
	for n := len(b.Plans) - 1; n >= 0; n-- {
		for _, l := range b.Lines {
			if l.Period != key || l.Level != 0 || l.Rule == nil || !l.Rule.Reward.ByPeriod || b.Plans[n].RuleByID(l.RuleID) != l.Rule {
				continue
			}
			i := slices.IndexFunc(sums, func(s tierSum) bool { return s.enrollment == l.Enrollment && s.ruleID == l.RuleID })
			if i < 0 {
				sums, i = append(sums, tierSum{enrollment: l.Enrollment, ruleID: l.RuleID}), len(sums)
			}
			sums[i].add(l)
		}
	}
	slices.SortStableFunc(sums, func(x, y tierSum) int {
		return cmp.Or(bytes.Compare(x.enrollment[:], y.enrollment[:]), cmp.Compare(x.ruleID, y.ruleID))
	})
	return sums
}

func (s *tierSum) add(l Line) {
	if n := len(s.volumes); n == 0 || s.volumes[n-1].Rule != l.Rule {
		s.volumes = append(s.volumes, TierVolume{Rule: l.Rule})
	}
	v := &s.volumes[len(s.volumes)-1]
	v.Volume += l.Basis
	v.Paid += l.Amount
}

func (b *Book) payBonuses(key string, plan *Plan, last time.Time) error {
	achieved := b.achievements(key)
	ids := make([]ID, 0, len(achieved))
	for id := range achieved {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(x, y ID) int { return bytes.Compare(x[:], y[:]) })
	for _, bonus := range plan.Bonuses {
		for _, id := range ids {
			amount, err := bonus.Pays(*achieved[id])
			if err != nil {
				return err
			}
			once := bonus.ID + "/" + string(id[:])
			if amount == 0 || (bonus.Once && b.bonuses[once]) {
				continue
			}
			b.bonuses[once] = true
			b.post(Line{Share: Share{Enrollment: id, Amount: amount}, RuleID: bonus.ID, Kind: KindBonus, MaturesAt: last})
		}
	}
	return nil
}

// achievements sums what every enrollment did in a period, from the sellers' lines in it.
func (b *Book) achievements(key string) map[ID]*Achieved {
	found := map[ID]*Achieved{}
	of := func(id ID) *Achieved {
		if found[id] == nil {
			found[id] = &Achieved{Group: b.memberOf(id).Group}
		}
		return found[id]
	}
	for _, l := range b.Lines {
		if l.Period == key && l.Level == 0 && l.Source != "" {
			of(l.Enrollment).VolumeMinor += l.Basis
		}
	}
	before := map[ID]bool{}
	for _, s := range b.sales(func(period string) bool { return period < key }) {
		before[s.seller] = true
	}
	for _, s := range b.sales(func(period string) bool { return period == key }) {
		a := of(s.seller)
		a.Sales++
		if before[s.seller] || a.FirstSale {
			continue
		}
		a.FirstSale = true
		// Who is not active earns nothing from its downline.
		if sponsor, ok := b.sponsorAt(s.seller, b.entries[s.source].at); ok && !b.memberOf(sponsor).Inactive {
			of(sponsor).RecruitsSold++
		}
	}
	return found
}

type sold struct {
	period, source string
	seller         ID
}

// sales gives the conversions that were earned in some periods and of which something was left there, so that one that
// is taken back before the close was no sale, and one that is corrected later is not another.
func (b *Book) sales(in func(period string) bool) []sold {
	left, earned := map[sold]int64{}, []sold(nil)
	for _, l := range b.Lines {
		if l.Level != 0 || l.Source == "" || !in(l.Period) {
			continue
		}
		s := sold{l.Period, l.Source, l.Enrollment}
		if l.Kind == KindEarned && !slices.Contains(earned, s) {
			earned = append(earned, s)
		}
		left[s] += l.Basis
	}
	return slices.DeleteFunc(earned, func(s sold) bool { return left[s] <= 0 })
}
