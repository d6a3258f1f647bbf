package money

import (
	"strings"

	"tributary/internal/fault"
)

// Currency is an ISO 4217 code in upper case.
type Currency string

// ErrCurrency is returned for a code that ISO 4217 does not list as active.
var ErrCurrency = fault.New(fault.Invalid, "CURRENCY_UNKNOWN", "this is not an active ISO 4217 currency code in upper case")

// ParseCurrency accepts an active code. Code CURRENCY_UNKNOWN.
func ParseCurrency(s string) (Currency, error) {
	if c := Currency(s); c.Known() {
		return c, nil
	}
	return "", ErrCurrency
}

// Known tells whether the code is active.
func (c Currency) Known() bool { _, ok := exponents[c]; return ok }

// Exponent is how many decimals the currency has: 0 for JPY, 2 for GBP, 3 for KWD.
func (c Currency) Exponent() int { return exponents[c] }

// exponents holds the active codes of ISO 4217 list one that name a currency people are paid in: funds, metals and
// testing codes are left out.
var exponents = func() map[Currency]int {
	m := map[Currency]int{}
	for exponent, codes := range map[int]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
		2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE " +
			"CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR " +
			"KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB " +
			"PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY " +
			"TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
		3: "BHD IQD JOD KWD LYD OMR TND",
	} {
		for _, code := range strings.Fields(codes) {
			m[Currency(code)] = exponent
		}
	}
	return m
}()
