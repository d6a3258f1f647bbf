package money_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/money"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text     string
		currency money.Currency
		minor    int64
		code     string
	}{
		{"12.50", "GBP", 1250, ""}, {"12.5", "GBP", 1250, ""}, {"12", "GBP", 1200, ""}, {"-0.05", "GBP", -5, ""},
		{"100", "JPY", 100, ""}, {"1.234", "KWD", 1234, ""}, {"0", "GBP", 0, ""},
		{"92233720368547758.07", "GBP", math.MaxInt64, ""},
		{"92233720368547758.08", "GBP", 0, "AMOUNT_OVERFLOW"},
		{"1.005", "GBP", 0, "AMOUNT_TOO_PRECISE"}, {"1.0", "JPY", 0, "AMOUNT_TOO_PRECISE"},
		{"", "GBP", 0, "AMOUNT_MALFORMED"}, {"1e3", "GBP", 0, "AMOUNT_MALFORMED"}, {"+1", "GBP", 0, "AMOUNT_MALFORMED"},
		{" 1", "GBP", 0, "AMOUNT_MALFORMED"}, {"1,5", "GBP", 0, "AMOUNT_MALFORMED"}, {"1.", "GBP", 0, "AMOUNT_MALFORMED"},
		{".5", "GBP", 0, "AMOUNT_MALFORMED"}, {"--1", "GBP", 0, "AMOUNT_MALFORMED"}, {"NaN", "GBP", 0, "AMOUNT_MALFORMED"},
	} {
		a, err := money.Parse(c.text, c.currency)
		if c.code != "" {
			require.Equal(t, c.code, fault.CodeOf(err), c.text)
			continue
		}
		require.NoError(t, err, c.text)
		require.Equal(t, money.New(c.minor, c.currency), a, c.text)
	}
}

func TestRates(t *testing.T) {
	for text, parts := range map[string]money.Rate{"12.5%": 125_000, "0.0001%": 1, "100%": money.RateOne, "0%": 0, "10%": 100_000, "1.0305%": 10_305} {
		r, err := money.ParseRate(text)
		require.NoError(t, err, text)
		require.Equal(t, parts, r, text)
		require.Equal(t, text, r.Percent())
	}
	longest, err := money.ParseRate("000000000012.50%")
	require.NoError(t, err)
	require.Equal(t, "12.5%", longest.Percent())
	for text, code := range map[string]string{"": "RATE_MALFORMED", "1.%": "RATE_MALFORMED", ".5%": "RATE_MALFORMED", "0000000000012.50%": "RATE_MALFORMED", "12.5": "RATE_MALFORMED", "%": "RATE_MALFORMED", "-1%": "RATE_MALFORMED",
		"0.00001%": "RATE_TOO_PRECISE", "100.0001%": "RATE_OUT_OF_RANGE", "12345678901234567%": "RATE_MALFORMED"} {
		_, err := money.ParseRate(text)
		require.Equal(t, code, fault.CodeOf(err), text)
	}
}

func TestHalfEven(t *testing.T) {
	for _, c := range [][4]int64{{5, 1, 2, 2}, {7, 1, 2, 4}, {-5, 1, 2, -2}, {-7, 1, 2, -4}, {1, 1, 3, 0}, {2, 1, 3, 1},
		{math.MinInt64, 1, 1, math.MinInt64}, {math.MaxInt64, 10, 10, math.MaxInt64},
		{6, 6, 4, 9}, {-6, -6, 4, 9}, {-5, 3, 5, -3}, {0, -3, 5, 0}, {-3, 0, 5, 0}} {
		got, err := money.MulDivHalfEven(c[0], c[1], c[2])
		require.NoError(t, err)
		require.Equal(t, c[3], got, "%v", c)
	}
	for _, c := range [][3]int64{{math.MaxInt64, 2, 1}, {math.MinInt64, -1, 1}, {1, 1, 0}, {1, 1, -1},
		{1 << 62, 1 << 62, 1 << 60}, {math.MinInt64, math.MaxInt64, 1 << 62}} {
		_, err := money.MulDivHalfEven(c[0], c[1], c[2])
		require.ErrorIs(t, err, money.ErrOverflow, "%v", c)
	}
}

func TestMulDivDown(t *testing.T) {
	for _, c := range [][4]int64{{67, 2221, 3333, 44}, {math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64}, {5, 0, 3, 0}, {0, 3, 3, 0}} {
		got, err := money.MulDivDown(c[0], c[1], c[2])
		require.NoError(t, err)
		require.Equal(t, c[3], got, "%v", c)
	}
	for _, c := range [][3]int64{{-1, 1, 2}, {1, -1, 2}, {1, 0, 0}, {1, 3, 2}} {
		_, err := money.MulDivDown(c[0], c[1], c[2])
		require.ErrorIs(t, err, money.ErrOverflow, "%v", c)
	}
}

func TestSplitGivesTheRestToTheLargestRemainders(t *testing.T) {
	for _, c := range []struct {
		whole          int64
		weights, parts []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}}, {-10, []int64{1, 5, 0}, []int64{-2, -8, 0}},
		{10, []int64{5, 1}, []int64{8, 2}}, {-10, []int64{5, 1}, []int64{-8, -2}}, {0, []int64{1, 2}, []int64{0, 0}},
		{2, []int64{3, 4, 3}, []int64{1, 1, 0}}, {math.MinInt64, []int64{0, 1}, []int64{0, math.MinInt64}},
	} {
		parts, err := money.SplitMinor(c.whole, c.weights)
		require.NoError(t, err)
		require.Equal(t, c.parts, parts, "%d by %v", c.whole, c.weights)
	}
	for _, weights := range [][]int64{nil, {0, 0}, {1, -1}} {
		_, err := money.SplitMinor(1, weights)
		require.ErrorIs(t, err, money.ErrWeights)
	}
	_, err := money.SplitMinor(1, []int64{math.MaxInt64, 1})
	require.ErrorIs(t, err, money.ErrOverflow)
}

func TestArithmeticIsChecked(t *testing.T) {
	gbp := func(minor int64) money.Amount { return money.New(minor, "GBP") }
	for _, c := range []struct{ a, b, sum int64 }{
		{0, 0, 0}, {1, 0, 1}, {0, 1, 1}, {0, -1, -1}, {3, -5, -2}, {math.MaxInt64, math.MinInt64, -1},
		{math.MaxInt64 - 1, 1, math.MaxInt64}, {math.MinInt64 + 1, -1, math.MinInt64}, {math.MinInt64, 0, math.MinInt64},
	} {
		got, err := gbp(c.a).Add(gbp(c.b))
		require.NoError(t, err, "%v", c)
		require.Equal(t, gbp(c.sum), got, "%v", c)
		got, err = gbp(c.sum).Sub(gbp(c.b))
		require.NoError(t, err, "%v", c)
		require.Equal(t, gbp(c.a), got, "%v", c)
	}
	for _, c := range [][2]int64{{math.MaxInt64, 1}, {1, math.MaxInt64}, {math.MinInt64, -1}, {math.MinInt64, math.MinInt64}} {
		_, err := gbp(c[0]).Add(gbp(c[1]))
		require.ErrorIs(t, err, money.ErrOverflow, "%v", c)
	}
	for _, c := range [][2]int64{{0, math.MinInt64}, {math.MaxInt64, -1}, {math.MinInt64, 1}, {-2, math.MaxInt64}} {
		_, err := gbp(c[0]).Sub(gbp(c[1]))
		require.ErrorIs(t, err, money.ErrOverflow, "%v", c)
	}
	_, err := gbp(1).Add(money.New(1, "EUR"))
	require.ErrorIs(t, err, money.ErrMismatch)
	_, err = gbp(1).Sub(money.New(1, "EUR"))
	require.ErrorIs(t, err, money.ErrMismatch)
}

func TestSigns(t *testing.T) {
	for minor, is := range map[int64][3]bool{-1: {true, false, false}, 0: {false, true, false}, 1: {false, false, true}} {
		a := money.New(minor, "GBP")
		require.Equal(t, is, [3]bool{a.IsNegative(), a.IsZero(), a.IsPositive()}, a.String())
	}
	require.Equal(t, money.New(0, "GBP"), money.Zero("GBP"))
}

func TestAmountsPrintAllDecimals(t *testing.T) {
	for text, a := range map[string]money.Amount{
		"12.50 GBP": money.New(1250, "GBP"), "-0.05 GBP": money.New(-5, "GBP"), "0.00 GBP": money.Zero("GBP"), "1.00 GBP": money.New(100, "GBP"),
		"-100 JPY": money.New(-100, "JPY"), "0.012 KWD": money.New(12, "KWD"), "-92233720368547758.08 EUR": money.New(math.MinInt64, "EUR"),
	} {
		require.Equal(t, text, a.String())
	}
}

func TestConvertKnowsExponents(t *testing.T) {
	for _, c := range []struct {
		from money.Amount
		to   money.Currency
		rate string
		want int64
	}{{money.New(1000, "GBP"), "JPY", "190.25", 1902}, {money.New(1, "JPY"), "KWD", "0.0021", 2},
		{money.New(250, "GBP"), "EUR", "1.17", 292}, {money.New(-250, "GBP"), "EUR", "1.17", -292}, {money.New(350, "GBP"), "EUR", "1.01", 354},
		{money.New(1000, "KWD"), "GBP", "0.000000000001", 0}, {money.New(1, "JPY"), "GBP", "123456.789012345678", 12345679}, {money.New(math.MinInt64, "GBP"), "EUR", "1", math.MinInt64}} {
		rate, err := money.ParseFxRate(c.rate)
		require.NoError(t, err)
		got, err := money.Convert(c.from, c.to, rate)
		require.NoError(t, err)
		require.Equal(t, money.New(c.want, c.to), got, c.rate)
	}
	rate, err := money.ParseFxRate("100.0")
	require.NoError(t, err)
	require.Equal(t, "100.0", rate.String())
	_, err = money.Convert(money.New(math.MaxInt64, "GBP"), "EUR", rate)
	require.ErrorIs(t, err, money.ErrOverflow)
	_, err = money.Convert(money.New(1, "GBP"), "EUR", money.FxRate{})
	require.ErrorIs(t, err, money.ErrFxRate)
	for _, text := range []string{"", "0", "0.0", "-1", "1.", ".5", "1e2", "1.0000000000001", "1234567890123456789"} {
		_, err := money.ParseFxRate(text)
		require.ErrorIs(t, err, money.ErrFxRate, text)
	}
}

func TestCurrencies(t *testing.T) {
	for code, exponent := range map[string]int{"JPY": 0, "GBP": 2, "KWD": 3, "HUF": 2, "ISK": 0} {
		c, err := money.ParseCurrency(code)
		require.NoError(t, err)
		require.Equal(t, exponent, c.Exponent(), code)
	}
	for _, code := range []string{"", "gbp", "ZZZ", "XAU", "GBP "} {
		_, err := money.ParseCurrency(code)
		require.ErrorIs(t, err, money.ErrCurrency, code)
	}
}

func FuzzSplitSumsToWhole(f *testing.F) {
	f.Add(int64(100), int64(1), int64(1), int64(1))
	f.Add(int64(math.MinInt64), int64(7), int64(0), int64(3))
	f.Fuzz(func(t *testing.T, whole, a, b, c int64) {
		weights := []int64{a, b, c}
		parts, err := money.SplitMinor(whole, weights)
		if err != nil {
			return
		}
		var sum int64
		for i, p := range parts {
			sum += p
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(whole), big.NewInt(weights[i])), new(big.Int).Add(big.NewInt(a), new(big.Int).Add(big.NewInt(b), big.NewInt(c))))
			off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(p))
			require.Negative(t, off.Abs(off).Cmp(big.NewRat(1, 1)), "a part is less than one unit from its share")
		}
		require.Equal(t, whole, sum)
	})
}

func FuzzParsePrintsBack(f *testing.F) {
	f.Add(int64(-5), uint8(0))
	f.Fuzz(func(t *testing.T, minor int64, pick uint8) {
		c := []money.Currency{"GBP", "JPY", "KWD"}[pick%3]
		if minor == math.MinInt64 {
			minor++
		}
		back, err := money.Parse(money.New(minor, c).Decimal(), c)
		require.NoError(t, err)
		require.Equal(t, money.New(minor, c), back)
	})
}

func FuzzMulDivHalfEven(f *testing.F) {
	f.Add(int64(5), int64(1), int64(2))
	f.Fuzz(func(t *testing.T, a, num, den int64) {
		got, err := money.MulDivHalfEven(a, num, den)
		if den <= 0 {
			require.Error(t, err)
			return
		}
		product, d := new(big.Int).Mul(big.NewInt(a), big.NewInt(num)), big.NewInt(den)
		q, r := new(big.Int).QuoRem(product, d, new(big.Int))
		if c := new(big.Int).Lsh(new(big.Int).Abs(r), 1).Cmp(d); c > 0 || (c == 0 && q.Bit(0) == 1) {
			q.Add(q, big.NewInt(int64(product.Sign())))
		}
		if !q.IsInt64() {
			require.ErrorIs(t, err, money.ErrOverflow)
			return
		}
		require.NoError(t, err)
		require.Equal(t, q.Int64(), got)
	})
}

func FuzzAddAndSubAgainstBig(f *testing.F) {
	f.Add(int64(math.MinInt64), int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, a, b int64) {
		check := func(got int64, err error, want *big.Int) {
			if !want.IsInt64() {
				require.ErrorIs(t, err, money.ErrOverflow)
				return
			}
			require.NoError(t, err)
			require.Equal(t, want.Int64(), got)
		}
		sum, err := money.AddMinor(a, b)
		check(sum, err, new(big.Int).Add(big.NewInt(a), big.NewInt(b)))
		rest, err := money.SubMinor(a, b)
		check(rest, err, new(big.Int).Sub(big.NewInt(a), big.NewInt(b)))
	})
}
