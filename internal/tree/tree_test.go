package tree_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/internal/tree"
	"tributary/models"
)

var (
	start   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	present = models.OpenEnd.Add(-time.Microsecond)
)

// grove is one program's tree under test.
type grove struct {
	t       *testing.T
	db      *models.DB
	program models.ID
	depth   int
}

func plant(t *testing.T, depth int) *grove {
	db, _ := testkit.OpenDB(t)
	return &grove{t: t, db: db, program: models.NewID(), depth: depth}
}

// set makes one change, minutes after the start.
func (g *grove) set(child, sponsor models.ID, minutes int) error {
	return models.InTx(g.t.Context(), g.db, func(tx *models.Tx) error {
		return tree.SetSponsor(tx, tree.Change{ProgramID: g.program, ChildID: child, SponsorID: sponsor, MaxDepth: g.depth,
			EffectiveAt: at(minutes), Actor: "test", Reason: "test"})
	})
}

func (g *grove) upline(id models.ID, when time.Time) []models.ID {
	g.t.Helper()
	chain, err := tree.Upline(g.db.Read(g.t.Context()), id, when, tree.MaxDepth)
	require.NoError(g.t, err)
	return chain
}

func (g *grove) edges() []models.SponsorEdge {
	g.t.Helper()
	var edges []models.SponsorEdge
	require.NoError(g.t, g.db.Read(g.t.Context()).Where("program_id = ?", g.program).Find(&edges).Error)
	return edges
}

func at(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

func newIDs(n int) []models.ID {
	ids := make([]models.ID, n)
	for i := range ids {
		ids[i] = models.NewID()
	}
	return ids
}

// requireForest checks the invariants at every instant at which something changed: one sponsor each, and no cycle.
func (g *grove) requireForest(ids []models.ID) {
	g.t.Helper()
	edges := g.edges()
	for _, change := range edges {
		sponsorOf := map[models.ID]models.ID{}
		for _, e := range edges {
			if !e.ValidFrom.After(change.ValidFrom) && e.ValidTo.After(change.ValidFrom) {
				require.NotContains(g.t, sponsorOf, e.ChildID, "two sponsors at %s", change.ValidFrom)
				sponsorOf[e.ChildID] = e.SponsorID
			}
		}
		for _, id := range ids {
			steps := 0
			for up, ok := sponsorOf[id]; ok; up, ok = sponsorOf[up] {
				steps++
				require.LessOrEqual(g.t, steps, len(ids), "a cycle at %s", change.ValidFrom)
			}
		}
	}
	for _, id := range ids {
		require.LessOrEqual(g.t, len(g.upline(id, present)), g.depth)
	}
}

func TestSetSponsorKeepsTheTreeUnderConcurrentChanges(t *testing.T) {
	const workers, changes = 16, 15
	g := plant(t, 4)
	ids := newIDs(10)
	var done sync.WaitGroup
	failures := make([]error, workers)
	made := make([]int, workers)
	for w := range workers {
		done.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range changes {
				err := g.set(ids[random.IntN(len(ids))], ids[random.IntN(len(ids))], random.IntN(10_000))
				switch {
				case err == nil:
					made[w]++
				case !isRefusal(err):
					failures[w] = errors.Join(failures[w], err)
				}
			}
		})
	}
	done.Wait()
	require.NoError(t, errors.Join(failures...))
	total := 0
	for _, n := range made {
		total += n
	}
	require.Positive(t, total)
	g.requireForest(ids)
}

func isRefusal(err error) bool {
	return errors.Is(err, tree.ErrCycle) || errors.Is(err, tree.ErrSelf) || errors.Is(err, tree.ErrTooDeep) || errors.Is(err, tree.ErrStale)
}

func TestTwoChangesCannotCloseACycleTogether(t *testing.T) {
	g := plant(t, 10)
	for range 10 {
		pair := newIDs(2)
		var done sync.WaitGroup
		results := make([]error, 2)
		for i := range 2 {
			done.Go(func() { results[i] = g.set(pair[i], pair[1-i], 0) })
		}
		done.Wait()
		require.NotEqual(t, results[0] == nil, results[1] == nil, "exactly one of them holds")
		require.ErrorIs(t, errors.Join(results...), tree.ErrCycle)
	}
}

func TestSetSponsorRefusesCycles(t *testing.T) {
	g := plant(t, 10)
	ids := newIDs(4)
	require.ErrorIs(t, g.set(ids[0], ids[0], 0), tree.ErrSelf)
	for i := range 3 {
		require.NoError(t, g.set(ids[i+1], ids[i], 0))
	}
	for _, below := range ids[1:] {
		require.ErrorIs(t, g.set(ids[0], below, 1), tree.ErrCycle)
	}
	g.requireForest(ids)
}

// A change that is dated before one already recorded must fit the tree of every instant it is going to hold for.
func TestSetSponsorRefusesACycleInThePast(t *testing.T) {
	g := plant(t, 10)
	ids := newIDs(3)
	a, b, c := ids[0], ids[1], ids[2]
	require.NoError(t, g.set(b, a, 10))
	require.NoError(t, g.set(b, c, 30))
	require.ErrorIs(t, g.set(a, b, 20), tree.ErrCycle, "until minute 30, b is below a")
	require.NoError(t, g.set(a, b, 30))
	g.requireForest(ids)
}

func TestUplineAsOfAnInstant(t *testing.T) {
	g := plant(t, 10)
	ids := newIDs(5)
	a, b, c, d, e := ids[0], ids[1], ids[2], ids[3], ids[4]
	require.NoError(t, g.set(b, a, 0))
	require.NoError(t, g.set(c, b, 10))
	require.NoError(t, g.set(c, d, 20))
	require.NoError(t, g.set(d, e, 30))
	require.NoError(t, g.set(c, b, 40))
	for _, want := range []struct {
		when  time.Time
		chain []models.ID
	}{
		{at(10).Add(-time.Microsecond), []models.ID{}},
		{at(10), []models.ID{b, a}},
		{at(20).Add(-time.Microsecond), []models.ID{b, a}},
		{at(20), []models.ID{d}},
		{at(30), []models.ID{d, e}},
		{at(40).Add(-time.Microsecond), []models.ID{d, e}},
		{at(40), []models.ID{b, a}},
		{present, []models.ID{b, a}},
	} {
		require.Equal(t, want.chain, g.upline(c, want.when), "at %s", want.when)
	}
	chain, err := tree.Upline(g.db.Read(t.Context()), c, present, 1)
	require.NoError(t, err)
	require.Equal(t, []models.ID{b}, chain)
	require.Len(t, g.edges(), 5, "edges are closed, never changed or deleted")
}

func TestSettingTheSameSponsorChangesNothing(t *testing.T) {
	g := plant(t, 10)
	ids := newIDs(2)
	require.NoError(t, g.set(ids[1], ids[0], 10))
	before := g.edges()
	for _, minutes := range []int{0, 10, 20} {
		require.NoError(t, g.set(ids[1], ids[0], minutes))
	}
	require.Equal(t, before, g.edges())
}

func TestStaleChangesAreRefused(t *testing.T) {
	g := plant(t, 10)
	ids := newIDs(3)
	require.NoError(t, g.set(ids[0], ids[1], 10))
	for _, minutes := range []int{0, 9, 10} {
		require.ErrorIs(t, g.set(ids[0], ids[2], minutes), tree.ErrStale)
	}
	require.Equal(t, []models.ID{ids[1]}, g.upline(ids[0], present))
	require.NoError(t, g.set(ids[0], ids[2], 11))
}

func TestDepthLimitAtTheEdge(t *testing.T) {
	const depth = 4
	g := plant(t, depth)
	ids := newIDs(depth + 2)
	for i := range depth {
		require.NoError(t, g.set(ids[i+1], ids[i], 0), "upline of %d", i+1)
	}
	require.Len(t, g.upline(ids[depth], present), depth)
	require.ErrorIs(t, g.set(ids[depth+1], ids[depth], 0), tree.ErrTooDeep)
	require.ErrorIs(t, g.set(ids[0], ids[depth+1], 0), tree.ErrTooDeep, "the whole tree would sink by one")

	// Two levels hang below a mover: it fits under a sponsor at level 1, not under one at level 2.
	other := newIDs(3)
	require.NoError(t, g.set(other[1], other[0], 0))
	require.NoError(t, g.set(other[2], other[1], 0))
	require.ErrorIs(t, g.set(other[0], ids[2], 1), tree.ErrTooDeep)
	require.NoError(t, g.set(other[0], ids[1], 1))
	require.Len(t, g.upline(other[2], present), depth)
}
