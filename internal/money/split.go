package money

import (
	"cmp"
	"math/bits"
	"slices"

	"tributary/internal/fault"
)

// ErrWeights is returned by a split that cannot be: a negative weight, or none above zero.
var ErrWeights = fault.New(fault.Invalid, "SPLIT_WEIGHTS", "weights must not be negative, and one must be positive")

// SplitMinor splits whole in proportion to weights by the largest remainder: every part is the exact share cut
// towards zero, and the units left over go one by one to the largest remainders, the lowest index first among equal
// ones. The parts always sum to whole. Code SPLIT_WEIGHTS, AMOUNT_OVERFLOW when the weights' sum overflows.
func SplitMinor(whole int64, weights []int64) ([]int64, error) {
	var sum int64
	for _, w := range weights {
		if w < 0 {
			return nil, ErrWeights
		}
		var err error
		if sum, err = AddMinor(sum, w); err != nil {
			return nil, err
		}
	}
	if sum == 0 {
		return nil, ErrWeights
	}
	total := magnitude(whole)
	parts, rests, order := make([]uint64, len(weights)), make([]uint64, len(weights)), make([]int, len(weights))
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(total, uint64(w))
		parts[i], rests[i] = bits.Div64(hi, lo, uint64(sum)) // w <= sum and total <= 1<<63, so hi < sum
		left -= parts[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(rests[j], rests[i]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	result := make([]int64, len(parts))
	for i, p := range parts {
		result[i] = int64(p)
		if whole < 0 {
			result[i] = -int64(p)
		}
	}
	return result, nil
}
