package commission_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/models"
)

// Every list shows the merchant all of its own, a partner its own, and others nothing; who is nobody is refused.
func TestWhoSeesWhatWasEarned(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, seller := family(s)
	_, rival := rivalEnrollment(s)
	sale := s.Sell("seller", "100.00")
	period := s.CloseMonth()
	var c models.Conversion
	require.NoError(t, s.DB.Read(t.Context()).Where("external_id = ?", sale).Take(&c).Error)
	all := linesOf(s, models.CommissionKindEarned)
	plan := all[0].PlanVersionID
	page := models.Page{Size: 10}
	partner, sponsor := access.Caller{Name: "user:seller", PartnerID: seller.PartnerID}, access.Caller{Name: "user:middle", PartnerID: middle.PartnerID}
	stranger := access.Caller{Name: "user:x", PartnerID: models.NewID()}

	count := func(n int, err error) (int, error) { return n, err }
	found := func(err error) (int, error) {
		if err == nil {
			return 1, nil
		}
		if fault.KindOf(err) == fault.NotFound {
			return 0, nil
		}
		return 0, err
	}
	ctx, service := t.Context(), s.Commission
	for name, c := range map[string]struct {
		read                     func(by access.Caller) (int, error)
		merchant, partner, above int
	}{
		"lines of an enrollment": {func(by access.Caller) (int, error) {
			got, err := service.LinesOfEnrollment(ctx, by, seller.ID, commission.LineFilter{}, page)
			return count(len(got.Rows), err)
		}, 1, 1, 0},
		"lines of a statement": {func(by access.Caller) (int, error) {
			got, err := service.LinesOfStatement(ctx, by, period.ID, seller.ID, page)
			return count(len(got.Rows), err)
		}, 1, 1, 0},
		"lines of a conversion": {func(by access.Caller) (int, error) {
			got, err := service.LinesOfSource(ctx, by, []models.ID{c.ID})
			return count(len(got), err)
		}, 3, 1, 1},
		"a line": {func(by access.Caller) (int, error) {
			_, err := service.Line(ctx, by, all[0].ID)
			return found(err)
		}, 1, 1, 0},
		"periods": {func(by access.Caller) (int, error) {
			got, err := service.Periods(ctx, by, s.Program.ID, "", page)
			return count(len(got.Rows), err)
		}, 1, 1, 1},
		"a period": {func(by access.Caller) (int, error) {
			_, err := service.Period(ctx, by, period.ID)
			return found(err)
		}, 1, 1, 1},
		"statements of an enrollment": {func(by access.Caller) (int, error) {
			got, err := service.StatementsOfEnrollment(ctx, by, seller.ID, page)
			return count(len(got.Rows), err)
		}, 1, 1, 0},
		"statements of a period": {func(by access.Caller) (int, error) {
			got, err := service.StatementsOfPeriod(ctx, by, period.ID, page)
			return count(len(got.Rows), err)
		}, 3, 1, 1},
		"what was earned below": {func(by access.Caller) (int, error) {
			got, err := service.EarnedBelow(ctx, by, []models.ID{middle.ID}, 1)
			return count(int(got[middle.ID]), err)
		}, 1000, 0, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			for by, want := range map[*access.Caller]int{&s.Owner: c.merchant, &partner: c.partner, &sponsor: c.above, &rival: 0, &stranger: 0} {
				got, err := c.read(*by)
				require.NoError(t, err, by.Name)
				require.Equal(t, want, got, by.Name)
			}
			_, err := c.read(access.Caller{})
			require.Equal(t, "UNAUTHENTICATED", fault.CodeOf(err))
		})
	}

	versions, err := service.PlanVersions(ctx, s.Owner, s.Program.ID, page)
	require.NoError(t, err)
	require.Len(t, versions.Rows, 1)
	version, err := service.PlanVersion(ctx, s.Owner, plan)
	require.NoError(t, err)
	require.Equal(t, versions.Rows[0], version)
	versions, err = service.PlanVersions(ctx, rival, s.Program.ID, page)
	require.NoError(t, err)
	require.Empty(t, versions.Rows)
	_, err = service.PlanVersion(ctx, rival, plan)
	require.Equal(t, "PLAN_NOT_FOUND", fault.CodeOf(err))
	byKey, err := service.PeriodByKey(ctx, s.Owner, s.Program.ID, period.PeriodKey)
	require.NoError(t, err)
	require.Equal(t, period, byKey)
	_, err = service.PeriodByKey(ctx, rival, s.Program.ID, period.PeriodKey)
	require.Equal(t, "PERIOD_NOT_FOUND", fault.CodeOf(err))
	for by, code := range map[*access.Caller]string{{}: "UNAUTHENTICATED", &partner: "FORBIDDEN"} {
		_, err = service.PeriodByKey(ctx, *by, s.Program.ID, period.PeriodKey)
		require.Equal(t, code, fault.CodeOf(err))
		_, err = service.PlanVersions(ctx, *by, s.Program.ID, page)
		require.Equal(t, code, fault.CodeOf(err))
		_, err = service.PlanVersion(ctx, *by, plan)
		require.Equal(t, code, fault.CodeOf(err))
	}
}

// Why conversions are put aside is told for many at once.
func TestStallsOfMany(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	_, rival := rivalEnrollment(s)
	planned(s, percent("pro", isPro, "20%"), percent("sales", "", "10%"))
	a, b, c := order(s, "a", nil), order(s, "b", map[string]string{"plan": "pro"}), order(s, "c", nil)
	s.Accrue()
	ids := []models.ID{a.ID, b.ID, c.ID}
	found, err := s.Commission.StallsOf(t.Context(), s.Owner, ids)
	require.NoError(t, err)
	require.Len(t, found, 2)
	for _, row := range found {
		require.Contains(t, []models.ID{a.ID, c.ID}, row.RootID)
	}
	found, err = s.Commission.StallsOf(t.Context(), rival, ids)
	require.NoError(t, err)
	require.Empty(t, found)
	_, err = s.Commission.StallsOf(t.Context(), access.Caller{}, ids)
	require.Equal(t, "UNAUTHENTICATED", fault.CodeOf(err))
}

// Publishing the same plan again publishes nothing; the examples that come with it are kept in place of earlier ones.
func TestPublishingThePlanAgainKeepsItsExamples(t *testing.T) {
	s := testkit.NewScene(t)
	openedBeside(s)
	example := func(name string) engine.ExampleSpec {
		return engine.ExampleSpec{Name: name, Steps: []engine.EventSpec{{Close: date(1, 1, 0)}}}
	}
	again := func(want string, examples ...engine.ExampleSpec) {
		t.Helper()
		s.Do(func(tx *models.Tx) error {
			v, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, simple(date(1, 1, 0)), examples...)
			require.Equal(t, 1, v.Number)
			var stored models.PlanVersion
			require.NoError(t, tx.Where("program_id = ?", s.Program.ID).Take(&stored).Error)
			for _, text := range []string{v.Examples, stored.Examples} {
				if want == "" {
					require.Empty(t, text)
				} else {
					require.Contains(t, text, "name: "+want+"\n")
				}
			}
			return err
		})
	}
	again("")
	again("one", example("one"))
	again("one")
	again("two", example("two"))
	again("two", example("two"))
}
