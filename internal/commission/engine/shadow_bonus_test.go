package engine

import (
	"slices"
	"time"
)

// achieved is what an enrollment did in a period, as the shadow counts it.
type achieved struct {
	volume, sales, recruits int64
	first                   bool
}

// bonusesOf gives what bonuses are due for a period, from the sums of its conversions' lines.
func (w *shadow) bonusesOf(key string, spec *PlanSpec) (want []Line) {
	done := w.achievedIn(key)
	for _, b := range spec.Bonuses {
		for who, a := range done {
			amount := w.deal.minor(b.Amount)
			switch {
			case b.Group != "" && w.members[who].Group != b.Group:
				amount = 0
			case b.RecruitSells:
				amount *= a.recruits
			case b.FirstSale && !a.first,
				b.Reach != nil && b.Reach.Volume != "" && a.volume < w.deal.minor(b.Reach.Volume),
				b.Reach != nil && b.Reach.Sales > 0 && a.sales < int64(b.Reach.Sales):
				amount = 0
			}
			once := b.ID + string(who[:])
			if amount == 0 || (b.Once && w.paidOnce[once]) {
				continue
			}
			w.paidOnce[once] = true
			want = append(want, Line{Share: Share{Enrollment: who, Amount: amount}, RuleID: b.ID, Kind: KindBonus})
		}
	}
	return want
}

func (w *shadow) achievedIn(key string) map[ID]*achieved {
	done := map[ID]*achieved{}
	of := func(who ID) *achieved {
		if done[who] == nil {
			done[who] = &achieved{}
		}
		return done[who]
	}
	for _, l := range w.book.Lines {
		if w.byName[l.Source] != nil && l.Period == key && l.Level == 0 {
			of(l.Enrollment).volume += l.Basis
		}
	}
	for _, o := range w.orders {
		if !w.soldIn(o, key) {
			continue
		}
		a := of(o.seller)
		a.sales++
		earlier := slices.ContainsFunc(w.orders, func(other *order) bool {
			return other.seller == o.seller && slices.ContainsFunc(w.book.Lines, func(l Line) bool { return l.Period < key && w.soldIn(other, l.Period) })
		})
		if earlier || w.firstIn(o.seller, key) != o {
			continue
		}
		a.first = true
		if sponsor, ok := w.sponsorOf(o.seller, o.at); ok && !w.members[sponsor].Inactive {
			of(sponsor).recruits++
		}
	}
	return done
}

// soldIn tells whether a conversion earned in a period, and something of it was left there. It may be in two, by rules
// that ask for other ages.
func (w *shadow) soldIn(o *order, key string) bool {
	var left int64
	earned := false
	for _, l := range w.book.Lines {
		if l.Source == o.name && l.Level == 0 && l.Period == key {
			earned, left = earned || l.Kind == KindEarned, left+l.Basis
		}
	}
	return earned && left > 0
}

// firstIn gives the sale of a seller that earned first in a period.
func (w *shadow) firstIn(seller ID, key string) *order {
	for _, l := range w.book.Lines {
		if o := w.byName[l.Source]; o != nil && o.seller == seller && l.Kind == KindEarned && w.soldIn(o, key) {
			return o
		}
	}
	return nil
}

// features counts what occurred, so that the cases cannot go hollow.
type features map[string]int

// observe counts what the trace of the step, and the step itself, show.
func (w *shadow) observe(s *step, failed error) {
	if failed != nil {
		w.seen["refused "+s.do]++
		return
	}
	w.seen["step "+s.do]++
	if len(s.items) > 0 {
		w.seen["refund names items"]++
	}
	if s.amount < 0 && s.do == "refund" {
		w.seen["refund gives back"]++
	}
	o := w.byName[s.name]
	if o == nil || o.plan == nil || s.do != "sale" {
		return
	}
	for _, l := range w.book.Lines {
		if l.Kind == KindRestate && l.Source == s.name {
			w.seen["restatement posts"]++
			break
		}
	}
	if s.sale.OccurredAt.Equal(time.Time{}) {
		return
	}
	w.observeTrace(o.plan)
}

func (w *shadow) observeTrace(p *Plan) {
	t := w.book.out.Trace
	for _, r := range t.Rules {
		w.seen["rule "+string(r.Verdict)]++
	}
	if len(t.Portions) > 1 {
		w.seen["several rules share a sale"]++
	}
	for i := range t.Portions {
		w.observePortion(p, &t.Portions[i])
	}
}

func (w *shadow) observePortion(p *Plan, x *PortionStep) {
	for name, is := range map[string]bool{"refused " + string(x.Why): true, "pays nobody": x.PaysNobody, "override": x.Overridden, "fixed": x.Reward.IsFixed,
		"trim": len(x.Trims) > 0, "tiers by order": len(x.Reward.Tiers) > 0 && !x.Reward.ByPeriod, "tiers by period": x.Reward.ByPeriod} {
		if is {
			w.seen[name]++
		}
	}
	for _, k := range x.Caps {
		if k.After < k.Before {
			w.seen["cap cuts "+string(k.Cap.Per)+" "+string(k.Cap.Scope)]++
		}
		if k.Cap.Count > 0 && k.Used.Count >= k.Cap.Count {
			w.seen["cap by count is full"]++
		}
	}
	for _, l := range x.Levels {
		policy := map[Policy]string{Compress: "compress", Stop: "stop", House: "house"}[p.Policy]
		w.seen["level "+string(l.Verdict)+" under "+policy]++
		if l.Level > 0 && l.Level <= len(p.levels) && l.Share.Amount > 0 {
			w.seen["level of "+map[Basis]string{OfSale: "sale", OfBelow: "below", OfOverride: "override"}[p.levels[l.Level-1].Of]]++
		}
	}
}
