package commission_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func requestWhatIf(s *testkit.Scene, in commission.WhatIfInput) (run models.WhatIfRun, err error) {
	err = models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		run, err = s.Commission.RequestWhatIf(tx, s.Owner, in)
		return err
	})
	return run, err
}

// A week is named as ISO has it, also where it begins in the year before, and a year has only the weeks it has.
func TestAWhatIfOfAWeek(t *testing.T) {
	s := openProgram(t, "Europe/London", models.PeriodKindWeek, func(*commission.PlanSpec) {})
	_, err := requestWhatIf(s, january(s, simple(s.Clock.Now())))
	requireRefusal(t, err, "PERIOD_KEY_INVALID", "periodKey")
	for key, c := range map[string]struct {
		from  time.Time
		hours time.Duration
	}{
		"2026-W01": {time.Date(2025, 12, 29, 0, 0, 0, 0, time.UTC), 7 * 24},
		"2026-W13": {date(3, 23, 0), 7*24 - 1}, // summer time began on its Sunday
		"2026-W14": {date(3, 29, 23), 7 * 24},
		"2026-W53": {date(12, 28, 0), 7 * 24},
	} {
		in := january(s, simple(s.Clock.Now()))
		in.PeriodKey = key
		run, err := requestWhatIf(s, in)
		require.NoError(t, err, key)
		require.Equal(t, c.from, run.StartsAt)
		require.Equal(t, c.hours*time.Hour, run.EndsAt.Sub(run.StartsAt), key)
	}
	for _, key := range []string{"2026-W00", "2026-W54", "2025-W53", "2026-W1", "2026-W", "W01", "2026-01"} {
		in := january(s, simple(s.Clock.Now()))
		in.PeriodKey = key
		_, err := requestWhatIf(s, in)
		requireRefusal(t, err, "PERIOD_KEY_INVALID", "periodKey")
	}
}

func TestWhoSeesWhatIfs(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	_, rival := rivalEnrollment(s)
	s.Sell("seller", "100.00")
	s.Accrue()
	run, _ := whatIf(s, january(s, scenePlan(s)))
	waiting, err := requestWhatIf(s, january(s, scenePlan(s)))
	require.NoError(t, err)
	s.Do(func(tx *models.Tx) error { // half written
		return tx.Create(&models.WhatIfPartner{RunID: waiting.ID, Place: models.ID{1}, EnrollmentID: seller.ID, Currency: "GBP"}).Error
	})
	partner := access.Caller{Name: "user:seller", PartnerID: seller.PartnerID}
	page := models.Page{Size: 10}
	for by, code := range map[*access.Caller]string{&rival: "WHATIF_NOT_FOUND", {}: "UNAUTHENTICATED", &partner: "FORBIDDEN"} {
		found, err := s.Commission.WhatIfs(t.Context(), *by, s.Program.ID, "", page)
		require.Empty(t, found.Rows)
		require.Equal(t, code == "WHATIF_NOT_FOUND", err == nil)
		_, err = s.Commission.WhatIfPartners(t.Context(), *by, run.ID, false, page)
		require.Equal(t, code, fault.CodeOf(err))
	}
	found, err := s.Commission.WhatIfs(t.Context(), s.Owner, s.Program.ID, "", page)
	require.NoError(t, err)
	require.Len(t, found.Rows, 2)
	rows, err := s.Commission.WhatIfPartners(t.Context(), s.Owner, run.ID, false, page)
	require.NoError(t, err)
	require.Len(t, rows.Rows, 3)
	rows, err = s.Commission.WhatIfPartners(t.Context(), s.Owner, waiting.ID, false, page)
	require.NoError(t, err)
	require.Empty(t, rows.Rows, "a part of a result is none")
}

// A run that was started as often as may be is ended; one that can never be worked out is too, and says why.
func TestAWhatIfThatComesToNoEnd(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	s.Sell("seller", "100.00")
	s.Accrue()
	for attempts, state := range map[int]models.WhatIfState{4: models.WhatIfStateDone, 5: models.WhatIfStateFailed} {
		run, err := requestWhatIf(s, january(s, scenePlan(s)))
		require.NoError(t, err)
		s.Do(func(tx *models.Tx) error {
			return tx.Model(&models.WhatIfRun{}).Where("id = ?", run.ID).Update("attempts", attempts).Error
		})
		require.NoError(t, s.Commission.RunWhatIf(t.Context(), run.ID))
		run, err = s.Commission.WhatIf(t.Context(), s.Owner, run.ID)
		require.NoError(t, err)
		require.Equal(t, state, run.State)
		require.Equal(t, attempts == 5, run.ErrorMessage != "")
	}

	for range 2 {
		s.Sell("seller", "60000000000000000.00")
	}
	s.Accrue()
	all := scenePlan(s)
	all.Levels, all.MaxTotal, all.Rules[0].Percent = nil, "100%", "100%"
	run, err := requestWhatIf(s, january(s, all))
	require.NoError(t, err)
	require.Equal(t, "AMOUNT_OVERFLOW", fault.CodeOf(s.Commission.RunWhatIf(t.Context(), run.ID)))
	run, err = s.Commission.WhatIf(t.Context(), s.Owner, run.ID)
	require.NoError(t, err)
	require.Equal(t, models.WhatIfStateFailed, run.State)
	require.Contains(t, run.ErrorMessage, "AMOUNT_OVERFLOW")
}

// Who had no line of a sale may have one by the draft, and who earned of it in place of somebody that may earn again is
// still who earned of it.
func TestADraftThatLooksFartherUp(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, oneLevel)
	top, middle, _ := family(s)
	plan := simple(s.Clock.Now())
	oneLevel(&plan)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Suspend(tx, s.Owner, middle.ID)
		return err
	})
	s.Sell("seller", "100.00")
	s.Accrue()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Reactivate(tx, s.Owner, middle.ID)
		return err
	})
	run, _ := whatIf(s, january(s, plan))
	require.EqualValues(t, 1500, run.ActualMinor)
	require.EqualValues(t, 1500, run.DraftMinor)
	_, minor := differences(s, run.ID, true)
	require.Equal(t, []int64{0, 0}, minor)

	s.Sell("seller", "100.00")
	s.Accrue()
	plan.MaxTotal, plan.Levels = "20%", append(plan.Levels, commission.LevelSpec{Rate: "3%", Of: "sale"})
	run, _ = whatIf(s, january(s, plan))
	names, minor := differences(s, run.ID, true)
	require.Equal(t, top.ID, names[0])
	require.Equal(t, []int64{300, 0, 0}, minor, "the second sale has a second level")
}

// soldInTwoMonths closes two months of sales by recruits of sue and tom under a plan that settles nothing.
func soldInTwoMonths(t *testing.T) (s *testkit.Scene, sue, ann models.Enrollment) {
	s = openProgram(t, "UTC", models.PeriodKindMonth, func(*commission.PlanSpec) {})
	sue = s.Enroll("sue", models.ID{})
	tom := s.Enroll("tom", models.ID{})
	ann = s.Enroll("ann", sue.ID)
	s.Enroll("bob", sue.ID)
	s.Enroll("cat", tom.ID)
	order := func(by string) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: fmt.Sprint(by, tx.Now), Currency: "GBP", Amount: "100.00", OccurredAt: tx.Now,
				LinkCode: "link-" + by, Items: []tracking.Item{{SKU: "A", Category: "books", Quantity: 1, Amount: "40.00"}}})
			return err
		})
	}
	order("ann")
	s.Refund("all", s.Sell("ann", "80.00"), "80.00")
	s.CloseMonth()
	order("ann")
	order("bob")
	order("cat")
	s.CloseMonth()
	return s, sue, ann
}

// What a draft would have owed at closes: goals by all rules together and by sales of which something is left, each
// bonus once, to those who may have it now.
func TestWhatADraftWouldHaveSettled(t *testing.T) {
	books := commission.RuleSpec{ID: "books", Scope: "item", Categories: []string{"books"}, RewardSpec: commission.RewardSpec{Percent: "10%"}}
	s, sue, ann := soldInTwoMonths(t)
	check := func(name string, change func(p *commission.PlanSpec), both, second []int64) {
		t.Helper()
		for _, part := range []struct {
			from time.Time
			want []int64
		}{{date(1, 1, 0), both}, {date(2, 1, 0), second}} {
			plan := simple(s.Clock.Now())
			plan.MaxTotal, plan.Levels = "30%", []commission.LevelSpec{{Rate: "0%", Of: "sale"}}
			plan.Rules = append([]commission.RuleSpec{books}, plan.Rules...)
			change(&plan)
			run, detail := whatIf(s, commission.WhatIfInput{ProgramID: s.Program.ID, Plan: plan, From: part.from, To: date(3, 1, 0)})
			require.True(t, run.Settled, name)
			require.Equal(t, run.ActualMinor-settled(detail, true)+settled(detail, false), run.DraftMinor, name)
			var got []int64
			for _, part := range detail.Settlements {
				require.Zero(t, part.ActualMinor)
				got = append(got, part.DraftMinor)
			}
			require.Equal(t, part.want, got, "%s, from %s", name, part.from)
		}
	}
	recruits := bonuses(engine.BonusSpec{ID: "b", Amount: "1.00", RecruitSells: true})
	for _, c := range []struct {
		name         string
		change       func(p *commission.PlanSpec)
		both, second []int64 // of both months, and of the second alone
	}{
		{"a volume once", bonuses(engine.BonusSpec{ID: "b", Amount: "1.00", Once: true, Reach: &engine.ReachSpec{Volume: "100.00"}}), []int64{300}, []int64{300}},
		{"a volume in each month", bonuses(engine.BonusSpec{ID: "b", Amount: "1.00", Reach: &engine.ReachSpec{Volume: "100.00"}}), []int64{400}, []int64{300}},
		{"a volume that was not reached", bonuses(engine.BonusSpec{ID: "b", Amount: "1.00", Reach: &engine.ReachSpec{Volume: "100.01"}}), nil, nil},
		{"two sales", bonuses(engine.BonusSpec{ID: "b", Amount: "1.00", Reach: &engine.ReachSpec{Sales: 2}}), nil, nil},
		{"one sale", bonuses(engine.BonusSpec{ID: "b", Amount: "1.00", Reach: &engine.ReachSpec{Sales: 1}}), []int64{400}, []int64{300}},
		{"the first sale", bonuses(engine.BonusSpec{ID: "b", Amount: "1.00", FirstSale: true}), []int64{300}, []int64{200}},
		{"for recruits", recruits, []int64{300}, []int64{200}},
		{"one bonus and one placement", func(p *commission.PlanSpec) {
			p.Bonuses = []engine.BonusSpec{{ID: "b", Amount: "1.00", Reach: &engine.ReachSpec{Volume: "100.00"}}}
			p.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "30.00"}}
		}, []int64{400}, []int64{300}},
		{"tiers by an override that ends with the first month", func(p *commission.PlanSpec) {
			tiers := func(from, percent string) commission.RewardSpec {
				return commission.RewardSpec{Tiers: &engine.TiersSpec{By: "period", Mode: "retroactive", Steps: []engine.StepSpec{{From: "0", Percent: "10%"}, {From: from, Percent: percent}}}}
			}
			p.Rules[1].RewardSpec = tiers("1000.00", "10%")
			p.Overrides = []engine.OverrideSpec{{Rule: "sales", Enrollment: ann.Code, Until: date(2, 1, 0), RewardSpec: tiers("60.00", "15%")}}
		}, []int64{300}, nil},
		{"nothing", func(*commission.PlanSpec) {}, nil, nil},
	} {
		check(c.name, c.change, c.both, c.second)
	}
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Suspend(tx, s.Owner, sue.ID)
		return err
	})
	check("for recruits, of whose sponsors one is suspended now", recruits, []int64{100}, []int64{100})
}

func settled(d commission.WhatIfDetail, actual bool) (sum int64) {
	for _, part := range d.Settlements {
		if actual {
			sum += part.ActualMinor
		} else {
			sum += part.DraftMinor
		}
	}
	return sum
}
