package tracking_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func TestTheSameConversionAgainChangesNothing(t *testing.T) {
	m := newMarket(t)
	in := m.sale("1")
	in.LinkCode, in.CustomerID = "link-ada", "carol"
	first := m.must(in)
	require.Equal(t, tracking.OutcomeRecorded, first.Outcome)
	require.Equal(t, first.Conversion.ID, first.Conversion.RootID)
	require.Equal(t, 1, first.Conversion.Revision)
	require.EqualValues(t, 1, m.waiting())
	m.Clock.Advance(time.Hour)
	same := in
	same.Source, same.Kind, same.Amount, same.Tax = "api", "SALE", "10.0", "0"
	same.ExternalID, same.OccurredAt = " 1 ", in.OccurredAt.In(time.FixedZone("", 3600))
	for _, again := range []tracking.ConversionInput{in, same} {
		result := m.must(again)
		require.Equal(t, tracking.OutcomeDuplicate, result.Outcome)
		require.Equal(t, first.Conversion.ID, result.Conversion.ID)
	}
	require.EqualValues(t, 1, m.waiting())
	otherKind := in
	otherKind.Kind = "LEAD"
	require.Equal(t, tracking.OutcomeRecorded, m.must(otherKind).Outcome, "the kind is part of the key")
	otherSource := in
	otherSource.Source = "shop"
	require.Equal(t, tracking.OutcomeRecorded, m.must(otherSource).Outcome, "so is the source")
}

func TestARestatementIsAFurtherRevision(t *testing.T) {
	m := newMarket(t)
	in := m.sale("1")
	in.LinkCode = "link-ada"
	first := m.must(in).Conversion
	m.Clock.Advance(time.Hour)
	in.Amount, in.LinkCode = "8.00", "link-bob"
	second := m.must(in)
	require.Equal(t, tracking.OutcomeRestated, second.Outcome)
	require.Equal(t, 2, second.Conversion.Revision)
	require.Equal(t, first.ID, second.Conversion.RootID)
	require.EqualValues(t, 800, second.Conversion.AmountMinor)
	require.Equal(t, m.ada.ID, models.Or(second.Conversion.EnrollmentID), "the first attribution stands")
	require.EqualValues(t, 2, m.waiting())
	require.Equal(t, tracking.OutcomeDuplicate, m.must(in).Outcome)

	_, _, err := m.refund(tracking.RefundInput{ExternalID: "r", ConversionExternalID: "1", Amount: "5.00"})
	require.NoError(t, err)
	in.Amount = "4.99"
	_, err = m.record(in)
	requireRefusal(t, err, "AMOUNT_BELOW_REFUNDS", "amount")
	in.Amount = "5.00"
	require.Equal(t, 3, m.must(in).Conversion.Revision, "down to what is refunded")
	m.Accrue()
	require.Zero(t, m.Balance(m.ada.ID, models.AccountAccrued), "all of it is refunded")

	var stored models.Conversion
	require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", first.ID).Take(&stored).Error)
	require.EqualValues(t, 1000, stored.AmountMinor, "no row is edited")
}

func TestParallelSendersOfOneConversionRecordItOnce(t *testing.T) {
	m := newMarket(t)
	const senders, orders = 8, 5
	var group sync.WaitGroup
	failures := make([]error, senders)
	recorded := make([]int, senders)
	batch := make([]tracking.ConversionInput, orders)
	for i := range batch {
		batch[i] = m.sale(fmt.Sprint(i))
		batch[i].LinkCode, batch[i].CustomerID = "link-ada", fmt.Sprintf("customer-%d", i%2)
	}
	for n := range senders {
		group.Go(func() {
			results, err := m.recordAll(batch)
			failures[n] = err
			for _, r := range results {
				failures[n] = errors.Join(failures[n], r.Err)
				if r.Outcome == tracking.OutcomeRecorded {
					recorded[n]++
				}
			}
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(failures...))
	total := 0
	for _, n := range recorded {
		total += n
	}
	require.Equal(t, orders, total, "each was new to exactly one sender")
	require.EqualValues(t, orders, m.waiting())
	m.Accrue()
	require.EqualValues(t, 500, m.Balance(m.ada.ID, models.AccountAccrued))
}

func TestABatchTellsOfEachOfItsEntries(t *testing.T) {
	m := newMarket(t)
	bad, twice := m.sale("bad"), m.sale("1")
	bad.Amount = "1.234"
	twice.Amount = "99.00"
	results, err := m.recordAll([]tracking.ConversionInput{m.sale("1"), bad, twice, m.sale("2")})
	require.NoError(t, err)
	require.Equal(t, tracking.OutcomeRecorded, results[0].Outcome)
	requireRefusal(t, results[1].Err, "AMOUNT_TOO_PRECISE", "amount")
	requireRefusal(t, results[2].Err, "DUPLICATE_IN_BATCH", "externalId")
	require.Equal(t, tracking.OutcomeRecorded, results[3].Outcome)
	require.Equal(t, "2", results[3].Conversion.ExternalID)

	_, err = m.recordAll(nil)
	requireRefusal(t, err, "BATCH_SIZE_INVALID", "items")
	full := make([]tracking.ConversionInput, tracking.MaxBatch)
	for i := range full {
		full[i] = m.sale(fmt.Sprintf("full-%d", i))
	}
	_, err = m.recordAll(append(full, m.sale("one too many")))
	requireRefusal(t, err, "BATCH_SIZE_INVALID", "items")
	results, err = m.recordAll(full)
	require.NoError(t, err)
	for _, r := range results {
		require.NoError(t, r.Err)
	}
	_, err = m.recordAll([]tracking.ConversionInput{bad})
	require.NoError(t, err, "a batch of refusals is no failure")
}

func TestOnlyWhoMayRecords(t *testing.T) {
	m := newMarket(t)
	for name, c := range map[string]struct {
		by   access.Caller
		code string
	}{
		"nobody":           {access.Caller{}, "UNAUTHENTICATED"},
		"a partner":        {access.Caller{Name: "user:x", PartnerID: m.ada.PartnerID}, "FORBIDDEN"},
		"another merchant": {access.System("other", models.NewID()), "PROGRAM_NOT_FOUND"},
	} {
		err := models.InTx(t.Context(), m.DB, func(tx *models.Tx) error {
			_, err := m.Tracking.RecordConversion(tx, c.by, m.Program.ID, m.sale("1"))
			return err
		})
		requireRefusal(t, err, c.code, "")
		err = models.InTx(t.Context(), m.DB, func(tx *models.Tx) error {
			_, _, err := m.Tracking.RecordRefund(tx, c.by, m.Program.ID, tracking.RefundInput{})
			return err
		})
		requireRefusal(t, err, c.code, "")
		require.NotEmpty(t, name)
	}
}

// A batch costs as many statements as its first entry: new, sent again, or restated.
func TestABatchCostsAConstantNumberOfStatements(t *testing.T) {
	m := newMarket(t)
	statements := testkit.CountStatements(t, m.DB)
	cost := map[string]int64{}
	for _, size := range []int{1, 10, 200} {
		batch := make([]tracking.ConversionInput, size)
		for i := range batch {
			batch[i] = m.sale(fmt.Sprintf("%d-%d", size, i))
			batch[i].LinkCode, batch[i].Coupon, batch[i].ClickID, batch[i].CustomerID = "link-ada", "BOB", clickID(m.click("ada")), fmt.Sprintf("customer-%d-%d", size, i)
		}
		for _, step := range []string{"new", "again", "restated"} {
			if step == "restated" {
				for i := range batch {
					batch[i].Amount = "12.00"
				}
			}
			before := statements.Load()
			results, err := m.recordAll(batch)
			require.NoError(t, err)
			for _, r := range results {
				require.NoError(t, r.Err)
			}
			spent := statements.Load() - before
			if size == 1 {
				cost[step] = spent
			}
			require.Equal(t, cost[step], spent, "%s, %d entries", step, size)
		}
	}
	require.LessOrEqual(t, cost["new"], int64(15))
}
