package money

import (
	"math/big"
	"strings"
)

// Product is an amount of minor units times a rate, not worked out.
type Product struct {
	Minor int64
	Rate  Rate
}

// Exact gives the sum of products as a plain decimal without any rounding, with at least the decimals of the currency:
// 83.33 times 2.5 % is "2.08325". For people; amounts are worked out by MulDivHalfEven.
func Exact(c Currency, products ...Product) string {
	sum := new(big.Int)
	for _, p := range products {
		sum.Add(sum, new(big.Int).Mul(big.NewInt(p.Minor), big.NewInt(int64(p.Rate))))
	}
	const rateDigits = 6 // of RateOne
	digits, negative := strings.CutPrefix(sum.String(), "-")
	digits = strings.Repeat("0", max(0, c.Exponent()+rateDigits+1-len(digits))) + digits
	point := len(digits) - c.Exponent() - rateDigits
	decimals := digits[point:]
	for len(decimals) > c.Exponent() && strings.HasSuffix(decimals, "0") {
		decimals = decimals[:len(decimals)-1]
	}
	text := digits[:point]
	if decimals != "" {
		text += "." + decimals
	}
	if negative {
		text = "-" + text
	}
	return text
}
