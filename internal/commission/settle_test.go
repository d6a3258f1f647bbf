package commission_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/testkit"
	"tributary/models"
)

// The tiers of a period are what its lines come to; what is refunded later is the volume of a later period.
func TestTiersOfAPeriodWithRefundsAfterTheClose(t *testing.T) {
	for mode, earns := range map[string]struct{ january, february int64 }{
		"marginal":    {5000 + 3000, 5000},
		"retroactive": {13000, 10000},
	} {
		t.Run(mode, func(t *testing.T) {
			s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) { p.Rules[0].RewardSpec = byVolume(mode) })
			ann, bob := s.Enroll("ann", models.ID{}), s.Enroll("bob", models.ID{})
			big := s.Sell("ann", "900.00")
			s.Sell("ann", "400.00")
			s.Sell("bob", "999.99")
			s.Accrue()
			require.EqualValues(t, 6500, s.Balance(ann.ID, models.AccountAccrued), "the first rate, with each sale")
			january := s.CloseMonth()
			require.EqualValues(t, earns.january, s.Balance(ann.ID, models.AccountPayable))
			require.EqualValues(t, 5000, s.Balance(bob.ID, models.AccountPayable))
			tier := linesOf(s, models.CommissionKindTier)
			require.Len(t, tier, 1)
			require.Equal(t, []any{january.ID, january.ID, "sales", int64(130000), earns.january - 6500},
				[]any{tier[0].SourceID, tier[0].PeriodID, tier[0].RuleID, tier[0].BasisMinor, tier[0].AmountMinor})
			require.False(t, tier[0].OfConversion())

			s.Refund("r", big, "500.00")
			s.Sell("ann", "1500.00")
			s.CloseMonth() // 1000.00 of volume
			require.EqualValues(t, earns.january+earns.february, s.Balance(ann.ID, models.AccountPayable))
			require.EqualValues(t, 5000, s.Balance(bob.ID, models.AccountPayable))
		})
	}
}

// A version's lines are settled by that version, whichever holds when the period ends.
func TestTiersAreThoseOfTheVersionThatPricedTheSale(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) { p.Rules[0].RewardSpec = byVolume("retroactive") })
	ann := s.Enroll("ann", models.ID{})
	s.Sell("ann", "1000.00")
	publish(s, simple(date(1, 20, 0)))
	s.Clock.Set(date(1, 25, 0))
	s.Sell("ann", "50.00")
	s.CloseMonth()
	require.EqualValues(t, 10000+500, s.Balance(ann.ID, models.AccountPayable))
	lines := linesOf(s, models.CommissionKindTier)
	require.Equal(t, []int64{5000}, amountsOf(lines))
	require.EqualValues(t, 100000, lines[0].BasisMinor)
}

// A new version amid a period cuts no volume in two: what was sold by both reaches a tier.
func TestTiersCountTheVolumeOfAllVersions(t *testing.T) {
	for mode, want := range map[string]struct {
		amounts []int64
		texts   []string
	}{
		"retroactive": {[]int64{3000, 2000}, []string{"TIERS 100.00: 1000.00 x 10% = 100.00",
			"DIFFERENCE 40.00: 100.00 less the 60.00 for 600.00 of volume that earlier versions of the plan priced", "DIFFERENCE 20.00: 40.00 less the 20.00 that the period's lines paid before"}},
		"marginal": {[]int64{2000}, []string{"TIERS 90.00: 1000.00 x 5% + 400.00 x 10% = 90.00",
			"DIFFERENCE 40.00: 90.00 less the 50.00 for 1000.00 of volume that earlier versions of the plan priced", "DIFFERENCE 20.00: 40.00 less the 20.00 that the period's lines paid before"}},
	} {
		t.Run(mode, func(t *testing.T) {
			s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) { p.Rules[0].RewardSpec = byVolume(mode) })
			ann := s.Enroll("ann", models.ID{})
			first := map[string]int64{"retroactive": 60000, "marginal": 100000}[mode]
			s.Sell("ann", money.New(first, "GBP").Decimal())
			next := simple(date(1, 20, 0))
			next.Rules[0].RewardSpec, next.MaxTotal = byVolume(mode), "100%"
			publish(s, next)
			s.Clock.Set(date(1, 25, 0))
			s.Sell("ann", "400.00")
			s.CloseMonth()
			lines := linesOf(s, models.CommissionKindTier)
			require.Equal(t, want.amounts, amountsOf(lines))
			require.EqualValues(t, (first+40000)/20+sumOf(want.amounts), s.Balance(ann.ID, models.AccountPayable))
			require.Equal(t, want.texts, texts(requireAgrees(t, s, lines[len(lines)-1].ID)))
		})
	}
}

func sumOf(amounts []int64) (sum int64) {
	for _, a := range amounts {
		sum += a
	}
	return sum
}

func bonuses(list ...engine.BonusSpec) func(*commission.PlanSpec) {
	return func(p *commission.PlanSpec) { p.Bonuses = list }
}

func TestABonusIsPaidOnceOrInEveryPeriod(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, bonuses(
		engine.BonusSpec{ID: "once", Amount: "7.00", Once: true, Reach: &engine.ReachSpec{Volume: "100.00"}},
		engine.BonusSpec{ID: "again", Amount: "3.00", Reach: &engine.ReachSpec{Sales: 2}}))
	ann := s.Enroll("ann", models.ID{})
	payable := func() int64 { return s.Balance(ann.ID, models.AccountPayable) }
	s.Sell("ann", "60.00")
	s.Refund("r", s.Sell("ann", "60.00"), "60.00") // no sale, and no volume
	s.CloseMonth()
	require.EqualValues(t, 600, payable())
	for _, more := range []int64{1200 + 1000, 1200 + 300, 1200 + 300} {
		before := payable()
		s.Sell("ann", "60.00")
		s.Sell("ann", "60.00")
		s.CloseMonth()
		require.Equal(t, before+more, payable())
	}
	lines := linesOf(s, models.CommissionKindBonus)
	require.Len(t, lines, 4)
	require.EqualValues(t, 12000, lines[0].BasisMinor)
}

// The sponsor as of the recruit's first sale has the bonus, however the tree and the sponsor change until the close.
func TestABonusForARecruitIsTheSponsorsOfTheSale(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, bonuses(engine.BonusSpec{ID: "mentor", Amount: "20.00", RecruitSells: true}))
	sue, tom := s.Enroll("sue", models.ID{}), s.Enroll("tom", models.ID{})
	bob, cat := s.Enroll("bob", sue.ID), s.Enroll("cat", tom.ID)
	s.Enroll("dee", sue.ID) // sells nothing yet
	s.Sell("bob", "10.00")
	s.Sell("cat", "10.00")
	s.Clock.Advance(time.Hour)
	s.Do(func(tx *models.Tx) error {
		if _, err := s.Programs.ChangeSponsor(tx, s.Owner, bob.ID, tom.ID, "moved"); err != nil {
			return err
		}
		_, err := s.Programs.Suspend(tx, s.Owner, tom.ID)
		return err
	})
	s.Sell("bob", "10.00")
	s.CloseMonth()
	require.EqualValues(t, 2000, s.Balance(sue.ID, models.AccountPayable))
	require.Zero(t, s.Balance(tom.ID, models.AccountPayable), "who is suspended earns nothing from its downline")
	s.Sell("bob", "10.00")
	s.Sell("cat", "10.00")
	s.CloseMonth()
	require.EqualValues(t, 2000, s.Balance(sue.ID, models.AccountPayable), "there is one first sale")
	require.EqualValues(t, 200, s.Balance(cat.ID, models.AccountPayable))
	s.Sell("bob", "10.00")
	s.Sell("dee", "10.00")
	s.CloseMonth()
	require.EqualValues(t, 4000, s.Balance(sue.ID, models.AccountPayable), "also after others that sold before")
}

// What is taken back before the close was no sale, so the next one is the first.
func TestASaleThatWasTakenBackIsNoFirstSale(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, bonuses(engine.BonusSpec{ID: "welcome", Amount: "5.00", FirstSale: true}))
	ann, bob := s.Enroll("ann", models.ID{}), s.Enroll("bob", models.ID{})
	s.Refund("r", s.Sell("ann", "10.00"), "10.00")
	refundOf(s, "v", s.Sell("bob", "10.00"), models.RefundKindVoid, "")
	s.CloseMonth()
	require.Empty(t, linesOf(s, models.CommissionKindBonus))
	s.Sell("ann", "10.00")
	kept := s.Sell("bob", "10.00")
	s.CloseMonth()
	require.EqualValues(t, 600, s.Balance(ann.ID, models.AccountPayable))
	s.Refund("late", kept, "10.00")
	s.Sell("bob", "10.00")
	s.CloseMonth()
	require.EqualValues(t, 600, s.Balance(bob.ID, models.AccountPayable), "5.00 once, and 1.00 of the sale that stayed")
}

// everySettlement is a program in which a close owes of each kind.
func everySettlement(t *testing.T) (*testkit.Scene, models.Enrollment) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules[0].RewardSpec = byVolume("retroactive")
		p.Bonuses = []engine.BonusSpec{{ID: "goal", Amount: "9.00", Reach: &engine.ReachSpec{Volume: "1000.00"}}}
		p.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "310.00"}}
	})
	ann := s.Enroll("ann", models.ID{})
	agree(s, ann, "banner", date(1, 1, 0), date(2, 1, 0))
	s.Sell("ann", "2000.00")
	s.Accrue()
	s.Clock.Set(date(2, 2, 9))
	return s, ann
}

const everyOwed = 10000 + 10000 + 900 + 31000

func januaryOf(s *testkit.Scene) models.Period {
	s.T.Helper()
	var p models.Period
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("program_id = ?", s.Program.ID).Take(&p).Error)
	return p
}

func TestAPeriodThatIsClosedByManyIsPaidOnce(t *testing.T) {
	s, ann := everySettlement(t)
	period := januaryOf(s)
	errs := make([]error, 8)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = s.Commission.Close(t.Context(), period.ID) })
	}
	group.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
			continue
		}
		require.Equal(t, "PERIOD_CLOSED", fault.CodeOf(err), "%v", err)
	}
	require.Equal(t, 1, done)
	require.EqualValues(t, everyOwed, s.Balance(ann.ID, models.AccountPayable))
	require.Zero(t, s.Balance(ann.ID, models.AccountAccrued))
	closed := januaryOf(s)
	require.EqualValues(t, 4, closed.LineCount)
	for _, kind := range []models.CommissionKind{models.CommissionKindTier, models.CommissionKindBonus, models.CommissionKindPlacement} {
		require.Len(t, linesOf(s, kind), 1, kind)
	}
}

// A close that fails on its way to the statements leaves nothing of what it settled.
func TestACloseIsWholeOrNothing(t *testing.T) {
	s, ann := everySettlement(t)
	period := januaryOf(s)
	inTheWay := models.Statement{PeriodID: period.ID, EnrollmentID: ann.ID, Currency: "GBP"}
	s.Do(func(tx *models.Tx) error { return tx.Create(&inTheWay).Error })
	_, err := s.Commission.Close(t.Context(), period.ID)
	require.True(t, models.IsDuplicate(err), "%v", err)
	s.Do(func(tx *models.Tx) error {
		return tx.Where("period_id = ?", period.ID).Delete(&models.Statement{}).Error
	})
	require.Equal(t, period, januaryOf(s))
	for _, kind := range []models.CommissionKind{models.CommissionKindTier, models.CommissionKindBonus, models.CommissionKindPlacement} {
		require.Empty(t, linesOf(s, kind), kind)
	}
	require.EqualValues(t, 10000, s.Balance(ann.ID, models.AccountAccrued))
	s.Prove()

	_, err = s.Commission.Close(t.Context(), period.ID)
	require.NoError(t, err)
	require.EqualValues(t, everyOwed, s.Balance(ann.ID, models.AccountPayable))
}
