package commission_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm/schema"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// replayedScene has all that a period can hold: in January, which is closed, orders under a cap that cuts, leads with tiers
// by the month, a bonus, a placement, and lines by hand; in February, which is open, a refund and a restatement of January's
// orders, and an order of its own.
func replayedScene(t *testing.T) (s *testkit.Scene, seller models.Enrollment) {
	s = testkit.NewScene(t)
	_, _, seller = family(s)
	tags := []string{"gold"}
	s.Do(func(tx *models.Tx) error {
		sales := percent("sales", "", "10%")
		sales.Caps = []engine.CapSpec{{Per: "month", Amount: "15.00"}}
		leads := commission.RuleSpec{ID: "leads", Kind: "LEAD", RewardSpec: byVolume("marginal")}
		gold := percent("gold", `"gold" in partner.tags && order.gross < money("30.00")`, "20%")
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now, MaxTotal: "30%", HoldDays: 3, Kinds: []string{"LEAD"},
			Levels: []commission.LevelSpec{{Rate: "2%", Of: "sale"}, {Rate: "25%", Of: "below"}}, Rules: []commission.RuleSpec{leads, gold, sales},
			Bonuses: []engine.BonusSpec{{ID: "first", Amount: "7.00", FirstSale: true}}, Placements: []engine.PlacementSpec{{ID: "banner", Fee: "31.00"}}})
		if err != nil {
			return err
		}
		_, err = s.Programs.UpdateEnrollment(tx, s.Owner, seller.ID, program.Change{Tags: &tags})
		return err
	})
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.AgreePlacement(tx, s.Owner, seller.ID, "banner", tx.Now, models.OpenEnd)
		return err
	})
	for _, amount := range []string{"100.00", "100.00", "20.00"} {
		s.Clock.Advance(time.Hour)
		s.Sell("seller", amount)
	}
	s.Do(func(tx *models.Tx) error {
		_, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: "lead", Kind: "LEAD", Currency: "GBP", Amount: "1500.00", OccurredAt: tx.Now, LinkCode: "link-seller"})
		return err
	})
	s.Accrue()
	booked := byHand(s, seller, "9.99")
	_, err := takeBackAs(s, s.Owner, booked.ID, "found it")
	require.NoError(t, err)
	s.CloseMonth()
	s.Clock.Advance(24 * time.Hour)
	s.Refund("back", "order-1", "33.33")
	send(s, "order-2", "50.00", date(1, 5, 11), nil)
	s.Sell("seller", "100.00")
	s.Accrue()
	tags = nil
	s.Do(func(tx *models.Tx) error { // what was known then counts
		_, err := s.Programs.UpdateEnrollment(tx, s.Owner, seller.ID, program.Change{Tags: &tags})
		return err
	})
	return s, seller
}

// differencesOf replays the program and gives the kinds of what differs, sorted, with all of their texts.
func differencesOf(s *testkit.Scene) (kinds []string, texts string) {
	s.T.Helper()
	all, err := s.Commission.ReplayProgram(s.T.Context(), s.Owner, s.Program.ID)
	require.NoError(s.T, err)
	for _, r := range all {
		require.EqualValues(s.T, len(r.Differences), r.Run.Differences)
		for _, d := range r.Differences {
			kinds = append(kinds, string(d.Kind))
			texts += fmt.Sprintf("%s %s %s, rule %s, level %d, %d for %d: %s\n", r.Period.PeriodKey, d.Kind, d.LineID, d.RuleID, d.Level, d.StoredMinor, d.RecomputedMinor, d.Detail)
		}
	}
	slices.Sort(kinds)
	return kinds, texts
}

// kept are the rows that a test changes, to be put back.
type kept struct {
	lines    []models.Commission
	sales    []models.Conversion
	refunds  []models.Refund
	counters []models.CapCounter
	said     []models.Statement
	periods  []models.Period
	reasons  []models.ManualLine
	plans    []models.PlanVersion
}

func keepRows(s *testkit.Scene) (k kept) {
	s.T.Helper()
	query := s.DB.Read(s.T.Context())
	for _, into := range []any{&k.lines, &k.sales, &k.refunds, &k.counters, &k.said, &k.periods, &k.reasons, &k.plans} {
		require.NoError(s.T, query.Find(into).Error)
	}
	return k
}

func (k kept) putBack(s *testkit.Scene) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		for _, rows := range []any{k.lines, k.sales, k.refunds, k.counters, k.said, k.periods, k.reasons, k.plans} {
			table := reflect.Zero(reflect.TypeOf(rows).Elem()).Interface().(schema.Tabler).TableName()
			if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
				return err
			}
			if reflect.ValueOf(rows).Len() == 0 {
				continue
			}
			if err := tx.Create(rows).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// Whatever is changed behind the services' backs, a replay finds it and names it.
func TestAReplayFindsWhatWasChanged(t *testing.T) {
	s, seller := replayedScene(t)
	kinds, texts := differencesOf(s)
	require.Empty(t, kinds, texts)
	s.LeaveOut(models.ID{}, "its lines are changed on purpose, again and again, and put back")
	rows := keepRows(s)
	line := func(kind models.CommissionKind, rule string, level int) models.Commission {
		for _, l := range rows.lines {
			if l.Kind == kind && l.RuleID == rule && l.Level == level {
				return l
			}
		}
		t.Fatalf("no %s line of rule %s, level %d", kind, rule, level)
		return models.Commission{}
	}
	earned, upline, refunded := line("EARNED", "sales", 0), line("EARNED", "sales", 1), line("REFUND", "sales", 0)
	gold := line("EARNED", "gold", 0)
	var periods []models.Period
	require.NoError(t, s.DB.Read(t.Context()).Where("program_id = ?", s.Program.ID).Order("starts_at").Find(&periods).Error)
	set := func(l models.Commission, column string, value any) func(tx *models.Tx) error {
		return func(tx *models.Tx) error {
			return tx.Model(&models.Commission{}).Where("id = ?", l.ID).Update(column, value).Error
		}
	}
	drop := func(where string, args ...any) func(tx *models.Tx) error {
		return func(tx *models.Tx) error { return tx.Where(where, args...).Delete(&models.Commission{}).Error }
	}
	run := func(sql string, args ...any) func(tx *models.Tx) error {
		return func(tx *models.Tx) error { return tx.Exec(sql, args...).Error }
	}
	added := func(change func(l *models.Commission)) func(tx *models.Tx) error {
		l := refunded
		l.ID, l.Ordinal = models.NewID(), 50
		change(&l)
		return func(tx *models.Tx) error { return tx.Create(&l).Error }
	}
	for name, c := range map[string]struct {
		change func(tx *models.Tx) error
		kinds  string
		text   string
	}{
		"an amount":                       {set(earned, "amount_minor", earned.AmountMinor+1), "AMOUNT CAP SUM", fmt.Sprintf("AMOUNT %s", earned.ID)},
		"an amount of an open period":     {set(refunded, "amount_minor", refunded.AmountMinor-1), "AMOUNT CAP", fmt.Sprintf("AMOUNT %s", refunded.ID)},
		"a level's amount":                {set(upline, "amount_minor", 0), "AMOUNT SUM", "level 1, 0 for "},
		"a basis":                         {set(upline, "basis_minor", 1), "BASIS", "is stored"},
		"a rate":                          {set(earned, "rate_ppm", 90_000), "TERMS", "its rate is 10%, and 9% is stored"},
		"a level":                         {set(upline, "level", 2), "EXTRA MISSING", "level 1, 0 for "},
		"a rule":                          {set(upline, "rule_id", "gold"), "EXTRA MISSING", "rule gold, level 1"},
		"whose line it is":                {set(upline, "enrollment_id", seller.ID), "EXTRA MISSING SUM SUM", ""},
		"the enrollment below":            {set(upline, "via_id", nil), "TERMS", "its enrollment below is"},
		"the seller's own line":           {set(earned, "enrollment_id", upline.EnrollmentID), "BASIS EXTRA MISSING MISSING SUM SUM", ""},
		"a period that is open":           {set(earned, "period_id", periods[1].ID), "BASIS PERIOD SUM SUM SUM", "it should settle in 2026-01, and is in 2026-02"},
		"a period that is closed":         {set(refunded, "period_id", periods[0].ID), "BASIS PERIOD SUM SUM SUM", "it should settle in 2026-02, and is in 2026-01"},
		"an instant of maturing":          {set(earned, "matures_at", date(1, 9, 9)), "TERMS", "its instant of maturing is"},
		"an instant":                      {set(earned, "occurred_at", date(1, 9, 9)), "TERMS", "its instant of the conversion is"},
		"a plan version":                  {set(upline, "plan_version_id", rows.plans[0].ID), "PLAN", "holds for it, and"},
		"a plan version of a first line":  {set(earned, "plan_version_id", rows.plans[0].ID), "CAP PLAN", "holds for it, and"},
		"the line that is adjusted":       {set(refunded, "corrects_id", nil), "TERMS", "its line that it adjusts is"},
		"a currency":                      {set(earned, "currency", "EUR"), "TERMS", "its currency is GBP, and EUR is stored"},
		"a kind":                          {set(refunded, "kind", "OTHER"), "EXTRA MISSING", "2026-02 EXTRA "},
		"a source":                        {set(gold, "source_id", models.NewID()), "EXTRA EXTRA MISSING MISSING MISSING SOURCE", "its conversion does not exist"},
		"a line that goes":                {drop("id = ?", upline.ID), "MISSING SUM SUM", "level 1, 0 for "},
		"the first line of a conversion":  {drop("id = ?", earned.ID), "BASIS CAP CAP MISSING SUM SUM", "MISSING"},
		"all lines of a conversion":       {drop("source_id = ?", gold.SourceID), "BASIS MISSING MISSING MISSING SUM SUM SUM SUM", "its conversion has no lines"},
		"the first lines of a conversion": {drop("source_id = ? AND kind = 'EARNED'", refunded.SourceID), "BASIS CAP MISSING MISSING MISSING SUM SUM SUM SUM", "MISSING"},
		"a refund's lines":                {drop("kind = 'REFUND'"), "CAP MISSING MISSING MISSING SUM", "MISSING"},
		"a refund's line":                 {drop("id = ?", refunded.ID), "CAP MISSING SUM", "MISSING"},
		"a restatement's lines":           {drop("kind = 'RESTATE'"), "MISSING MISSING MISSING SUM", "MISSING"},
		"a refund's lines in two periods": {func(tx *models.Tx) error {
			if err := tx.Exec("UPDATE commissions SET cause_id = ? WHERE kind = 'REFUND'", models.NewID()).Error; err != nil {
				return err
			}
			return set(refunded, "period_id", periods[0].ID)(tx)
		}, "BASIS EXTRA EXTRA EXTRA MISSING MISSING MISSING SUM SUM SUM", "its cause does not exist, or makes no such lines"},
		"facts of lines in two periods": {set(earned, "facts", "{"), "CAP UNPRICEABLE UNPRICEABLE", "it cannot be priced again: facts"},
		"no plan that held":             {run("UPDATE plan_versions SET published_at = ?", date(2, 20, 9)), strings.TrimSpace(strings.Repeat("PLAN ", 7*3)), "no plan version held for it"},
		"a line of nothing":             {added(func(l *models.Commission) {}), "CAP EXTRA SUM", "nothing that happened to its conversion makes this line"},
		"a line that is earned twice":   {added(func(l *models.Commission) { l.Kind = models.CommissionKindEarned }), "CAP EXTRA SUM", "its cause does not exist, or makes no such lines"},
		"a line that is earned again":   {added(func(l *models.Commission) { l.Kind, l.CauseID = models.CommissionKindEarned, nil }), "CAP EXTRA SUM", "its cause does not exist, or makes no such lines"},
		"a line of nobody's refund of what was earned": {added(func(l *models.Commission) {
			*l = gold
			l.ID, l.Ordinal, l.Kind, l.CauseID, l.Facts = models.NewID(), 50, models.CommissionKindRefund, models.NewID().Ref(), ""
		}), "BASIS EXTRA SUM SUM", "its cause does not exist, or makes no such lines"},
		"a line of nobody's refund":      {added(func(l *models.Commission) { l.CauseID = models.NewID().Ref() }), "CAP EXTRA SUM", "its cause does not exist, or makes no such lines"},
		"facts that are kept":            {set(gold, "facts", strings.Replace(gold.Facts, "gold", "iron", 1)), "EXTRA EXTRA EXTRA MISSING MISSING MISSING", ""},
		"facts that cannot be read":      {set(gold, "facts", "{"), "UNPRICEABLE", "it cannot be priced again: facts"},
		"facts of nobody":                {set(gold, "facts", `{"m":[]}`), "UNPRICEABLE UNPRICEABLE", "it cannot be priced again: facts"},
		"no facts":                       {set(gold, "facts", ""), "EXTRA EXTRA EXTRA MISSING MISSING MISSING", ""},
		"what of a cap was used":         {set(line("EARNED", "sales", 0), "facts", strings.Replace(earned.Facts, `"k":"sales/month/enrollment"`, `"k":"sales/month/enrollment","m":1400`, 1)), "AMOUNT AMOUNT", ""},
		"the amount of a conversion":     {run("UPDATE conversions SET amount_minor = amount_minor + 1000 WHERE id = ?", gold.SourceID), "EXTRA EXTRA EXTRA MISSING MISSING MISSING", ""},
		"a refund's amount":              {run("UPDATE refunds SET source_amount_minor = 1"), "AMOUNT BASIS EXTRA EXTRA", ""},
		"a refund that goes":             {run("DELETE FROM refunds"), "EXTRA EXTRA EXTRA", ""},
		"a conversion that goes":         {run("DELETE FROM conversions WHERE id = ?", gold.SourceID), "SOURCE SOURCE SOURCE", "its conversion does not exist"},
		"a tier":                         {set(line("TIER", "leads", 0), "amount_minor", 1), "AMOUNT SUM", "AMOUNT"},
		"a tier that goes":               {drop("kind = 'TIER'"), "MISSING SUM SUM", "a TIER line of 25.00 GBP is owed"},
		"a bonus":                        {set(line("BONUS", "first", 0), "amount_minor", 701), "AMOUNT SUM", "it comes to 7.00 GBP, and 7.01 GBP is stored"},
		"a bonus for another":            {set(line("BONUS", "first", 0), "enrollment_id", upline.EnrollmentID), "EXTRA MISSING SUM SUM", "the period does not owe this line"},
		"two lines of a close":           {run("UPDATE commissions SET enrollment_id = ? WHERE kind IN ('BONUS', 'PLACEMENT')", upline.EnrollmentID), "EXTRA EXTRA MISSING MISSING SUM SUM", "rule banner, level 0, 2700 for 0: the period does not owe this line"},
		"a bonus that says it is a tier": {set(line("BONUS", "first", 0), "kind", "TIER"), "EXTRA MISSING", "a BONUS line of 7.00 GBP is owed"},
		"a kind of no amount":            {added(func(l *models.Commission) { l.Kind, l.SourceID, l.AmountMinor = "OTHER", models.NewID(), 0 }), "EXTRA SUM", "are of a kind that there is"},
		"all lines of two conversions":   {drop("source_id IN ?", []models.ID{gold.SourceID, refunded.SourceID}), "BASIS CAP MISSING MISSING MISSING MISSING MISSING MISSING SUM SUM SUM SUM SUM", "its conversion has no lines"},
		"a placement":                    {set(line("PLACEMENT", "banner", 0), "basis_minor", 1), "BASIS", "its basis comes to 31.00 GBP"},
		"a line by hand":                 {set(line("MANUAL", "manual", 0), "rule_id", "sales"), "BY_HAND", "it is not what its reason is for"},
		"a reason that goes":             {run("DELETE FROM manual_lines WHERE reverses_id IS NULL"), "BY_HAND", "nobody gave a reason for it"},
		"a line by hand that goes":       {drop("kind = 'MANUAL' AND corrects_id IS NULL"), "BY_HAND MISSING SUM SUM", "a line by hand is not there"},
		"what takes a line by hand back": {run("UPDATE commissions SET amount_minor = -1000 WHERE kind = 'MANUAL' AND corrects_id IS NOT NULL"), "AMOUNT SUM", "it comes to -9.99 GBP"},
		"a statement":                    {run("UPDATE statements SET lines_minor = lines_minor + 1 WHERE enrollment_id = ?", seller.ID), "SUM", "its statement says"},
		"a statement's count":            {run("UPDATE statements SET line_count = line_count + 1 WHERE enrollment_id = ?", seller.ID), "SUM", "its statement says"},
		"a period's count":               {run("UPDATE periods SET line_count = 1"), "SUM SUM", "1 lines were counted into the period"},
		"a cap's counter":                {run("UPDATE cap_counters SET used_minor = used_minor + 1 WHERE interval_key = '2026-01'"), "CAP", "cap sales/month/enrollment of 2026-01"},
		"a cap's count":                  {run("UPDATE cap_counters SET used_count = 0 WHERE interval_key = '2026-02'"), "CAP", "cap sales/month/enrollment of 2026-02"},
		"a cap's counter that goes":      {run("DELETE FROM cap_counters"), "CAP CAP", ""},
		"a counter of no cap":            {run("UPDATE cap_counters SET id = ? WHERE interval_key = '2026-01'", models.NewID()), "CAP CAP", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s.Do(c.change)
			kinds, texts := differencesOf(s)
			rows.putBack(s)
			require.Contains(t, texts, c.text)
			require.Equal(t, c.kinds, strings.Join(kinds, " "), texts)
		})
	}
	kinds, texts = differencesOf(s)
	require.Empty(t, kinds, texts)
}

// Who may not read payouts replays nothing, and nobody another merchant's periods.
func TestWhoMayReplay(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	s.Sell("seller", "10.00")
	period := s.CloseMonth()
	_, rival := rivalEnrollment(s)
	_, err := s.Commission.Replay(t.Context(), rival, period.ID)
	require.Equal(t, "PERIOD_NOT_FOUND", fault.CodeOf(err))
	_, err = s.Commission.ReplayProgram(t.Context(), rival, s.Program.ID)
	require.Equal(t, "PROGRAM_NOT_FOUND", fault.CodeOf(err))
	_, err = s.Commission.Replay(t.Context(), asPartner(seller), period.ID)
	require.ErrorIs(t, err, access.ErrForbidden)
	_, err = s.Commission.ReplaysOfPeriod(t.Context(), asPartner(seller), period.ID, models.Page{})
	require.ErrorIs(t, err, access.ErrForbidden)
	r, err := s.Commission.Replay(t.Context(), s.Owner, period.ID)
	require.NoError(t, err)
	require.EqualValues(t, []int64{3, 1, 0, 125, 125}, []int64{r.Run.Lines, r.Run.Conversions, r.Run.Differences, r.Run.StoredMinor, r.Run.RecomputedMinor})
	kept, err := s.Commission.ReplaysOfPeriod(t.Context(), s.Owner, period.ID, models.Page{})
	require.NoError(t, err)
	require.Equal(t, []models.ReplayRun{r.Run}, kept.Rows)
	none, err := s.Commission.ReplaysOfPeriod(t.Context(), rival, period.ID, models.Page{})
	require.NoError(t, err)
	require.Empty(t, none.Rows)
}
