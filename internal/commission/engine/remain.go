package engine

import "tributary/internal/money"

// Refunded is what was taken back of a conversion, in minor units of the currency the customer paid in.
type Refunded struct {
	Whole int64            // what the customer paid
	Total int64            // of it, all refunds and chargebacks so far
	BySKU map[string]int64 // of the total, what was taken back for an item by name
	Void  bool             // the conversion does not count at all, whatever its amount
}

// Remain scales the shares to what refunds leave. A refund that names an item takes from the rule that took the item;
// the rest of it takes from all rules in proportion to what they have left, and what came back beyond that goes where it
// was taken by name. In each portion the levels above the seller are cut to the unit below and the remainder is on the
// seller's line, so that the total is the exact share rounded half to even, and a conversion that is refunded whole
// leaves nothing on any level. No line exceeds what it was before all refunds: what of the remainder the seller did not
// have goes to the levels above, from the lowest. What is left depends on the sums alone, not on the order of refunds.
// Code AMOUNT_OVERFLOW.
func (out *Outcome) Remain(s *Sale, r Refunded) error {
	if r.Total == 0 && !r.Void || len(out.Shares) == 0 {
		return nil
	}
	left, whole, err := out.left(s, r)
	if err != nil {
		return err
	}
	for first := 0; first < len(out.Shares); {
		end := first
		for end < len(out.Shares) && out.Shares[end].Portion == out.Shares[first].Portion {
			end++
		}
		n := out.Shares[first].Portion
		if err := scale(out.Shares[first:end], left[n], whole[n]); err != nil {
			return err
		}
		first = end
	}
	return nil
}

// left gives, for each portion, what it stood for in the currency paid, and what is left of that.
func (out *Outcome) left(s *Sale, r Refunded) (left, whole []int64, err error) {
	weights := make([]int64, len(out.Portions))
	var sum int64
	for i, p := range out.Portions {
		weights[i] = p.Weight
		sum += p.Weight
	}
	if sum == 0 || r.Void || r.Total >= r.Whole { // nothing was paid for it, nothing of it counts, or nothing is left
		return make([]int64, len(weights)), ones(len(weights)), nil
	}
	if whole, err = money.SplitMinor(r.Whole, weights); err != nil {
		return nil, nil, err
	}
	rest := append([]int64(nil), whole...)
	for _, sku := range sortedKeys(r.BySKU) {
		back := r.BySKU[sku]
		for i := range out.Portions {
			if out.Portions[i].covers(s, sku) {
				part := min(back, rest[i])
				rest[i], back = rest[i]-part, back-part
			}
		}
	}
	left, err = r.spread(whole, rest)
	return left, whole, err
}

// spread turns what refunds by name leave of each portion into what all refunds leave.
func (r *Refunded) spread(whole, rest []int64) ([]int64, error) {
	keep, gone := r.Whole-r.Total, make([]int64, len(whole))
	var open int64
	for i := range rest {
		open, gone[i] = open+rest[i], whole[i]-rest[i]
	}
	if keep == open {
		return rest, nil
	}
	if keep < open {
		return money.SplitMinor(keep, rest)
	}
	left, err := money.SplitMinor(keep-open, gone) // a won dispute gave back more than was taken without a name
	for i := range left {
		left[i] += rest[i]
	}
	return left, err
}

func ones(n int) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = 1
	}
	return list
}

// covers tells whether the portion stands for items of this name: its own, or those that no rule for items took.
func (p *Portion) covers(s *Sale, sku string) bool {
	if p.Items == nil {
		return true // comes last: what the rules for items could not give back
	}
	for _, n := range p.Items {
		if s.Items[n].SKU == sku {
			return true
		}
	}
	return false
}

func scale(shares []Share, left, whole int64) error {
	if left == whole {
		return nil
	}
	var total int64
	for _, s := range shares {
		total += s.Amount
	}
	rest, err := money.MulDivHalfEven(total, left, whole)
	if err != nil {
		return err
	}
	lost := make([]int64, len(shares)) // what each may get back of the remainder
	for i := range shares {
		s := &shares[i]
		if s.Basis, err = money.MulDivHalfEven(s.Basis, left, whole); err != nil {
			return err
		}
		kept, err := money.MulDivDown(s.Amount, left, whole)
		if err != nil {
			return err
		}
		s.Amount, lost[i] = kept, s.Amount-kept
		rest -= kept
	}
	for i := range shares {
		back := min(rest, lost[i])
		shares[i].Amount += back
		rest -= back
	}
	return nil
}

// Standing is what the lines of one conversion come to, for one rule, level and enrollment.
type Standing struct {
	Rule       string
	Level      int
	Enrollment ID
	Basis      int64
	Amount     int64
}

// Difference is a line to be posted: Standing is the one that it adjusts, or -1 for a share that is new.
type Difference struct {
	Standing int
	Share    Share // with the difference as its basis and amount
}

// Differences gives what turns the lines as they are into the shares as they should be. Nothing is posted for a standing
// that is right already; what a restatement takes away from one rule it takes whole. A seller's line is posted for its
// basis alone too: tiers and goals sum it.
func (out *Outcome) Differences(present []Standing) []Difference {
	var found []Difference
	placed := make([]bool, len(out.Shares))
	for i, have := range present {
		target := Share{Enrollment: have.Enrollment, Level: have.Level}
		for n := range out.Shares {
			if s := &out.Shares[n]; s.Rule.ID == have.Rule && s.Level == have.Level && s.Enrollment == have.Enrollment {
				target, placed[n] = *s, true
			}
		}
		target.Basis, target.Amount = target.Basis-have.Basis, target.Amount-have.Amount
		if target.Amount != 0 || (have.Level == 0 && target.Basis != 0) {
			found = append(found, Difference{i, target})
		}
	}
	for n, s := range out.Shares {
		if !placed[n] {
			found = append(found, Difference{-1, s})
		}
	}
	return found
}
