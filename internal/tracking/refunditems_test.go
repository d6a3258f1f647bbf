package tracking_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/internal/tracking"
)

func (m *market) basket(id string) tracking.ConversionInput {
	in := m.sale(id)
	in.LinkCode = "link-ada"
	in.Items = []tracking.Item{{SKU: "mug", Quantity: 1, Amount: "3.00"}, {SKU: "pot", Quantity: 1, Amount: "4.00"}, {SKU: "mug", Quantity: 1, Amount: "2.00"}}
	return in
}

func ofItems(id, sale, amount string, items ...tracking.RefundItem) tracking.RefundInput {
	return tracking.RefundInput{ExternalID: id, ConversionExternalID: sale, Amount: amount, Items: items}
}

func item(sku, amount string) tracking.RefundItem {
	return tracking.RefundItem{SKU: sku, Amount: amount}
}

func TestARefundNamesItems(t *testing.T) {
	m := newMarket(t)
	m.must(m.basket("1"))
	in := ofItems("a", "1", "4.50", item("mug", "2.50"), item("pot", "1"), item("mug", "0.50"))
	in.OccurredAt = m.Clock.Now()
	row := m.takes(in, 450)
	require.JSONEq(t, `[{"sku":"mug","amountMinor":250,"currency":"GBP"},{"sku":"pot","amountMinor":100,"currency":"GBP"},{"sku":"mug","amountMinor":50,"currency":"GBP"}]`, row.Items)
	_, outcome, err := m.refund(in)
	require.NoError(t, err)
	require.Equal(t, tracking.OutcomeDuplicate, outcome)
	in.Items = in.Items[:2]
	_, _, err = m.refund(in)
	requireRefusal(t, err, "REFUND_DIFFERS", "externalId")

	_, _, err = m.refund(ofItems("b", "1", "3.00", item("mug", "2.01")))
	requireRefusal(t, err, "REFUND_ITEM_EXCEEDS", "items.0")
	m.takes(ofItems("b", "1", "2.00", item("mug", "2.00")), 200)
	now := m.Clock.Now()
	batch := []tracking.RefundInput{ofItems("c", "1", "2.00", item("pot", "2.00")), ofItems("d", "1", "1.01", item("pot", "1.01")), ofItems("e", "1", "1.00", item("pot", "1.00"))}
	for i := range batch {
		batch[i].OccurredAt = now
	}
	results := record(m.Scene, batch...)
	require.NoError(t, results[0].Err)
	requireRefusal(t, results[1].Err, "REFUND_ITEM_EXCEEDS", "items.0")
	require.NoError(t, results[2].Err)
	m.takes(tracking.RefundInput{ExternalID: "rest", ConversionExternalID: "1", Amount: "0.50"}, 50)
	require.Zero(t, m.accrued())
}

func TestEveryRefusalOfARefundsItems(t *testing.T) {
	m := newMarket(t)
	in := m.basket("1")
	m.must(in)
	m.must(m.sale("plain"))
	in.Items = in.Items[:2]
	m.must(in) // the latest revision counts
	for name, c := range map[string]struct {
		in          tracking.RefundInput
		code, field string
	}{
		"unknown":           {ofItems("r", "1", "5.00", item("pot", "1.00"), item("Pot", "1.00")), "REFUND_ITEM_UNKNOWN", "items.1"},
		"no items":          {ofItems("r", "plain", "5.00", item("mug", "1.00")), "REFUND_ITEM_UNKNOWN", "items.0"},
		"more than it cost": {ofItems("r", "1", "5.00", item("mug", "3.01")), "REFUND_ITEM_EXCEEDS", "items.0"},
		"more in parts":     {ofItems("r", "1", "5.00", item("mug", "3.00"), item("mug", "0.01")), "REFUND_ITEM_EXCEEDS", "items.1"},
		"more than all":     {ofItems("r", "1", "5.00", item("mug", "3.00"), item("pot", "2.01")), "REFUND_ITEM_EXCEEDS", "items"},
		"nothing":           {ofItems("r", "1", "5.00", item("mug", "0.00")), "AMOUNT_NOT_POSITIVE", "items.0.amount"},
		"less than nothing": {ofItems("r", "1", "5.00", item("mug", "3.00"), item("pot", "-1.00")), "AMOUNT_NOT_POSITIVE", "items.1.amount"},
		"no amount":         {ofItems("r", "1", "5.00", item("mug", "")), "AMOUNT_MALFORMED", "items.0.amount"},
		"too many":          {ofItems("r", "1", "5.00", make([]tracking.RefundItem, 1001)...), "TOO_MANY_ITEMS", "items"},
		"more than is left": {ofItems("r", "1", "10.01", item("mug", "1.00")), "REFUND_EXCEEDS_SALE", "amount"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := m.refund(c.in)
			requireRefusal(t, err, c.code, c.field)
		})
	}
	m.takes(ofItems("r", "1", "7.00", item("mug", "3.00"), item("pot", "4.00")), 700)
}

// The items of an order in another currency were converted: their refunds are bound by the whole.
func TestItemsOfAnotherCurrencyAreKnownByTheirSKU(t *testing.T) {
	m := newMarket(t)
	quoted := m.Clock.Now()
	in := m.basket("1")
	in.Currency, in.FxRate, in.FxSource, in.FxQuotedAt = "USD", "0.5", "ecb", &quoted
	m.must(in)
	_, _, err := m.refund(ofItems("r", "1", "5.00", item("cup", "1.00")))
	requireRefusal(t, err, "REFUND_ITEM_UNKNOWN", "items.0")
	_, _, err = m.refund(ofItems("r", "1", "5.00", item("pot", "5.01")))
	requireRefusal(t, err, "REFUND_ITEM_EXCEEDS", "items")
	row := m.takes(ofItems("r", "1", "6.00", item("pot", "5.00")), 600)
	require.JSONEq(t, `[{"sku":"pot","amountMinor":500,"currency":"USD"}]`, row.Items)
}

func TestABatchOfRefundsByItemIsAFixedNumberOfStatements(t *testing.T) {
	m := newMarket(t)
	now := m.Clock.Now()
	var batch []tracking.RefundInput
	for i := range 50 {
		id := fmt.Sprint(i)
		m.must(m.basket(id))
		in := ofItems(id, id, "4.00", item("pot", "4.00"))
		in.OccurredAt = now
		batch = append(batch, in)
	}
	statements := testkit.CountStatements(t, m.DB)
	record(m.Scene, batch[:2]...)
	few := statements.Swap(0)
	for _, result := range record(m.Scene, batch[2:]...) {
		require.NoError(t, result.Err)
	}
	require.Equal(t, few, statements.Load())
}
