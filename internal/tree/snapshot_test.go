package tree_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/tree"
	"tributary/models"
)

// growAtRandom makes changes in the order of time, so that most of them are taken.
func (g *grove) growAtRandom(random *rand.Rand, ids []models.ID, changes int) {
	g.t.Helper()
	for minute := range changes {
		if err := g.set(ids[random.IntN(len(ids))], ids[random.IntN(len(ids))], minute); err != nil {
			require.True(g.t, isRefusal(err), err)
		}
	}
}

func TestSnapshotEqualsTheDatabaseAtAnyInstant(t *testing.T) {
	g := plant(t, 6)
	random := rand.New(rand.NewPCG(2, 3))
	ids := newIDs(15)
	g.growAtRandom(random, ids, 120)
	stranger := plantBeside(g)

	query := g.db.Read(t.Context())
	snapshot, err := tree.Load(query, g.program)
	require.NoError(t, err)
	instants := []time.Time{time.Unix(0, 0).UTC(), start, at(119), at(1000)}
	for _, e := range g.edges() {
		instants = append(instants, e.ValidFrom, e.ValidFrom.Add(-time.Microsecond))
	}
	for range 50 {
		instants = append(instants, start.Add(time.Duration(random.Int64N(int64(2*time.Hour)))).Truncate(time.Microsecond))
	}
	longest := 0
	for _, when := range instants {
		id, limit := ids[random.IntN(len(ids))], 1+random.IntN(8)
		want, err := tree.Upline(query, id, when, limit)
		require.NoError(t, err)
		require.Equal(t, want, snapshot.Upline([]models.ID{}, id, when, limit), "%s at %s", id, when)
		longest = max(longest, len(want))
	}
	require.Greater(t, longest, 2, "the sample has real chains")
	require.Empty(t, snapshot.Upline(nil, stranger, present, 10), "another program's edges are not in it")
	require.Empty(t, snapshot.Upline(nil, ids[0], present, 0))
	require.Equal(t, ids[:1], snapshot.Upline(ids[:1], models.NewID(), present, 9), "appends")
}

// plantBeside puts an edge into another program of the same database and gives its child.
func plantBeside(g *grove) models.ID {
	beside := *g
	beside.program = models.NewID()
	pair := newIDs(2)
	require.NoError(g.t, beside.set(pair[0], pair[1], 0))
	return pair[0]
}

func TestVersionTellsWhetherASnapshotIsOld(t *testing.T) {
	g := plant(t, 6)
	query := g.db.Read(t.Context())
	ids := newIDs(3)
	empty, err := tree.Load(query, g.program)
	require.NoError(t, err)
	require.Zero(t, empty.Version)

	require.NoError(t, g.set(ids[0], ids[1], 0))
	plantBeside(g)
	loaded, err := tree.Load(query, g.program)
	require.NoError(t, err)
	require.Greater(t, loaded.Version, empty.Version)
	now, err := tree.Version(query, g.program)
	require.NoError(t, err)
	require.Equal(t, loaded.Version, now)

	require.ErrorIs(t, g.set(ids[1], ids[0], 1), tree.ErrCycle)
	refused, err := tree.Version(query, g.program)
	require.NoError(t, err)
	require.Equal(t, now, refused, "a refused change rolls its count back")
	require.NoError(t, g.set(ids[0], ids[2], 1))
	changed, err := tree.Version(query, g.program)
	require.NoError(t, err)
	require.Greater(t, changed, now)
}

func TestReadsOfTheDownline(t *testing.T) {
	g := plant(t, 10)
	query := g.db.Read(t.Context())
	ids := newIDs(7) // 0 has 1 and 2; 1 has 3 and 4; 3 has 5; 6 left 0
	for child, sponsor := range map[int]int{1: 0, 2: 0, 3: 1, 4: 1, 5: 3, 6: 0} {
		require.NoError(t, g.set(ids[child], ids[sponsor], 0))
	}
	elsewhere := models.NewID()
	require.NoError(t, g.set(ids[6], elsewhere, 1))

	for depth, want := range map[int]map[models.ID]int{0: {}, 1: {ids[0]: 2, ids[1]: 2}, 2: {ids[0]: 4, ids[1]: 3}, 10: {ids[0]: 5, ids[1]: 3}} {
		sizes, err := tree.SubtreeSizes(query, []models.ID{ids[0], ids[1], ids[5]}, depth)
		require.NoError(t, err)
		require.Equal(t, want, sizes, "depth %d", depth)
	}
	chains, err := tree.Uplines(query, []models.ID{ids[0], ids[5], ids[4]}, g.db.Now().Add(time.Hour), 2)
	require.NoError(t, err)
	require.Equal(t, map[models.ID][]models.ID{ids[5]: {ids[3], ids[1]}, ids[4]: {ids[1], ids[0]}}, chains)

	first, err := tree.Children(query, ids[0], models.Page{Size: 1})
	require.NoError(t, err)
	require.True(t, first.HasMore)
	require.Equal(t, ids[1], first.Rows[0].ChildID)
	second, err := tree.Children(query, ids[0], models.Page{Size: 1, After: first.Rows[0].ChildID})
	require.NoError(t, err)
	require.False(t, second.HasMore)
	require.Equal(t, ids[2], second.Rows[0].ChildID)

	sponsors, err := tree.Sponsors(query, []models.ID{ids[0], ids[5], ids[6]})
	require.NoError(t, err)
	require.Equal(t, map[models.ID]models.ID{ids[5]: ids[3], ids[6]: elsewhere}, sponsors)
}
