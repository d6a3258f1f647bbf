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
	"tributary/internal/tracking"
	"tributary/models"
)

// simple is a plan of one rule of 10 % and no levels.
func simple(from time.Time) commission.PlanSpec {
	return commission.PlanSpec{EffectiveFrom: from, MaxTotal: "10%", Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}}
}

// publish makes a plan the program's next version.
func publish(s *testkit.Scene, spec commission.PlanSpec) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Commission.Publish(tx, s.Owner, s.Program.ID, spec)
		return err
	})
}

// openProgram gives the scene another program, of whose plan the tests know all.
func openProgram(t *testing.T, zone string, period models.PeriodKind, change func(*commission.PlanSpec)) *testkit.Scene {
	t.Helper()
	s := testkit.NewScene(t)
	s.Do(func(tx *models.Tx) (err error) {
		s.Program, err = s.Programs.Apply(tx, s.Owner, program.Spec{Slug: "second", Name: "Second", Currency: "GBP", TimeZone: zone,
			Period: map[models.PeriodKind]string{models.PeriodKindMonth: "month", models.PeriodKindWeek: "week"}[period], Domains: []string{"acme.example"}, AutoApprove: true})
		return err
	})
	spec := simple(s.Clock.Now().AddDate(-1, 0, 0))
	change(&spec)
	publish(s, spec)
	return s
}

// rivalEnrollment is an enrollment of another merchant, and its merchant.
func rivalEnrollment(s *testkit.Scene) (models.Enrollment, access.Caller) {
	s.T.Helper()
	var e models.Enrollment
	var by access.Caller
	s.Do(func(tx *models.Tx) error {
		m, err := s.Programs.CreateMerchant(tx, "rival", "Rival Ltd")
		if err != nil {
			return err
		}
		by = access.System("rival", m.ID)
		p, err := s.Programs.Apply(tx, by, program.Spec{Slug: "theirs", Name: "Theirs", Currency: "GBP", TimeZone: "UTC", Domains: []string{"rival.example"}})
		if err != nil {
			return err
		}
		e, err = s.Programs.Enroll(tx, by, program.EnrollInput{ProgramID: p.ID, Email: "rita@partners.example", Name: "Rita"})
		return err
	})
	return e, by
}

// refundOf records a refund of any kind, now.
func refundOf(s *testkit.Scene, id, sale string, kind models.RefundKind, amount string) {
	s.T.Helper()
	s.Do(func(tx *models.Tx) error {
		_, _, err := s.Tracking.RecordRefund(tx, s.Owner, s.Program.ID, tracking.RefundInput{ExternalID: id, ConversionExternalID: sale, OccurredAt: tx.Now, Kind: kind, Amount: amount})
		return err
	})
}

// periodsOf gives the keys of the program's periods, in their order, with their states.
func periodsOf(s *testkit.Scene) []string {
	s.T.Helper()
	var rows []models.Period
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("program_id = ?", s.Program.ID).Order("starts_at").Find(&rows).Error)
	var keys []string
	for _, p := range rows {
		keys = append(keys, p.PeriodKey+" "+string(p.State))
	}
	return keys
}

// amountsOf gives the amounts of lines, in the order given.
func amountsOf(lines []models.Commission) []int64 {
	amounts := []int64{}
	for _, l := range lines {
		amounts = append(amounts, l.AmountMinor)
	}
	return amounts
}

func requireRefusal(t *testing.T, err error, code, field string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
	require.Equal(t, field, fault.FieldOf(err))
}

func byVolume(mode string) commission.RewardSpec {
	return commission.RewardSpec{Tiers: &engine.TiersSpec{By: "period", Mode: mode, Steps: []engine.StepSpec{{From: "0", Percent: "5%"}, {From: "1000.00", Percent: "10%"}}}}
}
