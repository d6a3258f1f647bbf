package commission_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// What is taken back of an item by several refunds comes off the rule that took the item, together.
func TestSeveralRefundsOfOneItem(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules = append([]commission.RuleSpec{{ID: "books", Scope: "item", Categories: []string{"books"}, RewardSpec: commission.RewardSpec{Percent: "5%"}}}, p.Rules...)
	})
	_, _, seller := family(s)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "x", Currency: "GBP", Amount: "100.00", OccurredAt: tx.Now,
			LinkCode: "link-seller", Items: []tracking.Item{{SKU: "A", Category: "books", Quantity: 1, Amount: "50.00"}, {SKU: "B", Quantity: 1, Amount: "50.00"}}})
		return err
	})
	s.Accrue()
	require.EqualValues(t, 250+500, s.Balance(seller.ID, models.AccountAccrued))
	for i, left := range []int64{200 + 500, 100 + 500} {
		s.Do(func(tx *models.Tx) error {
			amount := []string{"10.00", "20.00"}[i]
			_, _, err := s.Tracking.RecordRefund(tx, s.Owner, s.Program.ID, tracking.RefundInput{ExternalID: "r" + amount, ConversionExternalID: "x", OccurredAt: tx.Now,
				Amount: amount, Items: []tracking.RefundItem{{SKU: "A", Amount: amount}}})
			return err
		})
		s.Accrue()
		require.Equal(t, left, s.Balance(seller.ID, models.AccountAccrued))
	}
}

// A revision that waits for its rate changes nothing: a refund comes off what was priced before.
func TestARefundWhileARevisionWaitsForItsRate(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	record(s, "x", "USD", "100.00", "0.8")
	s.Accrue()
	s.Refund("r", "x", "10.00")
	require.Equal(t, tracking.OutcomeRestated, record(s, "x", "USD", "90.00", "").Outcome)
	s.Accrue()
	require.EqualValues(t, 720, s.Balance(seller.ID, models.AccountAccrued))
}

// A batch whose lines fall into several periods is counted in each.
func TestABatchOverTheEdgeOfAMonth(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	s.Sell("seller", "10.00")
	s.Clock.Advance(31 * 24 * time.Hour)
	s.Sell("seller", "10.00")
	s.Sell("seller", "10.00")
	s.Accrue()
	var counts []int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Period{}).Order("starts_at").Pluck("line_count", &counts).Error)
	require.Equal(t, []int64{3, 6}, counts)
}

func TestIDsInParts(t *testing.T) {
	const most = commission.IDsPerStatement
	for n, want := range map[int][]int{0: nil, 1: {1}, most: {most}, most + 1: {most, 1}, 2*most + 3: {most, most, 3}} {
		ids := make([]models.ID, n)
		for i := range ids {
			ids[i] = models.NewID()
		}
		var got []models.ID
		var sizes []int
		require.NoError(t, commission.InChunks(ids, func(part []models.ID) error {
			got, sizes = append(got, part...), append(sizes, len(part))
			return nil
		}))
		require.Equal(t, want, sizes)
		require.Len(t, got, n)
		for i := range got {
			require.Equal(t, ids[i], got[i])
		}
	}
	calls := 0
	require.ErrorIs(t, commission.InChunks(make([]models.ID, most+1), func([]models.ID) error { calls++; return models.ErrRetry }), models.ErrRetry)
	require.Equal(t, 1, calls)
}
