package commission_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// scenePlan is the plan of every scene.
func scenePlan(s *testkit.Scene) commission.PlanSpec {
	return commission.PlanSpec{EffectiveFrom: s.Clock.Now().AddDate(-1, 0, 0), MaxTotal: "20%",
		Levels: []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}},
		Rules:  []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}}
}

// january asks about the month in which every scene begins.
func january(s *testkit.Scene, plan commission.PlanSpec) commission.WhatIfInput {
	return commission.WhatIfInput{ProgramID: s.Program.ID, Plan: plan, PeriodKey: "2026-01"}
}

// whatIf asks and runs, and gives the result and its parts.
func whatIf(s *testkit.Scene, in commission.WhatIfInput) (models.WhatIfRun, commission.WhatIfDetail) {
	s.T.Helper()
	var run models.WhatIfRun
	s.Do(func(tx *models.Tx) (err error) {
		run, err = s.Commission.RequestWhatIf(tx, s.Owner, in)
		return err
	})
	require.NoError(s.T, s.Commission.RunWhatIf(s.T.Context(), run.ID))
	return result(s, run.ID)
}

func result(s *testkit.Scene, id models.ID) (models.WhatIfRun, commission.WhatIfDetail) {
	s.T.Helper()
	run, err := s.Commission.WhatIf(s.T.Context(), s.Owner, id)
	require.NoError(s.T, err)
	require.Equal(s.T, models.WhatIfStateDone, run.State, run.ErrorMessage)
	detail, err := commission.WhatIfDetailOf(&run)
	require.NoError(s.T, err)
	return run, detail
}

// differences gives who wins and loses by a what-if, in its order.
func differences(s *testkit.Scene, id models.ID, winnersFirst bool) (names []models.ID, minor []int64) {
	s.T.Helper()
	slice, err := s.Commission.WhatIfPartners(s.T.Context(), s.Owner, id, winnersFirst, models.Page{Size: 100})
	require.NoError(s.T, err)
	for _, p := range slice.Rows {
		names, minor = append(names, p.EnrollmentID), append(minor, p.DraftMinor-p.ActualMinor)
	}
	return names, minor
}

// moneyRows is every row that has to do with money.
func moneyRows(s *testkit.Scene) map[string]int {
	s.T.Helper()
	rows := map[string]int{}
	for _, table := range []any{models.Commission{}, models.Journal{}, models.Entry{}, models.Balance{}, models.Period{}, models.Statement{}, models.CapCounter{}, models.AccrualItem{}, models.StalledConversion{}} {
		name := table.(interface{ TableName() string }).TableName()
		var found []map[string]any
		require.NoError(s.T, s.DB.Read(s.T.Context()).Table(name).Find(&found).Error)
		for _, row := range found {
			rows[name+fmt.Sprint(row)]++
		}
	}
	return rows
}

func paid(s *testkit.Scene) (total int64) {
	s.T.Helper()
	require.NoError(s.T, s.DB.Read(s.T.Context()).Model(&models.Commission{}).Select("COALESCE(SUM(amount_minor), 0)").Scan(&total).Error)
	return total
}

// history makes a month in which all that can happen to a conversion happens.
func history(s *testkit.Scene) {
	_, middle, seller := family(s)
	s.Enroll("loner", models.ID{})
	for i := range 7 {
		for _, name := range []string{"seller", "middle", "top", "loner"} {
			sale := s.Sell(name, fmt.Sprintf("%d.%02d", 30+i, 13*i))
			s.Clock.Advance(time.Minute)
			if i%3 == 1 {
				s.Refund("r"+sale, sale, "7.77")
			}
			if i%3 == 2 {
				s.Refund("r"+sale, sale, fmt.Sprintf("%d.%02d", 30+i, 13*i))
			}
		}
		s.Accrue()
	}
	for _, amount := range []string{"50.00", "61.50"} {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "restated", Currency: "GBP", Amount: amount,
				OccurredAt: time.Date(2026, 1, 5, 9, 1, 0, 0, time.UTC), LinkCode: "link-seller"})
			return err
		})
		s.Accrue()
	}
	s.Do(func(tx *models.Tx) error { // held: it earns nothing
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "own", Currency: "GBP", Amount: "90.00",
			OccurredAt: tx.Now, LinkCode: "link-loner", CustomerID: "loner@partners.example"})
		return err
	})
	s.Clock.Advance(time.Hour)
	other := s.Enroll("other", models.ID{})
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.ChangeSponsor(tx, s.Owner, seller.ID, other.ID, "moved")
		return err
	})
	s.Sell("seller", "100.00")
	s.Accrue()
	suspend := func(id models.ID) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Programs.Suspend(tx, s.Owner, id)
			return err
		})
	}
	suspend(other.ID) // for one sale only: who earned of a sale is who was in good standing then
	s.Sell("seller", "10.00")
	s.Accrue()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Reactivate(tx, s.Owner, other.ID)
		return err
	})
	suspend(middle.ID)
	s.Clock.Set(time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC))
	s.Sell("seller", "1000.00") // not in January
	s.Accrue()
}

func TestThePlanInForceComesToWhatWasPaid(t *testing.T) {
	for _, page := range []int{1, 3, 5000} {
		t.Run(fmt.Sprint(page), func(t *testing.T) {
			s := testkit.NewScene(t)
			s.Commission.SetWhatIfPages(page, 2)
			history(s)
			before := moneyRows(s)
			run, detail := whatIf(s, january(s, scenePlan(s)))
			require.Equal(t, before, moneyRows(s), "a what-if wrote what is not its own")
			require.EqualValues(t, paid(s)-12000, run.ActualMinor, "all but the sale of February")
			require.Equal(t, run.ActualMinor, run.DraftMinor)
			require.EqualValues(t, 31, run.Conversions)
			require.Zero(t, run.Unpriced)
			names, minor := differences(s, run.ID, true)
			require.Len(t, names, 5)
			require.Equal(t, make([]int64, 5), minor)
			slices.Reverse(names)
			require.True(t, slices.IsSortedFunc(names, func(a, b models.ID) int { return bytes.Compare(a[:], b[:]) }), "of equals the older is first")
			for _, part := range slices.Concat(detail.Levels, detail.Rules) {
				require.Equal(t, part.ActualMinor, part.DraftMinor)
				require.Equal(t, part.ActualLines, part.DraftLines)
			}
			require.Len(t, detail.Levels, 3)
			require.Equal(t, run.ActualMinor, detail.Rules[0].ActualMinor)
		})
	}
}

func TestAnotherPlanIsSetBesideWhatWasPaid(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	sale := s.Sell("seller", "100.00")
	s.Sell("middle", "50.00")
	s.Refund("r", sale, "25.00")
	s.Accrue()
	plan := scenePlan(s)
	plan.Levels = []commission.LevelSpec{{Rate: "6%", Of: "sale"}}
	plan.Rules = []commission.RuleSpec{{ID: "big", When: `order.gross > money("60.00")`, RewardSpec: commission.RewardSpec{Percent: "4%"}}, {ID: "rest", RewardSpec: commission.RewardSpec{Percent: "12%"}}}
	run, detail := whatIf(s, january(s, plan))
	// Was: seller 751, middle 150 + 500, top 37 + 100. Would be: seller 300, middle 450 + 600, top 300.
	names, minor := differences(s, run.ID, true)
	require.Equal(t, []models.ID{middle.ID, top.ID, seller.ID}, names)
	losers, lost := differences(s, run.ID, false)
	require.Equal(t, []models.ID{seller.ID, top.ID, middle.ID}, losers)
	require.EqualValues(t, []int64{400, 163, -451}, minor)
	require.EqualValues(t, []int64{-451, 163, 400}, lost)
	require.EqualValues(t, 1538, run.ActualMinor)
	require.EqualValues(t, 1650, run.DraftMinor)
	require.Equal(t, []commission.WhatIfSum{{Name: "big", DraftMinor: 750, DraftLines: 2}, {Name: "rest", DraftMinor: 900, DraftLines: 2},
		{Name: "sales", ActualMinor: 1538, ActualLines: 5}}, detail.Rules)
	require.Equal(t, []commission.WhatIfSum{{ActualMinor: 1251, ActualLines: 2, DraftMinor: 900, DraftLines: 2}, {Level: 1, ActualMinor: 250, ActualLines: 2, DraftMinor: 750, DraftLines: 2},
		{Level: 2, ActualMinor: 37, ActualLines: 1}}, detail.Levels)
	require.False(t, run.Settled, "January is not closed")
}

func TestAPageOfPartnersGoesOnWhereTheLastEnded(t *testing.T) {
	s := testkit.NewScene(t)
	for i := range 5 {
		name := fmt.Sprintf("p%d", i)
		s.Enroll(name, models.ID{})
		s.Sell(name, fmt.Sprintf("%d00.00", i+1))
	}
	s.Accrue()
	plan := scenePlan(s)
	plan.Rules[0].Percent = "11%"
	run, _ := whatIf(s, january(s, plan))
	for _, winnersFirst := range []bool{true, false} {
		_, all := differences(s, run.ID, winnersFirst)
		var walked []int64
		page := models.Page{Size: 2}
		for range 3 {
			slice, err := s.Commission.WhatIfPartners(t.Context(), s.Owner, run.ID, winnersFirst, page)
			require.NoError(t, err)
			for _, p := range slice.Rows {
				walked, page.After = append(walked, p.DraftMinor-p.ActualMinor), p.Place
			}
		}
		require.Equal(t, all, walked)
		back, err := s.Commission.WhatIfPartners(t.Context(), s.Owner, run.ID, winnersFirst, models.Page{Size: 2, Backward: true})
		require.NoError(t, err)
		require.Equal(t, all[3:], []int64{back.Rows[0].DraftMinor - back.Rows[0].ActualMinor, back.Rows[1].DraftMinor - back.Rows[1].ActualMinor})
	}
}

func TestWhatADraftCannotPriceIsCountedAndShown(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	s.Sell("seller", "100.00")
	s.Accrue()
	plan := scenePlan(s)
	plan.Rules = append([]commission.RuleSpec{{ID: "vip", When: `order.metadata["tier"] == "gold"`, RewardSpec: commission.RewardSpec{Percent: "5%"}}}, plan.Rules...)
	run, detail := whatIf(s, january(s, plan))
	require.EqualValues(t, 1, run.Unpriced)
	require.EqualValues(t, 1250, run.ActualMinor)
	require.Zero(t, run.DraftMinor)
	require.Len(t, detail.Problems, 1)
	require.Equal(t, "vip", detail.Problems[0].RuleID)
	require.Contains(t, detail.Problems[0].Detail, "no such key")
}

func TestOnlyAMerchantAsksAndOnlyWithinLimits(t *testing.T) {
	s := testkit.NewScene(t)
	ask := func(by access.Caller, in commission.WhatIfInput) error {
		return models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
			_, err := s.Commission.RequestWhatIf(tx, by, in)
			return err
		})
	}
	fine := january(s, scenePlan(s))
	require.ErrorIs(t, ask(access.Caller{}, fine), access.ErrUnauthenticated)
	require.Error(t, ask(access.System("rival", models.NewID()), fine))
	now := s.Clock.Now()
	for note, change := range map[string]func(in *commission.WhatIfInput){
		"no span":       func(in *commission.WhatIfInput) { in.PeriodKey = "" },
		"both":          func(in *commission.WhatIfInput) { in.From, in.To = now, now.AddDate(0, 1, 0) },
		"and from":      func(in *commission.WhatIfInput) { in.From = now },
		"and to":        func(in *commission.WhatIfInput) { in.To = now.AddDate(0, 1, 0) },
		"until":         func(in *commission.WhatIfInput) { in.PeriodKey, in.To = "", now },
		"open":          func(in *commission.WhatIfInput) { in.PeriodKey, in.From = "", now },
		"backwards":     func(in *commission.WhatIfInput) { in.PeriodKey, in.From, in.To = "", now, now.AddDate(0, -1, 0) },
		"eleven years":  func(in *commission.WhatIfInput) { in.PeriodKey, in.From, in.To = "", now, now.AddDate(11, 0, 0) },
		"a week's key":  func(in *commission.WhatIfInput) { in.PeriodKey = "2026-W01" },
		"no such month": func(in *commission.WhatIfInput) { in.PeriodKey = "2026-13" },
		"more after it": func(in *commission.WhatIfInput) { in.PeriodKey = "2026-011" },
		"a bad draft":   func(in *commission.WhatIfInput) { in.Plan.Rules = nil },
	} {
		in := fine
		change(&in)
		require.Error(t, ask(s.Owner, in), note)
	}
	for range 5 {
		require.NoError(t, ask(s.Owner, fine))
	}
	require.ErrorIs(t, ask(s.Owner, fine), commission.ErrWhatIfsWaiting)
	var rings int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.OutboxItem{}).Where("task = ?", models.TaskWhatIf).Count(&rings).Error)
	require.EqualValues(t, 5, rings)
}

func TestAKilledWhatIfBeginsAnew(t *testing.T) {
	s := testkit.NewScene(t)
	s.Commission.SetWhatIfPages(2, 1)
	history(s)
	want, _ := whatIf(s, january(s, scenePlan(s)))
	ctx, kill := context.WithCancel(t.Context())
	steps := 0
	run, err := s.Commission.WhatIfNow(ctx, s.Owner, january(s, scenePlan(s)), func(done, total int64) {
		require.LessOrEqual(t, done, total)
		if steps++; steps == 4 {
			kill()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	seen, err := s.Commission.WhatIf(t.Context(), s.Owner, run.ID)
	require.NoError(t, err)
	require.Equal(t, models.WhatIfStateRunning, seen.State)
	require.Positive(t, seen.Done)
	require.Less(t, seen.Done, seen.Total)

	s.Do(func(tx *models.Tx) error { // as if it had been killed while it wrote
		for i := range byte(3) {
			if err := tx.Create(&models.WhatIfPartner{RunID: run.ID, Place: models.ID{i}, EnrollmentID: models.ID{i}, Currency: "GBP"}).Error; err != nil {
				return err
			}
		}
		return nil
	})
	require.ErrorIs(t, s.Commission.RunWhatIf(t.Context(), run.ID), commission.ErrWhatIfClaimed, "it may only be slow")
	s.Clock.Advance(3 * time.Minute)
	require.NoError(t, s.Commission.RunWhatIf(t.Context(), run.ID))
	got, _ := result(s, run.ID)
	require.Equal(t, []any{want.Conversions, want.ActualMinor, want.DraftMinor, want.Detail}, []any{got.Conversions, got.ActualMinor, got.DraftMinor, got.Detail})
	require.Equal(t, 2, got.Attempts)
	names, _ := differences(s, run.ID, true)
	require.Len(t, names, 5)

	before := moneyRows(s)
	require.NoError(t, s.Commission.RunWhatIf(t.Context(), run.ID), "a doubled bell")
	again, _ := result(s, run.ID)
	require.Equal(t, got, again)
	require.Equal(t, before, moneyRows(s))
}

func TestARunThatAnotherTookOverWritesNoMore(t *testing.T) {
	s := testkit.NewScene(t)
	s.Commission.SetWhatIfPages(2, 1)
	history(s)
	first := true
	_, err := s.Commission.WhatIfNow(t.Context(), s.Owner, january(s, scenePlan(s)), func(int64, int64) {
		if !first {
			return
		}
		first = false
		s.Clock.Advance(3 * time.Minute) // it stood still, and another worker took it for dead
		var run models.WhatIfRun
		require.NoError(t, s.DB.Read(t.Context()).Take(&run).Error)
		require.NoError(t, s.Commission.RunWhatIf(t.Context(), run.ID))
	})
	require.ErrorIs(t, err, commission.ErrWhatIfClaimed)
	var run models.WhatIfRun
	require.NoError(t, s.DB.Read(t.Context()).Take(&run).Error)
	done, _ := result(s, run.ID)
	require.Equal(t, done.ActualMinor, done.DraftMinor)
	names, _ := differences(s, run.ID, true)
	require.Len(t, names, 5)
}

func TestACanceledWhatIfLeavesNothing(t *testing.T) {
	s := testkit.NewScene(t)
	s.Commission.SetWhatIfPages(2, 1)
	history(s)
	cancel := func() {
		var run models.WhatIfRun
		require.NoError(t, s.DB.Read(t.Context()).Take(&run).Error)
		s.Do(func(tx *models.Tx) error {
			_, err := s.Commission.CancelWhatIf(tx, s.Owner, run.ID)
			return err
		})
	}
	steps := 0
	run, err := s.Commission.WhatIfNow(t.Context(), s.Owner, january(s, scenePlan(s)), func(int64, int64) {
		if steps++; steps == 3 {
			cancel()
		}
	})
	require.ErrorIs(t, err, commission.ErrWhatIfStopped)
	require.NoError(t, s.Commission.RunWhatIf(t.Context(), run.ID), "the bell that is still to ring")
	seen, err := s.Commission.WhatIf(t.Context(), s.Owner, run.ID)
	require.NoError(t, err)
	require.Equal(t, models.WhatIfStateCanceled, seen.State)
	require.Empty(t, seen.Detail)
	var rows int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.WhatIfPartner{}).Count(&rows).Error)
	require.Zero(t, rows)
	err = models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
		_, err := s.Commission.CancelWhatIf(tx, s.Owner, run.ID)
		return err
	})
	require.ErrorIs(t, err, commission.ErrWhatIfFinished)
}
