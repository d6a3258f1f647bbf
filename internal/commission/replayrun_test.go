package commission_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// A conversion that nobody priced is found in the period in which it would mature, unless it may have earned nobody anything.
func TestAReplayFindsWhatWasNeverPriced(t *testing.T) {
	s := testkit.NewScene(t)
	s.LeaveOut(s.Program.ID, "conversions are taken out of the queue on purpose")
	family(s)
	lose := func() {
		s.Do(func(tx *models.Tx) error { return tx.Where("1 = 1").Delete(&models.AccrualItem{}).Error })
	}
	s.Sell("seller", "10.00")
	s.Accrue()
	kinds, texts := differencesOf(s)
	require.Empty(t, kinds, texts)
	s.Sell("seller", "100.00")
	kinds, texts = differencesOf(s)
	require.Empty(t, kinds, texts, "it waits in the queue")
	lose()
	kinds, texts = differencesOf(s)
	require.Equal(t, []string{"MISSING", "MISSING", "MISSING"}, kinds)
	require.Contains(t, texts, "rule sales, level 0, 0 for 1000: its conversion has no lines; this one would come to 10.00 GBP")
	refundOf(s, "v", "order-2", models.RefundKindVoid, "")
	lose()
	kinds, texts = differencesOf(s)
	require.Empty(t, kinds, texts, "what is void earns nothing")

	s.Do(func(tx *models.Tx) error { // the seller's own order is held
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "own", OccurredAt: tx.Now, Currency: "GBP", Amount: "10.00",
			LinkCode: "link-seller", CustomerID: "seller@partners.example"})
		return err
	})
	kinds, texts = differencesOf(s)
	require.Empty(t, kinds, texts)
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Attribution{}).Where("hold_reason <> ''").Update("hold_reason", "").Error
	})
	kinds, _ = differencesOf(s)
	require.Len(t, kinds, 3, "released, and not queued")

	s.Clock.Advance(time.Hour)
	planned(s, commission.RuleSpec{ID: "none", When: `"none" in partner.tags`, Levels: new(bool), RewardSpec: commission.RewardSpec{Percent: "0%"}}, percent("sales", "", "10%"))
	kinds, texts = differencesOf(s)
	require.Empty(t, kinds, texts, "nobody knows any more which tags the seller had")
}

// Where a conversion that nobody priced is found, if at all, hangs on what its plans ask and pay, on the hold, and on its rule.
func TestWhereWhatWasNeverPricedIsFound(t *testing.T) {
	type rules = []commission.RuleSpec
	sales := percent("sales", "", "10%")
	free := commission.RuleSpec{ID: "free", Kind: "LEAD", Levels: new(bool), RewardSpec: commission.RewardSpec{Percent: "0%"}}
	tagged, pro := percent("tagged", `"none" in partner.tags`, "20%"), percent("pro", isPro, "10%")
	late := commission.RuleSpec{ID: "late", Scope: "item", SKUs: []string{"A"}, Valid: &engine.ValidSpec{MinAgeDays: 20}, RewardSpec: commission.RewardSpec{Percent: "10%"}}
	for name, c := range map[string]struct {
		rules, later  rules // of a version that was there, and of one that came an hour after the sale was told and holds from then on
		hold          int
		at            time.Time // the 20th of January when it is zero
		kind          string
		january, last string // February is the last
	}{
		"a sale":                                            {rules: rules{sales}, january: "MISSING sales"},
		"a plan asks for tags, and always pays":             {rules: rules{tagged, sales}, january: "MISSING sales"},
		"another of its plan's rules pays none":             {rules: rules{free, sales}, january: "MISSING sales"},
		"its rule pays none":                                {rules: rules{free, sales}, kind: "LEAD"},
		"a plan asks for tags, and may pay none":            {rules: rules{free, tagged, sales}},
		"another plan may pay none":                         {rules: rules{sales}, later: rules{free, sales}, january: "MISSING sales"},
		"another plan would price it now, and may pay none": {rules: rules{sales}, later: rules{free, sales}, at: date(2, 21, 5)},
		"another plan would price it now":                   {rules: rules{sales}, later: rules{percent("sales", "", "20%")}, at: date(2, 21, 5), last: "MISSING sales"},
		"it cannot be priced":                               {rules: rules{pro, sales}, january: "UNPRICEABLE "},
		"nor after a hold":                                  {rules: rules{pro, sales}, hold: 14, last: "UNPRICEABLE "},
		"after a hold":                                      {rules: rules{sales}, hold: 14, last: "MISSING sales"},
		"one of its rules waits longer":                     {rules: rules{late, sales}, january: "MISSING sales", last: "MISSING late"},
		"it is of a period that is not there":               {rules: rules{sales}, at: date(3, 5, 9), last: "MISSING sales"},
		"it would mature in none":                           {rules: rules{sales}, hold: 14, at: date(2, 25, 9), last: "MISSING sales"},
	} {
		s := testkit.NewScene(t)
		s.LeaveOut(s.Program.ID, "conversions are taken out of the queue on purpose")
		s.Enroll("seller", models.ID{})
		spec := commission.PlanSpec{EffectiveFrom: s.Clock.Now(), MaxTotal: "30%", HoldDays: c.hold, Kinds: []string{"LEAD"}, Rules: c.rules}
		publish(s, spec)
		for _, at := range []time.Time{date(1, 6, 9), date(2, 20, 9)} { // so that there are both
			s.Clock.Set(at)
			send(s, at.String(), "10.00", at, map[string]string{"plan": "free"})
			s.Accrue()
		}
		if c.at.IsZero() {
			c.at = date(1, 20, 9)
		}
		if c.at.After(s.Clock.Now().Add(24 * time.Hour)) {
			s.Clock.Set(c.at)
		}
		s.Do(func(tx *models.Tx) error {
			for n := range 2 {
				_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: fmt.Sprint("lost-", n), Kind: c.kind, OccurredAt: c.at,
					Currency: "GBP", Amount: "10.00", LinkCode: "link-seller", Items: []tracking.Item{{SKU: "A", Quantity: 1, Amount: "4.00"}, {SKU: "B", Quantity: 1, Amount: "6.00"}}})
				if err != nil {
					return err
				}
			}
			return tx.Where("1 = 1").Delete(&models.AccrualItem{}).Error
		})
		if c.later != nil {
			s.Clock.Advance(time.Hour)
			spec.Rules, spec.EffectiveFrom = c.later, s.Clock.Now()
			publish(s, spec)
		}
		s.Commission.SetReplayPage(1)
		all, err := s.Commission.ReplayProgram(t.Context(), s.Owner, s.Program.ID)
		require.NoError(t, err, name)
		require.Len(t, all, 2, name)
		for i, want := range []string{c.january, c.last} {
			var found []string
			for _, d := range all[i].Differences {
				found = append(found, string(d.Kind)+" "+d.RuleID)
			}
			var twice []string
			if want != "" {
				twice = []string{want, want}
			}
			require.Equal(t, twice, found, "%s: %+v", name, all[i].Differences)
		}
	}
}

// What a page costs does not hang on how many conversions, lines and refunds are in it, and pages come to the same.
func TestAReplayCostsAConstantNumberOfStatements(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	fill := func(n int) {
		for range n {
			id := s.Sell("seller", "10.00")
			s.Refund("back-"+id, id, "1.00")
		}
		s.Accrue()
	}
	fill(2)
	var period models.Period
	require.NoError(t, s.DB.Read(t.Context()).Where("program_id = ?", s.Program.ID).Take(&period).Error)
	statements := testkit.CountStatements(t, s.DB)
	cost := func() (int64, models.ReplayRun) {
		before := statements.Load()
		r, err := s.Commission.Replay(t.Context(), s.Owner, period.ID)
		require.NoError(t, err)
		require.Zero(t, r.Run.Differences, "%+v", r.Differences)
		return statements.Load() - before, r.Run
	}
	few, _ := cost()
	fill(60)
	many, run := cost()
	require.Equal(t, few, many)
	require.LessOrEqual(t, few, int64(30))
	require.EqualValues(t, []int64{62, 62 * 6}, []int64{run.Conversions, run.Lines})
	s.Commission.SetReplayPage(7)
	paged, again := cost()
	require.Greater(t, paged, many)
	require.Equal(t, []int64{run.Lines, run.Conversions, run.StoredMinor, run.RecomputedMinor}, []int64{again.Lines, again.Conversions, again.StoredMinor, again.RecomputedMinor})
}

// Where the counters of caps are summed in several passes, each of them is compared once.
func TestCapsAreReplayedInPasses(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules[0].Caps = []engine.CapSpec{{Per: "month", Amount: "90.00"}, {Per: "life", Count: 9}, {Per: "day", Amount: "20.00"}}
	})
	for _, name := range []string{"ann", "bob", "cat", "dan", "eve"} {
		s.Enroll(name, models.ID{})
		s.Sell(name, "10.00")
		s.Sell(name, "20.00")
	}
	s.Accrue()
	for _, atOnce := range []int64{100, 15, 2, 1} {
		s.Commission.SetReplayCaps(atOnce)
		kinds, texts := differencesOf(s)
		require.Empty(t, kinds, texts)
		for _, sql := range []string{"UPDATE cap_counters SET used_minor = used_minor + 1", "DELETE FROM cap_counters"} {
			kinds, texts = differencesAfter(s, sql)
			require.Equal(t, slices.Repeat([]string{"CAP"}, 15), kinds, texts)
		}
	}
}

// However many differences there are, a fixed number of them is kept, and all are counted.
func TestAReplayKeepsTheFirstDifferences(t *testing.T) {
	s := testkit.NewScene(t)
	s.LeaveOut(models.ID{}, "every line is changed on purpose")
	family(s)
	for range 50 {
		s.Sell("seller", "10.00")
	}
	s.Accrue()
	add := func(minor int64) {
		s.Do(func(tx *models.Tx) error {
			return tx.Exec("UPDATE commissions SET amount_minor = amount_minor + ?", minor).Error
		})
	}
	add(1)
	all, err := s.Commission.ReplayProgram(t.Context(), s.Owner, s.Program.ID)
	require.NoError(t, err)
	run := all[0].Run
	require.EqualValues(t, []int64{150, 150, 50*125 + 150, 50 * 125}, []int64{run.Differences, run.Lines, run.StoredMinor, run.RecomputedMinor})
	require.Len(t, all[0].Differences, commission.MaxReplayDifferences)
	kept, err := commission.ReplayDifferencesOf(&run)
	require.NoError(t, err)
	require.Equal(t, all[0].Differences, kept)
	add(-1)
}

// The open periods and the latest closed ones are replayed every night, older ones once a week.
func TestWhichReplaysAreDue(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	for range 6 {
		s.Sell("ann", "10.00")
		s.CloseMonth()
	}
	s.Sell("ann", "10.00")
	s.Accrue()
	due := func() (keys []string) {
		require.NoError(t, s.Commission.ReplayDue(t.Context(), func(r commission.Replayed) {
			require.Zero(t, r.Run.Differences, "%+v", r.Differences)
			keys = append(keys, r.Period.PeriodKey)
		}))
		slices.Sort(keys)
		return keys
	}
	all := []string{"2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07"}
	require.Equal(t, all, due())
	require.Empty(t, due())
	for range 6 {
		s.Clock.Advance(24 * time.Hour)
		require.Equal(t, all[3:], due())
	}
	s.Clock.Advance(24 * time.Hour)
	require.Equal(t, all, due())
}

// What belongs to no period is looked for with the last one: when a program is replayed, and on Sundays.
func TestWhatBelongsToNoPeriodIsReplayedWithTheLast(t *testing.T) {
	s := testkit.NewScene(t)
	s.LeaveOut(s.Program.ID, "it has a counter of no cap on purpose")
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	s.Accrue()
	s.Do(func(tx *models.Tx) error {
		return tx.Create(&models.CapCounter{ID: models.NewID(), ProgramID: s.Program.ID, Cap: "gone", IntervalKey: "2026-01", UsedMinor: 1}).Error
	})
	kinds, texts := differencesOf(s)
	require.Equal(t, []string{"CAP"}, kinds, texts)
	var found []time.Weekday
	for range 7 {
		s.Clock.Advance(24 * time.Hour)
		require.NoError(t, s.Commission.ReplayDue(t.Context(), func(r commission.Replayed) {
			if r.Run.Differences > 0 {
				found = append(found, s.Clock.Now().Weekday())
			}
		}))
	}
	require.Equal(t, []time.Weekday{time.Sunday}, found)
}
