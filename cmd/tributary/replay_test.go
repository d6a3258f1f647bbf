package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func TestAPeriodIsReplayedOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := closedPeriod(t, 0)
	of := []string{"replay", "--merchant", "acme", "--program", "main"}
	require.Equal(t, "2026-01: 3 lines of 3 conversions come to 300.00 GBP; no difference\n", s.must(of...).out)
	require.Equal(t, s.must(of...).out, s.must(append(of, "--period", "2026-01")...).out)
	s.refused("PERIOD_NOT_FOUND", append(of, "--period", "2026-02")...)
	s.refused("MERCHANT_NOT_FOUND", "replay", "--merchant", "nobody", "--program", "main")
	s.refused("PROGRAM_NOT_FOUND", "replay", "--merchant", "acme", "--program", "other")

	line := changeLine(t, s, map[string]any{"amount_minor": 10_001})
	wrong := s.run(of...)
	require.Equal(t, 1, wrong.code)
	require.Contains(t, wrong.out, "2026-01: 3 lines of 3 conversions come to 300.00 GBP, and 300.01 GBP are stored; 2 differences\n"+
		"  AMOUNT       stored 100.01, recomputed 100.00: it comes to 100.00 GBP, and 100.01 GBP is stored\n"+
		"               line "+line.ID.Format(models.PrefixCommission)+"\n")
	require.Contains(t, wrong.out, "its statement says 1 lines of 100.00 GBP, and its lines are 1 of 100.01 GBP\n")
	require.Contains(t, wrong.log, "tributary: REPLAY_DIFFERS")
	var shown []struct {
		Differences      int
		FirstDifferences []struct {
			Kind   string
			LineID string
			Stored struct{ Amount string }
		}
	}
	wrong = s.run(append(of, "--json")...)
	require.Equal(t, 1, wrong.code)
	require.NoError(t, json.Unmarshal([]byte(wrong.out), &shown))
	require.Equal(t, 2, shown[0].Differences)
	require.Equal(t, "AMOUNT", shown[0].FirstDifferences[0].Kind)
	require.Equal(t, "100.01", shown[0].FirstDifferences[0].Stored.Amount)
}
