package money

import (
	"strconv"
	"strings"

	"tributary/internal/fault"
)

// The refusals of this package.
var (
	ErrOverflow   = fault.New(fault.Invalid, "AMOUNT_OVERFLOW", "the amount is too large")
	ErrMalformed  = fault.New(fault.Invalid, "AMOUNT_MALFORMED", "an amount is a plain decimal number such as 12.50")
	ErrTooPrecise = fault.New(fault.Invalid, "AMOUNT_TOO_PRECISE", "the amount has more decimals than its currency")
	ErrMismatch   = fault.New(fault.Invalid, "CURRENCY_MISMATCH", "the amounts are in different currencies")
)

// Amount is a number of minor units of a currency. The zero value is no amount of no currency.
type Amount struct {
	Minor    int64
	Currency Currency
}

// New makes an amount of minor units.
func New(minor int64, c Currency) Amount { return Amount{Minor: minor, Currency: c} }

// Zero is nothing of a currency.
func Zero(c Currency) Amount { return Amount{Currency: c} }

// Parse reads a plain decimal: an optional minus, digits, and at most as many decimals as the currency has.
// Codes AMOUNT_MALFORMED, AMOUNT_TOO_PRECISE, AMOUNT_OVERFLOW.
func Parse(s string, c Currency) (Amount, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, decimals, dotted := strings.Cut(digits, ".")
	if !isDigits(whole) || (dotted && !isDigits(decimals)) {
		return Amount{}, ErrMalformed
	}
	exponent := c.Exponent()
	if len(decimals) > exponent {
		return Amount{}, ErrTooPrecise
	}
	minor, err := strconv.ParseInt(whole+decimals+strings.Repeat("0", exponent-len(decimals)), 10, 64)
	if err != nil {
		return Amount{}, ErrOverflow
	}
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: c}, nil
}

func isDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// Decimal gives the amount as Parse reads it, with all decimals of the currency: "12.50", "-0.05", "100" for JPY.
func (a Amount) Decimal() string {
	var space [24]byte
	return string(a.AppendDecimal(space[:0]))
}

// AppendDecimal appends what Decimal gives.
func (a Amount) AppendDecimal(to []byte) []byte {
	var space [24]byte
	digits := strconv.AppendInt(space[:0], a.Minor, 10)
	if digits[0] == '-' {
		to, digits = append(to, '-'), digits[1:]
	}
	exponent := a.Currency.Exponent()
	if exponent == 0 {
		return append(to, digits...)
	}
	whole := len(digits) - exponent
	if whole > 0 {
		to, digits = append(to, digits[:whole]...), digits[whole:]
	} else {
		to = append(to, '0')
	}
	to = append(to, '.')
	for range -whole {
		to = append(to, '0')
	}
	return append(to, digits...)
}

// String gives "12.50 GBP".
func (a Amount) String() string { return a.Decimal() + " " + string(a.Currency) }

// Add gives a+b. Codes CURRENCY_MISMATCH, AMOUNT_OVERFLOW.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, ErrMismatch
	}
	sum, err := AddMinor(a.Minor, b.Minor)
	return Amount{Minor: sum, Currency: a.Currency}, err
}

// Sub gives a-b. Codes CURRENCY_MISMATCH, AMOUNT_OVERFLOW.
func (a Amount) Sub(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, ErrMismatch
	}
	rest, err := SubMinor(a.Minor, b.Minor)
	return Amount{Minor: rest, Currency: a.Currency}, err
}

// IsZero tells whether the amount is nothing.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// IsNegative tells whether the amount is below nothing.
func (a Amount) IsNegative() bool { return a.Minor < 0 }

// IsPositive tells whether the amount is above nothing.
func (a Amount) IsPositive() bool { return a.Minor > 0 }

// AddMinor gives a+b. Code AMOUNT_OVERFLOW.
func AddMinor(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) { // wrapped
		return 0, ErrOverflow
	}
	return sum, nil
}

// SubMinor gives a-b. Code AMOUNT_OVERFLOW.
func SubMinor(a, b int64) (int64, error) {
	rest := a - b
	if (rest < a) != (b > 0) { // wrapped
		return 0, ErrOverflow
	}
	return rest, nil
}
