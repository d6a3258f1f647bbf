package money

import (
	"math"
	"math/bits"
)

// MulDivHalfEven gives a*num/den rounded half to even, the one rounding rule of the system. The product is kept in
// 128 bits. The rule is symmetric: negating a or num negates the result. den must be positive.
// Code AMOUNT_OVERFLOW, also for a den that is not positive.
func MulDivHalfEven(a, num, den int64) (int64, error) {
	if den <= 0 {
		return 0, ErrOverflow
	}
	negative := a^num < 0 // the signs differ
	d := uint64(den)
	hi, lo := bits.Mul64(magnitude(a), magnitude(num))
	if hi >= d {
		return 0, ErrOverflow
	}
	quotient, rest := bits.Div64(hi, lo, d)
	// rest < d <= MaxInt64, so doubling it cannot overflow.
	if twice := rest * 2; twice > d || (twice == d && quotient&1 == 1) {
		quotient++
	}
	if negative {
		if quotient > 1<<63 {
			return 0, ErrOverflow
		}
		return -int64(quotient), nil // 1<<63 becomes MinInt64, as it should
	}
	if quotient > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return int64(quotient), nil
}

// MulDivDown gives a*num/den cut towards zero, for the parts of a split whose remainder has a named place. All three
// must not be negative, den not zero, and num at most den. Code AMOUNT_OVERFLOW otherwise.
func MulDivDown(a, num, den int64) (int64, error) {
	if a < 0 || num < 0 || den <= 0 || num > den {
		return 0, ErrOverflow
	}
	hi, lo := bits.Mul64(uint64(a), uint64(num))
	quotient, _ := bits.Div64(hi, lo, uint64(den)) // num <= den, so the quotient is at most a
	return int64(quotient), nil
}

// magnitude: MinInt64 is its own negative, and 1<<63 as an unsigned number.
func magnitude(v int64) uint64 { return uint64(max(v, -v)) }
