package commission_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func family(s *testkit.Scene) (top, middle, seller models.Enrollment) {
	top = s.Enroll("top", models.ID{})
	middle = s.Enroll("middle", top.ID)
	return top, middle, s.Enroll("seller", middle.ID)
}

func TestASaleEarnsOnEveryLevelOnce(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	s.Sell("seller", "100.00")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			_, err := s.Commission.Accrue(t.Context(), s.Program.ID)
			require.NoError(t, err)
		})
	}
	group.Wait()
	s.Accrue()
	require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
	require.EqualValues(t, 200, s.Balance(middle.ID, models.AccountAccrued))
	require.EqualValues(t, 50, s.Balance(top.ID, models.AccountAccrued))
	require.EqualValues(t, -1250, s.Balance(s.Program.ID, models.AccountExpense))
	waiting, err := s.Commission.ProgramsToAccrue(t.Context())
	require.NoError(t, err)
	require.Empty(t, waiting)
}

func TestRefundsReachEveryLevel(t *testing.T) {
	for name, accrueBetween := range map[string]bool{"in one batch": false, "in batches of their own": true} {
		t.Run(name, func(t *testing.T) {
			s := testkit.NewScene(t)
			top, middle, seller := family(s)
			sale := s.Sell("seller", "33.33")
			step := func() {
				if accrueBetween {
					s.Accrue()
				}
			}
			step()
			s.Refund("r1", sale, "11.11")
			step()
			s.Refund("r1", sale, "11.11") // again: nothing
			s.Refund("r2", sale, "0.01")
			step()
			s.Accrue()
			// (333 + 67 + 17) * 22.21/33.33 = 277.87, so 278; the levels are cut: 44 and 11.
			require.EqualValues(t, 223, s.Balance(seller.ID, models.AccountAccrued))
			require.EqualValues(t, 44, s.Balance(middle.ID, models.AccountAccrued))
			require.EqualValues(t, 11, s.Balance(top.ID, models.AccountAccrued))
			s.Refund("r3", sale, "22.21")
			s.Accrue()
			for _, e := range []models.Enrollment{top, middle, seller} {
				require.Zero(t, s.Balance(e.ID, models.AccountAccrued))
			}
		})
	}
}

func TestARefundAfterTheCloseGoesToTheOpenPeriod(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	sale := s.Sell("seller", "100.00")
	closed := s.CloseMonth()
	require.Equal(t, models.PeriodStateClosed, closed.State)
	require.Equal(t, s.Clock.Now(), *closed.ClosedAt)
	require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountPayable))
	s.Refund("late", sale, "50.00")
	s.Accrue()
	require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountPayable), "what is closed does not change")
	require.EqualValues(t, -500, s.Balance(seller.ID, models.AccountAccrued))
	next := s.CloseMonth()
	require.NotEqual(t, closed.ID, next.ID)
	require.EqualValues(t, 500, s.Balance(seller.ID, models.AccountPayable))
	_, err := s.Commission.Close(t.Context(), closed.ID)
	require.ErrorIs(t, err, commission.ErrPeriodClosed)
}

func TestAPeriodClosesInOrderAndWhenOver(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	s.Sell("seller", "10.00")
	s.Accrue()
	s.Clock.Advance(31 * 24 * time.Hour)
	s.Sell("seller", "10.00")
	s.Accrue()
	var periods []models.Period
	require.NoError(t, s.DB.Read(t.Context()).Order("starts_at").Find(&periods).Error)
	require.Len(t, periods, 2)
	_, err := s.Commission.Close(t.Context(), periods[1].ID)
	require.ErrorIs(t, err, commission.ErrPeriodNotOver)
	s.Clock.Advance(31 * 24 * time.Hour)
	_, err = s.Commission.Close(t.Context(), periods[1].ID)
	require.ErrorIs(t, err, commission.ErrPeriodOrder)
	_, err = s.Commission.Close(t.Context(), models.NewID())
	require.Equal(t, "PERIOD_NOT_FOUND", fault.CodeOf(err))
}

func TestTheTreeAtTheTimeOfTheSaleDecides(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	other := s.Enroll("other", models.ID{})
	s.Sell("seller", "100.00")
	s.Clock.Advance(time.Hour)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.ChangeSponsor(tx, s.Owner, seller.ID, other.ID, "moved")
		return err
	})
	s.Sell("seller", "100.00")
	s.Accrue()
	require.EqualValues(t, 200, s.Balance(middle.ID, models.AccountAccrued))
	require.EqualValues(t, 50, s.Balance(top.ID, models.AccountAccrued))
	require.EqualValues(t, 200, s.Balance(other.ID, models.AccountAccrued))
}

// A run that has read the tree before a change reads it again, and leaves nothing in the queue.
func TestATreeThatMovesUnderARun(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, seller := family(s)
	other := s.Enroll("other", models.ID{})
	s.Sell("seller", "100.00")
	s.Clock.Advance(time.Hour)
	var moved atomic.Bool
	move := func(db *gorm.DB) {
		if db.Statement.Table != "enrollments" || !moved.CompareAndSwap(false, true) {
			return
		}
		s.Do(func(tx *models.Tx) error {
			_, err := s.Programs.ChangeSponsor(tx, s.Owner, seller.ID, other.ID, "moved")
			return err
		})
	}
	require.NoError(t, s.DB.Read(t.Context()).Callback().Query().After("gorm:query").Register("test:move", move))
	s.Accrue()
	require.True(t, moved.Load())
	require.EqualValues(t, 1000, s.Balance(seller.ID, models.AccountAccrued))
	require.EqualValues(t, 200, s.Balance(middle.ID, models.AccountAccrued), "the sponsor of the time of the sale")
}

func TestARestatementPostsTheDifference(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, seller := family(s)
	state := func(amount string) tracking.Outcome {
		var r tracking.ConversionResult
		s.Do(func(tx *models.Tx) error {
			var err error
			r, err = s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "x", Currency: "GBP", Amount: amount,
				OccurredAt: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), LinkCode: "link-seller"})
			return err
		})
		s.Accrue()
		return r.Outcome
	}
	require.Equal(t, tracking.OutcomeRecorded, state("100.00"))
	require.Equal(t, tracking.OutcomeDuplicate, state("100.00"))
	require.Equal(t, tracking.OutcomeRestated, state("40.00"))
	require.EqualValues(t, 400, s.Balance(seller.ID, models.AccountAccrued))
	require.Equal(t, tracking.OutcomeRestated, state("120.00"))
	require.EqualValues(t, 1200, s.Balance(seller.ID, models.AccountAccrued))
	require.EqualValues(t, 240, s.Balance(middle.ID, models.AccountAccrued))
	var lines int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Commission{}).Count(&lines).Error)
	require.EqualValues(t, 9, lines, "three lines, and three adjustments each time")
}

// Depth is what may be added to the tree. Who is in it already stays in the chains, also where somebody else is suspended
// and they are walked farther than the plan pays.
func TestALowerDepthTakesNoLevelAway(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.MaxTotal, p.Levels = "20%", []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "1%", Of: "sale"}}
	})
	ann := s.Enroll("ann", models.ID{})
	bob := s.Enroll("bob", ann.ID)
	s.Enroll("cat", bob.ID)
	other := s.Enroll("other", models.ID{})
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "second", Name: "Second", Currency: "GBP", TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true, MaxDepth: 1})
		return err
	})
	s.Sell("cat", "100.00")
	s.Accrue()
	require.EqualValues(t, 100, s.Balance(ann.ID, models.AccountAccrued))
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Suspend(tx, s.Owner, other.ID)
		return err
	})
	s.Sell("cat", "100.00")
	s.Accrue()
	require.EqualValues(t, 200, s.Balance(ann.ID, models.AccountAccrued))
	require.EqualValues(t, 400, s.Balance(bob.ID, models.AccountAccrued))
}
