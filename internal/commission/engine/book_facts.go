package engine

import "time"

// caseOf gathers what is known of a conversion now.
func (b *Book) caseOf(e *entry) Case {
	c := Case{Sale: e.sale, Touch: e.touch}
	c.Customer = b.customerOf(e)
	days := 0
	for _, p := range b.Plans {
		days = max(days, p.Needs.WindowDays)
	}
	for id, n := e.seller, 0; n <= maxChain; n++ {
		m := *b.memberOf(id)
		b.addVolumes(&m, e, days)
		c.Chain = append(c.Chain, m)
		above, ok := b.sponsorAt(id, e.at)
		if !ok {
			break
		}
		id = above
	}
	return c
}

const maxChain = 1000

func (b *Book) memberOf(id ID) *Member {
	if m := b.members[id]; m != nil {
		return m
	}
	return &Member{ID: id}
}

func (b *Book) sponsorAt(child ID, at time.Time) (ID, bool) {
	edges := b.sponsors[child]
	for i := len(edges) - 1; i >= 0; i-- {
		if !at.Before(edges[i].since) {
			return edges[i].by, true
		}
	}
	return ID{}, false
}

// customerOf counts the conversions of the customer that are known and came before, in the order in which they occurred.
func (b *Book) customerOf(e *entry) Customer {
	if e.customer == "" {
		return Customer{}
	}
	u := Customer{Known: true, FirstAt: e.sale.OccurredAt}
	for n, o := range b.order {
		if o.customer != e.customer {
			continue
		}
		at := o.sale.OccurredAt
		if at.Before(u.FirstAt) {
			u.FirstAt = at
		}
		if at.Before(e.sale.OccurredAt) || (at.Equal(e.sale.OccurredAt) && n < b.position(e)) {
			u.Before++
			if o.sale.Kind == e.sale.Kind {
				u.BeforeKind++
			}
		}
	}
	return u
}

func (b *Book) position(e *entry) int {
	for n, o := range b.order {
		if o == e {
			return n
		}
	}
	return len(b.order)
}

// addVolumes sums the member's own sales before this one: those of the days that count, and all.
func (b *Book) addVolumes(m *Member, e *entry, days int) {
	since := e.sale.OccurredAt.AddDate(0, 0, -days)
	buyers := map[string]bool{}
	for _, o := range b.order {
		if o == e || o.seller != m.ID || o.sale.OccurredAt.After(e.sale.OccurredAt) || len(b.Plans) == 0 {
			continue
		}
		net := b.Plans[0].Basis(&o.sale)
		m.LifetimeMinor += net
		if !o.sale.OccurredAt.Before(since) {
			m.VolumeMinor += net
			if o.customer != "" && !buyers[o.customer] {
				buyers[o.customer] = true
				m.Customers++
			}
		}
	}
}
