package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADryRunPrintsWhatPlanStores(t *testing.T) {
	s := closedPeriod(t, 100)
	ask := []string{"payout", "plan", "--merchant", "acme", "--program", "main", "--as", "olivia"}
	dry := s.must(append(ask, "--dry-run")...)
	require.Contains(t, dry.out, "dry run of main 2026-01: nothing is stored")
	require.Contains(t, dry.out, "SHORT")
	require.Regexp(t, `not paid  eve .* the partner has not set up a payout account`, dry.out)
	require.Empty(t, s.must("payout", "list", "--merchant", "acme", "--program", "main").out)
	hash := regexp.MustCompile(`hash    (\w{64})`)
	require.Equal(t, hash.FindString(dry.out), hash.FindString(s.must(ask...).out))
	s.refused("BATCH_EXISTS", append(ask, "--dry-run")...)
}
