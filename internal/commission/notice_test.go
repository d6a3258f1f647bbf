package commission_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/models"
)

// promised is the plan of these tests: thirty days of notice for what is worse.
func promised(p *commission.PlanSpec) {
	p.NoticeDays, p.MaxTotal, p.Levels = 30, "15%", []commission.LevelSpec{{Rate: "2%", Of: "sale"}}
	p.Bonuses = []engine.BonusSpec{{ID: "goal", Amount: "5.00", FirstSale: true}}
	p.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "100.00"}}
}

func tryPublish(s *testkit.Scene, spec commission.PlanSpec) error {
	return models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, spec)
		return err
	})
}

func TestAWorsePlanNeedsItsNotice(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, promised)
	now := s.Clock.Now()
	earliest := now.AddDate(0, 0, 30)
	for first, change := range map[string]func(*commission.PlanSpec){
		"the hold is longer":      func(p *commission.PlanSpec) { p.HoldDays = 1 },
		"tax is excluded":         func(p *commission.PlanSpec) { p.Exclude = []string{"tax"} },
		"a level pays less":       func(p *commission.PlanSpec) { p.Levels[0].Rate = "1.99%" },
		"rule sales pays less":    func(p *commission.PlanSpec) { p.Rules[0].Percent = "9.99%" },
		"rule sales has a lower":  func(p *commission.PlanSpec) { p.Rules[0].Caps = []engine.CapSpec{{Per: "month", Amount: "1000.00"}} },
		"rule sales is gone":      func(p *commission.PlanSpec) { p.Rules[0].ID = "orders" },
		"bonus goal is lower":     func(p *commission.PlanSpec) { p.Bonuses[0].Amount = "4.99" },
		"placement banner pays":   func(p *commission.PlanSpec) { p.Placements[0].Fee = "99.99" },
		"tax is excluded; with 3": func(p *commission.PlanSpec) { p.Exclude, p.Bonuses = []string{"tax"}, nil }, // the first of several
	} {
		t.Run(first, func(t *testing.T) {
			worse := simple(earliest.Add(-time.Microsecond))
			promised(&worse)
			change(&worse)
			err := tryPublish(s, worse)
			requireRefusal(t, err, "PLAN_NOTICE_SHORT", "plan.effective_from")
			require.ErrorContains(t, err, first)
			require.ErrorContains(t, err, "with 30 days of notice it can hold from 2026-02-04T09:00:00Z")
		})
	}
	var versions int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.PlanVersion{}).Where("program_id = ?", s.Program.ID).Count(&versions).Error)
	require.EqualValues(t, 1, versions)

	worse := simple(earliest)
	promised(&worse)
	worse.Rules[0].Percent = "9%"
	require.NoError(t, tryPublish(s, worse), "exactly at the notice")
}

func TestABetterPlanNeedsNone(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, promised)
	seller := s.Enroll("seller", models.ID{})
	better := simple(s.Clock.Now())
	promised(&better)
	better.MaxTotal = "20%"
	better.Rules[0].Percent, better.Levels[0].Rate, better.Bonuses[0].Amount, better.Placements[0].Fee = "11%", "3%", "6.00", "101.00"
	early := better
	early.EffectiveFrom = better.EffectiveFrom.Add(-time.Microsecond)
	requireRefusal(t, tryPublish(s, early), "PLAN_EFFECTIVE_PAST", "plan.effective_from")
	require.NoError(t, tryPublish(s, better))
	s.Sell("seller", "100.00")
	s.Accrue()
	require.EqualValues(t, 1100, s.Balance(seller.ID, models.AccountAccrued))
}

// A version that comes before one that waits replaces what holds until then: having announced a cut is no notice for an
// earlier one, and a shorter notice that waits gives no leave.
func TestAVersionInFrontOfOneThatWaitsNeedsTheNoticeOfWhatItReplaces(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, promised)
	now := s.Clock.Now()
	from := func(at time.Time, change func(*commission.PlanSpec)) commission.PlanSpec {
		spec := simple(at)
		promised(&spec)
		change(&spec)
		return spec
	}
	cut := func(p *commission.PlanSpec) { p.Rules[0].Percent, p.NoticeDays = "5%", 0 }
	require.NoError(t, tryPublish(s, from(now.AddDate(0, 0, 60), cut)))
	err := tryPublish(s, from(now.AddDate(0, 0, 1), cut))
	requireRefusal(t, err, "PLAN_NOTICE_SHORT", "plan.effective_from")
	require.ErrorContains(t, err, "the notice is shorter; with 30 days of notice it can hold from 2026-02-04T09:00:00Z")
	require.NoError(t, tryPublish(s, from(now.AddDate(0, 0, 30), cut)), "with the notice of what holds until then")
	requireRefusal(t, tryPublish(s, from(now.AddDate(0, 0, 2), cut)), "PLAN_NOTICE_SHORT", "plan.effective_from") // beyond what is in the shadow of that
	require.NoError(t, tryPublish(s, from(now.AddDate(0, 0, 10), func(*commission.PlanSpec) {})), "what waits is worse, and what holds is the same")
	// What waited is in the shadow of that: it holds never, and does not count.
	require.NoError(t, tryPublish(s, from(now.AddDate(0, 0, 20), func(p *commission.PlanSpec) { p.Rules[0].Percent = "11%" })))
	requireRefusal(t, tryPublish(s, from(now.AddDate(0, 0, 5), func(*commission.PlanSpec) {})), "PLAN_NOTICE_SHORT", "plan.effective_from")
}

// What was replaced long ago has promised nothing any more.
func TestAVersionThatIsReplacedPromisesNothing(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, promised)
	cut := func(percent string, at time.Time) commission.PlanSpec {
		spec := simple(at)
		promised(&spec)
		spec.Rules[0].Percent = percent
		return spec
	}
	then := s.Clock.Now().AddDate(0, 0, 30)
	require.NoError(t, tryPublish(s, cut("5%", then)))
	s.Clock.Set(then)
	require.NoError(t, tryPublish(s, cut("6%", then)))
}
