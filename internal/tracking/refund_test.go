package tracking_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/tracking"
	"tributary/models"
)

// However a sale is taken back, the parts add up to the whole, in both currencies.
func TestRefundsAddUpToTheSaleInBothCurrencies(t *testing.T) {
	m := newMarket(t)
	quoted := m.Clock.Now()
	in := m.sale("1")
	in.LinkCode, in.Currency, in.Amount, in.FxRate, in.FxSource, in.FxQuotedAt = "link-ada", "USD", "10.00", "0.3333", "ecb", &quoted
	sale := m.must(in).Conversion
	require.EqualValues(t, 333, sale.AmountMinor)
	var source, converted int64
	for i, part := range []struct {
		amount string
		minor  int64
	}{{"0.01", 0}, {"0.01", 1}, {"0.01", 0}, {"3.33", 111}, {"3.33", 111}, {"3.31", 110}} {
		row, outcome, err := m.refund(tracking.RefundInput{ExternalID: fmt.Sprint(i), ConversionExternalID: "1", Amount: part.amount})
		require.NoError(t, err)
		require.Equal(t, tracking.OutcomeRecorded, outcome)
		require.Equal(t, part.minor, row.AmountMinor, "part %d", i)
		require.Equal(t, sale.RootID, row.ConversionID)
		source, converted = source+row.SourceAmountMinor, converted+row.AmountMinor
	}
	require.EqualValues(t, 1000, source)
	require.Equal(t, sale.AmountMinor, converted)
	_, _, err := m.refund(tracking.RefundInput{ExternalID: "more", ConversionExternalID: "1", Amount: "0.01"})
	requireRefusal(t, err, "REFUND_EXCEEDS_SALE", "amount")
	m.Accrue()
	require.Zero(t, m.Balance(m.ada.ID, models.AccountAccrued))
}

func TestTheSameRefundAgainChangesNothing(t *testing.T) {
	m := newMarket(t)
	m.Sell("ada", "10.00")
	in := tracking.RefundInput{ExternalID: "r", ConversionExternalID: "order-1", OccurredAt: m.Clock.Now(), Amount: "4.00", Reason: "broken"}
	first, _, err := m.refund(in)
	require.NoError(t, err)
	m.Clock.Advance(time.Hour)
	same := in
	same.ExternalID, same.Source, same.ConversionKind, same.OccurredAt = "r ", "api", "SALE", in.OccurredAt.In(time.FixedZone("", 3600))
	again, outcome, err := m.refund(same)
	require.NoError(t, err)
	require.Equal(t, tracking.OutcomeDuplicate, outcome)
	require.Equal(t, first.ID, again.ID)
	in.Amount = "5.00"
	_, _, err = m.refund(in)
	requireRefusal(t, err, "REFUND_DIFFERS", "externalId")
	require.EqualValues(t, 2, m.waiting())
	m.Accrue()
	require.EqualValues(t, 60, m.Balance(m.ada.ID, models.AccountAccrued))
}

func TestARefundOfWhatNobodyEarnedIsRecordedAndAdjustsNothing(t *testing.T) {
	m := newMarket(t)
	m.must(m.sale("1"))
	_, outcome, err := m.refund(tracking.RefundInput{ExternalID: "r", ConversionExternalID: "1", Amount: "10.00"})
	require.NoError(t, err)
	require.Equal(t, tracking.OutcomeRecorded, outcome)
	require.Zero(t, m.waiting())
}

func TestParallelRefundsNeverExceedTheSale(t *testing.T) {
	m := newMarket(t)
	m.Sell("ada", "10.00")
	const senders = 8
	var group sync.WaitGroup
	results := make([]error, senders)
	for i := range senders {
		group.Go(func() {
			_, _, results[i] = m.refund(tracking.RefundInput{ExternalID: fmt.Sprint(i), ConversionExternalID: "order-1", Amount: "3.00"})
		})
	}
	group.Wait()
	taken := 0
	for _, err := range results {
		if err == nil {
			taken++
			continue
		}
		require.True(t, errors.Is(err, tracking.ErrRefundExceeds), "%v", err)
	}
	require.Equal(t, 3, taken)
	m.Accrue()
	require.EqualValues(t, 10, m.Balance(m.ada.ID, models.AccountAccrued))
}

func TestEveryRefusalOfARefund(t *testing.T) {
	m := newMarket(t)
	m.Sell("ada", "10.00")
	for name, c := range map[string]struct {
		change      func(*tracking.RefundInput)
		code, field string
	}{
		"source":             {func(in *tracking.RefundInput) { in.Source = "Shop!" }, "SOURCE_INVALID", "source"},
		"no id":              {func(in *tracking.RefundInput) { in.ExternalID = " " }, "EXTERNAL_ID_INVALID", "externalId"},
		"id too long":        {func(in *tracking.RefundInput) { in.ExternalID = strings.Repeat("ü", 191) }, "EXTERNAL_ID_INVALID", "externalId"},
		"no time":            {func(in *tracking.RefundInput) { in.OccurredAt = time.Unix(-1, 0) }, "OCCURRED_AT_MISSING", "occurredAt"},
		"the future":         {func(in *tracking.RefundInput) { in.OccurredAt = m.Clock.Now().Add(day + time.Microsecond) }, "OCCURRED_AT_FUTURE", "occurredAt"},
		"no sale":            {func(in *tracking.RefundInput) { in.ConversionExternalID = "" }, "CONVERSION_NOT_FOUND", "conversionExternalId"},
		"another sale":       {func(in *tracking.RefundInput) { in.ConversionExternalID = "order-2" }, "CONVERSION_NOT_FOUND", "conversionExternalId"},
		"a sale of no text":  {func(in *tracking.RefundInput) { in.ConversionExternalID = "\xff" }, "CONVERSION_NOT_FOUND", "conversionExternalId"},
		"another kind":       {func(in *tracking.RefundInput) { in.ConversionKind = "LEAD" }, "CONVERSION_NOT_FOUND", "conversionExternalId"},
		"a kind of no kind":  {func(in *tracking.RefundInput) { in.ConversionKind = "продажа" }, "CONVERSION_NOT_FOUND", "conversionExternalId"},
		"another source":     {func(in *tracking.RefundInput) { in.Source = "shop" }, "CONVERSION_NOT_FOUND", "conversionExternalId"},
		"nothing":            {func(in *tracking.RefundInput) { in.Amount = "0" }, "AMOUNT_NOT_POSITIVE", "amount"},
		"less":               {func(in *tracking.RefundInput) { in.Amount = "-1" }, "AMOUNT_NOT_POSITIVE", "amount"},
		"no amount":          {func(in *tracking.RefundInput) { in.Amount = "" }, "AMOUNT_MALFORMED", "amount"},
		"too precise":        {func(in *tracking.RefundInput) { in.Amount = "0.001" }, "AMOUNT_TOO_PRECISE", "amount"},
		"more than the sale": {func(in *tracking.RefundInput) { in.Amount = "10.01" }, "REFUND_EXCEEDS_SALE", "amount"},
	} {
		t.Run(name, func(t *testing.T) {
			in := tracking.RefundInput{ExternalID: "r", ConversionExternalID: "order-1", OccurredAt: m.Clock.Now(), Amount: "1.00"}
			c.change(&in)
			_, _, err := m.refund(in)
			requireRefusal(t, err, c.code, c.field)
		})
	}
	_, _, err := m.refund(tracking.RefundInput{ExternalID: "all", ConversionExternalID: "order-1", OccurredAt: m.Clock.Now().Add(day), Amount: "10.00",
		Reason: strings.Repeat("ü", 300) + "\xff"})
	require.NoError(t, err, "exactly the sale, with a reason that is cut")
}
