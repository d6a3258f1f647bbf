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

// rich is a plan of which much is settled at the close.
func rich(s *testkit.Scene) commission.PlanSpec {
	plan := scenePlan(s)
	plan.HoldDays = 10
	plan.Rules[0].RewardSpec = engine.RewardSpec{Tiers: &engine.TiersSpec{By: "period", Mode: "retroactive", Steps: []engine.StepSpec{{From: "0", Percent: "10%"}, {From: "300.00", Percent: "12%"}}}}
	plan.Bonuses = []engine.BonusSpec{{ID: "starter", Amount: "5.00", FirstSale: true, Once: true}, {ID: "recruiter", Amount: "3.00", RecruitSells: true},
		{ID: "club", Amount: "10.00", Reach: &engine.ReachSpec{Volume: "250.00"}}}
	plan.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "31.00"}}
	return plan
}

// twoMonths closes January and February under the rich plan; sales mature ten days after they were made.
func twoMonths(t *testing.T) (*testkit.Scene, commission.WhatIfInput) {
	s := testkit.NewScene(t)
	s.Do(func(tx *models.Tx) error {
		plan := rich(s)
		plan.EffectiveFrom = tx.Now
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, plan)
		return err
	})
	top, _, _ := family(s)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.AgreePlacement(tx, s.Owner, top.ID, "banner", tx.Now, models.OpenEnd)
		return err
	})
	sell := func(at time.Time, name, amount string) {
		s.Clock.Set(at)
		s.Sell(name, amount)
	}
	sell(time.Date(2026, 1, 6, 9, 0, 0, 0, time.UTC), "seller", "200.00")
	s.Refund("r", s.Sell("seller", "150.00"), "50.00")
	sell(time.Date(2026, 1, 25, 9, 0, 0, 0, time.UTC), "seller", "120.00") // matures in February
	sell(time.Date(2026, 1, 26, 9, 0, 0, 0, time.UTC), "middle", "20.00")
	s.CloseMonth()
	sell(time.Date(2026, 2, 10, 9, 0, 0, 0, time.UTC), "seller", "190.00")
	s.CloseMonth()
	return s, commission.WhatIfInput{ProgramID: s.Program.ID, Plan: rich(s), From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
}

func TestWhatClosesSettleIsInAWhatIfOfClosedPeriods(t *testing.T) {
	s, in := twoMonths(t)
	before := moneyRows(s)
	run, detail := whatIf(s, in)
	require.True(t, run.Settled)
	require.Equal(t, paid(s), run.ActualMinor)
	require.Equal(t, run.ActualMinor, run.DraftMinor, run.Detail)
	_, minor := differences(s, run.ID, true)
	require.Equal(t, []int64{0, 0, 0}, minor)
	require.Equal(t, []commission.WhatIfSum{
		{Name: "BONUS", ActualMinor: 3600, DraftMinor: 3600, ActualLines: 6, DraftLines: 6},
		{Name: "PLACEMENT", ActualMinor: 5800, DraftMinor: 5800, ActualLines: 2, DraftLines: 2},
		{Name: "TIER", ActualMinor: 1220, DraftMinor: 1220, ActualLines: 2, DraftLines: 2}}, detail.Settlements)

	in.From = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC) // what January's sales are to February's close is still known
	run, detail = whatIf(s, in)
	require.True(t, run.Settled)
	require.EqualValues(t, 1, run.Conversions)
	require.Equal(t, run.ActualMinor, run.DraftMinor, run.Detail)
	require.EqualValues(t, 620, detail.Settlements[2].DraftMinor)
	require.Equal(t, before, moneyRows(s))
}

func TestADraftThatSettlesOtherwiseIsSetBesideTheCloses(t *testing.T) {
	s, in := twoMonths(t)
	in.Plan.Bonuses, in.Plan.Placements[0].Fee = nil, "62.00"
	run, detail := whatIf(s, in)
	require.Equal(t, []commission.WhatIfSum{{Name: "BONUS", ActualMinor: 3600, ActualLines: 6},
		{Name: "PLACEMENT", ActualMinor: 5800, DraftMinor: 11600, ActualLines: 2, DraftLines: 2},
		{Name: "TIER", ActualMinor: 1220, DraftMinor: 1220, ActualLines: 2, DraftLines: 2}}, detail.Settlements)
	require.EqualValues(t, 5800-3600, run.DraftMinor-run.ActualMinor)

	in.To = in.To.AddDate(0, 0, -1)
	run, detail = whatIf(s, in)
	require.False(t, run.Settled, "not whole periods")
	require.Empty(t, detail.Settlements)
	require.EqualValues(t, 0, run.DraftMinor-run.ActualMinor)
}

func TestADraftsCapsCountInTheOrderOfTheReports(t *testing.T) {
	s := testkit.NewScene(t)
	seller := s.Enroll("seller", models.ID{})
	first := s.Sell("seller", "100.00") // 10.00 of the 15.00
	s.Sell("seller", "100.00")          // 5.00
	s.Sell("seller", "100.00")          // nothing
	s.Refund("r1", first, "40.00")      // gives 4.00 of room
	s.Sell("seller", "100.00")          // 4.00
	s.Refund("r2", first, "60.00")      // gives 6.00
	s.Sell("seller", "50.00")           // 5.00
	s.Accrue()
	plan := scenePlan(s)
	plan.Rules[0].Caps = []engine.CapSpec{{Per: "month", Amount: "15.00"}}
	before := moneyRows(s)
	run, _ := whatIf(s, january(s, plan))
	require.EqualValues(t, 1400, run.DraftMinor)
	require.EqualValues(t, 3500, run.ActualMinor)
	names, _ := differences(s, run.ID, true)
	require.Equal(t, []models.ID{seller.ID}, names)
	require.Equal(t, before, moneyRows(s))
}
