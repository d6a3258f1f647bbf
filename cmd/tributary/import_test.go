package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

const shopPlan = `
program:
  slug: main
  name: Main
  currency: GBP
  time_zone: Europe/London
  domains: [acme.example]
  payout: {minimum: "10.00", rail: stripe, solo_approval_limit: "50.00"}
plan:
  effective_from: 2025-01-01T00:00:00Z
  max_total: 15%
  levels: [{rate: 2%, of: sale}]
  rules: [{id: sales, percent: 10%}]
`

func TestImport(t *testing.T) {
	t.Run("end to end", func(t *testing.T) { endToEnd(newShop(t)) })
	t.Run("tells what it rejected", func(t *testing.T) { tellsWhatItRejected(newShop(t)) })
	t.Run("goes on when it is killed", func(t *testing.T) { goesOnWhenKilled(newShop(t)) })
}

// shop is the program with a data folder of its own.
type shop struct {
	t         *testing.T
	dir, data string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	s := &shop{t: t, dir: dir, data: migratedFolder(t)}
	_, code := s.run(t.Context(), "program", "apply", "--merchant", "acme", s.file("plan.yaml", shopPlan))
	require.Zero(t, code)
	return s
}

func (s *shop) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// run gives what the program wrote and its exit code, which is negative when the context killed it.
func (s *shop) run(ctx context.Context, args ...string) (string, int) {
	s.t.Helper()
	command := programIn(ctx, s.data, args...)
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.ErrorIs(s.t, err, context.DeadlineExceeded)
		return string(out), -1
	}
	return string(out), command.ProcessState.ExitCode()
}

func (s *shop) load(ctx context.Context, kind, path string, more ...string) (string, int) {
	s.t.Helper()
	return s.run(ctx, append([]string{"import", kind, "--merchant", "acme", "--program", "main", path}, more...)...)
}

func endToEnd(s *shop) {
	t := s.t
	partners := s.file("partners.csv", "external_id,email,name,link_code,sponsor_external_id\nbob,bob@partners.example,Bob,bob-shop,ann\nann,ann@partners.example,Ann,ann-shop,\n")
	conversions := s.file("conversions.csv", "external_id,kind,occurred_at,currency,amount,link_code\n"+
		"o-1,SALE,2025-01-02T10:00:00Z,GBP,100.00,bob-shop\no-2,SALE,2025-01-02T10:00:00Z,GBP,50.00,ann-shop\n")
	refunds := s.file("refunds.csv", "external_id,conversion_external_id,occurred_at,amount\nr-1,o-1,2025-01-03T10:00:00Z,25.00\n")
	for _, c := range []struct {
		kind, path, first, second string
	}{
		{"partners", partners, "2 rows: 2 recorded, 0 restated, 0 unchanged, 0 rejected\n", "2 rows: 0 recorded, 0 restated, 2 unchanged, 0 rejected\nnothing changed\n"},
		{"conversions", conversions, "2 rows: 2 recorded, 0 restated, 0 unchanged, 0 rejected\n", "2 rows: 0 recorded, 0 restated, 2 unchanged, 0 rejected\nnothing changed\n"},
		{"refunds", refunds, "1 rows: 1 recorded, 0 restated, 0 unchanged, 0 rejected\n", "1 rows: 0 recorded, 0 restated, 1 unchanged, 0 rejected\nnothing changed\n"},
	} {
		for _, want := range []string{c.first, c.second} {
			out, code := s.load(t.Context(), c.kind, c.path)
			require.Zero(t, code, out)
			require.Contains(t, out, want)
			require.NotContains(t, out, "importing", "no bar is drawn where there is no terminal")
		}
	}
	out, code := s.run(t.Context(), "verify")
	require.Zero(t, code, out)
}

func tellsWhatItRejected(s *shop) {
	t := s.t
	rows := "external_id,kind,occurred_at,currency,amount\no-1,SALE,2025-01-02T10:00:00Z,GBP,1.00\n"
	for i := range 25 {
		rows += fmt.Sprintf("bad-%d,SALE,2025-01-02T10:00:00Z,GBP,0.001\n", i)
	}
	path, report := s.file("conversions.csv", rows), filepath.Join(s.dir, "report.csv")
	out, code := s.load(t.Context(), "conversions", path, "--report", report)
	require.Equal(t, 1, code)
	require.Contains(t, out, "26 rows: 1 recorded, 0 restated, 0 unchanged, 25 rejected\nline 3: AMOUNT_TOO_PRECISE (amount): ")
	require.Equal(t, 20, strings.Count(out, "AMOUNT_TOO_PRECISE"))
	require.Contains(t, out, "and 5 more rejected rows\n")
	require.Contains(t, out, "25 of 26 rows were rejected")
	written, err := os.ReadFile(report)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(written)), "\n")
	require.Len(t, lines, 26)
	require.Equal(t, []string{"line,code,field,message", "3,AMOUNT_TOO_PRECISE,amount,the amount has more decimals than its currency"}, lines[:2])

	out, code = s.load(t.Context(), "conversions", path, "--report", path)
	require.Equal(t, 1, code)
	require.Contains(t, out, "would overwrite")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, rows, string(kept))

	out, code = s.load(t.Context(), "conversions", s.file("semicolons.csv", strings.ReplaceAll(rows, ",", ";")))
	require.Equal(t, 1, code)
	require.Contains(t, out, "line 1: IMPORT_DELIMITER")
	for _, wrong := range [][]string{{"--merchant", "nobody", "--program", "main"}, {"--merchant", "acme", "--program", "other"}} {
		out, code = s.run(t.Context(), append([]string{"import", "conversions", path}, wrong...)...)
		require.Equal(t, 1, code)
		require.Contains(t, out, "_NOT_FOUND")
	}
}

// goesOnWhenKilled kills the process at growing times until one is through.
func goesOnWhenKilled(s *shop) {
	t := s.t
	rows := 20_000
	if testing.Short() {
		rows = 8_000
	}
	var b strings.Builder
	b.WriteString("external_id,kind,occurred_at,currency,amount,customer_id\n")
	for i := range rows {
		fmt.Fprintf(&b, "o-%d,SALE,2025-01-02T10:00:00Z,GBP,%d.50,cust-%d\n", i, i%300, i%900)
	}
	path := s.file("conversions.csv", b.String())
	kills, out := 0, ""
	for wait := 100 * time.Millisecond; ; wait += 100 * time.Millisecond {
		ctx, stop := context.WithTimeout(t.Context(), wait)
		text, code := s.load(ctx, "conversions", path)
		stop()
		if code == 0 {
			out = text
			break
		}
		require.Negative(t, code, text)
		kills++
	}
	require.NotZero(t, kills)
	require.Contains(t, out, fmt.Sprintf("%d rows: ", rows))
	t.Logf("%d kills, then %s", kills, out)
	again, code := s.load(t.Context(), "conversions", path)
	require.Zero(t, code)
	require.Contains(t, again, fmt.Sprintf("%d rows: 0 recorded, 0 restated, %d unchanged, 0 rejected\nnothing changed\n", rows, rows))

	db, err := models.Open("sqlite:"+filepath.Join(s.data, "tributary.db"), testkit.NewClock().Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer db.Close()
	var recorded, revised int64
	require.NoError(t, db.Read(t.Context()).Model(&models.Conversion{}).Count(&recorded).Error)
	require.NoError(t, db.Read(t.Context()).Model(&models.Conversion{}).Where("revision > 1").Count(&revised).Error)
	require.EqualValues(t, rows, recorded)
	require.Zero(t, revised)
	out, code = s.run(t.Context(), "verify")
	require.Zero(t, code, out)
}
