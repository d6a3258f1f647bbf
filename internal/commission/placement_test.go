package commission_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/models"
)

// banners are the placements that the plan of these tests has.
func banners(p *commission.PlanSpec) {
	p.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "310.00"}, {ID: "post", Fee: "30.00"}}
}

func agreeAs(s *testkit.Scene, by access.Caller, id models.ID, placement string, from, until time.Time) (a models.PlacementAgreement, err error) {
	err = models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		a, err = s.Commission.AgreePlacement(tx, by, id, placement, from, until)
		return err
	})
	return a, err
}

func agree(s *testkit.Scene, e models.Enrollment, placement string, from, until time.Time) models.PlacementAgreement {
	s.T.Helper()
	a, err := agreeAs(s, s.Owner, e.ID, placement, from, until)
	require.NoError(s.T, err)
	return a
}

func endAs(s *testkit.Scene, by access.Caller, id models.ID, at time.Time) (a models.PlacementAgreement, err error) {
	err = models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		a, err = s.Commission.EndPlacement(tx, by, id, at)
		return err
	})
	return a, err
}

func date(month time.Month, day, hour int) time.Time {
	return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
}

// The fee is by days of the program's calendar, also in the month that is an hour short.
func TestAPlacementIsPaidByDaysOverTheEdgeOfAMonth(t *testing.T) {
	s := openProgram(t, "America/New_York", models.PeriodKindMonth, banners)
	s.Clock.Set(date(3, 15, 12))
	seller := s.Enroll("seller", models.ID{})
	a := agree(s, seller, "banner", date(3, 16, 4), date(4, 11, 4)) // midnights of New York, after its clocks changed on the 8th
	require.Equal(t, "banner", a.Placement)
	before := s.Enroll("before", models.ID{})
	agree(s, before, "post", date(3, 1, 5), date(3, 9, 4)) // eight days, of which one has 23 hours
	s.CloseMonth()
	require.EqualValues(t, 16000, s.Balance(seller.ID, models.AccountPayable), "16 of 31 days")
	require.EqualValues(t, 774, s.Balance(before.ID, models.AccountPayable), "8 of 31 days")
	s.CloseMonth()
	require.EqualValues(t, 16000+10333, s.Balance(seller.ID, models.AccountPayable), "10 of 30 days")
	lines := linesOf(s, models.CommissionKindPlacement)
	require.Len(t, lines, 3)
	require.Equal(t, []string{"2026-03 CLOSED", "2026-04 CLOSED"}, periodsOf(s), "nothing goes on into May")
	require.Equal(t, date(5, 1, 4).Add(-time.Microsecond), lines[2].MaturesAt)
}

func TestAPlacementEndsAheadOrAtOnceButNotInThePast(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, banners)
	seller := s.Enroll("seller", models.ID{})
	a := agree(s, seller, "post", date(1, 1, 0), models.OpenEnd)
	require.Equal(t, models.OpenEnd, a.EndsAt)
	s.CloseMonth()
	_, err := endAs(s, s.Owner, a.ID, date(1, 31, 0))
	requireRefusal(t, err, "PLACEMENT_PERIOD_CLOSED", "endsAt")
	_, err = endAs(s, s.Owner, a.ID, date(1, 1, 0).Add(-time.Hour))
	requireRefusal(t, err, "PLACEMENT_SPAN", "endsAt")
	ended, err := endAs(s, s.Owner, a.ID, date(2, 1, 0)) // with what is paid
	require.NoError(t, err)
	require.Equal(t, date(2, 1, 0), ended.EndsAt)
	_, err = endAs(s, s.Owner, a.ID, date(2, 15, 0)) // a change of mind
	require.NoError(t, err)
	s.CloseMonth()
	require.EqualValues(t, 3000+1500, s.Balance(seller.ID, models.AccountPayable), "14 of 28 days")
	_, err = endAs(s, s.Owner, a.ID, date(3, 15, 0))
	requireRefusal(t, err, "PLACEMENT_PERIOD_CLOSED", "endsAt")
}

// An agreement that ended with a month, and then goes on after all, is paid also when nothing else falls into the next.
func TestAPlacementThatGoesOnAfterAllHasItsPeriods(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, banners)
	seller := s.Enroll("seller", models.ID{})
	a := agree(s, seller, "post", date(1, 1, 0), date(2, 1, 0))
	s.CloseMonth()
	require.Equal(t, []string{"2026-01 CLOSED"}, periodsOf(s))
	_, err := endAs(s, s.Owner, a.ID, date(4, 1, 0))
	require.NoError(t, err)
	s.CloseMonth()
	s.CloseMonth()
	require.EqualValues(t, 9000, s.Balance(seller.ID, models.AccountPayable))
	require.Equal(t, []string{"2026-01 CLOSED", "2026-02 CLOSED", "2026-03 CLOSED"}, periodsOf(s))
}

// While an agreement goes on, each close makes the next period; without one, none is made.
func TestAPeriodIsClosedForAPlacementAlone(t *testing.T) {
	s := openProgram(t, "Europe/London", models.PeriodKindWeek, banners)
	seller := s.Enroll("seller", models.ID{})
	agree(s, seller, "post", date(1, 5, 9), date(1, 19, 9))
	later := agree(s, seller, "post", date(2, 2, 9), models.OpenEnd)
	canceled := agree(s, seller, "banner", date(2, 2, 9), models.OpenEnd)
	_, err := endAs(s, s.Owner, canceled.ID, date(2, 2, 9))
	require.NoError(t, err, "where it begins: it never was")
	for range 6 {
		s.Clock.Advance(7 * 24 * time.Hour)
		due, err := s.Commission.DuePeriods(t.Context())
		require.NoError(t, err)
		for _, p := range due {
			_, err = s.Commission.Close(t.Context(), p.ID)
			require.NoError(t, err)
		}
	}
	require.Equal(t, []string{"2026-W02 CLOSED", "2026-W03 CLOSED", "2026-W04 CLOSED", "2026-W06 CLOSED", "2026-W07 CLOSED", "2026-W08 OPEN"}, periodsOf(s),
		"nothing is agreed for the week before February")
	require.Equal(t, []int64{3000, 3000, 3000, 3000}, amountsOf(linesOf(s, models.CommissionKindPlacement)))
	require.Equal(t, later.ProgramID, s.Program.ID)
}

func TestAPlacementBeginsInAPeriodThatIsOpen(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, banners)
	seller := s.Enroll("seller", models.ID{})
	s.Sell("seller", "10.00")
	s.CloseMonth()
	_, err := agreeAs(s, s.Owner, seller.ID, "banner", date(2, 1, 0).Add(-time.Microsecond), models.OpenEnd)
	requireRefusal(t, err, "PLACEMENT_PERIOD_CLOSED", "startsAt")
	agree(s, seller, "banner", date(2, 1, 0), models.OpenEnd)
	s.CloseMonth()
	require.EqualValues(t, 100+31000, s.Balance(seller.ID, models.AccountPayable))
}

func TestEveryRefusalOfAPlacement(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, banners)
	seller := s.Enroll("seller", models.ID{})
	foreign, rival := rivalEnrollment(s)
	a := agree(s, seller, "banner", date(1, 5, 0), models.OpenEnd)
	now := s.Clock.Now()
	partner := access.Caller{Name: "user:seller", PartnerID: seller.PartnerID}
	for name, c := range map[string]struct {
		by          access.Caller
		to          models.ID
		placement   string
		from, until time.Time
		code, field string
	}{
		"nobody":               {access.Caller{}, seller.ID, "banner", now, models.OpenEnd, "UNAUTHENTICATED", ""},
		"the partner":          {partner, seller.ID, "banner", now, models.OpenEnd, "FORBIDDEN", ""},
		"another merchant":     {rival, seller.ID, "banner", now, models.OpenEnd, "ENROLLMENT_NOT_FOUND", "enrollmentId"},
		"another merchant's":   {s.Owner, foreign.ID, "banner", now, models.OpenEnd, "ENROLLMENT_NOT_FOUND", "enrollmentId"},
		"not in the plan":      {s.Owner, seller.ID, "podcast", now, models.OpenEnd, "PLACEMENT_UNKNOWN", "placement"},
		"no placement":         {s.Owner, seller.ID, "", now, models.OpenEnd, "PLACEMENT_UNKNOWN", "placement"},
		"ends as it begins":    {s.Owner, seller.ID, "banner", now, now, "PLACEMENT_SPAN", "endsAt"},
		"ends before":          {s.Owner, seller.ID, "banner", now, now.Add(-time.Hour), "PLACEMENT_SPAN", "endsAt"},
		"begins long ago":      {s.Owner, seller.ID, "banner", now.AddDate(0, 0, -367), models.OpenEnd, "PLACEMENT_TOO_FAR", "startsAt"},
		"begins in the future": {s.Owner, seller.ID, "banner", now.AddDate(0, 0, 367), models.OpenEnd, "PLACEMENT_TOO_FAR", "startsAt"},
		"begins at no time":    {s.Owner, seller.ID, "banner", time.Time{}, models.OpenEnd, "PLACEMENT_TOO_FAR", "startsAt"},
		"ends at no time":      {s.Owner, seller.ID, "banner", now, time.Time{}, "PLACEMENT_SPAN", "endsAt"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := agreeAs(s, c.by, c.to, c.placement, c.from, c.until)
			requireRefusal(t, err, c.code, c.field)
		})
	}
	for by, code := range map[*access.Caller]string{{}: "UNAUTHENTICATED", &partner: "FORBIDDEN", &rival: "PLACEMENT_NOT_FOUND"} {
		_, err := endAs(s, *by, a.ID, now)
		require.Equal(t, code, fault.CodeOf(err))
	}
	_, err := endAs(s, s.Owner, a.ID, time.Time{})
	requireRefusal(t, err, "PLACEMENT_SPAN", "endsAt")
	_, err = endAs(s, s.Owner, models.NewID(), now)
	requireRefusal(t, err, "PLACEMENT_NOT_FOUND", "placementId")
	for by, sees := range map[*access.Caller]bool{&s.Owner: true, &partner: true, &rival: false, {Name: "user:x", PartnerID: models.NewID()}: false} {
		page, err := s.Commission.PlacementsOfEnrollment(t.Context(), *by, seller.ID, models.Page{Size: 10})
		require.NoError(t, err)
		require.Equal(t, sees, slices.ContainsFunc(page.Rows, func(row models.PlacementAgreement) bool { return row == a }))
		found, err := s.Commission.Placement(t.Context(), *by, a.ID)
		require.Equal(t, sees, err == nil)
		require.Equal(t, sees, found == a)
	}
}

// Whichever version holds when a period ends says what its placements pay.
func TestAPlacementIsPaidByThePlanThatHoldsAtTheEnd(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, banners)
	seller := s.Enroll("seller", models.ID{})
	dearer := simple(date(2, 15, 0))
	dearer.Placements = []engine.PlacementSpec{{ID: "banner", Fee: "400.00"}, {ID: "post", Fee: "30.00"}, {ID: "podcast", Fee: "5.00"}}
	publish(s, dearer)
	agree(s, seller, "podcast", date(1, 6, 0), models.OpenEnd) // a later version has it
	agree(s, seller, "banner", date(1, 1, 0), models.OpenEnd)
	s.CloseMonth()
	require.EqualValues(t, 31000, s.Balance(seller.ID, models.AccountPayable))
	s.CloseMonth()
	require.EqualValues(t, 31000+40000+500, s.Balance(seller.ID, models.AccountPayable))
	fewer := simple(s.Clock.Now())
	publish(s, fewer)
	_, err := agreeAs(s, s.Owner, seller.ID, "banner", date(3, 3, 0), models.OpenEnd)
	requireRefusal(t, err, "PLACEMENT_UNKNOWN", "placement")
	s.CloseMonth()
	require.EqualValues(t, 71500, s.Balance(seller.ID, models.AccountPayable), "the plan has no placement any more")
	lines := linesOf(s, models.CommissionKindPlacement)
	require.NotEqual(t, lines[0].PlanVersionID, lines[1].PlanVersionID)
}
