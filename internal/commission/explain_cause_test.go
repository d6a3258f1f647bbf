package commission_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/models"
)

// An adjustment names what caused it.
func TestEachCauseOfAnAdjustmentIsNamed(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, _ := family(s)
	for want, change := range map[string]func(){
		"revision 2":   func() { record(s, "revision 2", "GBP", "50.00", "") },
		"refund r":     func() { s.Refund("r", "refund r", "50.00") },
		"chargeback c": func() { refundOf(s, "c", "chargeback c", models.RefundKindChargeback, "50.00") },
		"void v":       func() { refundOf(s, "v", "void v", models.RefundKindVoid, "") },
		"chargeback w, won": func() {
			refundOf(s, "w", "chargeback w, won", models.RefundKindChargeback, "50.00")
			s.Accrue()
			refundOf(s, "w", "chargeback w, won", models.RefundKindChargebackWon, "")
		},
	} {
		record(s, want, "GBP", "100.00", "")
		s.Accrue()
		change()
		s.Accrue()
		e := requireAgrees(t, s, lineOf(s, want, "sales", 1).ID)
		last := e.Adjustments[len(e.Adjustments)-1]
		require.Equal(t, want, last.Cause)
		require.Equal(t, want == "revision 2", last.Revision != nil)
		require.Equal(t, want != "revision 2", last.Refund != nil)
		own, err := s.Commission.Explain(t.Context(), asPartner(middle), e.Line.ID)
		require.NoError(t, err)
		require.Equal(t, map[bool]string{true: "a restatement", false: "a refund"}[want == "revision 2"], own.Adjustments[0].Cause)
	}
}

// What was refunded before there were lines is one adjustment, which names no single refund.
func TestRefundsBeforeTheLinesAreOneCause(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	record(s, "x", "USD", "100.00", "")
	record(s, "x", "USD", "100.00", "0.8")
	s.Refund("r", "x", "25.00")
	s.Do(numberFirst)
	s.Accrue()
	e := requireAgrees(t, s, lineFor(s, models.CommissionKindEarned, 0).ID)
	require.Equal(t, 2, e.Conversion.Revision)
	require.Equal(t, "refunds that came before there were lines", e.Adjustments[0].Cause)
	require.EqualValues(t, 600, e.ComesTo.Minor)
}

// A line is priced again as of when it was made: with what was worked by then, also what made no difference, and with
// nothing that came later.
func TestALineIsPricedAsOfItsTime(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	order(s, "x", map[string]string{"note": "a"})
	s.Accrue()
	s.Clock.Advance(time.Hour)
	order(s, "x", map[string]string{"note": "b"}) // no line is posted for it
	s.Accrue()
	s.Clock.Advance(time.Hour)
	s.Refund("r1", "x", "10.00")
	s.Accrue()
	s.Clock.Advance(time.Hour)
	record(s, "x", "GBP", "80.00", "")
	s.Accrue()
	s.Clock.Advance(time.Hour)
	s.Refund("r2", "x", "10.00")
	s.Accrue()
	refunds := linesOf(s, models.CommissionKindRefund)
	require.Len(t, refunds, 6)
	for i, l := range refunds {
		require.Equal(t, []int{2, 2, 2, 3, 3, 3}[i], requireAgrees(t, s, l.ID).Conversion.Revision)
	}
	for _, l := range linesOf(s, models.CommissionKindEarned) {
		require.Equal(t, 1, requireAgrees(t, s, l.ID).Conversion.Revision)
	}
	for _, l := range linesOf(s, models.CommissionKindRestate) {
		require.Equal(t, 3, requireAgrees(t, s, l.ID).Conversion.Revision)
	}
}

// A conversion that does not count comes to nothing, though it could not be priced as it stands.
func TestAVoidOfWhatCannotBePriced(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	planned(s, percent("pro", isPro, "20%"), percent("sales", "", "10%"))
	order(s, "x", map[string]string{"plan": "pro"})
	s.Accrue()
	order(s, "x", nil)
	s.Accrue()
	refundOf(s, "v", "x", models.RefundKindVoid, "")
	s.Accrue()
	order(s, "y", map[string]string{"plan": "pro"})
	s.Accrue()
	refundOf(s, "w", "y", models.RefundKindVoid, "")
	s.Accrue()
	voids := linesOf(s, models.CommissionKindRefund)
	require.Equal(t, []string{"REWARD 20.00: 100.00 x 20% = 20.00", "REFUND 0.00: the conversion does not count, whatever it would earn", "DIFFERENCE -20.00: 0.00 less the 20.00 that the lines before it come to"},
		texts(requireAgrees(t, s, voids[3].ID)))
	e := requireAgrees(t, s, voids[0].ID)
	require.Equal(t, []string{"REFUND 0.00: the conversion does not count, whatever it would earn", "DIFFERENCE -20.00: 0.00 less the 20.00 that the lines before it come to"}, texts(e))
}

func TestWhatRoundingPutAboveTheBoundIsExplained(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		tenth := commission.LevelSpec{Rate: "10%", Of: "sale"}
		p.MaxTotal, p.Levels = "50%", []commission.LevelSpec{tenth, tenth, tenth, tenth}
	})
	var above models.ID
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		above = s.Enroll(name, above).ID
	}
	s.Sell("e", "0.06")
	s.Accrue()
	for level, want := range [][]string{
		{"REWARD 0.01: 0.06 x 10% = 0.006, rounded half to even to 0.01"},
		{"LEVEL 0.01: level 1: 0.06 x 10% = 0.006, rounded half to even to 0.01"},
		{"LEVEL 0.01: level 2: 0.06 x 10% = 0.006, rounded half to even to 0.01"},
		{"LEVEL 0.01: level 3: 0.06 x 10% = 0.006, rounded half to even to 0.01", "TRIM 0.00: less 0.01: rounding had put all levels together above max_total 50%"},
		{"LEVEL 0.01: level 4: 0.06 x 10% = 0.006, rounded half to even to 0.01", "TRIM 0.00: less 0.01: rounding had put all levels together above max_total 50%"},
	} {
		require.Equal(t, want, texts(requireAgrees(t, s, lineFor(s, models.CommissionKindEarned, level).ID)))
	}
}

// A level that the table of a group lacks has a line of nothing, and says so.
func TestALevelThatAGroupLacksIsExplained(t *testing.T) {
	s := testkit.NewScene(t)
	s.Do(func(tx *models.Tx) (err error) {
		s.Program, err = s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "second", Name: "Second", Currency: "GBP", TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true,
			Groups: []program.GroupSpec{{Code: "short", Name: "Short"}}})
		return err
	})
	plan := simple(s.Clock.Now())
	plan.MaxTotal, plan.Levels = "20%", []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}}
	plan.GroupLevels = map[string][]commission.LevelSpec{"short": {{Rate: "3%", Of: "sale"}}}
	publish(s, plan)
	top, _, _ := family(s)
	group := "short"
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.UpdateEnrollment(tx, s.Owner, top.ID, program.Change{Group: &group})
		return err
	})
	s.Sell("seller", "100.00")
	s.Accrue()
	require.Equal(t, []string{"LEVEL 0.00: level 2: the table of its group has no such level"}, texts(requireAgrees(t, s, lineFor(s, models.CommissionKindEarned, 2).ID)))
	require.Equal(t, []string{"LEVEL 2.00: level 1: 100.00 x 2% = 2.00"}, texts(requireAgrees(t, s, lineFor(s, models.CommissionKindEarned, 1).ID)))
}

// Goals by sales and by recruits, tiers by an override that ends with the period, and two agreements in one period.
func TestWhatElseAPeriodSettledIsExplained(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, bonuses(
		engine.BonusSpec{ID: "two", Amount: "3.00", Reach: &engine.ReachSpec{Sales: 2}},
		engine.BonusSpec{ID: "mentor", Amount: "20.00", RecruitSells: true}))
	sue := s.Enroll("sue", models.ID{})
	ann := s.Enroll("ann", sue.ID)
	s.Enroll("bob", sue.ID)
	next := simple(s.Clock.Now())
	next.MaxTotal, next.Bonuses = "30%", []engine.BonusSpec{{ID: "two", Amount: "3.00", Reach: &engine.ReachSpec{Sales: 2}}, {ID: "mentor", Amount: "20.00", RecruitSells: true}}
	next.Rules[0].RewardSpec = byVolume("retroactive")
	higher := commission.RewardSpec{Tiers: &engine.TiersSpec{By: "period", Mode: "retroactive", Steps: []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "100.00", Percent: "20%"}}}}
	next.Overrides = []engine.OverrideSpec{{Rule: "sales", Enrollment: ann.Code, Until: date(2, 1, 0), RewardSpec: higher}}
	next.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "310.00"}}
	publish(s, next)
	agree(s, ann, "banner", date(1, 22, 0), date(2, 1, 0))
	agree(s, ann, "banner", date(1, 31, 0), date(2, 1, 0))
	s.Sell("ann", "60.00")
	s.Sell("ann", "60.00")
	s.Sell("bob", "10.00")
	s.CloseMonth()

	tier := requireAgrees(t, s, lineFor(s, models.CommissionKindTier, 0).ID)
	require.Equal(t, []string{"TIERS 24.00: 120.00 x 20% = 24.00; by an override of the rule", "DIFFERENCE 18.00: 24.00 less the 6.00 that the period's lines paid before"}, texts(tier))
	var said []string
	for _, l := range linesOf(s, models.CommissionKindBonus) {
		said = append(said, texts(requireAgrees(t, s, l.ID))...)
	}
	require.ElementsMatch(t, []string{"GOAL 3.00: bonus two: 2 sales were reached", "GOAL 40.00: bonus mentor: 20.00 for each recruit who made its first sale in the period: 2"}, said)
	var fees []string
	for _, l := range linesOf(s, models.CommissionKindPlacement) {
		fees = append(fees, texts(requireAgrees(t, s, l.ID))...)
	}
	const by = "310.00 for the period, by the days on which the agreement was active "
	require.Equal(t, []string{"FEE 100.00: " + by + "(from 2026-01-22, until 2026-02-01)", "FEE 10.00: " + by + "(from 2026-01-31, until 2026-02-01)"}, fees)
}

// What is taken back before the close leaves nothing to be paid.
func TestALineOfWhichNothingIsOwed(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	s.Refund("r", s.Sell("seller", "100.00"), "100.00")
	s.CloseMonth()
	line := lineFor(s, models.CommissionKindEarned, 0)
	require.Equal(t, "settled: with period 2026-01 nothing was owed any more", requireAgrees(t, s, line.ID).Payment.Text)

	merchant, err := s.Commission.MerchantOfLine(t.Context(), line.ID)
	require.NoError(t, err)
	require.Equal(t, s.Owner.MerchantID, merchant)
	_, err = s.Commission.MerchantOfLine(t.Context(), models.NewID())
	require.Equal(t, "COMMISSION_NOT_FOUND", fault.CodeOf(err))
	_, err = s.Commission.Explain(t.Context(), access.Caller{}, line.ID)
	require.Equal(t, "UNAUTHENTICATED", fault.CodeOf(err))
}

// A line was not made with what came after it or waits still, also where that would change nothing.
func TestALineIsPricedWithoutWhatWasNotWorked(t *testing.T) {
	note := func(text string) map[string]string { return map[string]string{"note": text} }
	t.Run("it came after it in the queue", func(t *testing.T) {
		s := testkit.NewScene(t)
		family(s)
		order(s, "x", note("a"))
		s.Accrue()
		s.Refund("r", "x", "10.00")
		order(s, "x", note("b"))
		s.Accrue()
		require.Equal(t, 1, requireAgrees(t, s, lineFor(s, models.CommissionKindRefund, 0).ID).Conversion.Revision)
	})
	t.Run("it waits", func(t *testing.T) {
		s := testkit.NewScene(t)
		family(s)
		order(s, "x", note("a"))
		s.Accrue()
		order(s, "x", note("b"))
		var waits models.AccrualItem
		s.Do(func(tx *models.Tx) error {
			if err := tx.Take(&waits).Error; err != nil {
				return err
			}
			return tx.Where("1 = 1").Delete(&models.AccrualItem{}).Error
		})
		s.Refund("r", "x", "10.00")
		s.Accrue()
		s.Do(func(tx *models.Tx) error { return tx.Create(&waits).Error })
		require.Equal(t, 1, requireAgrees(t, s, lineFor(s, models.CommissionKindRefund, 0).ID).Conversion.Revision)
		s.Accrue()
	})
	t.Run("it stopped", func(t *testing.T) {
		s := testkit.NewScene(t)
		family(s)
		planned(s, percent("pro", isPro, "20%"), percent("sales", "", "10%"))
		order(s, "x", map[string]string{"plan": "pro"})
		s.Accrue()
		s.Refund("r", "x", "10.00")
		s.Accrue()
		s.Clock.Advance(time.Hour)
		order(s, "x", note("b"))
		s.Accrue()
		require.Len(t, stalls(s), 1)
		s.Do(func(tx *models.Tx) error { // as though it had come before the refund and was worked after it
			return tx.Exec("UPDATE conversions SET id = ?, received_at = ? WHERE revision = 2", models.ID{1}, tx.Now.Add(-2*time.Hour)).Error
		})
		for level := range 2 {
			require.Equal(t, 1, requireAgrees(t, s, lineFor(s, models.CommissionKindRefund, level).ID).Conversion.Revision)
		}
	})
}

// A line of a time at which no plan had been published is of one that did not hold.
func TestALineThatNoPlanHeldFor(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	s.Sell("seller", "10.00")
	s.Accrue()
	publishedAt := func(at time.Time) {
		s.Do(func(tx *models.Tx) error { return tx.Exec("UPDATE plan_versions SET published_at = ?", at).Error })
	}
	publishedAt(s.Clock.Now().Add(time.Hour))
	e, err := s.Commission.Explain(t.Context(), s.Owner, lineFor(s, models.CommissionKindEarned, 0).ID)
	require.NoError(t, err)
	require.False(t, e.Agrees)
	require.Contains(t, e.Problem, "the plan version that holds for the conversion is another one")
	require.Equal(t, commission.PlanOfSale, e.Plan.Choice)
	publishedAt(s.Clock.Now())
}
