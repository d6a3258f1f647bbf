package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/app"
	"tributary/internal/testkit"
	"tributary/models"
)

// changeLine does something to a line of ada's in the folder's database, and gives the line.
func changeLine(t *testing.T, s shell, columns map[string]any) models.Commission {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Addr: "127.0.0.1:0", DataDir: s.folder}, time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer a.Close()
	var line models.Commission
	sale := a.DB.Read(t.Context()).Model(&models.Conversion{}).Where("external_id = ?", "ada").Select("id")
	require.NoError(t, a.DB.Read(t.Context()).Where("source_id = (?)", sale).Take(&line).Error)
	if columns != nil {
		require.NoError(t, models.InTx(testkit.Acting(t), a.DB, func(tx *models.Tx) error {
			return tx.Model(&models.Commission{}).Where("id = ?", line.ID).Updates(columns).Error
		}))
	}
	return line
}

func TestALineIsExplainedOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := closedPeriod(t, 0)
	line := changeLine(t, s, nil)
	id := line.ID.Format(models.PrefixCommission)
	out := s.must("explain", id).out
	for _, part := range []string{
		id + "  100.00 GBP\n  EARNED, by rule sales, level 0\n  agrees: worked out again from what was kept with it, it comes to 100.00 GBP\n",
		"Conversion\n  SALE ada, revision 1 (conversion_", "Touches, within 30 days, policy ", "  won  LINK     ada (", "): the strongest eligible touch\n",
		"Plan\n  version 1 (", "), since 2020-01-01 00:00 UTC: it held when the conversion happened\n",
		"Rules\n> sales                TOOK, of 1000.00: it has no condition\n",
		"Basis\n         1000.00  gross\n         1000.00  net\n         1000.00  taken by rule sales\n",
		"Amount\n          100.00  1000.00 x 10% = 100.00\n", "Levels\n> 0 PAID             100.00  ada (",
		"Due\n  it matures 0 days after the conversion, as the plan holds it; period 2026-01 contains that instant\n",
		"Payment\n  not paid yet: period 2026-01 is closed, and no payout is planned so far\n",
	} {
		require.Contains(t, out, part)
	}
	var shown struct {
		ID     string
		Agrees bool
		Amount struct{ Amount, CurrencyCode string }
		Steps  []struct{ Text string }
		Levels []struct {
			Amount struct{ Amount string }
			Own    bool
		}
	}
	require.NoError(t, json.Unmarshal([]byte(s.must("explain", id, "--json").out), &shown))
	require.Equal(t, id, shown.ID)
	require.True(t, shown.Agrees)
	require.Equal(t, "100.00", shown.Amount.Amount)
	require.Equal(t, "1000.00 x 10% = 100.00", shown.Steps[0].Text)
	require.True(t, shown.Levels[0].Own)

	s.refused("ID_MALFORMED", "explain", "nonsense")
	s.refused("ID_MALFORMED", "explain", line.EnrollmentID.Format(models.PrefixEnrollment))
	s.refused("COMMISSION_NOT_FOUND", "explain", models.NewID().Format(models.PrefixCommission))
	changeLine(t, s, map[string]any{"amount_minor": 10_001})
	wrong := s.run("explain", id)
	require.Equal(t, 1, wrong.code)
	require.Contains(t, wrong.out, "  DOES NOT AGREE: priced again it comes to 100.00 GBP, and 100.01 GBP is stored\n")
	require.Contains(t, wrong.log, "LINE_DOES_NOT_AGREE")
}

func TestAPlanFileIsCheckedAndExported(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	file := filepath.Join(s.folder, "plan.yaml")
	write := func(text string) string {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	before, err := os.ReadDir(s.folder)
	require.NoError(t, err)
	require.Equal(t, "1 rules, 0 examples hold, worst case 10%: of an order of 100.00, the seller gets 10.0000\n", s.must("plan", "check", write(planFile)).out)
	after, err := os.ReadDir(s.folder)
	require.NoError(t, err)
	require.Len(t, after, len(before)+1, "no database was made")
	refused := s.run("plan", "check", write(strings.Replace(planFile, "percent: 10%", "percent: 21%", 1)))
	require.Equal(t, 1, refused.code)
	require.Contains(t, refused.log, "tributary: PLAN_ABOVE_BOUND (plan.rules.0): [4:70] ")
	s.refused("PLAN_FILE_MALFORMED", "plan", "check", write("plan: {effective: never}"))

	require.Contains(t, s.must("program", "apply", "--merchant", "acme", write(planFile)).out, "plan version 1")
	exported := s.must("plan", "export", "--merchant", "acme", "main").out
	require.Contains(t, s.must("program", "apply", "--merchant", "acme", write(exported)).out, "plan version 1")
	require.Equal(t, exported, s.must("plan", "export", "--merchant", "acme", "main", "--version", "1").out)
	s.must("plan", "check", file)
	s.refused("PLAN_NOT_FOUND", "plan", "export", "--merchant", "acme", "main", "--version", "2")
	s.refused("PROGRAM_NOT_FOUND", "plan", "export", "--merchant", "acme", "other")
	s.refused("MERCHANT_NOT_FOUND", "plan", "export", "--merchant", "nobody", "main")
}
