package importer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/testkit"
	"tributary/models"
)

var errKilled = errors.New("killed")

// breaker counts the statements of a database and makes one of them fail.
type breaker struct {
	statements atomic.Int64
	failAt     atomic.Int64 // 0 for none
}

func newBreaker(t testing.TB, db *models.DB) *breaker {
	t.Helper()
	b := &breaker{}
	testkit.OnStatement(t, db, func(g *gorm.DB) {
		if b.statements.Add(1) == b.failAt.Load() {
			_ = g.AddError(errKilled)
		}
	})
	return b
}

// longFile is a file of several chunks with every kind of outcome, and what has to be there before it.
func longFile(kind models.ImportKind) (before func(s *stage), text string) {
	var b strings.Builder
	switch kind {
	case models.ImportKindPartners:
		b.WriteString(partnersHeader)
		for i := range 450 {
			id, sponsor := fmt.Sprintf("p%d", i), ""
			switch {
			case i%10 == 3:
				sponsor = fmt.Sprintf("p%d", i+5) // further down in its family of ten
			case i%10 == 6:
				sponsor = fmt.Sprintf("p%d", (i+230)%450/10*10+2) // far down, or far up
			case i%50 == 25:
				sponsor = "nobody"
			case i%50 == 44:
				sponsor = fmt.Sprintf("p%d", i+5)
			case i%50 == 49:
				sponsor = fmt.Sprintf("p%d", i-5)
			}
			b.WriteString(person(id, sponsor))
			if i%100 == 70 {
				b.WriteString("half,a line\n\n" + person(id, sponsor))
			}
		}
		return func(*stage) {}, b.String()
	case models.ImportKindConversions:
		b.WriteString(conversionsHeader)
		for i := range 2300 {
			amount := fmt.Sprintf("%d.00", i%90) // nothing at all is rejected
			b.WriteString(sale(fmt.Sprintf("o-%d", i), amount, fmt.Sprintf(",,,,cust-%d,link-ann,,,", i%40)))
			if i%500 == 499 {
				b.WriteString(sale(fmt.Sprintf("o-%d", i-100), "500.00", ",,,,,,,,"))
			}
		}
		return func(s *stage) { s.Enroll("ann", models.ID{}) }, b.String()
	default:
		b.WriteString(refundsHeader)
		for i := range 450 {
			fmt.Fprintf(&b, "r-%d,order-%d,2026-01-05T10:00:00Z,%d.00,late\n", i, i%12, 1+i%5)
		}
		return func(s *stage) {
			s.Enroll("ann", models.ID{})
			for range 10 {
				s.Sell("ann", "100.00")
			}
		}, b.String()
	}
}

// undisturbed is what an import of a kind's long file makes of the database when nobody disturbs it. It is the same for
// every test, and made once.
type undisturbed struct {
	summary    Summary
	statements int64
	chunks     int
	content    map[string][]string
}

var (
	calmMu sync.Mutex
	calm   = map[models.ImportKind]undisturbed{}
)

func inCalm(t *testing.T, kind models.ImportKind) undisturbed {
	t.Helper()
	calmMu.Lock()
	defer calmMu.Unlock()
	if made, ok := calm[kind]; ok {
		return made
	}
	before, text := longFile(kind)
	s, u := newStage(t), undisturbed{}
	before(s)
	b := newBreaker(t, s.DB)
	in := s.input(kind, text)
	in.Progress = func(bytes int64) { u.chunks++; require.LessOrEqual(t, bytes, int64(len(text))) }
	var err error
	u.summary, err = s.files.Import(t.Context(), s.Owner, in)
	u.statements = b.statements.Load()
	require.NoError(t, err)
	require.Len(t, s.rejected(u.summary), int(u.summary.Rejected))
	u.content = content(t, s.DB)
	calm[kind] = u
	return u
}

// TestAnImportThatIsKilledAnywhereGoesOn makes a statement fail, again and again, at points chosen at random, until the
// file is through: the database must say what it says after an import that nobody disturbed.
func TestAnImportThatIsKilledAnywhereGoesOn(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for kind := range formats {
		before, text := longFile(kind)
		calm := inCalm(t, kind)
		whole, statements, want := calm.summary, calm.statements, calm.content
		require.NotZero(t, whole.Rejected)
		rounds := 4
		if testing.Short() {
			rounds = 1
		}
		for range rounds {
			s := newStage(t)
			before(s)
			b := newBreaker(t, s.DB)
			kills := 0
			for {
				b.failAt.Store(b.statements.Load() + 1 + random.Int64N(statements*2/3))
				summary, err := s.load(kind, text)
				if err == nil {
					b.failAt.Store(0)
					require.Equal(t, whole.Rows, summary.Rows)
					require.Equal(t, whole.Rejected, summary.Rejected)
					require.Equal(t, whole.Rows-whole.Rejected, summary.Earlier+summary.Recorded+summary.Restated+summary.Unchanged)
					break
				}
				require.ErrorIs(t, err, errKilled)
				kills++
				require.Less(t, kills, 200)
			}
			require.Equal(t, want, content(t, s.DB), "%s after %d kills", kind, kills)
			unchanged := dump(t, s.DB)
			s.must(kind, text)
			require.Equal(t, unchanged, dump(t, s.DB))
		}
	}
}

// TestAnImportThatIsStoppedBetweenChunksGoesOn cancels after each possible number of chunks.
func TestAnImportThatIsStoppedBetweenChunksGoesOn(t *testing.T) {
	for kind := range formats {
		before, text := longFile(kind)
		calm := inCalm(t, kind)
		whole, chunks, want := calm.summary, calm.chunks, calm.content
		require.Greater(t, chunks, 2)
		first, step := 1, 1
		if testing.Short() {
			first, step = chunks/2, chunks
		}
		for stopAfter := first; stopAfter < chunks; stopAfter += step {
			s := newStage(t)
			before(s)
			ctx, stop := context.WithCancel(t.Context())
			n := 0
			in := s.input(kind, text)
			in.Progress = func(int64) {
				if n++; n == stopAfter {
					stop()
				}
			}
			part, err := s.files.Import(ctx, s.Owner, in)
			require.ErrorIs(t, err, context.Canceled)
			stop()
			require.Less(t, part.Rows, whole.Rows+1)
			rest := s.must(kind, text)
			require.Equal(t, part.Rows-part.Rejected, rest.Earlier)
			require.Equal(t, whole.Rows, rest.Rows)
			require.Equal(t, want, content(t, s.DB), "%s after %d chunks", kind, stopAfter)
		}
	}
}

func TestALaterStartTakesOver(t *testing.T) {
	for kind := range formats {
		before, text := longFile(kind)
		s := newStage(t)
		before(s)
		n := 0
		in := s.input(kind, text)
		in.Progress = func(int64) {
			if n++; n == 1 {
				second := s.must(kind, text)
				require.NotZero(t, second.Earlier)
			}
		}
		_, err := s.files.Import(t.Context(), s.Owner, in)
		require.ErrorIs(t, err, ErrTakenOver)
		require.Equal(t, 1, n, "the first start commits nothing more")
		require.Equal(t, inCalm(t, kind).content, content(t, s.DB))
	}
}

func TestManyStartsAtOnceTakeARowInOnce(t *testing.T) {
	for kind := range formats {
		before, text := longFile(kind)
		s := newStage(t)
		before(s)
		starts := 4
		if testing.Short() {
			starts = 2
		}
		failures := make([]error, starts)
		var all sync.WaitGroup
		for i := range failures {
			all.Go(func() { _, failures[i] = s.files.Import(t.Context(), s.Owner, s.input(kind, text)) })
		}
		all.Wait()
		through := 0
		for _, err := range failures {
			if err == nil {
				through++
				continue
			}
			require.ErrorIs(t, err, ErrTakenOver)
		}
		require.NotZero(t, through)
		require.Equal(t, inCalm(t, kind).content, content(t, s.DB))
	}
}

func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	s := newStage(t)
	in := s.input(models.ImportKindConversions, shortHeader+sale("o-1", "1.00", ""))
	in.File = &growingFile{Reader: strings.NewReader(shortHeader + sale("o-1", "1.00", "")), later: shortHeader + sale("o-1", "1.00", "") + sale("o-2", "1.00", "")}
	_, err := s.files.Import(t.Context(), s.Owner, in)
	require.ErrorIs(t, err, ErrFileChanged)
	require.Equal(t, []string{"map[finished:0 kind:CONVERSIONS rejected:0 rows_done:2]"}, content(t, s.DB)["runs"])
}

// growingFile has another content when it is read again.
type growingFile struct {
	*strings.Reader
	later string
}

func (g *growingFile) Seek(int64, int) (int64, error) {
	g.Reset(g.later)
	return 0, nil
}
