package engine

import (
	"maps"
	"reflect"
)

// follow does in the shadow what the step does; false when it is refused, or a condition cannot be answered.
func (w *shadow) follow(s *step, posted []Line) (ok bool, err error) {
	o := w.byName[s.name]
	switch s.do {
	case "change":
		w.members[s.member.ID] = s.member
	case "sponsor":
		w.sponsors = append(w.sponsors, *s)
	case "agree":
		w.agreements = append(w.agreements, s.agreement)
	case "close":
		return true, w.compareClose(s, posted)
	case "refund":
		return o.takeBack(s) && w.settle(o, false, posted), nil
	case "void":
		o.back.Void = true
		if o.spec == nil {
			return true, nil
		}
		o.sale = o.facts.Sale // a revision that stopped is no matter any more
		return w.settle(o, false, posted), nil
	case "sale":
		return w.followSale(o, s, posted), nil
	}
	return true, nil
}

// takeBack adds a refund; false when it exceeds the sale or an item.
func (o *order) takeBack(s *step) bool {
	total, named := o.back.Total+s.amount, int64(0)
	for sku, minor := range s.items {
		if named += minor; minor <= 0 || o.back.BySKU[sku]+minor > orderedOf(&o.sale, sku) {
			return false
		}
	}
	if total < 0 || total > o.back.Whole || (named > 0 && named > s.amount) {
		return false
	}
	o.back.Total = total
	for sku, minor := range s.items {
		o.back.BySKU[sku] += minor
	}
	return true
}

func (w *shadow) followSale(o *order, s *step, posted []Line) (ok bool) {
	if o == nil {
		o = &order{name: s.name, customer: s.customer, at: s.sale.OccurredAt, touch: s.touch, seller: s.who, back: Refunded{BySKU: map[string]int64{}}}
		w.byName[s.name], w.orders = o, append(w.orders, o)
	}
	if s.sale.Gross < o.back.Total {
		return false
	}
	same := o.spec != nil && reflect.DeepEqual(s.sale, o.sale) && !o.stopped()
	o.sale, o.back.Whole = s.sale, s.sale.Gross
	return same || w.settle(o, true, posted)
}

// stopped tells whether the latest revision of a conversion could not be priced.
func (o *order) stopped() bool { return o.spec != nil && !reflect.DeepEqual(o.sale, o.facts.Sale) }

// settle prices what a conversion says now, where it is not priced yet, and takes off what is refunded.
func (w *shadow) settle(o *order, revised bool, posted []Line) bool {
	switch first := o.spec == nil; {
	case first && !w.decide(o):
		return true // before the first plan
	case first || revised:
		c, used := o.facts, map[CapKey]Usage{}
		c.Sale = o.sale
		r := reference{deal: w.deal, spec: o.spec, c: &c, used: func(k CapKey) Usage {
			used[k] = w.usage(k, o)
			return used[k]
		}}
		priced, ok := r.price()
		if !ok && first {
			o.spec, o.plan = nil, nil
		}
		if !ok {
			return false
		}
		o.priced, o.facts, o.used = priced, c, used
	case o.stopped():
		return false
	}
	o.dues = w.deal.remain(o.priced, &o.sale, o.back)
	back := o.back
	back.BySKU = maps.Clone(o.back.BySKU)
	o.history = append(o.history, played{o.sale, back, posted})
	return true
}
