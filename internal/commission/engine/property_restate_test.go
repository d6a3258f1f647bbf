package engine

import (
	"fmt"
	"maps"
)

// restatingTheSamePostsNothing sends every conversion again as it is, but for what no rule asks. Where other sales may
// have changed what caps leave, the first time may post, and the second may not.
func restatingTheSamePostsNothing(_ *dice, w *shadow) error {
	for _, o := range w.orders {
		if o.spec == nil || o.stopped() {
			continue
		}
		same := step{do: "sale", name: o.name, sale: o.sale}
		for again := range 2 {
			same.sale.Metadata = maps.Clone(same.sale.Metadata)
			if same.sale.Metadata == nil {
				same.sale.Metadata = map[string]string{}
			}
			same.sale.Metadata["note"] += "again"
			posted := len(w.book.Lines)
			if err := w.play(&same); err != nil {
				return err
			}
			if lines := w.book.Lines[posted:]; len(lines) > 0 && (again == 1 || !o.plan.Needs.Caps) {
				return fmt.Errorf("%s is sent again unchanged, and posts %+v", o.name, lines)
			}
		}
	}
	return nil
}

// restatingThereAndBackChangesNothing sends every conversion with other content and then as it was.
func restatingThereAndBackChangesNothing(d *dice, w *shadow) error {
	for _, o := range w.orders {
		if o.spec == nil || o.stopped() || o.plan.Needs.Caps {
			continue
		}
		before := standingsOf(w.book)
		was := step{do: "sale", name: o.name, sale: o.sale}
		other := was
		other.sale = (&director{dice: d, deal: w.deal}).drawSale(o.sale.OccurredAt)
		for _, s := range []*step{&other, &was} {
			if err := w.play(s); err != nil {
				return err
			}
		}
		if after := standingsOf(w.book); !maps.Equal(before, after) {
			return fmt.Errorf("%s there and back comes to %v, not %v", o.name, after, before)
		}
	}
	return nil
}
