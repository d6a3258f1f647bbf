package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// backup keeps the database as it is now, and gives what puts it back.
func (s shell) backup() (restore func()) {
	s.t.Helper()
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(s.folder, "tributary.db*"))
		require.NoError(s.t, err)
		require.NotEmpty(s.t, found)
		return found
	}
	kept := map[string][]byte{}
	for _, name := range files() {
		data, err := os.ReadFile(name)
		require.NoError(s.t, err)
		kept[name] = data
	}
	return func() {
		for _, name := range files() {
			require.NoError(s.t, os.Remove(name))
		}
		for name, data := range kept {
			require.NoError(s.t, os.WriteFile(name, data, 0o600))
		}
	}
}

// The procedure of docs/payouts.md, for a backup from before the batch was started and one from before it was planned.
func TestARestoredDatabaseIsBroughtToWhatTheRailHas(t *testing.T) {
	t.Parallel()
	s := closedPeriod(t, 1_000_000)
	beforePlan := s.backup()
	plan := s.must("payout", "plan", "--merchant", "acme", "--program", "main").out
	batch := field(t, plan, "batch")
	s.must("payout", "approve", batch, "--hash", field(t, plan, "hash"), "--as", "felix")
	beforeRun := s.backup()
	s.must("payout", "run", batch, "--work")
	since := []string{"payout", "reconcile", "--since", "2026-01-01T00:00:00Z"}
	require.Contains(t, s.must(since...).out, "1 transfers, 0 of them not ours, 0 of unknown payouts; 0 batches compared")

	beforeRun()
	s.must("payout", "stop", "--all", "--reason", "restored")
	s.refused("NOT_RECONCILED", since...)
	s.must("payout", "start", "--all")
	s.refused("FINDINGS_OPEN", "payout", "cancel", batch)
	require.Contains(t, s.must("payout", "run", batch, "--work").out, "TRANSFERRED")
	s.must(since...)
	s.must("verify")

	beforePlan()
	lost := s.run(since...)
	require.Equal(t, 1, lost.code)
	require.Contains(t, lost.log, "NOT_RECONCILED")
	require.Regexp(t, `UNKNOWN tr_\w+: 100\.00 GBP to acct_\w+ \(partner_\w+\), payout \S+ of batch \S+`, lost.out)
	require.Contains(t, lost.out, "1 of unknown payouts; 0 batches compared")
	for _, args := range [][]string{{"payout", "reconcile"}, append(since, batch), {"payout", "reconcile", "--since", "yesterday"}} {
		require.NotZero(t, s.run(args...).code, strings.Join(args, " "))
	}
}
