package engine

import "time"

func (w *shadow) customerOf(o *order) Customer {
	if o.customer == "" {
		return Customer{}
	}
	u := Customer{Known: true, FirstAt: o.sale.OccurredAt}
	later := false
	for _, other := range w.orders {
		if other == o {
			later = true
			continue
		}
		if other.back.Void {
			continue // it does not count
		}
		at, mine := other.sale.OccurredAt, o.sale.OccurredAt
		if other.customer != o.customer || at.After(mine) || (later && at.Equal(mine)) {
			continue
		}
		if u.Before++; other.sale.Kind == o.sale.Kind {
			u.BeforeKind++
		}
		if at.Before(u.FirstAt) {
			u.FirstAt = at
		}
	}
	return u
}

func (w *shadow) chainOf(o *order) (chain []Member) {
	for id, ok := o.seller, true; ok; id, ok = w.sponsorOf(id, o.at) {
		m := w.members[id]
		if e := o.spec.Eligible; e != nil {
			m.VolumeMinor, m.Customers = w.soldBefore(o, id, o.sale.OccurredAt.AddDate(0, 0, -e.Days))
		}
		m.LifetimeMinor, _ = w.soldBefore(o, id, time.Time{})
		chain = append(chain, m)
	}
	return chain
}

func (w *shadow) sponsorOf(id ID, at time.Time) (by ID, ok bool) {
	for _, s := range w.sponsors {
		if s.who == id && !s.at.After(at) {
			by, ok = s.by, true
		}
	}
	return by, ok
}

// soldBefore sums a member's own sales since an instant and until the order, and counts their customers.
func (w *shadow) soldBefore(o *order, id ID, since time.Time) (volume int64, customers int) {
	buyers := map[string]bool{}
	r := reference{deal: w.deal, spec: o.spec}
	for _, other := range w.orders {
		if at := other.sale.OccurredAt; other != o && !other.back.Void && other.seller == id && !at.Before(since) && !at.After(o.sale.OccurredAt) {
			volume += r.basis(&other.sale)
			buyers[other.customer] = true
		}
	}
	delete(buyers, "")
	return volume, len(buyers)
}

// usage sums what the lines of all other orders take of a counter.
func (w *shadow) usage(k CapKey, but *order) (u Usage) {
	for _, o := range w.orders {
		if o != but {
			u.Minor, u.Count = u.Minor+o.uses[k].Minor, u.Count+o.uses[k].Count
		}
	}
	return u
}

// usesOf gives what an order's lines take of each counter of its plan.
func (w *shadow) usesOf(o *order) map[CapKey]Usage {
	uses := map[CapKey]Usage{}
	if o.spec == nil {
		return uses
	}
	for i := range o.spec.Rules {
		rule := &o.spec.Rules[i]
		for _, k := range rule.Caps {
			if k.Per == "conversion" {
				continue
			}
			var u Usage
			for n := range w.book.Lines {
				if l := &w.book.Lines[n]; l.Source == o.name && l.RuleID == rule.ID && (l.Level == 0 || k.Scope == "program") {
					u.Minor += l.Amount
				}
			}
			if u.Minor > 0 {
				u.Count = 1
			}
			if u.Minor != 0 {
				uses[w.deal.counter(rule, k, &o.facts.Chain[0], o.facts.Sale.OccurredAt)] = u
			}
		}
	}
	return uses
}
