package stripeconnect

import (
	"strings"

	"tributary/internal/money"
	"tributary/internal/payout"
)

// Stripe counts minor units by a list of its own, not by ISO 4217: zero-decimal currencies, and a few that are sent
// with two decimals although ISO gives none. Source: docs.stripe.com/currencies, as of API 2023-10-16.
const (
	zeroDecimal   = " BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF "
	sentAsDecimal = " ISK UGX "
)

// stripeMinor gives an amount as Stripe counts it. Three-decimal currencies must end in 0; the planner's amount is
// refused otherwise rather than rounded.
func stripeMinor(a money.Amount) (int64, error) {
	switch exponent := stripeExponent(a.Currency); {
	case exponent == a.Currency.Exponent() && exponent == 3 && a.Minor%10 != 0:
		return 0, &payout.Refusal{Kind: payout.RefusedSetup, Call: payout.Call{ErrorCode: "AMOUNT_NOT_SENDABLE"}}
	case exponent > a.Currency.Exponent():
		return money.MulDivHalfEven(a.Minor, 100, 1)
	case exponent < a.Currency.Exponent():
		if a.Minor%100 != 0 {
			return 0, &payout.Refusal{Kind: payout.RefusedSetup, Call: payout.Call{ErrorCode: "AMOUNT_NOT_SENDABLE"}}
		}
		return a.Minor / 100, nil
	}
	return a.Minor, nil
}

func fromStripe(minor int64, c money.Currency) money.Amount {
	switch exponent := stripeExponent(c); {
	case exponent > c.Exponent():
		return money.New(minor/100, c)
	case exponent < c.Exponent():
		return money.New(minor*100, c)
	}
	return money.New(minor, c)
}

func stripeExponent(c money.Currency) int {
	switch {
	case strings.Contains(zeroDecimal, " "+string(c)+" "):
		return 0
	case strings.Contains(sentAsDecimal, " "+string(c)+" "):
		return 2
	}
	return c.Exponent()
}
