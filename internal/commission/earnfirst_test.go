package commission_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
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
	for _, size := range []int{1, 3, 4} {
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

// However many are read at once, all are priced, in their order. Under caps a batch is no larger than that.
func TestABatchIsReadInParts(t *testing.T) {
	for _, atOnce := range []int{1, 2, 5, 6} {
		for caps, earned := range map[*engine.CapSpec]int64{nil: 100 + 200 + 300 + 400 + 500, {Per: "life", Count: 3}: 100 + 200 + 300} {
			s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
				if caps != nil {
					p.Rules[0].Caps = []engine.CapSpec{*caps}
				}
			})
			commission.SetBatches(t, 100, atOnce)
			seller := s.Enroll("seller", models.ID{})
			for n := range 5 {
				s.Sell("seller", fmt.Sprintf("%d.00", 10*(n+1)))
			}
			s.Accrue()
			require.EqualValues(t, earned, s.Balance(seller.ID, models.AccountAccrued), "%d at once", atOnce)
			minor, count := used(s, "sales/life/enrollment", seller.ID)
			require.Equal(t, caps != nil, minor == earned && count == 3)
		}
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
		s.Refund("r", "a", "10.00") // in one batch with what has lines
		record(s, "b", "USD", "100.00", "0.8")
		s.Accrue()
		require.EqualValues(t, 900, s.Balance(seller.ID, models.AccountAccrued))
		record(s, "b", "USD", "100.00", "0.9")
		s.Accrue()
		require.EqualValues(t, 900, s.Balance(seller.ID, models.AccountAccrued))
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

// What cannot be priced is in the way of nothing that is worked with it.
func TestABatchWithWhatCannotBePriced(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules = append([]commission.RuleSpec{percent("pro", isPro, "10%")}, p.Rules...)
		p.Rules[0].Caps = []engine.CapSpec{{Per: "day", Amount: "12.00"}}
	})
	_, _, seller := family(s)
	send := func(id, key string, day int) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: "100.00",
				OccurredAt: date(1, day, 9), LinkCode: "link-seller", Metadata: map[string]string{key: "pro"}})
			return err
		})
	}
	send("a", "none", 5)
	s.Refund("r", "a", "10.00")
	s.Do(numberFirst)
	s.Accrue()
	require.Len(t, stalls(s), 1)
	waiting, err := s.Commission.ProgramsToAccrue(t.Context())
	require.NoError(t, err)
	require.Empty(t, waiting)

	send("b", "plan", 4)
	s.Accrue()
	send("a", "other", 5)
	s.Refund("r2", "b", "50.00")
	s.Accrue()
	require.Len(t, stalls(s), 1)
	require.EqualValues(t, 500, s.Balance(seller.ID, models.AccountAccrued))
	minor, count := used(s, "pro/day/enrollment", seller.ID)
	require.Equal(t, []int64{500, 1}, []int64{minor, count})
}

// What occurred before there was a plan earns nothing, also when one is dated back and something is refunded; a further
// revision is priced by it.
func TestWhatNoPlanHeldForEarnsByItsNextRevision(t *testing.T) {
	s := testkit.NewScene(t)
	openedBeside(s)
	_, _, seller := family(s)
	send := func(amount string) {
		record(s, "x", "GBP", amount, "")
		s.Accrue()
		require.Empty(t, linesOf(s, models.CommissionKindEarned))
	}
	send("100.00")
	s.Refund("r", "x", "10.00")
	send("90.00")
	publish(s, simple(s.Clock.Now().AddDate(0, -1, 0)))
	s.Refund("r2", "x", "10.00")
	s.Accrue()
	require.Empty(t, linesOf(s, models.CommissionKindEarned))
	record(s, "x", "GBP", "80.00", "")
	s.Accrue()
	require.EqualValues(t, 600, s.Balance(seller.ID, models.AccountAccrued), "10 % of the 60.00 that are left")
	require.Len(t, linesOf(s, models.CommissionKindRefund), 1)
}

// Under caps a restatement keeps the facts that it was priced with, though no amount changes; nothing else does.
func TestARestatementUnderCapsKeepsItsFacts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*commission.PlanSpec)
		want   []string
	}{
		"caps":    {capped(engine.CapSpec{Per: "life", Amount: "90.00"}), []string{"EARNED 0 1000", "EARNED 0 2000", "RESTATE 0 0", "RESTATE 0 500"}},
		"no caps": {func(p *commission.PlanSpec) { p.Rules[0].Recurring = &commission.RecurringSpec{Count: 9} }, []string{"EARNED 0 1000", "EARNED 0 2000"}},
	} {
		s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
			c.change(p)
			p.Exclude = []string{"tax"}
		})
		family(s)
		send := func(id, amount, tax string) {
			s.Do(func(tx *models.Tx) error {
				_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: amount, Tax: tax,
					OccurredAt: date(1, 5, 9), LinkCode: "link-seller", CustomerID: "carol"})
				return err
			})
			s.Accrue()
		}
		send("a", "100.00", "")
		send("b", "200.00", "")
		send("a", "110.00", "10.00") // the same basis
		s.Refund("r", "a", "50.00")
		send("b", "250.00", "")
		var lines []models.Commission
		require.NoError(t, s.DB.Read(t.Context()).Where("program_id = ? AND facts <> ''", s.Program.ID).Order("id").Find(&lines).Error)
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprintf("%s %d %d", l.Kind, l.Level, l.AmountMinor))
		}
		require.Equal(t, c.want, got, name)
	}
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
