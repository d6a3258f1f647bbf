package engine

import (
	"math/big"
	"slices"
)

// remain cuts dues to what refunds leave of a sale.
func (l *deal) remain(all []taken, s *Sale, back Refunded) []due {
	if len(all) == 0 {
		return nil
	}
	var left, whole []int64
	var weights []int64
	for _, t := range all {
		weights = append(weights, t.weight)
	}
	switch {
	case back.Void || back.Total > 0 && back.Total >= back.Whole:
		left, whole = make([]int64, len(all)), slices.Repeat([]int64{1}, len(all))
	case back.Total == 0:
		left, whole = weights, weights
	default:
		whole = share(back.Whole, weights)
		left = leftOf(all, s, back, whole)
	}
	var found []due
	for i, t := range all {
		if left[i] == whole[i] {
			found = append(found, t.dues...)
		} else {
			found = append(found, scaled(t.dues, big.NewRat(left[i], whole[i]))...)
		}
	}
	return found
}

// leftOf gives what is left of each rule's part: what was refunded by name is gone first, and the rest in proportion. If
// more came back than went without a name, it goes where it was taken by name.
func leftOf(all []taken, s *Sale, back Refunded, whole []int64) []int64 {
	left := slices.Clone(whole)
	var gone int64
	for _, sku := range slices.Sorted(func(yield func(string) bool) {
		for sku := range back.BySKU {
			if !yield(sku) {
				return
			}
		}
	}) {
		named := back.BySKU[sku]
		for i, t := range all {
			mine := t.items == nil || slices.ContainsFunc(t.items, func(n int) bool { return s.Items[n].SKU == sku })
			if mine {
				part := min(named, left[i])
				left[i], named, gone = left[i]-part, named-part, gone+part
			}
		}
	}
	if back.Total > gone {
		return share(back.Whole-back.Total, left)
	}
	if back.Total < gone {
		byName := make([]int64, len(whole))
		for i := range whole {
			byName[i] = whole[i] - left[i]
		}
		for i, part := range share(gone-back.Total, byName) {
			left[i] += part
		}
	}
	return left
}

// scaled cuts the dues of one rule to a fraction: the total to the nearest unit, the levels down, and what is left over
// to the seller, whose share never grows by a refund; then to those above in turn.
func scaled(dues []due, fraction *big.Rat) []due {
	dues = slices.Clone(dues)
	most := make([]int64, len(dues))
	var total int64
	for i, d := range dues {
		most[i], total = d.amount, total+d.amount
	}
	rest := halfEven(of(total, fraction))
	for i := range dues {
		dues[i].basis = halfEven(of(dues[i].basis, fraction))
		dues[i].amount = 0
		if i > 0 {
			dues[i].amount = down(of(most[i], fraction))
		}
		rest -= dues[i].amount
	}
	for i := range dues {
		part := min(rest, most[i]-dues[i].amount)
		dues[i].amount, rest = dues[i].amount+part, rest-part
	}
	return dues
}
