package commission_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func linesOf(s *testkit.Scene, kind models.CommissionKind) []models.Commission {
	var rows []models.Commission
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("kind = ?", kind).Order("source_id, ordinal").Find(&rows).Error)
	return rows
}

// A level whose amount rounded to nothing is still in the chain: a correction pays it, and moves nobody to its place.
func TestACorrectionFindsTheWholeChain(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	state := func(amount string) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "x", Currency: "GBP", Amount: amount,
				OccurredAt: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), LinkCode: "link-seller"})
			return err
		})
		s.Accrue()
	}
	state("0.20") // 2p, and less than half a penny for each of the others
	earned := linesOf(s, models.CommissionKindEarned)
	require.Len(t, earned, 3)
	require.EqualValues(t, []int64{2, 0, 0}, []int64{earned[0].AmountMinor, earned[1].AmountMinor, earned[2].AmountMinor})
	require.Nil(t, earned[0].CauseID, "a first revision is its own cause")
	state("100.00")
	require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
	require.EqualValues(t, 200, s.Balance(middle.ID, models.AccountAccrued))
	require.EqualValues(t, 50, s.Balance(top.ID, models.AccountAccrued))
	for i, l := range linesOf(s, models.CommissionKindRestate) {
		require.Equal(t, earned[i].EnrollmentID, l.EnrollmentID)
		require.Equal(t, earned[i].Level, l.Level)
		require.Equal(t, earned[i].ID, *l.CorrectsID)
	}
}

// However refunds fall into batches, the lines are the same, and each names the refund that caused it.
func TestEveryAdjustmentHasOneCause(t *testing.T) {
	adjustments := map[bool][]string{}
	for _, together := range []bool{false, true} {
		s := testkit.NewScene(t)
		family(s)
		sale := s.Sell("seller", "33.33")
		for i, amount := range []string{"0.05", "11.11", "0.01", "22.16"} {
			if !together {
				s.Accrue()
			}
			s.Refund(fmt.Sprintf("r%d", i), sale, amount)
		}
		s.Accrue()
		var rows []struct {
			ExternalID string
			Level      int
			Minor      int64
		}
		require.NoError(t, s.DB.Read(t.Context()).Raw(`SELECT r.external_id, c.level, c.amount_minor AS minor FROM commissions c
			JOIN refunds r ON r.id = c.cause_id ORDER BY c.ordinal`).Scan(&rows).Error)
		for _, r := range rows {
			adjustments[together] = append(adjustments[together], fmt.Sprint(r))
		}
	}
	require.NotEmpty(t, adjustments[true])
	require.Equal(t, adjustments[false], adjustments[true])
	require.Contains(t, adjustments[true], "{r3 0 -222}")
}

// Ids are made before the insert, by clocks that differ: a refund may be numbered before its own conversion.
func TestARefundThatIsNumberedBeforeItsSale(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	sale := s.Sell("seller", "100.00")
	s.Refund("r", sale, "100.00")
	early := models.ID{1}
	s.Do(func(tx *models.Tx) error {
		for _, sql := range []string{"UPDATE refunds SET id = ?", "UPDATE accrual_queue SET id = ? WHERE kind = 'REFUND'"} {
			if err := tx.Exec(sql, early).Error; err != nil {
				return err
			}
		}
		return nil
	})
	s.Accrue()
	for _, e := range []models.Enrollment{top, middle, seller} {
		require.Zero(t, s.Balance(e.ID, models.AccountAccrued))
	}
	require.Len(t, linesOf(s, models.CommissionKindEarned), 3)
	require.Len(t, linesOf(s, models.CommissionKindRefund), 3)
	waiting, err := s.Commission.ProgramsToAccrue(t.Context())
	require.NoError(t, err)
	require.Empty(t, waiting)
}

// A snapshot of the tree is kept between runs, and not a moment longer than it is true.
func TestAChangeOfTheTreeIsSeenByTheNextRun(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, seller := family(s)
	s.Sell("seller", "100.00")
	s.Accrue()
	s.Sell("seller", "100.00")
	s.Accrue()
	require.EqualValues(t, 400, s.Balance(middle.ID, models.AccountAccrued))
	s.Clock.Advance(time.Hour)
	other := s.Enroll("other", models.ID{})
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.ChangeSponsor(tx, s.Owner, seller.ID, other.ID, "moved")
		return err
	})
	s.Sell("seller", "100.00")
	s.Accrue()
	require.EqualValues(t, 400, s.Balance(middle.ID, models.AccountAccrued))
	require.EqualValues(t, 200, s.Balance(other.ID, models.AccountAccrued))
}

// A conversion that waited for its exchange rate is priced like any other of its customer, by when it came.
func TestAConversionThatWaitedForItsRateKeepsItsPlace(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "10%",
			Rules: []commission.RuleSpec{{ID: "two", RewardSpec: commission.RewardSpec{Percent: "10%"}, Recurring: &commission.RecurringSpec{Count: 2}}}})
		return err
	})
	buy := func(id, currency, rate string) {
		s.Do(func(tx *models.Tx) error {
			in := tracking.ConversionInput{ExternalID: id, Currency: currency, Amount: "100.00", OccurredAt: tx.Now, LinkCode: "link-seller", CustomerID: "carol"}
			if rate != "" {
				in.FxRate, in.FxSource, in.FxQuotedAt = rate, "test", &tx.Now
			}
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, in)
			return err
		})
	}
	for i, id := range []string{"a", "b", "c"} {
		s.Clock.Advance(time.Hour)
		currency := "GBP"
		if id == "b" {
			currency = "USD"
		}
		buy(id, currency, "")
		s.Accrue()
		require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued), "after %d", i+1)
	}
	s.Clock.Set(s.Clock.Now().Add(-time.Hour)) // b is sent again with its own instant
	buy("b", "USD", "0.8")
	s.Accrue()
	require.EqualValues(t, 1800, s.Balance(seller.ID, models.AccountAccrued), "the second of two")
}

// record sends a conversion of carol's through the seller's link; a rate of "" is none.
func record(s *testkit.Scene, id, currency, amount, rate string) tracking.ConversionResult {
	s.T.Helper()
	var r tracking.ConversionResult
	s.Do(func(tx *models.Tx) error {
		in := tracking.ConversionInput{ExternalID: id, Currency: currency, Amount: amount, OccurredAt: s.Clock.Now(), LinkCode: "link-seller", CustomerID: "carol"}
		if rate != "" {
			in.FxRate, in.FxSource, in.FxQuotedAt = rate, "test", &tx.Now
		}
		results, err := s.Tracking.RecordConversions(tx, s.Owner, s.Program.ID, []tracking.ConversionInput{in})
		if err == nil {
			r = results[0]
		}
		return err
	})
	return r
}

// A limit holds for a sale and its restatement alike, whether they are priced together or apart.
func TestARestatementInTheSameBatchKeepsTheLimit(t *testing.T) {
	for _, together := range []bool{false, true} {
		s := testkit.NewScene(t)
		_, _, seller := family(s)
		s.Do(func(tx *models.Tx) error {
			_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "10%",
				Rules: []commission.RuleSpec{{ID: "first", RewardSpec: commission.RewardSpec{Percent: "10%"}, Recurring: &commission.RecurringSpec{Count: 1}}}})
			return err
		})
		record(s, "a", "GBP", "100.00", "")
		s.Clock.Advance(time.Hour)
		record(s, "b", "GBP", "100.00", "")
		if !together {
			s.Accrue()
		}
		require.Equal(t, tracking.OutcomeRestated, record(s, "b", "GBP", "300.00", "").Outcome)
		s.Accrue()
		require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued), "together %t", together)
	}
}

// A refund that is worked before there are lines is taken from them once they are there.
func TestARefundBeforeTheFirstLines(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, seller := family(s)
	record(s, "x", "USD", "100.00", "")
	record(s, "x", "USD", "100.00", "0.8")
	s.Refund("r", "x", "25.00")
	s.Do(func(tx *models.Tx) error {
		for _, sql := range []string{"UPDATE refunds SET id = ?", "UPDATE accrual_queue SET id = ? WHERE kind = 'REFUND'"} {
			if err := tx.Exec(sql, models.ID{1}).Error; err != nil {
				return err
			}
		}
		return nil
	})
	s.Accrue()
	require.EqualValues(t, 600, s.Balance(seller.ID, models.AccountAccrued), "10 % of three quarters of 80.00")
	require.EqualValues(t, 120, s.Balance(middle.ID, models.AccountAccrued))
}

// What was refunded is a share of the sale in its own currency: a later rate changes what the rest is worth, not how
// much of it is left.
func TestARateThatChangesUnderARefund(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	record(s, "x", "USD", "100.00", "0.8")
	s.Refund("r1", "x", "50.00")
	s.Accrue()
	require.EqualValues(t, 400, s.Balance(seller.ID, models.AccountAccrued))
	require.Equal(t, tracking.OutcomeRestated, record(s, "x", "USD", "100.00", "0.4").Outcome)
	s.Accrue()
	require.EqualValues(t, 200, s.Balance(seller.ID, models.AccountAccrued))
	require.ErrorIs(t, record(s, "x", "EUR", "100.00", "0.9").Err, tracking.ErrRefundedCurrency)
	s.Refund("r2", "x", "25.00")
	var last models.Refund
	require.NoError(t, s.DB.Read(t.Context()).Where("external_id = ?", "r2").Take(&last).Error)
	require.EqualValues(t, 1000, last.AmountMinor, "at the rate that holds now")
	s.Refund("r3", "x", "25.00")
	s.Accrue()
	require.Zero(t, s.Balance(seller.ID, models.AccountAccrued))
}

// Who has a balance has a statement, also for a month in which nothing was earned.
func TestACarriedBalanceHasAStatement(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	s.Sell("seller", "100.00")
	s.CloseMonth()
	s.Enroll("else", models.ID{})
	s.Sell("else", "10.00")
	period := s.CloseMonth()
	var statement models.Statement
	require.NoError(t, s.DB.Read(t.Context()).Where("period_id = ? AND enrollment_id = ?", period.ID, seller.ID).Take(&statement).Error)
	require.Equal(t, []int64{1000, 0, 0, 1000}, []int64{statement.OpeningMinor, statement.LinesMinor, statement.LineCount, statement.ClosingMinor})
}

// What brought the customer decides a correction as it decided the sale.
func TestACorrectionKnowsWhatBroughtTheCustomer(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	planned(s, percent("linked", `touch.link == "link-seller"`, "20%"), percent("sales", "", "10%"))
	record(s, "x", "GBP", "100.00", "")
	s.Accrue()
	require.EqualValues(t, 2000, s.Balance(seller.ID, models.AccountAccrued))
	record(s, "x", "GBP", "50.00", "")
	s.Accrue()
	require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
	s.Refund("r", "x", "25.00")
	s.Accrue()
	require.EqualValues(t, 500, s.Balance(seller.ID, models.AccountAccrued))
}
