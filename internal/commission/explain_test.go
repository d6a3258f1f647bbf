package commission_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// requireAgrees explains a line for the merchant: whatever made it, it comes to what is stored, and its steps lead there.
func requireAgrees(t *testing.T, s *testkit.Scene, id models.ID) commission.Explanation {
	t.Helper()
	e, err := s.Commission.Explain(t.Context(), s.Owner, id)
	require.NoError(t, err)
	require.True(t, e.Agrees, "%s line of rule %s, level %d: %s", e.Line.Kind, e.Line.RuleID, e.Line.Level, e.Problem)
	require.Empty(t, e.Problem)
	if len(e.Steps) > 0 {
		require.Equal(t, e.Line.AmountMinor, e.Steps[len(e.Steps)-1].Amount.Minor, "%v", e.Steps)
	}
	return e
}

// explainedScene is a sale of 100.00 with tax, by a seller whose sponsor is suspended, under a plan with a condition, a
// cap that cuts, and a hold; a part of it is refunded.
func explainedScene(t *testing.T) (s *testkit.Scene, top, middle, seller models.Enrollment, root models.Conversion) {
	s = testkit.NewScene(t)
	top, middle, seller = family(s)
	s.Do(func(tx *models.Tx) error {
		if _, err := s.Programs.Suspend(tx, s.Owner, middle.ID); err != nil {
			return err
		}
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "30%", HoldDays: 14, Exclude: []string{"tax"},
			Levels: []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}},
			Rules: []commission.RuleSpec{
				{ID: "signup", Kind: "SIGNUP", RewardSpec: commission.RewardSpec{Fixed: "5.00"}},
				percent("gold", `order.gross > money("500.00")`, "10%"),
				{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "2.5%"}, Caps: []engine.CapSpec{{Per: "month", Amount: "2.00"}}},
			}})
		return err
	})
	s.Clock.Advance(time.Hour)
	s.Do(func(tx *models.Tx) error {
		r, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "x", OccurredAt: tx.Now, Currency: "GBP", Amount: "100.00", Tax: "16.67",
			LinkCode: "link-seller", CustomerID: "carol"})
		root = r.Conversion
		return err
	})
	s.Accrue()
	s.Refund("back", "x", "50.00")
	s.Accrue()
	return s, top, middle, seller, root
}

func lineFor(s *testkit.Scene, kind models.CommissionKind, level int) models.Commission {
	for _, l := range linesOf(s, kind) {
		if l.Level == level {
			return l
		}
	}
	s.T.Fatalf("no %s line of level %d", kind, level)
	return models.Commission{}
}

func texts(e commission.Explanation) (steps []string) {
	for _, step := range e.Steps {
		steps = append(steps, string(step.Kind)+" "+step.Amount.Decimal()+": "+step.Text)
	}
	return steps
}

func TestALineIsExplainedToItsMerchant(t *testing.T) {
	s, top, middle, seller, root := explainedScene(t)
	e := requireAgrees(t, s, lineFor(s, models.CommissionKindEarned, 0).ID)
	require.Equal(t, []string{
		"REWARD 2.08: 83.33 x 2.5% = 2.08325, rounded half to even to 2.08",
		"CAP 2.00: cap of a month over the enrollment: 2.00, used before 0.00, room for 2.00; 2.08 becomes 2.00",
	}, texts(e))
	require.Equal(t, "2.00 GBP", e.Recomputed.String())
	require.Equal(t, root.ID, e.Conversion.ID)
	require.Equal(t, models.AttributionMethodLink, e.Attribution.Method)
	require.Equal(t, []commission.ExplainedCandidate{{Method: "LINK", Who: "seller (" + seller.Code + ")", Won: true, Reason: "the strongest eligible touch"}}, e.Candidates)
	require.Equal(t, 2, e.Plan.Number)
	require.Equal(t, commission.PlanOfSale, e.Plan.Choice)
	require.Len(t, e.Plan.Hash, 64)
	require.Equal(t, s.Clock.Now().Add(-time.Hour), e.Plan.Since)
	took := money.New(8333, "GBP")
	require.Equal(t, []commission.ExplainedRule{
		{RuleID: "signup", Verdict: commission.RuleOtherKind, Reason: "it is for SIGNUP, and this is a SALE"},
		{RuleID: "gold", Verdict: commission.RuleConditionFalse, Reason: "its condition is false", Condition: `order.gross > money("500.00")`},
		{RuleID: "sales", Verdict: commission.RuleTook, Reason: "it has no condition", Took: &took, Own: true},
	}, e.Rules)
	require.Equal(t, []string{"gross 100.00", "less tax -16.67", "net 83.33", "taken by rule sales 83.33"}, parts(e))
	require.Len(t, e.Caps, 1)
	require.True(t, e.Caps[0].Cut)
	require.Equal(t, "2.00 GBP", e.Caps[0].Room.String())
	require.Len(t, e.Levels, 3)
	require.Equal(t, commission.ExplainedLevel{EnrollmentID: middle.ID, Level: 1, Verdict: commission.LevelSkipped, Who: "middle (" + middle.Code + ")",
		Reason: "its status earns nothing from a downline"}, e.Levels[1])
	require.Equal(t, top.ID, e.Levels[2].EnrollmentID)
	require.Equal(t, "1.67 GBP", e.Levels[2].Amount.String())
	require.Equal(t, "it matures 14 days after the conversion, as the plan holds it; period 2026-01 contains that instant", e.Hold.Text)
	require.Len(t, e.Adjustments, 1)
	require.Equal(t, "refund back", e.Adjustments[0].Cause)
	require.Equal(t, "back", e.Adjustments[0].Refund.ExternalID)
	require.Equal(t, "-0.99 GBP", e.Adjustments[0].Amount.String())
	require.Equal(t, "1.01 GBP", e.ComesTo.String())
	require.Equal(t, "not paid yet: period 2026-01 is open; it ends 2026-02-01 00:00 UTC and is paid after its close", e.Payment.Text)

	refund := requireAgrees(t, s, lineFor(s, models.CommissionKindRefund, 1).ID)
	require.Equal(t, []string{
		"LEVEL 1.67: level 1: 83.33 x 2% = 1.6666, rounded half to even to 1.67",
		"REFUND 0.83: 50.00 of 100.00 GBP is left of what the rule took: 1.67 x 50.00/100.00, cut to the unit below",
		"DIFFERENCE -0.84: 0.83 less the 1.67 that the lines before it come to",
	}, texts(refund))
	require.Equal(t, "0.83 GBP", refund.ComesTo.String())
}

func parts(e commission.Explanation) (rows []string) {
	for _, p := range e.Basis {
		rows = append(rows, p.What+" "+p.Amount.Decimal())
	}
	return rows
}

// requireSilent finds nothing of the others and of customers in what a partner is told, and gives it.
func requireSilent(t *testing.T, e commission.Explanation, others ...models.Enrollment) string {
	t.Helper()
	e.Conversion, e.Attribution, e.Payment.Statement, e.Payment.Payout = nil, nil, nil, nil // objects that decide themselves what they show
	for i := range e.Adjustments {
		e.Adjustments[i].Refund, e.Adjustments[i].Revision = nil, nil
	}
	e.Line.ViaID, e.Line.Facts = nil, "" // not shown by the API
	for i := range e.Adjustments {
		e.Adjustments[i].Line.ViaID = nil
	}
	text, err := json.Marshal(e)
	require.NoError(t, err)
	for _, o := range others {
		require.NotContains(t, string(text), o.ID.String())
		require.NotContains(t, string(text), o.Code)
		require.NotContains(t, string(text), o.PartnerID.String())
	}
	require.NotContains(t, string(text), "carol")
	return string(text)
}

func asPartner(e models.Enrollment) access.Caller {
	return access.Caller{Name: "user:" + e.Code, PartnerID: e.PartnerID}
}

func TestAPartnerSeesItsOwnPart(t *testing.T) {
	s, top, middle, seller, _ := explainedScene(t)
	own, above := lineFor(s, models.CommissionKindEarned, 0), lineFor(s, models.CommissionKindEarned, 1)
	explain := func(by models.Enrollment, id models.ID) (commission.Explanation, error) {
		return s.Commission.Explain(t.Context(), asPartner(by), id)
	}
	_, err := explain(middle, own.ID)
	require.Equal(t, "COMMISSION_NOT_FOUND", fault.CodeOf(err))
	_, err = explain(seller, above.ID)
	require.Equal(t, "COMMISSION_NOT_FOUND", fault.CodeOf(err))
	_, err = s.Commission.Explain(t.Context(), access.System("rival", models.NewID()), own.ID)
	require.Equal(t, "COMMISSION_NOT_FOUND", fault.CodeOf(err))

	e, err := explain(seller, own.ID)
	require.NoError(t, err)
	require.True(t, e.Agrees)
	require.Len(t, e.Steps, 2)
	require.Equal(t, []string{"gross 100.00", "less tax -16.67", "net 83.33", "taken by rule sales 83.33"}, parts(e))
	require.Len(t, e.Rules, 1)
	require.Equal(t, "2.00 GBP", e.Caps[0].Limit.String())
	require.Equal(t, []commission.ExplainedLevel{{Level: 1, Verdict: commission.LevelSkipped}, {Level: 1, Verdict: commission.LevelPaid}}, e.Levels[1:])
	require.Equal(t, "refund back", e.Adjustments[0].Cause)
	require.NotContains(t, requireSilent(t, e, top, middle), "1.67")

	e, err = explain(top, above.ID)
	require.NoError(t, err)
	require.True(t, e.Agrees)
	require.Equal(t, []string{"LEVEL 1.67: level 1: 83.33 x 2% = 1.6666, rounded half to even to 1.67"}, texts(e))
	require.Nil(t, e.Conversion)
	require.Nil(t, e.Attribution)
	require.Empty(t, parts(e))
	require.Empty(t, e.Caps)
	require.Equal(t, commission.ExplainedLevel{Level: 0, Verdict: commission.LevelPaid}, e.Levels[0])
	require.Equal(t, "1.67 GBP", e.Levels[2].Amount.String())
	require.Equal(t, "a refund", e.Adjustments[0].Cause)
	require.NotContains(t, requireSilent(t, e, seller, middle), "100.00")
	refund, err := explain(top, lineFor(s, models.CommissionKindRefund, 1).ID)
	require.NoError(t, err)
	require.NotContains(t, requireSilent(t, refund, seller, middle), "50.00")
}

// The tiers are what the seller was promised.
func TestALevelAboveDoesNotSeeTheTiersBelow(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Levels = []commission.LevelSpec{{Rate: "1%", Of: "sale"}}
		p.Rules = []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Tiers: &engine.TiersSpec{By: "order", Mode: "marginal",
			Steps: []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "60.00", Percent: "7%"}}}}}}
	})
	top := s.Enroll("top", models.ID{})
	seller := s.Enroll("seller", top.ID)
	s.Sell("seller", "100.00")
	s.Accrue()
	for _, c := range []struct {
		by    models.Enrollment
		level int
		tiers int
	}{{seller, 0, 2}, {top, 1, 0}} {
		line := lineFor(s, models.CommissionKindEarned, c.level)
		whole, err := s.Commission.Explain(t.Context(), s.Owner, line.ID)
		require.NoError(t, err)
		require.Len(t, whole.Tiers, 2)
		e, err := s.Commission.Explain(t.Context(), asPartner(c.by), line.ID)
		require.NoError(t, err)
		require.Len(t, e.Tiers, c.tiers)
	}
}

// A line that is not what the engine makes of its facts is told so, loudly.
func TestALineThatWasChangedDoesNotAgree(t *testing.T) {
	s, _, _, _, _ := explainedScene(t)
	line := lineFor(s, models.CommissionKindEarned, 1)
	set := func(column string, value any) {
		s.Do(func(tx *models.Tx) error {
			return tx.Model(&models.Commission{}).Where("id = ?", line.ID).Update(column, value).Error
		})
	}
	for _, c := range []struct {
		column  string
		changed any
		stored  any
		problem string
	}{
		{"amount_minor", 168, line.AmountMinor, "priced again it comes to 1.67 GBP, and 1.68 GBP is stored"},
		{"basis_minor", 8334, line.BasisMinor, "priced again its basis comes to 83.33 GBP, and 83.34 GBP is stored"},
		{"rule_id", "gold", line.RuleID, "priced again it comes to 0.00 GBP, and 1.67 GBP is stored"},
		{"level", 2, line.Level, "priced again it comes to 0.00 GBP, and 1.67 GBP is stored"},
	} {
		set(c.column, c.changed)
		e, err := s.Commission.Explain(t.Context(), s.Owner, line.ID)
		require.NoError(t, err)
		require.False(t, e.Agrees, c.column)
		require.Equal(t, c.problem, e.Problem)
		set(c.column, c.stored)
	}
	var first models.PlanVersion
	require.NoError(t, s.DB.Read(t.Context()).Where("number = 1").Take(&first).Error)
	set("plan_version_id", first.ID)
	e, err := s.Commission.Explain(t.Context(), s.Owner, line.ID)
	require.NoError(t, err)
	require.Equal(t, "the plan version that holds for the conversion is another one", e.Problem)
	partner, err := s.Commission.Explain(t.Context(), asPartner(models.Enrollment{Code: "x", PartnerID: partnerOf(s, line.EnrollmentID)}), line.ID)
	require.NoError(t, err)
	require.False(t, partner.Agrees)
	require.Equal(t, "priced again it comes to another amount; the merchant can see why", partner.Problem)
	set("plan_version_id", line.PlanVersionID)
	requireAgrees(t, s, line.ID)
}

func partnerOf(s *testkit.Scene, enrollmentID models.ID) models.ID {
	var e models.Enrollment
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("id = ?", enrollmentID).Take(&e).Error)
	return e.PartnerID
}

// However much was refunded and restated, an explanation costs the same statements.
func TestAnExplanationCostsAConstantNumberOfStatements(t *testing.T) {
	s, _, _, _, _ := explainedScene(t)
	statements := testkit.CountStatements(t, s.DB)
	cost := func() int64 {
		before := statements.Load()
		requireAgrees(t, s, lineFor(s, models.CommissionKindEarned, 0).ID)
		return statements.Load() - before
	}
	cost() // compiles the plans
	few := cost()
	for i := range 20 {
		s.Refund(fmt.Sprintf("more-%d", i), "x", "1.00")
		s.Accrue()
	}
	require.Equal(t, few, cost())
	require.LessOrEqual(t, few, int64(20))
}
