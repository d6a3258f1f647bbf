package money

import (
	"strconv"
	"strings"

	"tributary/internal/fault"
)

// Rate is a share in parts per million: 10,000 is 1 %, and 1 is a ten-thousandth of a percent.
type Rate int64

// RateOne is the whole: 100 %.
const RateOne Rate = 1_000_000

const (
	rateDecimals   = 4 // of a percent
	partsPerPct    = 10_000
	maxRateTextLen = 16
)

// The refusals of ParseRate.
var (
	ErrRateMalformed  = fault.New(fault.Invalid, "RATE_MALFORMED", "a rate is a percentage such as 12.5%%")
	ErrRateTooPrecise = fault.New(fault.Invalid, "RATE_TOO_PRECISE", "a rate has at most %d decimals", rateDecimals)
	ErrRateRange      = fault.New(fault.Invalid, "RATE_OUT_OF_RANGE", "a rate lies between 0%% and 100%%")
)

// ParseRate reads a percentage: "12.5%". Codes RATE_MALFORMED, RATE_TOO_PRECISE, RATE_OUT_OF_RANGE.
func ParseRate(s string) (Rate, error) {
	number, ok := strings.CutSuffix(s, "%")
	whole, decimals, dotted := strings.Cut(number, ".")
	if !ok || len(s) > maxRateTextLen || !isDigits(whole) || (dotted && !isDigits(decimals)) {
		return 0, ErrRateMalformed
	}
	if len(decimals) > rateDecimals {
		return 0, ErrRateTooPrecise
	}
	parts, err := strconv.ParseInt(whole+decimals+strings.Repeat("0", rateDecimals-len(decimals)), 10, 64)
	if err != nil || parts > int64(RateOne) {
		return 0, ErrRateRange
	}
	return Rate(parts), nil
}

// Percent gives the rate as ParseRate reads it, in the shortest form: "12.5%".
func (r Rate) Percent() string {
	whole, rest := int64(r)/partsPerPct, int64(r)%partsPerPct
	text := strconv.FormatInt(whole, 10)
	if rest != 0 {
		decimals := strconv.FormatInt(partsPerPct+rest, 10)[1:]
		text += "." + strings.TrimRight(decimals, "0")
	}
	return text + "%"
}
