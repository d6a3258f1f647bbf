package tracking_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/tracking"
	"tributary/models"
)

func dispute(id, sale, amount string) tracking.RefundInput {
	return tracking.RefundInput{ExternalID: id, ConversionExternalID: sale, Amount: amount, Kind: models.RefundKindChargeback}
}

func won(id, sale, amount string) tracking.RefundInput {
	return tracking.RefundInput{ExternalID: id, ConversionExternalID: sale, Amount: amount, Kind: models.RefundKindChargebackWon}
}

func (m *market) takes(in tracking.RefundInput, minor int64) models.Refund {
	m.T.Helper()
	row, outcome, err := m.refund(in)
	require.NoError(m.T, err)
	require.Equal(m.T, tracking.OutcomeRecorded, outcome)
	require.Equal(m.T, minor, row.SourceAmountMinor)
	return row
}

func (m *market) accrued() int64 {
	m.T.Helper()
	m.Accrue()
	return m.Balance(m.ada.ID, models.AccountAccrued)
}

// A refund and a dispute of the same money take it once, and what is won comes back to the cent.
func TestAChargebackTakesWhatRefundsHaveLeft(t *testing.T) {
	m := newMarket(t)
	sale := m.Sell("ada", "10.00")
	m.takes(tracking.RefundInput{ExternalID: "r", ConversionExternalID: sale, Amount: "4.00"}, 400)
	m.takes(dispute("d", sale, "10.00"), 600)
	require.Zero(t, m.accrued())
	none := m.takes(dispute("late", sale, "10.00"), 0)
	require.Zero(t, none.AmountMinor)
	require.Zero(t, m.waiting(), "what takes nothing adjusts nothing")
	_, _, err := m.refund(tracking.RefundInput{ExternalID: "r2", ConversionExternalID: sale, Amount: "0.01"})
	requireRefusal(t, err, "REFUND_EXCEEDS_SALE", "amount")

	_, _, err = m.refund(won("d", sale, "10.00"))
	requireRefusal(t, err, "CHARGEBACK_AMOUNT_DIFFERS", "amount")
	m.takes(won("d", sale, "6.00"), -600)
	require.EqualValues(t, 60, m.accrued())
	m.Clock.Advance(time.Hour)
	again := won("d", sale, "")
	again.Reason = "told twice"
	_, outcome, err := m.refund(again)
	require.NoError(t, err)
	require.Equal(t, tracking.OutcomeDuplicate, outcome)
	m.takes(won("late", sale, ""), 0)
	require.EqualValues(t, 60, m.accrued())
	m.takes(tracking.RefundInput{ExternalID: "r2", ConversionExternalID: sale, Amount: "6.00"}, 600)
	require.Zero(t, m.accrued())
}

func TestTheSameChargebackAgainChangesNothing(t *testing.T) {
	m := newMarket(t)
	sale := m.Sell("ada", "10.00")
	in := dispute("d", sale, "3.00")
	in.OccurredAt = m.Clock.Now()
	first := m.takes(in, 300)
	row, outcome, err := m.refund(in)
	require.NoError(t, err)
	require.Equal(t, tracking.OutcomeDuplicate, outcome)
	require.Equal(t, first.ID, row.ID)
	in.Amount = "2.00"
	_, _, err = m.refund(in)
	requireRefusal(t, err, "REFUND_DIFFERS", "externalId")
	m.takes(tracking.RefundInput{ExternalID: "d", ConversionExternalID: sale, Amount: "1.00", Kind: models.RefundKindRefund}, 100) // the kind is part of the key
	require.EqualValues(t, 60, m.accrued())
}

// In another currency, disputes leave no trace in either.
func TestAChargebackThatIsWonLeavesBothCurrenciesAsTheyWere(t *testing.T) {
	m := newMarket(t)
	quoted := m.Clock.Now()
	in := m.sale("1")
	in.LinkCode, in.Currency, in.FxRate, in.FxSource, in.FxQuotedAt = "link-ada", "USD", "0.3333", "ecb", &quoted
	m.must(in)
	var minor int64
	for i, step := range []tracking.RefundInput{{ExternalID: "a", ConversionExternalID: "1", Amount: "0.02"}, dispute("d", "1", "3.33"), dispute("e", "1", "9.99"),
		won("d", "1", ""), {ExternalID: "b", ConversionExternalID: "1", Amount: "3.33"}, won("e", "1", "6.65")} {
		row, _, err := m.refund(step)
		require.NoError(t, err, "step %d", i)
		minor += row.AmountMinor
	}
	require.EqualValues(t, 1+111, minor)
	require.EqualValues(t, 33-11, m.accrued(), "of 3.33, and 3.35 of 10 dollars refunded")
	in.Amount = "3.34"
	_, err := m.record(in)
	requireRefusal(t, err, "AMOUNT_BELOW_REFUNDS", "amount")
	in.Amount = "3.35"
	m.must(in)
}

func TestABatchMayDisputeAndWin(t *testing.T) {
	m := newMarket(t)
	sale, now := m.Sell("ada", "10.00"), m.Clock.Now()
	inputs := []tracking.RefundInput{won("d", sale, ""), dispute("e", sale, "10.00"), won("e", sale, ""), dispute("e", sale, "10.00"),
		{ExternalID: "r", ConversionExternalID: sale, Amount: "10.00"}}
	for i := range inputs {
		inputs[i].OccurredAt = now
	}
	results := record(m.Scene, inputs...)
	require.ErrorIs(t, results[0].Err, tracking.ErrChargebackNotFound)
	require.ErrorIs(t, results[3].Err, tracking.ErrRefundTwice)
	got := []int64{}
	for _, i := range []int{1, 2, 4} {
		require.NoError(t, results[i].Err)
		got = append(got, results[i].Refund.SourceAmountMinor)
	}
	require.Equal(t, []int64{1000, -1000, 1000}, got)
	require.Zero(t, m.accrued())
}

func TestEveryRefusalOfAChargeback(t *testing.T) {
	m := newMarket(t)
	sale, other := m.Sell("ada", "10.00"), m.Sell("ada", "10.00")
	m.takes(dispute("d", sale, "1.00"), 100)
	m.takes(tracking.RefundInput{ExternalID: "r", ConversionExternalID: sale, Amount: "1.00"}, 100)
	m.takes(dispute("o", other, "1.00"), 100)
	m.takes(won("o", other, ""), -100)
	items := dispute("x", sale, "1.00")
	items.Items = []tracking.RefundItem{{SKU: "a", Amount: "1.00"}}
	wonItems := won("d", sale, "")
	wonItems.Items = items.Items
	kind := dispute("x", sale, "1.00")
	kind.Kind = "chargeback"
	for name, c := range map[string]struct {
		in          tracking.RefundInput
		code, field string
	}{
		"kind":              {kind, "KIND_INVALID", "kind"},
		"items":             {items, "REFUND_ITEMS_NOT_ALLOWED", "items"},
		"items won":         {wonItems, "REFUND_ITEMS_NOT_ALLOWED", "items"},
		"no amount":         {dispute("x", sale, ""), "AMOUNT_MALFORMED", "amount"},
		"nothing":           {dispute("x", sale, "0"), "AMOUNT_NOT_POSITIVE", "amount"},
		"won unknown":       {won("x", sale, ""), "CHARGEBACK_NOT_FOUND", "externalId"},
		"won a refund":      {won("r", sale, ""), "CHARGEBACK_NOT_FOUND", "externalId"},
		"won of another":    {won("d", other, ""), "CHARGEBACK_NOT_FOUND", "externalId"},
		"again of another":  {won("o", sale, ""), "CHARGEBACK_NOT_FOUND", "externalId"},
		"won another sum":   {won("d", sale, "1.01"), "CHARGEBACK_AMOUNT_DIFFERS", "amount"},
		"won no sum":        {won("d", sale, "x"), "AMOUNT_MALFORMED", "amount"},
		"of no sale at all": {dispute("x", "nothing", "1.00"), "CONVERSION_NOT_FOUND", "conversionExternalId"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := m.refund(c.in)
			requireRefusal(t, err, c.code, c.field)
		})
	}
	require.EqualValues(t, 80+100, m.accrued(), "what was refused changed nothing")
}
