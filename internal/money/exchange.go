package money

import (
	"math/big"
	"strings"

	"tributary/internal/fault"
)

// ErrFxRate is returned for text that is no exchange rate.
var ErrFxRate = fault.New(fault.Invalid, "FX_RATE_MALFORMED", "an exchange rate is a positive decimal of at most 18 digits and 12 decimals")

const (
	maxFxDigits   = 18
	maxFxDecimals = 12
)

// FxRate is an exact decimal: how many units of the target currency one unit of the source currency is worth.
type FxRate struct {
	text     string
	unscaled *big.Int
	decimals int
}

// ParseFxRate reads a positive plain decimal. Code FX_RATE_MALFORMED.
func ParseFxRate(s string) (FxRate, error) {
	whole, decimals, dotted := strings.Cut(s, ".")
	if !isDigits(whole) || (dotted && !isDigits(decimals)) || len(decimals) > maxFxDecimals {
		return FxRate{}, ErrFxRate
	}
	digits := strings.TrimLeft(whole+decimals, "0")
	unscaled, ok := new(big.Int).SetString(digits, 10)
	if !ok || len(digits) > maxFxDigits {
		return FxRate{}, ErrFxRate
	}
	return FxRate{text: s, unscaled: unscaled, decimals: len(decimals)}, nil
}

// String gives the rate exactly as it was read.
func (r FxRate) String() string { return r.text }

// Convert gives a in another currency, rounded half to even once. Code AMOUNT_OVERFLOW.
func Convert(a Amount, to Currency, r FxRate) (Amount, error) {
	if r.unscaled == nil {
		return Amount{}, ErrFxRate
	}
	num := new(big.Int).Mul(big.NewInt(a.Minor), r.unscaled)
	num.Mul(num, pow10(to.Exponent()))
	den := pow10(r.decimals + a.Currency.Exponent())
	quotient, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	twice := new(big.Int).Abs(rest)
	twice.Lsh(twice, 1)
	if c := twice.Cmp(den); c > 0 || (c == 0 && quotient.Bit(0) == 1) {
		quotient.Add(quotient, big.NewInt(int64(num.Sign())))
	}
	if !quotient.IsInt64() {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: quotient.Int64(), Currency: to}, nil
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
