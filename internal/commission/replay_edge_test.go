package commission_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// differencesAfter runs statements behind the services' backs, replays, and puts back what they changed.
func differencesAfter(s *testkit.Scene, statements ...string) (kinds []string, texts string) {
	s.T.Helper()
	rows := keepRows(s)
	s.Do(func(tx *models.Tx) error {
		for _, sql := range statements {
			if err := tx.Exec(sql).Error; err != nil {
				return err
			}
		}
		return nil
	})
	kinds, texts = differencesOf(s)
	rows.putBack(s)
	return kinds, texts
}

// Lines that several agreements make for the same placement are told apart by their amounts, whichever was made first.
func TestLinesOfAgreementsForTheSame(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "31.00"}}
	})
	seller := s.Enroll("seller", models.ID{})
	agree(s, seller, "banner", date(1, 6, 0), date(1, 16, 0))
	agree(s, seller, "banner", date(1, 16, 0), date(1, 28, 0))
	s.CloseMonth()
	require.Equal(t, []int64{1000, 1200}, amountsOf(linesOf(s, models.CommissionKindPlacement)))
	kinds, texts := differencesAfter(s, "UPDATE commissions SET amount_minor = 2200 - amount_minor")
	require.Empty(t, kinds, texts)
	kinds, texts = differencesAfter(s, "UPDATE commissions SET amount_minor = 1001 WHERE amount_minor = 1000")
	require.Equal(t, []string{"AMOUNT", "SUM"}, kinds, texts)
}

// What a close owed may be more than can be counted: its lines are then taken as they are.
func TestACloseThatCannotBeWorkedOutAgain(t *testing.T) {
	s, _ := replayedScene(t)
	kinds, texts := differencesAfter(s, "UPDATE commissions SET amount_minor = 9999 - 9223372036854775807 WHERE rule_id = 'leads' AND kind = 'EARNED' AND level = 0")
	require.Contains(t, texts, "what the close owed cannot be worked out again")
	require.Equal(t, []string{"AMOUNT", "SUM", "UNPRICEABLE"}, kinds, texts)
}

// One replay that fails keeps none of those that come after it.
func TestAReplayThatFailsKeepsNoOther(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	for range 2 {
		s.Sell("ann", "10.00")
		s.CloseMonth()
	}
	s.Sell("ann", "10.00")
	s.Sell("ann", "10.00")
	s.Accrue()
	rows := keepRows(s)
	s.Do(func(tx *models.Tx) error {
		return tx.Exec("UPDATE commissions SET amount_minor = ? WHERE period_id = (SELECT id FROM periods WHERE period_key = '2026-03')", int64(math.MaxInt64)).Error
	})
	due := func() (keys []string) {
		require.ErrorContains(t, s.Commission.ReplayDue(t.Context(), func(r commission.Replayed) { keys = append(keys, r.Period.PeriodKey) }), "replay period 2026-03")
		return keys
	}
	require.Equal(t, []string{"2026-02", "2026-01"}, due())
	require.Empty(t, due(), "what failed is due again, and nothing else")
	rows.putBack(s)
}

// A line that changes nothing and keeps facts is a restatement's and nothing else, and tells by its place when it is gone.
func TestALineForItsFactsIsReplayed(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Exclude, p.Kinds = []string{"tax"}, []string{"FREE"}
		p.Rules[0].Caps = []engine.CapSpec{{Per: "life", Amount: "90.00"}}
		p.Rules = append([]commission.RuleSpec{{ID: "free", Kind: "FREE", Levels: new(bool), RewardSpec: commission.RewardSpec{Percent: "0%"}}}, p.Rules...)
	})
	s.Enroll("seller", models.ID{})
	taxed(s, "a", "100.00", "")
	taxed(s, "a", "110.00", "10.00") // the same basis
	const fact = " WHERE kind = 'RESTATE' AND ordinal = 1"
	for name, c := range map[string]struct {
		sql  string
		want string
	}{
		"as it is":            {"UPDATE commissions SET amount_minor = 0" + fact, ""},
		"a refund":            {"UPDATE commissions SET kind = 'REFUND'" + fact, "EXTRA"},
		"an amount":           {"UPDATE commissions SET amount_minor = 1" + fact, "CAP EXTRA"},
		"a basis":             {"UPDATE commissions SET basis_minor = 1" + fact, "EXTRA"},
		"no facts":            {"UPDATE commissions SET facts = ''" + fact, "EXTRA"},
		"a sale that is free": {"UPDATE conversions SET kind = 'FREE'", "EXTRA EXTRA"},
	} {
		kinds, texts := differencesAfter(s, c.sql)
		require.Equal(t, c.want, strings.Join(kinds, " "), "%s: %s", name, texts)
	}
	s.Refund("lost", "a", "11.00")
	s.Do(func(tx *models.Tx) error { // as though it had come before
		if err := tx.Where("1 = 1").Delete(&models.AccrualItem{}).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE refunds SET id = ?, received_at = ?", models.ID{1}, s.Clock.Now().Add(-time.Hour)).Error
	})
	kinds, texts := differencesOf(s)
	require.Equal(t, []string{"MISSING"}, kinds, texts)
	kinds, texts = differencesAfter(s, "UPDATE commissions SET facts = '{'"+fact)
	require.Equal(t, []string{"CAP", "UNPRICEABLE", "UNPRICEABLE"}, kinds, texts)
	s.Do(func(tx *models.Tx) error { return tx.Where("1 = 1").Delete(&models.Refund{}).Error })
	s.Refund("r", "a", "11.00")
	s.Accrue()
	kinds, texts = differencesAfter(s, "DELETE FROM commissions"+fact, "UPDATE periods SET line_count = line_count - 1")
	require.Equal(t, []string{"MISSING"}, kinds, texts)
	require.Contains(t, texts, "line 1 of its conversion is not there")
}

// taxed records an order of the seller's with a tax, and accrues.
func taxed(s *testkit.Scene, id, amount, tax string) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, Currency: "GBP", Amount: amount, Tax: tax,
			OccurredAt: date(1, 5, 9), LinkCode: "link-seller"})
		return err
	})
	s.Accrue()
}

// What made no difference when it was worked is taken for worked where only that explains a line.
func TestALineStandsOnWhatLeftNone(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Exclude, p.Rules[0].RewardSpec = []string{"tax"}, commission.RewardSpec{Fixed: "1.50"}
	})
	s.Enroll("seller", models.ID{})
	taxed(s, "a", "10.00", "10.00") // so that no line has a basis
	taxed(s, "b", "10.00", "10.00")
	taxed(s, "c", "10.00", "10.00")
	for _, id := range []string{"a", "b", "c"} {
		s.Refund("none-"+id, id, "0.03")
	}
	taxed(s, "c", "9.90", "9.90")
	require.Empty(t, linesOf(s, models.CommissionKindRestate))
	require.Empty(t, linesOf(s, models.CommissionKindRefund))
	s.Clock.Advance(time.Hour)
	s.Refund("some-a", "a", "0.07")
	s.Refund("some-b", "b", "0.03")
	s.Refund("some-c", "c", "0.07")
	s.Accrue()
	refunds := linesOf(s, models.CommissionKindRefund)
	require.Equal(t, []int64{-2, -1, -2}, amountsOf(refunds))
	s.Do(func(tx *models.Tx) error { // as though they came after
		for n, id := range []string{"none-a", "none-b", "none-c"} {
			if err := tx.Exec("UPDATE refunds SET id = ? WHERE external_id = ?", models.ID{0xff, byte(n)}, id).Error; err != nil {
				return err
			}
		}
		return tx.Exec("UPDATE conversions SET id = ? WHERE revision = 2", models.ID{0xff, 0xff}).Error
	})
	kinds, texts := differencesOf(s)
	require.Empty(t, kinds, texts)
	for i, revision := range []int{1, 1, 2} {
		require.Equal(t, revision, requireAgrees(t, s, refunds[i].ID).Conversion.Revision)
	}
}

// What was taken back before there were lines is of the revision that made them, and of no other.
func TestARefundOfTheRevisionThatEarnsIsReplayed(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	record(s, "x", "USD", "100.00", "")
	record(s, "x", "USD", "100.00", "0.8")
	s.Refund("r", "x", "25.00")
	s.Do(numberFirst)
	s.Accrue()
	require.Len(t, linesOf(s, models.CommissionKindRefund), 3)
	kinds, texts := differencesOf(s)
	require.Empty(t, kinds, texts)
	kinds, texts = differencesAfter(s, "DELETE FROM commissions WHERE kind = 'EARNED'")
	require.Equal(t, "EXTRA EXTRA EXTRA MISSING MISSING MISSING MISSING MISSING MISSING SUM", strings.Join(kinds, " "), texts)
}

// A batch that began before a version was published does not know it for a minute, and no longer.
func TestAVersionThatABatchHasNotSeen(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	s.Sell("seller", "100.00")
	s.Accrue()
	now := s.Clock.Now()
	planned(s, percent("sales", "", "20%")) // it holds from the instant of the sale
	published := func(at time.Time) []string {
		s.Do(func(tx *models.Tx) error {
			return tx.Exec("UPDATE plan_versions SET published_at = ? WHERE number = 2", at).Error
		})
		kinds, _ := differencesOf(s)
		return kinds
	}
	require.Equal(t, []string{"AMOUNT", "PLAN", "PLAN", "PLAN", "TERMS"}, published(now.Add(-time.Minute-time.Second)))
	require.Empty(t, published(now.Add(-time.Minute)))
}
