package main

import (
	"os"
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

func TestAStatementIsWritten(t *testing.T) {
	s := closedPeriod(t, 0)
	ask := []string{"statement", "--merchant", "acme", "--program", "main", "--period", "2026-01", "--partner"}
	require.Contains(t, s.must(append(ask, "ada@partners.example")...).out, "CLOSING")
	pdf := s.must(append(ask, "ada@partners.example", "--format", "pdf")...).out
	require.Equal(t, "%PDF-", pdf[:5])
	require.Equal(t, pdf, s.must(append(ask, "ada@partners.example", "--format", "pdf")...).out)
	s.refused("ENROLLMENT_NOT_FOUND", append(ask, "nobody")...)
}

func TestBankResultsFromAFile(t *testing.T) {
	s := closedPeriod(t, 0)
	file := s.folder + "/results.csv"
	require.NoError(t, os.WriteFile(file, []byte("payout_id,reference,failure\nnonsense,SEPA 1,\n"), 0o600))
	s.refused("RESULTS_REFUSED", "payout", "results", "--merchant", "acme", file)
	require.NoError(t, os.WriteFile(file, []byte("payout_id,reference,failure\n"), 0o600))
	require.Empty(t, s.must("payout", "results", "--merchant", "acme", file).out)
}
