package engine

import (
	"fmt"
	"time"
)

func (r *director) sell() {
	s := step{do: "sale", name: fmt.Sprintf("%ss%d", r.prefix, len(r.sales)), who: pick(r.dice, r.members...).ID, sale: r.drawSale(r.now)}
	s.customer = pick(r.dice, "", r.prefix+"ann", r.prefix+"ann", r.prefix+"bob", r.prefix+"cat")
	s.touch = Touch{Method: pick(r.dice, "LINK", "COUPON"), Link: pick(r.dice, "", "home"), Subs: map[string]string{"s": pick(r.dice, "1", "2")}}
	r.sales = append(r.sales, &selling{step: s, named: map[string]int64{}})
	r.steps = append(r.steps, s)
}

func (r *director) drawSale(now time.Time) Sale {
	s := Sale{Kind: pick(r.dice, "SALE", "SALE", "SALE", "LEAD", "SIGNUP"), Gross: pick(r.dice, r.between(0, 60), r.between(0, 5000), r.between(0, 100_000)),
		Country: pick(r.dice, "", "DE"), Coupon: pick(r.dice, "", "SPRING"), OccurredAt: now.Add(-time.Duration(r.below(24*8)) * time.Hour)}
	if r.in(50) {
		s.Tax, s.Shipping, s.Discount = r.between(0, s.Gross/4), r.between(0, s.Gross/4), r.between(0, s.Gross/2)
	}
	if r.in(70) {
		s.Metadata = map[string]string{"x": pick(r.dice, "1", "2", "")}
	}
	if r.in(60) {
		s.Items = r.drawItems(s.Gross)
	}
	return s
}

// drawItems draws items that stand for a part of the sale, for all of it, or for more.
func (r *director) drawItems(gross int64) (items []Item) {
	left := pick(r.dice, gross, gross, gross+gross/3, gross/2)
	for n := 1 + r.below(4); n > 0; n-- {
		part := left
		if n > 1 || r.in(30) {
			part = r.between(0, left)
		}
		left -= part
		items = append(items, Item{SKU: pick(r.dice, "a1", "b1", "c1"), Category: pick(r.dice, "", "toys", "books"), Name: pick(r.dice, "", "gift"), Quantity: r.between(1, 3), Minor: part})
	}
	return items
}

// restate sends a conversion again, with an amount that is not below what was refunded.
func (r *director) restate(o *selling) {
	s := o.step
	s.sale = r.drawSale(r.now)
	if r.in(60) {
		s.sale.OccurredAt = o.step.sale.OccurredAt
	}
	if s.sale.Gross >= o.refunded { // else it is refused
		o.step = s
	}
	r.steps = append(r.steps, s)
}

// refund takes back a part, or all that is left, or more, which is refused; half of the refunds name items.
func (r *director) refund(o *selling) {
	left := o.step.sale.Gross - o.refunded
	if r.in(4) {
		s := step{do: "refund", name: o.step.name, amount: left + r.between(1, 9)}
		if left > 0 && r.in(60) { // names an item that was not ordered, too much of one, or more than the refund
			s.amount = left
			s.items = pick(r.dice, map[string]int64{"z": 1}, map[string]int64{"a1": orderedOf(&o.step.sale, "a1") - o.named["a1"] + 1}, map[string]int64{"a1": 0})
		}
		r.steps = append(r.steps, s)
		return
	}
	amount := left
	if left > 0 && r.in(70) {
		amount = r.between(1, left)
	}
	r.takeBack(o, amount)
}

// giveBack is a chargeback that was won.
func (r *director) giveBack(o *selling) {
	if o.refunded > 0 {
		r.takeBack(o, -r.between(1, o.refunded))
	}
}

func (r *director) takeBack(o *selling, amount int64) {
	items := map[string]int64(nil)
	if amount > 0 && r.in(50) {
		items = r.drawNamed(o, amount)
	}
	o.refunded += amount
	for sku, minor := range items {
		o.named[sku] += minor
	}
	r.steps = append(r.steps, step{do: "refund", name: o.step.name, amount: amount, items: items})
}

// drawNamed says what of a refund was for which item: no more than is left of those.
func (r *director) drawNamed(o *selling, amount int64) map[string]int64 {
	items := map[string]int64{}
	for _, sku := range some(r.dice, "a1", "b1", "c1") {
		left := orderedOf(&o.step.sale, sku) - o.named[sku]
		if most := min(left, amount); most > 0 {
			items[sku] = pick(r.dice, most, r.between(1, most))
			amount -= items[sku]
		}
	}
	return items
}

func orderedOf(s *Sale, sku string) (sum int64) {
	for _, i := range s.Items {
		if i.SKU == sku {
			sum += i.Minor
		}
	}
	return sum
}
