package commission_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/tracking"
	"tributary/models"
)

// numberFirst gives the only refund an id before every other.
func numberFirst(tx *models.Tx) error {
	for _, sql := range []string{"UPDATE refunds SET id = ?", "UPDATE accrual_queue SET id = ? WHERE kind = 'REFUND'"} {
		if err := tx.Exec(sql, models.ID{1}).Error; err != nil {
			return err
		}
	}
	return nil
}

// A refund whose sale is only in a later batch has the sale priced with it, once.
func TestARefundAheadOfTheBatchOfItsSale(t *testing.T) {
	for size := 1; size <= 4; size++ {
		s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
			p.Rules[0].Caps = []engine.CapSpec{{Per: "life", Amount: "25.00"}}
		})
		commission.SetBatches(t, size, 2)
		_, _, seller := family(s)
		s.Sell("seller", "100.00")
		s.Sell("seller", "100.00")
		sale := s.Sell("seller", "40.00")
		s.Refund("r", sale, "10.00")
		s.Do(numberFirst)
		s.Accrue()
		require.EqualValues(t, 2300, s.Balance(seller.ID, models.AccountAccrued), "batches of %d", size)
		minor, count := used(s, "sales/life/enrollment", seller.ID)
		require.Equal(t, []int64{2300, 3}, []int64{minor, count}, "batches of %d", size)
		require.Len(t, linesOf(s, models.CommissionKindEarned), 3)
		waiting, err := s.Commission.ProgramsToAccrue(t.Context())
		require.NoError(t, err)
		require.Empty(t, waiting)
	}
}

// However many are read at once, all are priced, in their order.
func TestABatchIsReadInParts(t *testing.T) {
	for atOnce := 1; atOnce <= 6; atOnce++ {
		s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
			p.Rules[0].Caps = []engine.CapSpec{{Per: "life", Count: 3}}
		})
		commission.SetBatches(t, 100, atOnce)
		_, _, seller := family(s)
		for n := range 5 {
			s.Sell("seller", fmt.Sprintf("%d.00", 10*(n+1)))
		}
		s.Accrue()
		require.EqualValues(t, 100+200+300, s.Balance(seller.ID, models.AccountAccrued), "%d at once", atOnce)
		minor, count := used(s, "sales/life/enrollment", seller.ID)
		require.Equal(t, []int64{600, 3}, []int64{minor, count})
	}
}

// What a limit says of a customer holds also for a conversion that could be priced only later, alone or in the batch
// that mends it.
func TestALimitHoldsForWhatIsPricedLate(t *testing.T) {
	t.Run("its rate came later", func(t *testing.T) {
		s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) { p.Rules[0].Recurring = &commission.RecurringSpec{Count: 1} })
		_, _, seller := family(s)
		record(s, "a", "GBP", "100.00", "")
		s.Accrue()
		s.Clock.Advance(time.Hour)
		record(s, "b", "USD", "100.00", "")
		s.Accrue()
		record(s, "b", "USD", "100.00", "0.8")
		s.Accrue()
		require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
		record(s, "b", "USD", "100.00", "0.9")
		s.Accrue()
		require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
	})
	t.Run("a cap", func(t *testing.T) {
		s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) { p.Rules[0].Caps = []engine.CapSpec{{Per: "life", Amount: "12.00"}} })
		_, _, seller := family(s)
		record(s, "a", "GBP", "100.00", "")
		record(s, "b", "USD", "100.00", "")
		s.Accrue()
		record(s, "b", "USD", "100.00", "0.8")
		s.Accrue()
		require.EqualValues(t, 1200, s.Balance(seller.ID, models.AccountAccrued))
		var counters int64
		require.NoError(t, s.DB.Read(t.Context()).Model(&models.CapCounter{}).Count(&counters).Error)
		require.EqualValues(t, 1, counters, "of the seller, and of nobody else")
	})
	t.Run("its condition could be answered later", func(t *testing.T) {
		s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
			p.Rules = append([]commission.RuleSpec{percent("pro", isPro, "10%")}, p.Rules...)
			p.Rules[0].Recurring = &commission.RecurringSpec{Count: 1}
		})
		_, _, seller := family(s)
		send := func(id string, metadata map[string]string, at time.Time) {
			s.Do(func(tx *models.Tx) error {
				_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: "100.00",
					OccurredAt: at, LinkCode: "link-seller", CustomerID: "carol", Metadata: metadata})
				return err
			})
		}
		now, pro := s.Clock.Now(), map[string]string{"plan": "pro"}
		send("a", pro, now.Add(-time.Hour))
		s.Accrue()
		send("b", nil, now)
		send("b", pro, now)
		s.Accrue()
		require.Empty(t, stalls(s))
		require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
	})
}

// What occurred before there was a plan earns nothing, whatever becomes of it, until a further revision says that it
// still counts: the plan that holds from then on may be dated back.
func TestWhatNoPlanHeldForEarnsByItsNextRevision(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) { p.EffectiveFrom = date(1, 20, 0) })
	_, _, seller := family(s)
	send := func(amount string, at time.Time) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "x", Currency: "GBP", Amount: amount,
				OccurredAt: at, LinkCode: "link-seller"})
			return err
		})
	}
	send("100.00", s.Clock.Now())
	s.Accrue()
	s.Refund("r", "x", "10.00")
	s.Accrue()
	send("90.00", s.Clock.Now())
	s.Accrue()
	require.Empty(t, linesOf(s, models.CommissionKindEarned))
	s.Clock.Set(date(1, 21, 0))
	send("90.00", s.Clock.Now())
	s.Accrue()
	require.EqualValues(t, 800, s.Balance(seller.ID, models.AccountAccrued), "10 % of the 80.00 that are left")
	require.Len(t, linesOf(s, models.CommissionKindRefund), 1)
}

// Amounts that are too large stop their own conversion like a condition that cannot be answered.
func TestAmountsThatAreTooLargeStopOneConversion(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules = append([]commission.RuleSpec{{ID: "books", Scope: "item", Categories: []string{"books"}, RewardSpec: commission.RewardSpec{Percent: "5%"}}}, p.Rules...)
	})
	_, _, seller := family(s)
	c := order(s, "a", nil)
	order(s, "b", nil)
	s.Do(func(tx *models.Tx) error {
		items := fmt.Sprintf(`[{"sku":"A","quantity":1,"amount":"%d.00"},{"sku":"B","quantity":1,"amount":"%d.00"}]`, math.MaxInt64/200, math.MaxInt64/100)
		return tx.Model(&models.Conversion{}).Where("id = ?", c.ID).Update("items", items).Error
	})
	s.Accrue()
	require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
	found := stalls(s)
	require.Len(t, found, 1)
	require.Equal(t, c.ID, found[0].RootID)
	require.NotEmpty(t, found[0].Detail)
}
