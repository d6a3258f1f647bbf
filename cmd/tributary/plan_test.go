package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const draftFile = `
program: {slug: main, name: Main, currency: GBP, time_zone: UTC, domains: [acme.example]}
plan: {effective_from: 2030-01-01T00:00:00Z, max_total: 20%,
  rules: [{id: dear, when: 'touch.link == "link-ada"', percent: 12.5%}, {id: rest, percent: 9%}]}
`

func TestADraftIsSetBesideAClosedMonth(t *testing.T) {
	s := closedPeriod(t, 0)
	file := filepath.Join(s.folder, "draft.yaml")
	require.NoError(t, os.WriteFile(file, []byte(draftFile), 0o600))
	out := s.must("plan", "whatif", "--merchant", "acme", file, "--period", "2026-01").out
	require.Contains(t, out, "3 conversions from 2026-01-01T00:00:00Z to 2026-02-01T00:00:00Z\n")
	require.NotContains(t, out, "without what closes settle")
	for _, line := range []string{`total +300.00 +305.00 +5.00`, `level 0 +300.00 +305.00 +5.00`, `rule dear +0.00 +125.00 +125.00`, `rule rest +0.00 +180.00 +180.00`,
		`rule sales +300.00 +0.00 +-300.00`, `\S+ wins +100.00 +125.00 +25.00`, `\S+ loses +100.00 +90.00 +-10.00`} {
		require.Regexp(t, `(?m)^ *`+line+`$`, out)
	}
	require.Contains(t, s.must("plan", "whatif", "--merchant", "acme", file, "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-20T00:00:00Z").out, "without what closes settle")
	s.refused("PERIOD_KEY_INVALID", "plan", "whatif", "--merchant", "acme", file, "--period", "January")
	s.refused("WHATIF_SPAN_INVALID", "plan", "whatif", "--merchant", "acme", file)
}
