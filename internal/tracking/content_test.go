package tracking_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/tracking"
	"tributary/models"
)

func entries(n int) map[string]string {
	all := map[string]string{}
	for i := range n {
		all[fmt.Sprintf("key-%d", i)] = ""
	}
	return all
}

func TestCountryCouponAndMetadataAreContent(t *testing.T) {
	m := newMarket(t)
	in := m.sale("1")
	in.Country, in.Coupon, in.Metadata = " GB ", " ada", map[string]string{"utm.source": "ü<", "A_1": ""}
	c := m.must(in).Conversion
	var stored models.Conversion
	require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", c.ID).Take(&stored).Error)
	require.Equal(t, []string{"GB", "ADA", `{"A_1":"","utm.source":"ü\u003c"}`}, []string{stored.Country, stored.Coupon, stored.Metadata})
	texts, err := tracking.DecodeTexts(stored.Metadata)
	require.NoError(t, err)
	require.Equal(t, in.Metadata, texts)
	in.Country = "GB"
	require.Equal(t, tracking.OutcomeDuplicate, m.must(in).Outcome)
	for _, change := range []change{func(in *tracking.ConversionInput) { in.Country = "IE" },
		func(in *tracking.ConversionInput) { in.Metadata = map[string]string{"A_1": "x"} }, func(in *tracking.ConversionInput) { in.Coupon = "nobody's" }} {
		change(&in)
		result := m.must(in)
		require.Equal(t, tracking.OutcomeRestated, result.Outcome)
		c = result.Conversion
	}
	require.Equal(t, []string{"IE", "NOBODY'S", `{"A_1":"x"}`}, []string{c.Country, c.Coupon, c.Metadata}, "a coupon is kept whether or not it is anybody's")
}

// The hashes that were stored before there were country, metadata, kinds and items of refunds.
func TestWhatWasRecordedBeforeIsKnownAgain(t *testing.T) {
	m := newMarket(t)
	in := m.sale("1")
	in.Metadata = map[string]string{}
	c := m.must(in).Conversion
	require.Equal(t, models.HashOf([]byte(`{"Source":"api","ExternalID":"1","Kind":"SALE","OccurredAt":"2026-01-05T09:00:00Z","Currency":"GBP","Amount":"10.00",`+
		`"Tax":"0.00","Shipping":"0.00","Discount":"0.00","CustomerID":"","LinkCode":"","Coupon":"","ClickID":"","Items":null,"FxRate":"","FxSource":"","FxQuotedAt":null}`)), c.ContentHash)
	r, _, err := m.refund(tracking.RefundInput{ExternalID: "r", ConversionExternalID: "1", Amount: "1.00", Kind: models.RefundKindRefund, Items: []tracking.RefundItem{}})
	require.NoError(t, err)
	require.Equal(t, models.HashOf([]byte(`{"Source":"api","ExternalID":"r","ConversionExternalID":"1","ConversionKind":"SALE","OccurredAt":"2026-01-05T09:00:00Z","Amount":"1.00","Reason":""}`)), r.ContentHash)
}

func TestCountryAndMetadataHaveLimits(t *testing.T) {
	m := newMarket(t)
	for name, c := range map[string]struct {
		country     string
		metadata    map[string]string
		code, field string
	}{
		"lower case":       {"gb", nil, "COUNTRY_INVALID", "country"},
		"three letters":    {"GBR", nil, "COUNTRY_INVALID", "country"},
		"other letters":    {"ÄÖ", nil, "COUNTRY_INVALID", "country"},
		"too many entries": {"", entries(51), "METADATA_INVALID", "metadata"},
		"no key":           {"", map[string]string{"": "x"}, "METADATA_INVALID", "metadata."},
		"key":              {"", map[string]string{"a b": "x"}, "METADATA_INVALID", "metadata.a b"},
		"long key":         {"", map[string]string{strings.Repeat("k", 65): "x"}, "METADATA_INVALID", "metadata." + strings.Repeat("k", 64)},
		"long value":       {"", map[string]string{"k": strings.Repeat("ü", 501)}, "METADATA_INVALID", "metadata.k"},
		"no text":          {"", map[string]string{"k": "\xff"}, "METADATA_INVALID", "metadata.k"},
	} {
		t.Run(name, func(t *testing.T) {
			in := m.sale("1")
			in.Country, in.Metadata = c.country, c.metadata
			_, err := m.record(in)
			requireRefusal(t, err, c.code, c.field)
		})
	}
	in := m.sale("1")
	in.Country, in.Metadata, in.Coupon = "ZZ", map[string]string{}, strings.Repeat("ü", 191)+"\xff"
	for i := range tracking.MaxMetadata {
		in.Metadata[fmt.Sprintf("%064d", i)] = strings.Repeat("\U0001f9a6", 500)
	}
	c := m.must(in).Conversion
	var stored models.Conversion
	require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", c.ID).Take(&stored).Error)
	texts, err := tracking.DecodeTexts(stored.Metadata)
	require.NoError(t, err)
	require.Equal(t, in.Metadata, texts)
	require.Equal(t, strings.Repeat("Ü", 190), stored.Coupon)
}

func TestTheTouchThatWonIsKeptWithItsCode(t *testing.T) {
	m := newMarket(t)
	_, click, err := m.Tracking.RecordClick(t.Context(), tracking.Visit{Code: "link-bob", Query: url.Values{"sub1": {"news", "x"}, "sub5": {"ü"}, "sub6": {"no"}, "sub2": {""}}})
	require.NoError(t, err)
	const subIDs = `{"sub1":"news","sub5":"ü"}`
	require.Equal(t, subIDs, click.SubIDs)
	in := m.sale("1")
	in.LinkCode, in.Coupon, in.ClickID = "link-ada", "ADA", clickID(click)
	for i, want := range [][]string{{"link-bob", subIDs}, {"", ""}, {"link-ada", ""}, {"", ""}} {
		in.ExternalID = fmt.Sprint(i)
		a, _ := m.attribution(m.must(in).Conversion)
		require.Equal(t, want, []string{a.LinkCode, a.SubIDs}, "%s", a.Method)
		switch i {
		case 0:
			in.ClickID = ""
		case 1:
			in.Coupon = ""
		case 2:
			in.LinkCode = ""
		}
	}
}

func TestSubIDsAreCutAsAllThatVisitorsBring(t *testing.T) {
	m := newMarket(t)
	query := url.Values{}
	for i := range 5 {
		query.Set(fmt.Sprintf("sub%d", i+1), strings.Repeat("\U0001f9a6", 201))
	}
	for _, odd := range []string{strings.Repeat("<", 201), strings.Repeat("\x00", 200), "\xff"} {
		query.Set("sub3", odd)
		_, click, err := m.Tracking.RecordClick(t.Context(), tracking.Visit{Code: "link-ada", Query: query})
		require.NoError(t, err)
		var stored models.Click
		require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", click.ID).Take(&stored).Error)
		texts, err := tracking.DecodeTexts(stored.SubIDs)
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("\U0001f9a6", 200), texts["sub1"])
		require.Equal(t, strings.ToValidUTF8(odd[:min(len(odd), 200)], "\uFFFD"), texts["sub3"])
		in := m.sale(models.NewID().String())
		in.ClickID = clickID(click)
		a, _ := m.attribution(m.must(in).Conversion)
		require.Equal(t, stored.SubIDs, a.SubIDs)
	}
}
