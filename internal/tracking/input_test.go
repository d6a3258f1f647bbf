package tracking_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/tracking"
	"tributary/models"
)

type change = func(in *tracking.ConversionInput)

func items(n int) []tracking.Item {
	list := make([]tracking.Item, n)
	for i := range list {
		list[i] = tracking.Item{SKU: fmt.Sprint(i), Quantity: 1, Amount: "0.01"}
	}
	return list
}

func TestEveryRefusalOfAConversion(t *testing.T) {
	m := newMarket(t)
	now := m.Clock.Now()
	foreign := func(in *tracking.ConversionInput) {
		in.Currency, in.FxRate, in.FxSource, in.FxQuotedAt = "USD", "0.8", "ecb", &now
	}
	for name, c := range map[string]struct {
		change      change
		code, field string
	}{
		"source":                {func(in *tracking.ConversionInput) { in.Source = "Shop" }, "SOURCE_INVALID", "source"},
		"source too long":       {func(in *tracking.ConversionInput) { in.Source = strings.Repeat("s", 33) }, "SOURCE_INVALID", "source"},
		"no id":                 {func(in *tracking.ConversionInput) { in.ExternalID = "" }, "EXTERNAL_ID_INVALID", "externalId"},
		"blank id":              {func(in *tracking.ConversionInput) { in.ExternalID = " \t" }, "EXTERNAL_ID_INVALID", "externalId"},
		"id too long":           {func(in *tracking.ConversionInput) { in.ExternalID = strings.Repeat("ü", 191) }, "EXTERNAL_ID_INVALID", "externalId"},
		"id of no text":         {func(in *tracking.ConversionInput) { in.ExternalID = "a\xff" }, "EXTERNAL_ID_INVALID", "externalId"},
		"kind":                  {func(in *tracking.ConversionInput) { in.Kind = "sale" }, "KIND_INVALID", "kind"},
		"kind too long":         {func(in *tracking.ConversionInput) { in.Kind = strings.Repeat("K", 41) }, "KIND_INVALID", "kind"},
		"no time":               {func(in *tracking.ConversionInput) { in.OccurredAt = time.Time{} }, "OCCURRED_AT_MISSING", "occurredAt"},
		"a time before time":    {func(in *tracking.ConversionInput) { in.OccurredAt = time.Unix(-1, 0) }, "OCCURRED_AT_MISSING", "occurredAt"},
		"the future":            {func(in *tracking.ConversionInput) { in.OccurredAt = now.Add(day + time.Microsecond) }, "OCCURRED_AT_FUTURE", "occurredAt"},
		"customer too long":     {func(in *tracking.ConversionInput) { in.CustomerID = strings.Repeat("ü", 191) }, "CUSTOMER_ID_INVALID", "customerId"},
		"customer of no text":   {func(in *tracking.ConversionInput) { in.CustomerID = "\xff" }, "CUSTOMER_ID_INVALID", "customerId"},
		"too many items":        {func(in *tracking.ConversionInput) { in.Items = items(1001) }, "TOO_MANY_ITEMS", "items"},
		"currency":              {func(in *tracking.ConversionInput) { in.Currency = "gbp" }, "CURRENCY_UNKNOWN", "currencyCode"},
		"no amount":             {func(in *tracking.ConversionInput) { in.Amount = "" }, "AMOUNT_MALFORMED", "amount"},
		"amount with a comma":   {func(in *tracking.ConversionInput) { in.Amount = "1,00" }, "AMOUNT_MALFORMED", "amount"},
		"exponent":              {func(in *tracking.ConversionInput) { in.Amount = "1e3" }, "AMOUNT_MALFORMED", "amount"},
		"too precise":           {func(in *tracking.ConversionInput) { in.Amount = "1.001" }, "AMOUNT_TOO_PRECISE", "amount"},
		"too large":             {func(in *tracking.ConversionInput) { in.Amount = "92233720368547758.08" }, "AMOUNT_OVERFLOW", "amount"},
		"a sale of nothing":     {func(in *tracking.ConversionInput) { in.Amount = "0.00" }, "AMOUNT_NOT_POSITIVE", "amount"},
		"less than nothing":     {func(in *tracking.ConversionInput) { in.Amount = "-1.00" }, "AMOUNT_NOT_POSITIVE", "amount"},
		"a negative lead":       {func(in *tracking.ConversionInput) { in.Kind, in.Amount = "LEAD", "-0.01" }, "AMOUNT_NOT_POSITIVE", "amount"},
		"tax":                   {func(in *tracking.ConversionInput) { in.Tax = "x" }, "AMOUNT_MALFORMED", "tax"},
		"negative tax":          {func(in *tracking.ConversionInput) { in.Tax = "-1.00" }, "AMOUNT_NOT_POSITIVE", "tax"},
		"shipping":              {func(in *tracking.ConversionInput) { in.Shipping = "x" }, "AMOUNT_MALFORMED", "shipping"},
		"discount":              {func(in *tracking.ConversionInput) { in.Discount = "0.001" }, "AMOUNT_TOO_PRECISE", "discount"},
		"more tax than amount":  {func(in *tracking.ConversionInput) { in.Tax = "10.01" }, "AMOUNT_BELOW_PARTS", "amount"},
		"more parts than whole": {func(in *tracking.ConversionInput) { in.Tax, in.Shipping = "5.00", "5.01" }, "AMOUNT_BELOW_PARTS", "amount"},
		"item amount": {func(in *tracking.ConversionInput) {
			in.Items = append(items(1), tracking.Item{Quantity: 1, Amount: "x"})
		}, "AMOUNT_MALFORMED", "items.1.amount"},
		"item quantity": {func(in *tracking.ConversionInput) { in.Items = []tracking.Item{{Amount: "1.00"}} }, "ITEM_INVALID", "items.0"},
		"negative item": {func(in *tracking.ConversionInput) { in.Items = []tracking.Item{{Quantity: 1, Amount: "-1.00"}} }, "ITEM_INVALID", "items.0"},
		"item text": {func(in *tracking.ConversionInput) {
			in.Items = []tracking.Item{{Quantity: 1, Amount: "1.00", SKU: strings.Repeat("ü", 201)}}
		}, "ITEM_INVALID", "items.0"},
		"a rate for nothing":    {func(in *tracking.ConversionInput) { in.FxRate = "1.2" }, "FX_RATE_UNNEEDED", "fxRate"},
		"rate":                  {func(in *tracking.ConversionInput) { foreign(in); in.FxRate = "0,8" }, "FX_RATE_MALFORMED", "fxRate"},
		"a rate of zero":        {func(in *tracking.ConversionInput) { foreign(in); in.FxRate = "0.0" }, "FX_RATE_MALFORMED", "fxRate"},
		"a rate of zeros":       {func(in *tracking.ConversionInput) { foreign(in); in.FxRate = strings.Repeat("0", 40) + "1" }, "FX_RATE_MALFORMED", "fxRate"},
		"a rate without source": {func(in *tracking.ConversionInput) { foreign(in); in.FxSource = "" }, "FX_SOURCE_MISSING", "fxRate"},
		"a rate without time":   {func(in *tracking.ConversionInput) { foreign(in); in.FxQuotedAt = nil }, "FX_SOURCE_MISSING", "fxRate"},
		"converted too large":   {func(in *tracking.ConversionInput) { foreign(in); in.Amount, in.FxRate = "90000000000000000.00", "2" }, "AMOUNT_OVERFLOW", "amount"},
	} {
		t.Run(name, func(t *testing.T) {
			in := m.sale("1")
			c.change(&in)
			_, err := m.record(in)
			requireRefusal(t, err, c.code, c.field)
		})
	}
	var n int64
	require.NoError(t, m.DB.Read(t.Context()).Model(&models.Conversion{}).Count(&n).Error)
	require.Zero(t, n)
}

func TestWhatJustFitsIsTaken(t *testing.T) {
	m := newMarket(t)
	now := m.Clock.Now()
	for name, change := range map[string]change{
		"source":     func(in *tracking.ConversionInput) { in.Source = strings.Repeat("s", 32) },
		"id":         func(in *tracking.ConversionInput) { in.ExternalID = strings.Repeat("ü", 190) },
		"kind":       func(in *tracking.ConversionInput) { in.Kind = strings.Repeat("K", 40) },
		"the future": func(in *tracking.ConversionInput) { in.OccurredAt = now.Add(day) },
		"the past":   func(in *tracking.ConversionInput) { in.OccurredAt = time.Unix(0, 0) },
		"customer":   func(in *tracking.ConversionInput) { in.CustomerID = strings.Repeat("ü", 190) },
		"emoji":      func(in *tracking.ConversionInput) { in.CustomerID, in.ExternalID = "🦦", "🦦" },
		"parts":      func(in *tracking.ConversionInput) { in.Tax, in.Shipping = "4.00", "6.00" },
		"a lead":     func(in *tracking.ConversionInput) { in.Kind, in.Amount = "LEAD", "0" },
		"amount":     func(in *tracking.ConversionInput) { in.Amount = "92233720368547758.07" },
		"items": func(in *tracking.ConversionInput) {
			in.Items = items(1000)
			in.Items[0].Name, in.Items[0].Category = strings.Repeat("ü", 200), strings.Repeat("ü", 200)
		},
		"rate": func(in *tracking.ConversionInput) {
			in.Currency, in.FxRate, in.FxSource, in.FxQuotedAt = "USD", strings.Repeat("0", 22)+"100000.123456789012"[:18], strings.Repeat("ü", 80), &now
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := m.sale("just " + name)
			change(&in)
			result, err := m.record(in)
			require.NoError(t, err)
			var stored models.Conversion
			require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", result.Conversion.ID).Take(&stored).Error)
			require.Equal(t, in.ExternalID, stored.ExternalID)
			require.Equal(t, result.Conversion.AmountMinor, stored.AmountMinor)
			if in.CustomerID != "" {
				require.Equal(t, m.customer(in.CustomerID).ID, models.Or(stored.CustomerID))
			}
			require.Equal(t, tracking.OutcomeDuplicate, m.must(in).Outcome)
		})
	}
}

// Some databases do not tell "carol" from "carol ", so nobody here does.
func TestBlanksAroundIDsDoNotCount(t *testing.T) {
	m := newMarket(t)
	one, two := m.sale("1"), m.sale("2 ")
	one.CustomerID, one.LinkCode = "carol", " link-ada"
	two.CustomerID = "carol "
	results, err := m.recordAll([]tracking.ConversionInput{one, two})
	require.NoError(t, err)
	for _, r := range results {
		require.NoError(t, r.Err)
		require.Equal(t, m.ada.ID, models.Or(r.Conversion.EnrollmentID))
		require.Equal(t, m.customer("carol").ID, models.Or(r.Conversion.CustomerID))
	}
	_, err = m.record(m.sale("2"))
	require.NoError(t, err)
	again := m.sale("1 ")
	results, err = m.recordAll([]tracking.ConversionInput{m.sale("1"), again})
	require.NoError(t, err)
	requireRefusal(t, results[1].Err, "DUPLICATE_IN_BATCH", "externalId")
}

func TestAForeignCurrencyIsConvertedOrWaits(t *testing.T) {
	m := newMarket(t)
	in := m.sale("1")
	in.LinkCode, in.Currency, in.Amount, in.Tax, in.Shipping, in.Discount = "link-ada", "JPY", "1001", "101", "55", "5"
	in.Items = []tracking.Item{{SKU: "a", Quantity: 2, Amount: "845"}}
	waiting := m.must(in).Conversion
	require.Equal(t, models.ConversionStateAwaitingRate, waiting.State)
	require.Equal(t, m.ada.ID, models.Or(waiting.EnrollmentID), "who won is known")
	require.EqualValues(t, 1001, waiting.SourceAmountMinor)
	require.Zero(t, waiting.AmountMinor, "it is never taken at face value")
	require.Empty(t, waiting.Items)
	require.Zero(t, m.waiting())
	_, _, err := m.refund(tracking.RefundInput{ExternalID: "r", ConversionExternalID: "1", Amount: "1"})
	requireRefusal(t, err, "CONVERSION_AWAITING_RATE", "conversionExternalId")

	quoted := m.Clock.Now().Add(-time.Hour)
	in.FxRate, in.FxSource, in.FxQuotedAt = "0.005", "ecb", &quoted
	priced := m.must(in)
	require.Equal(t, tracking.OutcomeRestated, priced.Outcome)
	c := priced.Conversion
	require.Equal(t, models.ConversionStateReady, c.State)
	// 5.005, 0.505, 0.275 and 0.025 pounds, half to even.
	require.Equal(t, []int64{500, 50, 28, 2}, []int64{c.AmountMinor, c.TaxMinor, c.ShippingMinor, c.DiscountMinor})
	require.JSONEq(t, `[{"sku":"a","quantity":2,"amount":"4.22"}]`, c.Items)
	require.Equal(t, "0.005", c.FXRate)
	require.Equal(t, "ecb", c.FXSource)
	require.EqualValues(t, 1, m.waiting())
	elsewhere := quoted.In(time.FixedZone("", -7200))
	in.FxQuotedAt = &elsewhere
	require.Equal(t, tracking.OutcomeDuplicate, m.must(in).Outcome, "the same instant is the same content")
	var stored models.Conversion
	require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", c.ID).Take(&stored).Error)
	require.Equal(t, quoted, stored.FXQuotedAt.UTC())
}
