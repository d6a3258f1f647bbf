package tracking_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func record(s *testkit.Scene, inputs ...tracking.RefundInput) []tracking.RefundResult {
	s.T.Helper()
	var results []tracking.RefundResult
	s.Do(func(tx *models.Tx) (err error) {
		results, err = s.Tracking.RecordRefunds(tx, s.Owner, s.Program.ID, inputs)
		return err
	})
	return results
}

func of(sale, id, amount string, at time.Time) tracking.RefundInput {
	return tracking.RefundInput{ExternalID: id, ConversionExternalID: sale, OccurredAt: at, Amount: amount}
}

func TestRefundsOfOneConversionCountTogetherAndToTheCent(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	now := s.Clock.Now()
	quoted := now
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "o-1", OccurredAt: now, Currency: "EUR",
			Amount: "10.00", LinkCode: "link-ann", FxRate: "0.33333", FxSource: "bank", FxQuotedAt: &quoted})
		return err
	})
	// Thirds that round down each time: only cumulative amounts come to the 3.33 that the sale is.
	results := record(s, of("o-1", "r-1", "3.33", now), of("o-1", "r-2", "3.33", now), of("o-1", "r-3", "3.35", now), of("o-1", "r-4", "3.34", now), of("o-1", "r-1", "3.33", now))
	var minor int64
	for _, i := range []int{0, 1, 3} {
		require.NoError(t, results[i].Err)
		minor += results[i].Refund.AmountMinor
	}
	require.EqualValues(t, 333, minor)
	require.ErrorIs(t, results[2].Err, tracking.ErrRefundExceeds)
	require.ErrorIs(t, results[4].Err, tracking.ErrRefundTwice)

	again := record(s, of("o-1", "r-4", "3.34", now), of("o-1", "r-1", "3.32", now))
	require.Equal(t, tracking.OutcomeDuplicate, again[0].Outcome)
	require.Equal(t, results[3].Refund.ID, again[0].Refund.ID)
	require.ErrorIs(t, again[1].Err, tracking.ErrRefundDiffers)
	s.Accrue()
	var lines []models.Commission
	require.NoError(t, s.DB.Read(t.Context()).Find(&lines).Error)
	var left int64
	for _, l := range lines {
		left += l.AmountMinor
	}
	require.Zero(t, left)
}

func TestABatchOfRefundsIsAFixedNumberOfStatements(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	now := s.Clock.Now()
	var inputs []tracking.RefundInput
	for i := range 200 {
		inputs = append(inputs, of(s.Sell("ann", "10.00"), fmt.Sprintf("r-%d", i), "10.00", now))
	}
	statements := testkit.CountStatements(t, s.DB)
	record(s, inputs[:2]...)
	few := statements.Swap(0)
	for _, result := range record(s, inputs[2:]...) {
		require.NoError(t, result.Err)
	}
	require.Equal(t, few, statements.Load())
	require.Equal(t, "BATCH_SIZE_INVALID", fault.CodeOf(models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
		_, err := s.Tracking.RecordRefunds(tx, s.Owner, s.Program.ID, make([]tracking.RefundInput, tracking.MaxBatch+1))
		return err
	})))
	s.Accrue()
}

func TestParallelBatchesOfRefundsNeverExceedTheSale(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	sale, now := s.Sell("ann", "100.00"), s.Clock.Now()
	var taken sync.Map
	var senders sync.WaitGroup
	for n := range 6 {
		senders.Go(func() {
			var results []tracking.RefundResult
			err := models.InTx(t.Context(), s.DB, func(tx *models.Tx) (err error) {
				results, err = s.Tracking.RecordRefunds(tx, s.Owner, s.Program.ID,
					[]tracking.RefundInput{of(sale, fmt.Sprintf("r-%d-a", n), "20.00", now), of(sale, fmt.Sprintf("r-%d-b", n), "20.00", now)})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			for _, r := range results {
				if r.Err == nil {
					taken.Store(r.Refund.ID, r.Refund.AmountMinor)
				}
			}
		})
	}
	senders.Wait()
	var sum int64
	taken.Range(func(_, minor any) bool { sum += minor.(int64); return true })
	require.EqualValues(t, 10000, sum)
	s.Accrue()
}
