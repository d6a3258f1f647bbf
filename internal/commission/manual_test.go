package commission_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/models"
)

func byHandAs(s *testkit.Scene, by access.Caller, programID models.ID, inputs ...commission.ManualInput) (results []commission.ManualResult, err error) {
	err = models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		results, err = s.Commission.AddManualLines(tx, by, programID, inputs)
		return err
	})
	return results, err
}

// byHand books one line that must be taken.
func byHand(s *testkit.Scene, e models.Enrollment, amount string) models.Commission {
	s.T.Helper()
	results, err := byHandAs(s, s.Owner, s.Program.ID, commission.ManualInput{EnrollmentID: e.ID, Amount: amount, Reason: "as agreed"})
	require.NoError(s.T, err)
	require.NoError(s.T, results[0].Err)
	return results[0].Line
}

func takeBackAs(s *testkit.Scene, by access.Caller, id models.ID, reason string) (line models.Commission, err error) {
	err = models.InTx(s.T.Context(), s.DB, func(tx *models.Tx) error {
		line, err = s.Commission.ReverseManualLine(tx, by, id, reason)
		return err
	})
	return line, err
}

func TestAThousandLinesByHandAreOneJournal(t *testing.T) {
	s := testkit.NewScene(t)
	top, middle, seller := family(s)
	inputs := make([]commission.ManualInput, commission.MaxManualLines+1)
	for i := range inputs {
		inputs[i] = commission.ManualInput{EnrollmentID: []models.ID{top.ID, middle.ID, seller.ID}[i%3], Amount: "0.01", Reason: "campaign"}
	}
	for _, wrong := range [][]commission.ManualInput{inputs, nil} {
		_, err := byHandAs(s, s.Owner, s.Program.ID, wrong...)
		requireRefusal(t, err, "BATCH_SIZE_INVALID", "lines")
	}
	statements := testkit.CountStatements(t, s.DB)
	_, err := byHandAs(s, s.Owner, s.Program.ID, inputs[:3]...)
	require.NoError(t, err)
	few := statements.Swap(0)
	results, err := byHandAs(s, s.Owner, s.Program.ID, inputs[:commission.MaxManualLines]...)
	require.NoError(t, err)
	require.LessOrEqual(t, statements.Load(), few)
	journals := map[models.ID]bool{}
	for _, r := range results {
		require.NoError(t, r.Err)
		journals[r.Line.JournalID] = true
	}
	require.Len(t, journals, 1)
	require.EqualValues(t, 1+334, s.Balance(top.ID, models.AccountAccrued))
	require.EqualValues(t, 1+333, s.Balance(seller.ID, models.AccountAccrued))
	stored := linesOf(s, models.CommissionKindManual)
	require.Len(t, stored, 1003)
	reasons, err := s.Commission.ManualLines(t.Context(), s.Owner, []models.ID{results[0].Line.ID})
	require.NoError(t, err)
	require.Equal(t, []models.ManualLine{{CommissionID: results[0].Line.ID, ProgramID: s.Program.ID, Reason: "campaign", Actor: s.Owner.Name}}, reasons)
	require.EqualValues(t, 0, stored[0].Level)
	line, err := s.Commission.Line(t.Context(), s.Owner, results[0].Line.ID)
	require.NoError(t, err)
	require.Equal(t, results[0].Line, line, "what is answered is what is stored")
}

func TestEveryRefusalOfALineByHand(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	foreign, _ := rivalEnrollment(s)
	main := s.Program
	openedBeside(s)
	beside := s.Enroll("beside", models.ID{})
	s.Program = main
	good := commission.ManualInput{EnrollmentID: seller.ID, Amount: "-1.50", Reason: " overpaid in May "}
	for name, c := range map[string]struct {
		change      func(*commission.ManualInput)
		code, field string
	}{
		"another merchant's":    {func(in *commission.ManualInput) { in.EnrollmentID = foreign.ID }, "ENROLLMENT_NOT_FOUND", "enrollmentId"},
		"of another program":    {func(in *commission.ManualInput) { in.EnrollmentID = beside.ID }, "ENROLLMENT_NOT_FOUND", "enrollmentId"},
		"nobody":                {func(in *commission.ManualInput) { in.EnrollmentID = models.NewID() }, "ENROLLMENT_NOT_FOUND", "enrollmentId"},
		"nothing":               {func(in *commission.ManualInput) { in.Amount = "0.00" }, "AMOUNT_ZERO", "amount"},
		"no amount":             {func(in *commission.ManualInput) { in.Amount = "" }, "AMOUNT_MALFORMED", "amount"},
		"too precise":           {func(in *commission.ManualInput) { in.Amount = "1.005" }, "AMOUNT_TOO_PRECISE", "amount"},
		"too much":              {func(in *commission.ManualInput) { in.Amount = "99999999999999999999" }, "AMOUNT_OVERFLOW", "amount"},
		"no reason":             {func(in *commission.ManualInput) { in.Reason = " \n" }, "REASON_INVALID", "reason"},
		"a long reason":         {func(in *commission.ManualInput) { in.Reason = strings.Repeat("ü", 201) }, "REASON_INVALID", "reason"},
		"a reason of no letter": {func(in *commission.ManualInput) { in.Reason = "\xff" }, "REASON_INVALID", "reason"},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.Balance(seller.ID, models.AccountAccrued)
			bad := good
			c.change(&bad)
			results, err := byHandAs(s, s.Owner, s.Program.ID, bad, good)
			require.NoError(t, err)
			requireRefusal(t, results[0].Err, c.code, c.field)
			require.True(t, results[0].Line.ID.IsZero())
			require.NoError(t, results[1].Err, "the others are taken")
			require.EqualValues(t, before-150, s.Balance(seller.ID, models.AccountAccrued))
		})
	}
	longest := good
	longest.Reason = strings.Repeat("ü", 200)
	results, err := byHandAs(s, s.Owner, s.Program.ID, longest)
	require.NoError(t, err)
	require.NoError(t, results[0].Err)
}

// openedBeside makes the scene's program one of the same merchant that has no plan.
func openedBeside(s *testkit.Scene) {
	s.Do(func(tx *models.Tx) (err error) {
		s.Program, err = s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "beside", Name: "Beside", Currency: "GBP", TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true})
		return err
	})
}

// Before any plan holds, a line by hand is of the one that will hold first.
func TestALineByHandBeforeThePlanHolds(t *testing.T) {
	s := testkit.NewScene(t)
	openedBeside(s)
	for _, month := range []time.Month{2, 3} {
		publish(s, simple(date(month, 1, 0)))
	}
	e := s.Enroll("early", models.ID{})
	line := byHand(s, e, "1.00")
	var first models.PlanVersion
	require.NoError(t, s.DB.Read(t.Context()).Where("program_id = ? AND number = 1", s.Program.ID).Take(&first).Error)
	require.Equal(t, first.ID, line.PlanVersionID)
}

func TestWhoMayBookByHand(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	_, rival := rivalEnrollment(s)
	in := commission.ManualInput{EnrollmentID: seller.ID, Amount: "1.00", Reason: "as agreed"}
	line := byHand(s, seller, "1.00")
	partner := access.Caller{Name: "user:seller", PartnerID: seller.PartnerID}
	for name, c := range map[string]struct {
		by         access.Caller
		add, takes string
	}{
		"nobody":           {access.Caller{}, "UNAUTHENTICATED", "UNAUTHENTICATED"},
		"the partner":      {partner, "FORBIDDEN", "FORBIDDEN"},
		"another merchant": {rival, "PROGRAM_NOT_FOUND", "COMMISSION_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := byHandAs(s, c.by, s.Program.ID, in)
			require.Equal(t, c.add, fault.CodeOf(err))
			_, err = takeBackAs(s, c.by, line.ID, "wrong")
			require.Equal(t, c.takes, fault.CodeOf(err))
		})
	}
	for name, c := range map[string]struct {
		by   access.Caller
		sees int
	}{"the merchant": {s.Owner, 1}, "the partner": {partner, 1}, "another partner": {access.Caller{Name: "user:x", PartnerID: models.NewID()}, 0}, "another merchant": {rival, 0}} {
		found, err := s.Commission.ManualLines(t.Context(), c.by, []models.ID{line.ID})
		require.NoError(t, err)
		require.Len(t, found, c.sees, name)
	}
	openedBeside(s)
	_, err := byHandAs(s, s.Owner, s.Program.ID, in)
	require.ErrorIs(t, err, commission.ErrPlanMissing)
}

func TestALineByHandIsTakenBackOnce(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	line := byHand(s, seller, "-12.34")
	require.EqualValues(t, -1234, s.Balance(seller.ID, models.AccountAccrued))
	errs := make([]error, 8)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = takeBackAs(s, s.Owner, line.ID, "a mistake") })
	}
	group.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
			continue
		}
		requireRefusal(t, err, "LINE_REVERSED", "commissionId")
	}
	require.Equal(t, 1, done)
	require.Zero(t, s.Balance(seller.ID, models.AccountAccrued))
	lines := linesOf(s, models.CommissionKindManual)
	require.Equal(t, []int64{-1234, 1234}, amountsOf(lines))
	require.Equal(t, line.ID, *lines[1].CorrectsID)
	kept, err := s.Commission.ManualLines(t.Context(), s.Owner, []models.ID{lines[1].ID})
	require.NoError(t, err)
	require.Equal(t, line.ID, *kept[0].ReversesID)

	_, err = takeBackAs(s, s.Owner, lines[1].ID, "once more")
	requireRefusal(t, err, "LINE_NOT_MANUAL", "commissionId")
	s.Sell("seller", "100.00")
	s.Accrue()
	_, err = takeBackAs(s, s.Owner, linesOf(s, models.CommissionKindEarned)[0].ID, "no")
	requireRefusal(t, err, "LINE_NOT_MANUAL", "commissionId")
	_, err = takeBackAs(s, s.Owner, models.NewID(), "no")
	requireRefusal(t, err, "COMMISSION_NOT_FOUND", "commissionId")
	_, err = takeBackAs(s, s.Owner, byHand(s, seller, "1.00").ID, "")
	requireRefusal(t, err, "REASON_INVALID", "reason")
}

// A line by hand is of the period that is open, whatever the clock says, and settles like any other.
func TestALineByHandSettlesInTheOpenPeriod(t *testing.T) {
	s := testkit.NewScene(t)
	_, _, seller := family(s)
	january := byHand(s, seller, "20.00")
	closed := s.CloseMonth()
	require.Equal(t, january.PeriodID, closed.ID)
	require.EqualValues(t, 2000, s.Balance(seller.ID, models.AccountPayable))

	s.LeaveOut(s.Program.ID, "by a clock that is a day and a half behind, the line was made before its month was closed")
	s.Clock.Set(time.Date(2026, 1, 31, 23, 59, 59, 0, time.UTC)) // of a server whose clock is behind
	late := byHand(s, seller, "-5.00")
	back, err := takeBackAs(s, s.Owner, january.ID, "not agreed after all")
	require.NoError(t, err)
	require.Equal(t, late.PeriodID, back.PeriodID)
	require.NotEqual(t, closed.ID, late.PeriodID)
	require.EqualValues(t, 2000, s.Balance(seller.ID, models.AccountPayable), "what is closed does not change")

	s.Clock.Set(time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC))
	next := s.CloseMonth()
	require.Equal(t, next.ID, late.PeriodID)
	require.EqualValues(t, -500, s.Balance(seller.ID, models.AccountPayable))
	require.Zero(t, s.Balance(seller.ID, models.AccountAccrued))
	var statement models.Statement
	require.NoError(t, s.DB.Read(t.Context()).Where("period_id = ? AND enrollment_id = ?", next.ID, seller.ID).Take(&statement).Error)
	require.Equal(t, []int64{2000, -2500, 2, -500}, []int64{statement.OpeningMinor, statement.LinesMinor, statement.LineCount, statement.ClosingMinor})
}

// The largest amounts do not wrap around.
func TestLinesByHandDoNotOverflow(t *testing.T) {
	s := testkit.NewScene(t)
	_, middle, seller := family(s)
	for _, amount := range []string{"92233720368547758.07", "-92233720368547758.07"} {
		in := commission.ManualInput{EnrollmentID: seller.ID, Amount: amount, Reason: "far too much"}
		other := in
		other.EnrollmentID = middle.ID
		_, err := byHandAs(s, s.Owner, s.Program.ID, in, other)
		requireRefusal(t, err, "AMOUNT_OVERFLOW", "lines")
	}
	require.Empty(t, linesOf(s, models.CommissionKindManual))
}
