package engine

import (
	"fmt"
	"maps"
	"reflect"
)

// refundingAllLeavesNothing takes every sale back whole, in parts, with names and without, with a won chargeback in
// between: every level of every rule must then come to nothing, and so must the basis of sellers.
func refundingAllLeavesNothing(d *dice, w *shadow) error {
	for _, o := range w.orders {
		if o.stopped() {
			continue
		}
		r := director{dice: d, deal: w.deal}
		sale := &selling{step: step{name: o.name, sale: o.sale}, refunded: o.back.Total, named: maps.Clone(o.back.BySKU)}
		for range d.below(3) {
			if left := o.sale.Gross - sale.refunded; left > 0 {
				r.takeBack(sale, d.between(1, left))
			}
			if d.in(40) {
				r.giveBack(sale)
			}
		}
		if o.sale.Gross > 0 {
			r.takeBack(sale, o.sale.Gross-sale.refunded)
		} else {
			r.steps = append(r.steps, step{do: "void", name: o.name})
		}
		for i := range r.steps {
			if err := w.play(&r.steps[i]); err != nil {
				return fmt.Errorf("%s of %s by %d: %w", r.steps[i].do, o.name, r.steps[i].amount, err)
			}
		}
		if err := nothingLeft(w.book, o.name); err != nil {
			return err
		}
	}
	return nil
}

func nothingLeft(b *Book, name string) error {
	amounts, basis := map[spot]int64{}, map[spot]int64{}
	for _, l := range b.Lines {
		if l.Source == name {
			at := spot{l.RuleID, l.Level, l.Enrollment}
			if amounts[at] += l.Amount; l.Level == 0 {
				basis[at] += l.Basis
			}
		}
	}
	for at, left := range amounts {
		if left != 0 || basis[at] != 0 {
			return fmt.Errorf("%s is refunded whole, and %v is left with %d of %d", name, at, left, basis[at])
		}
	}
	return nil
}

// orderOfRefundsIsNothing makes the same refunds in two books, in one order and in the other.
func orderOfRefundsIsNothing(d *dice, r *director) error {
	there, back := r.rebuild(), r.rebuild()
	for _, e := range there.order {
		left := e.refunded.Whole - e.refunded.Total
		if e.plan == nil || !reflect.DeepEqual(e.sale, e.priced) {
			continue
		}
		var parts []step
		more := director{dice: d, deal: r.deal}
		sale := &selling{step: step{name: e.name, sale: e.sale}, named: maps.Clone(e.refunded.BySKU)}
		for range 1 + d.below(3) {
			if part := left / 2; part > 0 {
				more.takeBack(sale, d.between(1, part))
				left -= part
			}
		}
		parts = more.steps
		for i := range parts {
			if err := parts[i].play(there); err != nil {
				return err
			}
			if err := parts[len(parts)-1-i].play(back); err != nil {
				return err
			}
		}
	}
	if one, other := standingsOf(there), standingsOf(back); !maps.Equal(one, other) {
		return fmt.Errorf("refunds in another order come to %v, not %v", other, one)
	}
	return nil
}

type standsAt struct {
	source string
	spot   spot
}

// standingsOf sums a book's lines by conversion and spot.
func standingsOf(b *Book) map[standsAt]int64 {
	sums := map[standsAt]int64{}
	for _, l := range b.Lines {
		if l.Source != "" {
			key := standsAt{l.Source, spot{l.RuleID, l.Level, l.Enrollment}}
			if sums[key] += l.Amount; sums[key] == 0 {
				delete(sums, key)
			}
		}
	}
	return sums
}

// rebuild plays all steps in a new book. What was refused is refused again.
func (r *director) rebuild() *Book {
	b := NewBook(r.deal.Zone, r.deal.PeriodKind, r.deal.plans...)
	for i := range r.steps {
		_ = r.steps[i].play(b)
	}
	return b
}
