package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

// bookOf gives a book with ann, whom sue has recruited and who is not active.
func bookOf(t *testing.T, plans ...*engine.Plan) (b *engine.Book, ann engine.ID) {
	t.Helper()
	b = engine.NewBook(time.UTC, engine.Monthly, plans...)
	b.Enroll(engine.Member{ID: engine.ID{1}, Code: "ann"})
	b.Enroll(engine.Member{ID: engine.ID{2}, Code: "sue", Inactive: true})
	b.Enroll(engine.Member{ID: engine.ID{3}, Code: "tom"})
	b.Sponsor(engine.ID{1}, engine.ID{2}, time.Time{})
	b.Sponsor(engine.ID{2}, engine.ID{3}, time.Time{})
	return b, engine.ID{1}
}

func TestTheFirstLineKeepsTheFacts(t *testing.T) {
	b, ann := bookOf(t, compile(t, planOf(simple)))
	require.NoError(t, b.Record("s1", engine.Sale{Kind: "SALE", Gross: 1000, OccurredAt: start}, "c", engine.Touch{}, ann))
	require.Len(t, b.Lines, 2)
	require.NotEmpty(t, b.Lines[0].Facts)
	require.Empty(t, b.Lines[1].Facts)
	f, err := engine.Thaw(b.Lines[0].Facts)
	require.NoError(t, err)
	c := engine.Case{Chain: chainOf(1)}
	f.Into(&c)
	require.Len(t, c.Chain, 3)
	require.True(t, c.Chain[1].Inactive)
	require.Equal(t, engine.ID{3}, b.Lines[1].Enrollment)
	require.Equal(t, ann, b.Lines[1].Via)
}

func TestCountersFollowTheLines(t *testing.T) {
	b, ann := bookOf(t, compile(t, planOf(simple, func(s *engine.PlanSpec) { s.Rules[1].Caps = []engine.CapSpec{{Per: "life", Amount: "9.00", Count: 9}} })))
	life := engine.CapKey{Cap: "sales/life/enrollment", Owner: ann, Interval: "life"}
	require.Equal(t, engine.Usage{}, b.Usage(life))
	require.NoError(t, b.Record("s1", engine.Sale{Kind: "SALE", Gross: 1000, OccurredAt: start}, "", engine.Touch{}, ann))
	require.NoError(t, b.Record("s2", engine.Sale{Kind: "SALE", Gross: 2000, OccurredAt: start}, "", engine.Touch{}, ann))
	require.Equal(t, engine.Usage{Minor: 300, Count: 2}, b.Usage(life))
	require.NoError(t, b.Refund("s1", 500, nil))
	require.Equal(t, engine.Usage{Minor: 250, Count: 2}, b.Usage(life))
	require.NoError(t, b.Void("s2"))
	require.Equal(t, engine.Usage{Minor: 50, Count: 1}, b.Usage(life))
	require.NoError(t, b.Record("s1", engine.Sale{Kind: "SALE", Gross: 3000, OccurredAt: start}, "", engine.Touch{}, ann))
	require.Equal(t, engine.Usage{Minor: 250, Count: 1}, b.Usage(life))
}

func TestTheSaleOfATimeBeforeAllPlansWaits(t *testing.T) {
	b, ann := bookOf(t, compile(t, planOf(simple)))
	require.NoError(t, b.Record("s1", engine.Sale{Kind: "SALE", Gross: 1000, OccurredAt: start.Add(-1)}, "", engine.Touch{}, ann))
	require.NoError(t, b.Refund("s1", 400, nil))
	require.Empty(t, b.Lines)
	require.NoError(t, b.Record("s1", engine.Sale{Kind: "SALE", Gross: 1000, OccurredAt: start}, "", engine.Touch{}, ann))
	require.Equal(t, []int64{100, 20, -40, -8}, amountsIn(b), "what was refunded meanwhile comes off")
	require.NoError(t, b.Close(start.AddDate(0, -1, 0)), "a period before all plans")
}

// Under caps a restatement keeps the facts that it was priced with, though the amounts stay: later corrections price
// with them. A refund prices with those that are there, and so does everything without caps.
func TestARestatementUnderCapsKeepsItsFacts(t *testing.T) {
	capped := func(s *engine.PlanSpec) { s.Rules[1].Caps = []engine.CapSpec{{Per: "life", Amount: "9.00"}} }
	customers := func(s *engine.PlanSpec) { s.Rules[1].Recurring = &engine.RecurringSpec{Count: 9} }
	for name, c := range map[string]struct {
		change func(*engine.PlanSpec)
		want   []int64 // of the lines that keep facts
	}{"caps": {capped, []int64{100, 200, 0, 50}}, "no caps": {customers, []int64{100, 200}}} {
		b, ann := bookOf(t, compile(t, planOf(simple, c.change, func(s *engine.PlanSpec) { s.Levels = nil })))
		sale := func(name string, gross, tax int64) {
			t.Helper()
			require.NoError(t, b.Record(name, engine.Sale{Kind: "SALE", Gross: gross, Tax: tax, OccurredAt: start}, "c", engine.Touch{}, ann))
		}
		sale("s1", 1000, 0)
		sale("s2", 2000, 0)
		sale("s1", 1100, 100) // the same basis
		require.NoError(t, b.Refund("s1", 500, nil))
		sale("s2", 2500, 0)
		var kept []int64
		facts := map[string]bool{}
		for _, l := range b.Lines {
			if l.Facts != "" {
				kept = append(kept, l.Amount)
				require.False(t, facts[l.Facts], "%s: the same facts twice", name)
				facts[l.Facts] = true
			}
		}
		require.Equal(t, c.want, kept, name)
	}
}

func amountsIn(b *engine.Book) (amounts []int64) {
	for _, l := range b.Lines {
		amounts = append(amounts, l.Amount)
	}
	return amounts
}
