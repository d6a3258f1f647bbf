package commission_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// orderScene is an order of 100.00 of which three rules take a part, under caps of each scope; the seller's sponsor sold
// too little to earn, and the last of the chain to nobody it can name, so their levels are the house's.
func orderScene(t *testing.T) (s *testkit.Scene, seller, top models.Enrollment) {
	off := false
	s = openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.MaxTotal, p.Ineligible, p.HoldDays = "60%", "house", 3
		p.Eligible = &engine.EligibleSpec{Days: 30, Volume: "10.00", Customers: 1}
		p.Levels = []commission.LevelSpec{{Rate: "50%", Of: "below"}, {Rate: "30%", Of: "override"}, {Rate: "0%", Of: "sale"}}
		p.Rules = []commission.RuleSpec{
			{ID: "free", Scope: "item", SKUs: []string{"FREE", "GIFT"}, When: "item.amount > 0", Levels: &off, RewardSpec: commission.RewardSpec{Percent: "0%"}},
			{ID: "books", Scope: "item", Categories: []string{"books"}, Levels: &off, RewardSpec: commission.RewardSpec{Percent: "5%"}},
			{ID: "films", Scope: "item", Categories: []string{"films"}, Levels: &off, RewardSpec: commission.RewardSpec{Percent: "5%"}},
			{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}, Valid: &engine.ValidSpec{MinAgeDays: 7}, Caps: []engine.CapSpec{
				{Per: "day", Amount: "100.00", Count: 5}, {Per: "life", Scope: "group", Count: 9}, {Per: "conversion", Amount: "5.00"}, {Per: "month", Scope: "program", Amount: "8.00"}}},
		}
	})
	far := s.Enroll("far", models.ID{})
	top = s.Enroll("top", far.ID)
	middle := s.Enroll("middle", top.ID)
	seller = s.Enroll("seller", middle.ID)
	send := func(id, by, customer, amount string, items ...tracking.Item) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: amount, OccurredAt: tx.Now,
				LinkCode: "link-" + by, CustomerID: customer, Items: items})
			return err
		})
		s.Accrue()
	}
	send("far", "far", "", "10.00", tracking.Item{SKU: "B1", Category: "books", Quantity: 1, Amount: "10.00"})
	send("top", "top", "c", "10.00", tracking.Item{SKU: "B1", Category: "books", Quantity: 1, Amount: "10.00"})
	send("middle", "middle", "c", "9.99", tracking.Item{SKU: "B1", Category: "books", Quantity: 1, Amount: "9.99"})
	send("early", "seller", "c", "10.00")
	send("x", "seller", "carol", "100.00", tracking.Item{SKU: "FREE", Quantity: 1, Amount: "10.00"}, tracking.Item{SKU: "B1", Category: "books", Quantity: 2, Amount: "30.00"})
	return s, seller, top
}

// lineOf finds the first line of a rule and level of a conversion.
func lineOf(s *testkit.Scene, sale, rule string, level int) models.Commission {
	s.T.Helper()
	var l models.Commission
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("rule_id = ? AND level = ? AND source_id IN (SELECT id FROM conversions WHERE external_id = ?)", rule, level, sale).
		Order("ordinal").Take(&l).Error)
	return l
}

func TestAnOrderOfItemsIsExplained(t *testing.T) {
	s, seller, top := orderScene(t)
	e := requireAgrees(t, s, lineOf(s, "x", "sales", 0).ID)
	require.Equal(t, []string{
		"REWARD 6.00: 60.00 x 10% = 6.00",
		"CAP 6.00: cap of a day over the enrollment: 100.00, used before 1.00, room for 99.00: 5 paid conversions, 1 before; 6.00 becomes 6.00",
		"CAP 6.00: cap of all time over the group: 9 paid conversions, 1 before; 6.00 becomes 6.00",
		"CAP 5.00: cap of a conversion over the enrollment: 5.00, used before 0.00, room for 5.00; 6.00 becomes 5.00",
		"CAP 1.77: cap of a month over the program: 8.00, used before 2.50, room for 5.50; all levels are cut in proportion, from 15.50 to 5.50 together",
	}, texts(e))
	require.Equal(t, []string{"gross 100.00", "net 100.00", "less what rule free took -10.00", "less what rule books took -30.00", "taken by rule sales 60.00"}, parts(e))
	var rules []string
	for _, r := range e.Rules {
		took := ""
		if r.Took != nil {
			took = " " + r.Took.Decimal()
		}
		rules = append(rules, string(r.Verdict)+took+": "+r.Condition+": "+r.Reason)
	}
	require.Equal(t, []string{
		"PAYS_NOBODY 10.00: skus FREE, GIFT; item.amount > 0: it can pay nobody",
		"TOOK 30.00: categories books: it took the items that it names",
		"NO_ITEMS: categories films: no item is left that it takes",
		"TOOK 60.00: : it has no condition",
	}, rules)
	require.Equal(t, []string{
		"PAID 0 60.00 10% 1.77 true: it made the sale",
		"TO_HOUSE 1 5.00 50% 2.50 false: it sold 9.99 itself in 30 days; 10.00 are asked for",
		"PAID 2 60.00 30% 3.73 false: it may earn",
		"TO_HOUSE 3 60.00  0.00 false: 0 customers bought from it in 30 days; 1 are asked for",
	}, shownLevels(e))
	require.Equal(t, []string{
		"day/enrollment limit 100.00 room 99.00 used 1.00 1 of 5 cut false",
		"life/group used 1.00 1 of 9 cut false",
		"conversion/enrollment limit 5.00 room 5.00 cut true",
		"month/program limit 8.00 room 5.50 used 2.50 1 cut true",
	}, caps(e))
	require.Equal(t, "it matures 7 days after the conversion, as the rule asks; period 2026-01 contains that instant", e.Hold.Text)

	own, err := s.Commission.Explain(t.Context(), asPartner(seller), lineOf(s, "x", "sales", 0).ID)
	require.NoError(t, err)
	require.Equal(t, []string{
		"REWARD 6.00: 60.00 x 10% = 6.00",
		"CAP 6.00: cap of a day over the enrollment: 100.00, used before 1.00, room for 99.00: 5 paid conversions, 1 before; 6.00 becomes 6.00",
		"CAP 6.00: cap of all time over the group",
		"CAP 5.00: cap of a conversion over the enrollment: 5.00, used before 0.00, room for 5.00; 6.00 becomes 5.00",
		"CAP 1.77: cap of a month over the program",
	}, texts(own))
	require.Equal(t, []string{
		"day/enrollment limit 100.00 room 99.00 used 1.00 1 of 5 cut false",
		"life/group cut false",
		"conversion/enrollment limit 5.00 room 5.00 cut true",
		"month/program cut true",
	}, caps(own))

	above := requireAgrees(t, s, lineOf(s, "x", "sales", 2).ID)
	require.Equal(t, []string{
		"LEVEL 10.50: level 2: 60.00 x 30% = 18.00, less the 7.50 that the levels below take",
		"CAP 3.73: cap of a month over the program: 8.00, used before 2.50, room for 5.50; all levels are cut in proportion, from 15.50 to 5.50 together",
	}, texts(above))
	own, err = s.Commission.Explain(t.Context(), asPartner(top), above.Line.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"LEVEL 10.50: level 2: 60.00 x 30% = 18.00, less what the levels below take", "CAP 3.73: cap of a month over the program"}, texts(own))
	require.Equal(t, []string{"month/program cut true"}, caps(own))

	books := requireAgrees(t, s, lineOf(s, "x", "books", 0).ID)
	require.Equal(t, []string{"REWARD 1.50: 30.00 x 5% = 1.50"}, texts(books))
	require.Equal(t, []string{"gross 100.00", "net 100.00", "item B1, 2 for 30.00 30.00", "taken by rule books 30.00"}, parts(books))
	require.Equal(t, "it matures 3 days after the conversion, as the plan holds it; period 2026-01 contains that instant", books.Hold.Text)
	own, err = s.Commission.Explain(t.Context(), asPartner(seller), books.Line.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"gross 100.00", "net 100.00", "taken by rule books 30.00"}, parts(own))
}

func TestARefundOfAnOrderOfItemsIsExplained(t *testing.T) {
	s, seller, _ := orderScene(t)
	s.Do(func(tx *models.Tx) error {
		_, _, err := s.Tracking.RecordRefund(tx, s.Owner, s.Program.ID, tracking.RefundInput{ExternalID: "r", ConversionExternalID: "x", OccurredAt: tx.Now, Amount: "70.00",
			Items: []tracking.RefundItem{{SKU: "B1", Amount: "30.00"}}})
		return err
	})
	s.Accrue()
	refund := func(rule string, level int) commission.Explanation {
		var l models.Commission
		require.NoError(t, s.DB.Read(t.Context()).Where("kind = ? AND rule_id = ? AND level = ?", models.CommissionKindRefund, rule, level).Take(&l).Error)
		return requireAgrees(t, s, l.ID)
	}
	require.Equal(t, []string{"REWARD 1.50: 30.00 x 5% = 1.50", "REFUND 0.00: 0.00 of 30.00 GBP is left of what the rule took: that share of all levels together, less what the levels above keep",
		"DIFFERENCE -1.50: 0.00 less the 1.50 that the lines before it come to"}, texts(refund("books", 0)))
	// 40.00 more come off the 70.00 that are left of the others: 34.29 of the 60.00.
	e := refund("sales", 0)
	require.Equal(t, []string{
		"REFUND 0.77: 25.71 of 60.00 GBP is left of what the rule took: that share of all levels together, less what the levels above keep",
		"DIFFERENCE -1.00: 0.77 less the 1.77 that the lines before it come to",
	}, texts(e)[5:])
	own, err := s.Commission.Explain(t.Context(), asPartner(seller), e.Line.ID)
	require.NoError(t, err)
	require.Equal(t, texts(e)[5:], texts(own)[5:], "a seller knows what its customer sent back")
	require.Equal(t, []string{
		"REFUND 1.59: 25.71 of 60.00 GBP is left of what the rule took: 3.73 x 25.71/60.00, cut to the unit below",
		"DIFFERENCE -2.14: 1.59 less the 3.73 that the lines before it come to",
	}, texts(refund("sales", 2))[2:])
}
