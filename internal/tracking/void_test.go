package tracking_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/tracking"
	"tributary/models"
)

func void(id, sale string) tracking.RefundInput {
	return tracking.RefundInput{ExternalID: id, ConversionExternalID: sale, Kind: models.RefundKindVoid}
}

// What refunds have left is taken, and what the sale earned is gone, whatever is told of it afterwards.
func TestAVoidConversionEarnsNothingForGood(t *testing.T) {
	m := newMarket(t)
	sale := m.Sell("ada", "10.00")
	m.takes(tracking.RefundInput{ExternalID: "r", ConversionExternalID: sale, Amount: "4.00"}, 400)
	m.takes(dispute("d", sale, "1.00"), 100)
	require.EqualValues(t, 50, m.accrued())
	m.takes(void("v", sale), 500)
	require.Zero(t, m.accrued())

	_, _, err := m.refund(tracking.RefundInput{ExternalID: "r2", ConversionExternalID: sale, Amount: "0.01"})
	requireRefusal(t, err, "REFUND_EXCEEDS_SALE", "amount")
	m.takes(dispute("late", sale, "10.00"), 0)
	m.takes(won("d", sale, ""), -100)
	require.Zero(t, m.accrued(), "a dispute that is won does not bring it back")
	again := m.sale(sale)
	again.LinkCode, again.Amount = "link-ada", "30.00"
	require.Equal(t, tracking.OutcomeRestated, m.must(again).Outcome)
	require.Zero(t, m.accrued(), "nor does a restatement")
}

func TestTheSameVoidAgainChangesNothing(t *testing.T) {
	m := newMarket(t)
	sale := m.Sell("ada", "10.00")
	in := void("v", sale)
	in.OccurredAt, in.Reason = m.Clock.Now(), "a test order"
	first := m.takes(in, 1000)
	require.Equal(t, models.RefundKindVoid, first.Kind)
	m.Clock.Advance(time.Hour)
	row, outcome, err := m.refund(in)
	require.NoError(t, err)
	require.Equal(t, tracking.OutcomeDuplicate, outcome)
	require.Equal(t, first.ID, row.ID)
	in.Reason = "another"
	_, _, err = m.refund(in)
	requireRefusal(t, err, "REFUND_DIFFERS", "externalId")
	m.takes(void("w", sale), 0)
	require.Zero(t, m.accrued())
}

// An action without an amount can be void: its fixed reward is taken back, and it is no order of its customer.
func TestAVoidLeadOfNoAmount(t *testing.T) {
	m := newMarket(t)
	in := m.sale("lead")
	in.Kind, in.Amount, in.LinkCode = "LEAD", "0", "link-ada"
	lead := m.must(in).Conversion
	m.Accrue()
	sold := void("v", "lead")
	_, _, err := m.refund(sold)
	requireRefusal(t, err, "CONVERSION_NOT_FOUND", "conversionExternalId")
	asked := sold
	asked.ConversionKind = "LEAD"
	row := m.takes(asked, 0)
	require.Equal(t, lead.RootID, row.ConversionID)
	require.EqualValues(t, 1, m.waiting(), "what earned by a fixed amount is adjusted though nothing is refunded")
	require.Zero(t, m.accrued())
}

func TestAVoidInAnotherCurrencyTakesAllInBoth(t *testing.T) {
	m := newMarket(t)
	quoted := m.Clock.Now()
	in := m.sale("1")
	in.LinkCode, in.Currency, in.FxRate, in.FxSource, in.FxQuotedAt = "link-ada", "USD", "0.3333", "ecb", &quoted
	sale := m.must(in).Conversion
	first, _, err := m.refund(tracking.RefundInput{ExternalID: "a", ConversionExternalID: "1", Amount: "0.02"})
	require.NoError(t, err)
	last := m.takes(void("v", "1"), 998)
	require.Equal(t, sale.AmountMinor, first.AmountMinor+last.AmountMinor)
	require.Zero(t, m.accrued())
}

// A hold that is released after the order was declared void lets nothing be earned.
func TestAHeldConversionThatIsVoidEarnsNothingWhenReleased(t *testing.T) {
	m := newMarket(t)
	in := m.sale("own")
	in.LinkCode, in.CustomerID = "link-ada", "ada@partners.example"
	held := m.must(in).Conversion
	m.takes(void("v", "own"), 1000)
	require.Zero(t, m.waiting())
	m.Do(func(tx *models.Tx) error {
		_, err := m.Tracking.ReleaseHold(tx, m.Owner, held.ID, "she asked first")
		return err
	})
	require.Zero(t, m.accrued())
}

func TestEveryRefusalOfAVoid(t *testing.T) {
	m := newMarket(t)
	sale := m.Sell("ada", "10.00")
	m.must(tracking.ConversionInput{ExternalID: "dollars", OccurredAt: m.Clock.Now(), Currency: "USD", Amount: "10.00", LinkCode: "link-ada"})
	amount, items := void("v", sale), void("v", sale)
	amount.Amount, items.Items = "10.00", []tracking.RefundItem{{SKU: "a", Amount: "1.00"}}
	for name, c := range map[string]struct {
		in          tracking.RefundInput
		code, field string
	}{
		"an amount": {amount, "VOID_AMOUNT", "amount"},
		"items":     {items, "REFUND_ITEMS_NOT_ALLOWED", "items"},
		"no order":  {void("v", "nothing"), "CONVERSION_NOT_FOUND", "conversionExternalId"},
		"no rate":   {void("v", "dollars"), "CONVERSION_AWAITING_RATE", "conversionExternalId"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := m.refund(c.in)
			requireRefusal(t, err, c.code, c.field)
		})
	}
	require.EqualValues(t, 100, m.accrued(), "what was refused changed nothing")
}

// Refunds and voids that race take the sale once.
func TestVoidsAndRefundsThatRaceTakeTheSaleOnce(t *testing.T) {
	m := newMarket(t)
	sale := m.Sell("ada", "10.00")
	m.Accrue()
	inputs := []tracking.RefundInput{void("a", sale), void("b", sale), {ExternalID: "r", ConversionExternalID: sale, Amount: "6.00"}, dispute("d", sale, "10.00")}
	var group sync.WaitGroup
	for _, in := range inputs {
		group.Go(func() {
			if _, _, err := m.refund(in); err != nil {
				require.ErrorIs(t, err, tracking.ErrRefundExceeds)
			}
		})
	}
	group.Wait()
	var sum int64
	require.NoError(t, m.DB.Read(t.Context()).Model(&models.Refund{}).Select("SUM(amount_minor)").Scan(&sum).Error)
	require.EqualValues(t, 1000, sum)
	require.Zero(t, m.accrued())
}
