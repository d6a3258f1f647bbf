package engine

import "time"

// chainOf gives the seller and its upline as they are known now: who is above whom is as it was when the conversion was
// first priced, or is to be.
func (b *Book) chainOf(e *entry, plan *Plan) []Member {
	ids := e.chain
	for id, n := e.seller, 0; e.chain == nil && n <= maxChain; n++ {
		ids = append(ids, id)
		above, ok := b.sponsorAt(id, e.at)
		if !ok {
			break
		}
		id = above
	}
	chain := make([]Member, len(ids))
	for i, id := range ids {
		chain[i] = *b.memberOf(id)
		b.addVolumes(&chain[i], e, plan)
	}
	return chain
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

// sponsorChanges gives an instant and every later one at which somebody's sponsor changes.
func (b *Book) sponsorChanges(from time.Time) []time.Time {
	instants := []time.Time{from}
	for _, edges := range b.sponsors {
		for _, e := range edges {
			if e.since.After(from) {
				instants = append(instants, e.since)
			}
		}
	}
	return instants
}

// customerOf counts the conversions of the customer that are known and came before, in the order in which they occurred.
func (b *Book) customerOf(e *entry) Customer {
	if e.customer == "" {
		return Customer{}
	}
	u := Customer{Known: true, FirstAt: e.sale.OccurredAt}
	for n, o := range b.order {
		if o.customer != e.customer || o.refunded.Void {
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

// addVolumes sums the member's own sales before this one by the plan's basis: those of the days that count, and all. A
// sale counts with what its latest revision says, whatever was refunded of it.
func (b *Book) addVolumes(m *Member, e *entry, plan *Plan) {
	since := e.sale.OccurredAt.AddDate(0, 0, -plan.Needs.WindowDays)
	buyers := map[string]bool{}
	for _, o := range b.order {
		if o == e || o.seller != m.ID || o.refunded.Void || o.sale.OccurredAt.After(e.sale.OccurredAt) {
			continue
		}
		net := plan.Basis(&o.sale)
		m.LifetimeMinor += net
		if o.sale.OccurredAt.Before(since) {
			continue
		}
		m.VolumeMinor += net
		if o.customer != "" && !buyers[o.customer] {
			buyers[o.customer] = true
			m.Customers++
		}
	}
}
