package commission_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func capped(caps ...engine.CapSpec) func(*commission.PlanSpec) {
	return func(p *commission.PlanSpec) {
		p.MaxTotal, p.Levels, p.Rules[0].Caps = "15%", []commission.LevelSpec{{Rate: "5%", Of: "sale"}}, caps
	}
}

// used gives what a counter stands at.
func used(s *testkit.Scene, cap string, owner models.ID) (minor, count int64) {
	s.T.Helper()
	var rows []models.CapCounter
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("program_id = ? AND cap = ? AND owner_id = ?", s.Program.ID, cap, owner).Find(&rows).Error)
	for _, row := range rows {
		minor, count = minor+row.UsedMinor, count+row.UsedCount
	}
	return minor, count
}

// paid sums the lines of conversions, of everybody or of sellers, and counts the conversions that have something.
func paidByCap(s *testkit.Scene, levels ...int) (minor, count int64) {
	s.T.Helper()
	var rows []struct{ Minor int64 }
	query := s.DB.Read(s.T.Context()).Model(&models.Commission{}).Where("program_id = ?", s.Program.ID)
	if len(levels) > 0 {
		query = query.Where("level IN ?", levels)
	}
	require.NoError(s.T, query.Group("source_id").Select("SUM(amount_minor) AS minor").Scan(&rows).Error)
	for _, row := range rows {
		if minor += row.Minor; row.Minor > 0 {
			count++
		}
	}
	return minor, count
}

// However many workers price at once, they do not pass a cap over the program together, and its counters are the lines.
func TestManyWorkersDoNotPassACapTogether(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, capped(engine.CapSpec{Per: "month", Scope: "program", Amount: "50.00"}, engine.CapSpec{Per: "life", Amount: "6.00"}))
	const sellers, rounds = 16, 4
	top := s.Enroll("top", models.ID{})
	for i := range sellers {
		s.Enroll(fmt.Sprint("s", i), top.ID)
	}
	for range rounds { // what comes in between is worked by whoever finds it
		var group sync.WaitGroup
		for i := range sellers {
			s.Sell(fmt.Sprint("s", i), "10.00")
		}
		for range 8 {
			group.Go(func() {
				_, err := s.Commission.Accrue(t.Context(), s.Program.ID)
				require.NoError(t, err)
			})
		}
		group.Wait()
		s.Accrue()
		minor, count := used(s, "sales/month/program", models.ID{})
		lines, conversions := paidByCap(s)
		require.Equal(t, []int64{lines, conversions}, []int64{minor, count})
		require.LessOrEqual(t, lines, int64(5000))
	}
	lines, _ := paidByCap(s)
	require.EqualValues(t, 5000, lines, "all of it is used: 1.50 for each of 64 orders would be 96.00")
	sold, _ := paidByCap(s, 0)
	var own int64
	for i := range sellers {
		var e models.Enrollment
		require.NoError(t, s.DB.Read(t.Context()).Where("program_id = ? AND external_id = ?", s.Program.ID, fmt.Sprint("s", i)).Take(&e).Error)
		minor, _ := used(s, "sales/life/enrollment", e.ID)
		own += minor
	}
	require.Equal(t, sold, own)
}

// What is taken back frees a cap for the next sale, whichever way it is taken back.
func TestACapIsGivenBack(t *testing.T) {
	for name, back := range map[string]func(s *testkit.Scene, sale string){
		"refund": func(s *testkit.Scene, sale string) { s.Refund("r", sale, "10.00") },
		"void":   func(s *testkit.Scene, sale string) { refundOf(s, "v", sale, models.RefundKindVoid, "") },
		"chargeback": func(s *testkit.Scene, sale string) {
			refundOf(s, "c", sale, models.RefundKindChargeback, "10.00")
		},
		"restatement": func(s *testkit.Scene, sale string) {
			s.Do(func(tx *models.Tx) error {
				_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: sale, OccurredAt: date(1, 5, 9),
					Currency: "GBP", Amount: "0.01", LinkCode: "link-ann"})
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openProgram(t, "UTC", models.PeriodKindMonth, capped(engine.CapSpec{Per: "day", Scope: "program", Amount: "1.50"}, engine.CapSpec{Per: "month", Count: 1}))
			s.Enroll("ann", s.Enroll("top", models.ID{}).ID)
			first := s.Sell("ann", "10.00")
			s.Sell("ann", "10.00")
			s.Accrue()
			check := func(minor, count int64) {
				t.Helper()
				lines, conversions := paidByCap(s)
				require.Equal(t, []int64{minor, count}, []int64{lines, conversions})
				usedMinor, usedCount := used(s, "sales/day/program", models.ID{})
				require.Equal(t, []int64{minor, count}, []int64{usedMinor, usedCount})
			}
			check(150, 1)
			back(s, first)
			s.Accrue()
			check(0, 0)
			s.Clock.Advance(time.Hour)
			s.Sell("ann", "10.00")
			s.Accrue()
			check(150, 1)
		})
	}
}

// A refund that is won again comes out of no room: it gives what the chargeback took.
func TestAWonChargebackTakesItsPlaceUnderTheCapAgain(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, capped(engine.CapSpec{Per: "month", Scope: "program", Amount: "1.50"}))
	s.Enroll("ann", models.ID{})
	sale := s.Sell("ann", "15.00")
	s.Accrue()
	refundOf(s, "c", sale, models.RefundKindChargeback, "15.00")
	s.Accrue()
	minor, count := used(s, "sales/month/program", models.ID{})
	require.Equal(t, []int64{0, 0}, []int64{minor, count})
	refundOf(s, "c", sale, models.RefundKindChargebackWon, "")
	s.Accrue()
	minor, count = used(s, "sales/month/program", models.ID{})
	require.Equal(t, []int64{150, 1}, []int64{minor, count})
}

// A restatement takes the room that a cap has now, and a refund a share of what it had when the sale was priced.
func TestWhichRoomOfACapACorrectionTakes(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, capped(engine.CapSpec{Per: "month", Amount: "30.00"}))
	for _, name := range []string{"ann", "bob"} {
		s.Enroll(name, models.ID{})
	}
	sale := func(id, by, amount string) {
		t.Helper()
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: amount, OccurredAt: s.Clock.Now(), LinkCode: "link-" + by})
			return err
		})
		s.Accrue()
	}
	refund := func(id, of, amount string) {
		t.Helper()
		s.Refund(id, of, amount)
		s.Accrue()
	}
	sale("a1", "ann", "100.00")
	sale("a2", "ann", "300.00")
	sale("a1", "ann", "50.00")
	sale("a2", "ann", "400.00")
	refund("r1", "a2", "200.00")
	sale("b1", "bob", "300.00")
	refund("r2", "b1", "150.00")
	sale("b2", "bob", "300.00")
	refund("r3", "b1", "75.00")
	for kind, want := range map[models.CommissionKind][]int64{
		models.CommissionKindEarned:  {1000, 2000, 3000, 1500},
		models.CommissionKindRestate: {-500, 500},
		models.CommissionKindRefund:  {-1250, -1500, -750},
	} {
		require.ElementsMatch(t, want, amountsOf(linesOf(s, kind)), kind)
	}
}
