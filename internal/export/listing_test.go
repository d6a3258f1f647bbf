package export_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/export"
	"tributary/internal/money"
	"tributary/models"
)

func sum(t *testing.T, rows []map[string]string, column string) int64 {
	t.Helper()
	var total int64
	for _, row := range rows {
		a, err := money.Parse(row[column], "GBP")
		require.NoError(t, err)
		total += a.Minor
	}
	return total
}

// Each kind is read in parts of every size: no row is lost between two parts, and none is in both.
func TestEveryKindIsWhatThePeriodHolds(t *testing.T) {
	s := newScene(t)
	ctx := t.Context()
	var conversions, lines, statements int64
	read := s.DB.Read(ctx)
	require.NoError(t, read.Model(&models.Conversion{}).Where("program_id = ?", s.Program.ID).Count(&conversions).Error)
	require.NoError(t, read.Model(&models.Commission{}).Where("period_id = ?", s.period.ID).Count(&lines).Error)
	require.NoError(t, read.Model(&models.Statement{}).Where("period_id = ?", s.period.ID).Count(&statements).Error)
	s.Sell("ann", "1.00") // in the next month
	var linesMinor int64
	require.NoError(t, read.Model(&models.Commission{}).Where("period_id = ?", s.period.ID).Select("SUM(amount_minor)").Scan(&linesMinor).Error)
	for _, size := range []int{1, 2, 3, 1000} {
		s.exports.Small(size, export.MaxBytes)
		rows := s.rows(models.ExportKindConversions)
		require.Len(t, rows, int(conversions))
		require.EqualValues(t, 38000, sum(t, rows, "amount"))
		rows = s.rows(models.ExportKindCommissions)
		require.Len(t, rows, int(lines))
		require.Equal(t, linesMinor, sum(t, rows, "amount"))
		seen := map[string]bool{}
		for _, row := range rows {
			require.False(t, seen[row["commission_id"]], "a line is there twice")
			seen[row["commission_id"]] = true
		}
		rows = s.rows(models.ExportKindStatements)
		require.Len(t, rows, int(statements))
		require.Equal(t, linesMinor, sum(t, rows, "lines"))
		for _, row := range rows {
			require.Equal(t, "2026-01", row["period"])
		}
	}
}

func TestPayoutsAreListedByBatch(t *testing.T) {
	s := newScene(t)
	require.Empty(t, s.rows(models.ExportKindPayouts), "there is no batch yet")
	batch := models.PayoutBatch{ID: models.NewID(), ProgramID: s.Program.ID, PeriodID: s.period.ID, Currency: "GBP", State: models.BatchStateDraft, CreatedAt: s.Clock.Now()}
	var enrollments []models.Enrollment
	require.NoError(t, s.DB.Read(t.Context()).Order("id").Find(&enrollments).Error)
	s.Do(func(tx *models.Tx) error {
		for _, e := range enrollments {
			p := models.Payout{ID: models.NewID(), BatchID: batch.ID, ProgramID: s.Program.ID, MerchantID: s.Owner.MerchantID, EnrollmentID: e.ID, PartnerID: e.PartnerID,
				Rail: models.RailNameManual, Currency: "GBP", AmountMinor: 1234, State: models.PayoutStateCarried, Reason: "under the minimum", CreatedAt: s.Clock.Now()}
			if err := tx.Create(&p).Error; err != nil {
				return err
			}
		}
		return tx.Create(&batch).Error
	})
	for _, size := range []int{1, 2, 1000} {
		s.exports.Small(size, export.MaxBytes)
		rows := s.rows(models.ExportKindPayouts)
		require.Len(t, rows, len(enrollments))
		for i, row := range rows {
			require.Equal(t, enrollments[i].ID.Format(models.PrefixEnrollment), row["enrollment_id"])
			require.Equal(t, []string{"12.34", "GBP", "CARRIED", ""}, []string{row["amount"], row["currency"], row["state"], row["settled_at"]})
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for cell, want := range map[string]string{"": "", "text": "text", "-12.50": "-12.50", "12": "12", "=1+1": "'=1+1", "+44": "'+44", "@a": "'@a", "-a": "'-a",
		"-1+1": "'-1+1", "\ta": "'\ta", "\ra": "'\ra", "-": "'-", "-.": "'-.", "a=b": "a=b", "-1.2.3": "'-1.2.3", "é": "é"} {
		require.Equal(t, want, export.Harmless(cell), cell)
	}
	s := newScene(t)
	names := map[string]bool{}
	for _, row := range s.rows(models.ExportKindStatements) {
		names[row["partner_external_id"]] = true
	}
	require.True(t, names["'=cat"], "%v", names)
}
