package payout_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/testkit"
	"tributary/models"
)

func (s *stage) preview(t *testing.T, period models.Period) payout.Preview {
	t.Helper()
	v, err := s.payouts.Preview(t.Context(), s.Owner, period.ID, 100)
	require.NoError(t, err)
	return v
}

// written counts the rows of every table that a plan writes to.
func (s *stage) written(t *testing.T) string {
	t.Helper()
	text := ""
	for _, table := range []string{"payout_batches", "payouts", "journals", "ledger_entries", "ledger_balances", "outbox"} {
		var n int64
		require.NoError(t, s.DB.Read(t.Context()).Table(table).Count(&n).Error)
		text += table + " " + strconv.FormatInt(n, 10) + "\n"
	}
	return text
}

func ids(movers []payout.Mover) []models.ID {
	var found []models.ID
	for _, m := range movers {
		found = append(found, m.EnrollmentID)
	}
	return found
}

func TestADryRunIsThePlanAndWritesNothing(t *testing.T) {
	s := newStage(t)
	ann, bob := s.partner(t, "ann"), s.partner(t, "bob")
	s.Sell("ann", "1000.00")
	s.Sell("bob", "500.00")
	first := s.CloseMonth()
	before := s.written(t)
	v := s.preview(t, first)
	require.Equal(t, before, s.written(t))
	require.EqualValues(t, 15_000, v.Batch.TotalMinor)
	require.Nil(t, v.Last)
	require.Zero(t, v.Newcomers.Count)
	require.Len(t, v.Funds, 1)
	require.Equal(t, models.RailNameStripe, v.Funds[0].Rail)
	require.EqualValues(t, 15_000, v.Funds[0].Need.Minor)
	require.Zero(t, v.Funds[0].Available.Minor)
	require.EqualValues(t, 15_000, v.Funds[0].Short().Minor)
	s.pay(t, first)

	// bob sells nothing, cid and dan share a bank account, eve has none, and ann sells ten times as much.
	cid, dan, eve := s.Enroll("cid", models.ID{}), s.Enroll("dan", models.ID{}), s.Enroll("eve", models.ID{})
	s.byBank(t, "GB33BUKB20201555555555", cid, dan)
	s.Sell("ann", "10000.00")
	for _, name := range []string{"cid", "dan", "eve"} {
		s.Sell(name, "200.00")
	}
	second := s.CloseMonth()
	v = s.preview(t, second)
	require.NoError(t, s.sim.Fund("gbp", 1))
	require.Equal(t, first.ID, v.Last.PeriodID)
	require.EqualValues(t, 15_000, v.LastMinor)
	require.EqualValues(t, 2, v.LastCount)
	require.EqualValues(t, 100_000+2*2_000, v.Batch.TotalMinor)
	require.Equal(t, 3, v.Batch.PayoutCount)
	require.ElementsMatch(t, []models.ID{cid.ID, dan.ID}, ids(v.Newcomers.Rows))
	require.Equal(t, []models.ID{bob.ID}, ids(v.Leavers.Rows))
	require.Equal(t, 1, v.NotPaid.Count)
	require.Equal(t, payout.NotPaid{EnrollmentID: eve.ID, Rail: models.RailNameStripe, State: models.PayoutStateHeld, Amount: money.New(2_000, "GBP"), Reason: payout.ReasonNoAccount}, v.NotPaid.Rows[0])
	found := map[models.ID][]payout.OutlierKind{}
	for _, o := range v.Outliers.Rows {
		found[o.EnrollmentID] = append(found[o.EnrollmentID], o.Kind)
	}
	require.Equal(t, []payout.OutlierKind{payout.OutlierNewAccount, payout.OutlierSharedDestination}, found[cid.ID])
	require.Equal(t, []payout.OutlierKind{payout.OutlierNewAccount, payout.OutlierSharedDestination}, found[dan.ID])
	require.Contains(t, found[ann.ID], payout.OutlierAmount)

	require.Len(t, v.Funds, 2)
	require.Nil(t, v.Funds[0].Available, "people pay by hand from an account that nobody here sees")

	short, err := s.payouts.Preview(t.Context(), s.Owner, second.ID, 1)
	require.NoError(t, err)
	require.Len(t, short.Newcomers.Rows, 1)
	require.Equal(t, 2, short.Newcomers.Count)

	b := s.plan(t, second)
	require.Equal(t, v.Batch.ContentHash, b.ContentHash, "what was looked at is what is approved")
	require.Equal(t, v.Batch.TotalMinor, b.TotalMinor)
	require.Equal(t, v.Batch.PayoutCount, b.PayoutCount)
	require.Equal(t, v.Batch.ThroughPeriodID, b.ThroughPeriodID)
	require.Equal(t, v.Batch.Run, b.Run)
	totals, err := s.payouts.Totals(t.Context(), s.Owner, b.ID)
	require.NoError(t, err)
	require.Equal(t, totals, v.Totals)
	_, err = s.payouts.Preview(t.Context(), s.Owner, second.ID, 1)
	require.Equal(t, "BATCH_EXISTS", fault.CodeOf(err), "a dry run is refused like the plan")
}

// Whoever is to approve a batch sees of it what the dry run showed before the plan, and what changed at the accounts since.
func TestTheApproverSeesWhatTheDryRunShowed(t *testing.T) {
	s := newStage(t)
	ann, bob, cid := s.partner(t, "ann"), s.partner(t, "bob"), s.partner(t, "cid")
	s.Sell("ann", "1000.00")
	s.Sell("bob", "500.00")
	first := s.plan(t, s.CloseMonth())
	require.NoError(t, s.sim.Fund("gbp", 100_000))
	s.execute(first)
	for _, id := range s.payoutsOf(first) {
		require.NoError(t, s.payouts.Send(t.Context(), id))
	}
	s.reconcile(t, first)
	s.Sell("ann", "9000.00") // more than three times what it was
	s.Sell("cid", "50.00")   // under the minimum
	for _, e := range []models.Enrollment{ann, bob, cid} {
		s.Do(func(tx *models.Tx) error {
			return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", e.PartnerID).Update("destination_changed_at", tx.Now.AddDate(0, -2, 0)).Error
		})
	}
	period := s.CloseMonth()
	dry := s.preview(t, period)
	b := s.plan(t, period)
	v, err := s.payouts.BatchPreview(t.Context(), s.checker, b.ID, 100)
	require.NoError(t, err)
	require.Equal(t, b.ID, v.Batch.ID)
	require.Equal(t, dry.Batch.ContentHash, v.Batch.ContentHash)
	require.Equal(t, dry.Batch.TotalMinor, v.Batch.TotalMinor)
	require.NotEmpty(t, v.Outliers.Rows)
	for _, pair := range [][2]any{{dry.Totals, v.Totals}, {dry.NotPaid, v.NotPaid}, {dry.Funds, v.Funds}, {dry.Outliers, v.Outliers}, {dry.Newcomers, v.Newcomers},
		{dry.Leavers, v.Leavers}, {dry.Last.ID, v.Last.ID}, {dry.LastMinor, v.LastMinor}} {
		require.Equal(t, pair[0], pair[1])
	}

	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", ann.PartnerID).Updates(map[string]any{"destination": "acct_thief", "destination_changed_at": tx.Now}).Error
	})
	v, err = s.payouts.BatchPreview(t.Context(), s.checker, b.ID, 100)
	require.NoError(t, err)
	require.Equal(t, dry.Outliers.Count+1, v.Outliers.Count, "the account changed since the plan")
	_, err = s.payouts.BatchPreview(t.Context(), access.System("rival", models.NewID()), b.ID, 100)
	require.Equal(t, "BATCH_NOT_FOUND", fault.CodeOf(err))
	s.execute(b)
	v, err = s.payouts.BatchPreview(t.Context(), s.checker, b.ID, 100)
	require.NoError(t, err)
	require.Nil(t, v, "there is nothing to approve")
}

// byBank lets partners be paid by hand, to the same account.
func (s *stage) byBank(t *testing.T, reference string, enrollments ...models.Enrollment) {
	t.Helper()
	s.Do(func(tx *models.Tx) error {
		for _, e := range enrollments {
			if err := tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Update("rail", models.RailNameManual).Error; err != nil {
				return err
			}
			if _, err := s.payouts.SetBankReference(tx, s.Owner, e.ID, reference); err != nil {
				return err
			}
		}
		return nil
	})
	s.Clock.Advance(49 * time.Hour)
}

func TestADryRunIsOfTheOwnMerchantOnly(t *testing.T) {
	s := newStage(t)
	s.partner(t, "ann")
	s.Sell("ann", "1000.00")
	period := s.CloseMonth()
	var other access.Caller
	s.Do(func(tx *models.Tx) error {
		m, err := s.Programs.CreateMerchant(tx, "rival", "Rival Ltd")
		other = access.System("rival", m.ID)
		return err
	})
	_, err := s.payouts.Preview(t.Context(), other, period.ID, 1)
	require.Equal(t, "PERIOD_NOT_FOUND", fault.CodeOf(err))
	_, err = s.payouts.Preview(t.Context(), access.Caller{}, period.ID, 1)
	require.Equal(t, "UNAUTHENTICATED", fault.CodeOf(err))
	s.Sell("ann", "1.00")
	s.Accrue()
	var open models.Period
	require.NoError(t, s.DB.Read(t.Context()).Where("state = ?", models.PeriodStateOpen).Order("starts_at DESC").Take(&open).Error)
	_, err = s.payouts.Preview(t.Context(), s.Owner, open.ID, 1)
	require.Equal(t, "PERIOD_OPEN", fault.CodeOf(err))
}

// TestPlanningTakesTheSameStatementsForEachThousand counts them for one thousand balances and for three.
func TestPlanningTakesTheSameStatementsForEachThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes thousands of partners")
	}
	s := newStage(t)
	s.LeaveOut(models.ID{}, "the lines are made by hand in thousands")
	statements, counts, made := testkit.CountStatements(t, s.DB), map[int]int64{}, 0
	for _, thousands := range []int{1, 3} {
		s.crowd(t, made, thousands*1000)
		made = thousands * 1000
		period := s.CloseMonth()
		before := statements.Load()
		v, err := s.payouts.Preview(t.Context(), s.Owner, period.ID, 10)
		require.NoError(t, err)
		require.Equal(t, made, v.NotPaid.Count)
		counts[thousands] = statements.Load() - before
	}
	perThousand := (counts[3] - counts[1]) / 2
	require.Positive(t, perThousand)
	require.LessOrEqual(t, perThousand, int64(8))
	require.Equal(t, counts[1]+2*perThousand, counts[3])
}

// crowd enrolls partners up to a number, each with a line by hand of 20.00.
func (s *stage) crowd(t *testing.T, from, to int) {
	t.Helper()
	lines := make([]commission.ManualInput, 0, to-from)
	s.Do(func(tx *models.Tx) error {
		for i := from; i < to; i++ {
			name := "crowd-" + strconv.Itoa(i)
			e := models.Enrollment{ID: models.NewID(), ProgramID: s.Program.ID, MerchantID: s.Owner.MerchantID, PartnerID: models.NewID(), ExternalID: &name,
				Code: name, Status: models.EnrollmentStatusActive, CreatedAt: tx.Now}
			if err := tx.Create(&e).Error; err != nil {
				return err
			}
			lines = append(lines, commission.ManualInput{EnrollmentID: e.ID, Amount: "20.00", Reason: "one of many"})
		}
		return nil
	})
	for part := range slices.Chunk(lines, 100) {
		s.Do(func(tx *models.Tx) error {
			_, err := s.Commission.AddManualLines(tx, s.Owner, s.Program.ID, part)
			return err
		})
	}
}
