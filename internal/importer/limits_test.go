package importer

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

// heavyItems is a list of items of exactly so many bytes, of which most grow sixfold where they are stored.
func heavyItems(bytes int) string {
	text := strings.Repeat("<", 200)
	var items []string
	for range 700 {
		items = append(items, fmt.Sprintf(`{"sku":"%s","name":"%s","category":"%s","quantity":1,"amount":"0.01"}`, text, text, text))
	}
	list := strings.Join(items, ",")
	return "[" + list + strings.Repeat(" ", bytes-len(list)-2) + "]"
}

func quoted(value string) string { return `"` + strings.ReplaceAll(value, `"`, `""`) + `"` }

func TestValuesHaveLimits(t *testing.T) {
	s := newStage(t)
	header := shortHeader[:len(shortHeader)-1] + ",coupon,items\n"
	text := header +
		sale("o-1", "9.00", ","+strings.Repeat("c", maxValueBytes)+",") +
		sale("o-2", "9.00", ","+strings.Repeat("c", maxValueBytes+1)+",") +
		sale("o-3", "9.00", ",,"+quoted(heavyItems(maxItemsBytes))) +
		sale("o-4", "9.00", ",,"+quoted(heavyItems(maxItemsBytes+1))) +
		sale("o-5", "9.00", ",,"+quoted(heavyItems(maxItemsBytes))) +
		sale("o-6", "9.00", ",,"+quoted("["+strings.Repeat(`{"sku":"a","quantity":1,"amount":"0"},`, 999)+`{"sku":"a","quantity":1,"amount":"0"}]`)) +
		sale("o-7", "9.00", ",,"+quoted("["+strings.Repeat(`{"sku":"a","quantity":1,"amount":"0"},`, 1000)+`{"sku":"a","quantity":1,"amount":"0"}]`)) +
		sale("o-8", "9.00", ","+strings.Repeat("c", maxRecordBytes)+",") +
		sale(strings.Repeat("ü", 190), "9.00", ",,") +
		sale(strings.Repeat("ü", 191), "9.00", ",,")
	summary := s.must(models.ImportKindConversions, text)
	require.Equal(t, []string{"3 VALUE_TOO_LONG coupon", "5 VALUE_TOO_LONG items", "8 TOO_MANY_ITEMS items", "9 ROW_TOO_LONG",
		"11 EXTERNAL_ID_INVALID external_id"}, s.rejected(summary))
	require.EqualValues(t, 5, summary.Recorded)

	summary = s.must(models.ImportKindRefunds, refundsHeader+"r-1,o-1,2026-01-03T10:00:00Z,1.00,"+strings.Repeat("r", maxValueBytes)+"\n"+
		"r-2,o-1,2026-01-03T10:00:00Z,1.00,"+strings.Repeat("r", maxValueBytes+1)+"\n")
	require.Equal(t, []string{"3 VALUE_TOO_LONG reason"}, s.rejected(summary))
}

func manySales(n int) string {
	var b strings.Builder
	b.WriteString(conversionsHeader)
	for i := range n {
		b.WriteString(sale(fmt.Sprintf("o-%d", i), "12.50", fmt.Sprintf(",,,,cust-%d,link-ann,,,", i%700)))
	}
	return b.String()
}

func TestTenThousandConversionsCostAConstantNumberOfStatementsAChunk(t *testing.T) {
	cost := func(rows int) int64 {
		s := newStage(t)
		s.Enroll("ann", models.ID{})
		b := newBreaker(t, s.DB)
		chunks := 0
		in := s.input(models.ImportKindConversions, manySales(rows))
		in.Progress = func(int64) { chunks++ }
		summary, err := s.files.Import(t.Context(), s.Owner, in)
		require.NoError(t, err)
		require.EqualValues(t, rows, summary.Recorded)
		require.Equal(t, (rows+conversionsPerChunk-1)/conversionsPerChunk, chunks)
		return b.statements.Load()
	}
	few, one, ten := cost(10), cost(conversionsPerChunk), cost(10*conversionsPerChunk)
	require.Equal(t, few, one, "a full chunk costs no more than a small one")
	perChunk := (ten - one) / 9
	require.Equal(t, one+9*perChunk, ten)
	require.LessOrEqual(t, perChunk, int64(20))
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	s := newStage(t)
	text := shortHeader + strings.Repeat("a row that is rejected\n", 60_000) + "\"" + strings.Repeat("a quote that is never closed\n", 1<<20)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	in := s.input(models.ImportKindConversions, text)
	in.Progress = func(int64) {
		runtime.GC()
		runtime.ReadMemStats(&after)
		peak = max(peak, after.HeapAlloc)
	}
	summary, err := s.files.Import(t.Context(), s.Owner, in)
	require.NoError(t, err)
	require.EqualValues(t, 60_001, summary.Rejected)
	require.Less(t, int64(peak)-int64(before.HeapAlloc), int64(16<<20))
}
