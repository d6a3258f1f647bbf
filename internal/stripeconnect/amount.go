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

// grain gives the smallest amount of a currency, in our minor units, that Stripe transfers: three-decimal currencies
// must end in 0, and what Stripe counts without decimals has none.
func grain(c money.Currency) int64 {
	switch {
	case stripeExponent(c) < c.Exponent():
		return 100
	case c.Exponent() == 3:
		return 10
	}
	return 1
}

// Sendable cuts an amount to what Stripe can transfer.
func (r *Rail) Sendable(a money.Amount) money.Amount {
	return money.New(a.Minor-a.Minor%grain(a.Currency), a.Currency)
}

// stripeMinor gives an amount as Stripe counts it. An amount that cannot be transferred is refused, not rounded.
func stripeMinor(a money.Amount) (int64, error) {
	if a.Minor%grain(a.Currency) != 0 {
		return 0, &payout.Refusal{Kind: payout.RefusedSetup, Call: payout.Call{ErrorCode: "AMOUNT_NOT_SENDABLE"}}
	}
	switch exponent := stripeExponent(a.Currency); {
	case exponent > a.Currency.Exponent():
		minor, err := money.MulDivHalfEven(a.Minor, 100, 1)
		if err != nil { // refused here: nothing left, so the outcome is known
			return 0, &payout.Refusal{Kind: payout.RefusedSetup, Call: payout.Call{ErrorCode: "AMOUNT_NOT_SENDABLE"}}
		}
		return minor, nil
	case exponent < a.Currency.Exponent():
		return a.Minor / 100, nil
	}
	return a.Minor, nil
}

// fromStripe gives an amount as Stripe counts it in our minor units; false when it is no whole number of them, or too
// large: then it is none that we asked for.
func fromStripe(minor int64, c money.Currency) (money.Amount, bool) {
	switch exponent := stripeExponent(c); {
	case exponent > c.Exponent():
		return money.New(minor/100, c), minor%100 == 0
	case exponent < c.Exponent():
		ours, err := money.MulDivHalfEven(minor, 100, 1)
		return money.New(ours, c), err == nil
	}
	return money.New(minor, c), true
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
