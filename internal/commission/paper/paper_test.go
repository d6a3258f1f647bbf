package paper_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/paper"
)

func statement() (paper.Statement, paper.Lines) {
	zone := time.FixedZone("Europe/Athens", 2*3600)
	at := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, zone) }
	s := paper.Statement{Number: "main-000042", Merchant: "Ακμή & Søn", Program: "Main", Partner: "Łucja Щукина", PeriodKey: "2026-01",
		From: at(1, 1), Until: at(2, 1), ClosedAt: at(2, 2), Currency: "EUR", Opening: 5_000,
		Payouts:  []paper.Payout{{ID: "payout_1", At: at(1, 3), Minor: 5_000}, {ID: "payout_2", At: at(1, 4), Minor: 700}},
		Returned: 700, Commissions: paper.Sum{Count: 2, Minor: 12_345}, Adjustments: paper.Sum{Count: 1, Minor: -345}, Closing: 12_000}
	return s, func(yield func(paper.Line, error) bool) {
		_ = yield(paper.Line{ID: "commission_1", At: at(1, 5), Text: "sale, rule sales", Minor: 12_000}, nil) &&
			yield(paper.Line{ID: "commission_2", At: at(1, 6), Text: "sale, rule " + strings.Repeat("long", 30) + ", level 1", Minor: 345}, nil) &&
			yield(paper.Line{ID: "commission_3", At: at(1, 7), Text: "refund, rule sales", IsAdjustment: true, Minor: -345}, nil)
	}
}

// TestTheBytesAreAlwaysTheSame compares with the files in testdata; UPDATE_GOLDEN=1 writes them.
func TestTheBytesAreAlwaysTheSame(t *testing.T) {
	for _, f := range []paper.Format{paper.CSV, paper.PDF} {
		s, lines := statement()
		var first, second bytes.Buffer
		require.NoError(t, paper.Write(&first, f, s, lines))
		require.NoError(t, paper.Write(&second, f, s, lines))
		require.True(t, bytes.Equal(first.Bytes(), second.Bytes()), f)
		name := "testdata/statement." + string(f)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			require.NoError(t, os.WriteFile(name, first.Bytes(), 0o600))
		}
		golden, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(golden, first.Bytes()), "%s is not %s", f, name)
	}
}

func TestAStatementThatDoesNotAddUpIsNotWritten(t *testing.T) {
	s, lines := statement()
	s.Closing++
	for _, f := range []paper.Format{paper.CSV, paper.PDF} {
		var out bytes.Buffer
		require.ErrorContains(t, paper.Write(&out, f, s, lines), "does not add up")
		require.Zero(t, out.Len())
	}
}

func TestLinesThatCannotBeReadAreAnError(t *testing.T) {
	s, _ := statement()
	broken := errors.New("gone")
	for _, f := range []paper.Format{paper.CSV, paper.PDF} {
		err := paper.Write(&bytes.Buffer{}, f, s, func(yield func(paper.Line, error) bool) { yield(paper.Line{}, broken) })
		require.ErrorIs(t, err, broken)
	}
}

func TestALongStatementListsItsLinesInTheCSVOnly(t *testing.T) {
	s, _ := statement()
	s.Commissions.Count = paper.MaxPDFLines
	walked := 0
	lines := func(yield func(paper.Line, error) bool) { walked++ }
	require.NoError(t, paper.Write(&bytes.Buffer{}, paper.PDF, s, lines))
	require.Zero(t, walked)
	s.Commissions.Count--
	require.NoError(t, paper.Write(&bytes.Buffer{}, paper.PDF, s, lines))
	require.Equal(t, 1, walked)
}

func TestFormats(t *testing.T) {
	require.Equal(t, "text/csv; charset=utf-8", paper.CSV.MIME())
	require.Equal(t, "application/pdf", paper.PDF.MIME())
	for text, ok := range map[string]bool{"csv": true, "pdf": true, "PDF": false, "": false, "xml": false} {
		_, err := paper.ParseFormat(text)
		require.Equal(t, ok, err == nil, text)
	}
}
