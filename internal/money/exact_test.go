package money

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExactRoundsNothing(t *testing.T) {
	for _, c := range []struct {
		currency Currency
		products []Product
		want     string
	}{
		{"GBP", []Product{{8333, 25_000}}, "2.08325"},
		{"GBP", []Product{{10000, 100_000}}, "10.00"},
		{"GBP", []Product{{1, 1}}, "0.00000001"},
		{"GBP", []Product{{-8333, 25_000}}, "-2.08325"},
		{"GBP", []Product{{0, RateOne}}, "0.00"},
		{"GBP", nil, "0.00"},
		{"GBP", []Product{{10000, 50_000}, {5001, 70_000}}, "8.5007"},
		{"JPY", []Product{{105, 100_000}}, "10.5"},
		{"JPY", []Product{{100, 100_000}}, "10"},
		{"KWD", []Product{{1234, 500_000}}, "0.617"},
		{"GBP", []Product{{math.MaxInt64, RateOne}, {math.MaxInt64, RateOne}}, "184467440737095516.14"},
	} {
		require.Equal(t, c.want, Exact(c.currency, c.products...))
	}
}

func TestAnAmountInJSON(t *testing.T) {
	for _, a := range []Amount{{-5, "GBP"}, {1250, "GBP"}, {100, "JPY"}, {1, "KWD"}} {
		text, err := json.Marshal(a)
		require.NoError(t, err)
		var back Amount
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, a, back)
	}
	text, err := json.Marshal(New(-5, "GBP"))
	require.NoError(t, err)
	require.JSONEq(t, `{"amount": "-0.05", "currencyCode": "GBP"}`, string(text))
	require.Error(t, json.Unmarshal([]byte(`{"amount": "x", "currencyCode": "GBP"}`), &Amount{}))
	require.Error(t, json.Unmarshal([]byte(`7`), &Amount{}))
}
