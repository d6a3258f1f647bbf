package tree_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/internal/tree"
	"tributary/models"
)

// ledgerOfEdges is the tree as a list that is searched from end to end: nothing of it is clever.
type ledgerOfEdges struct {
	edges []models.SponsorEdge
	depth int
}

func (l *ledgerOfEdges) at(child models.ID, when time.Time) (models.ID, bool) {
	for _, e := range l.edges {
		if e.ChildID == child && !e.ValidFrom.After(when) && e.ValidTo.After(when) {
			return e.SponsorID, true
		}
	}
	return models.ID{}, false
}

func (l *ledgerOfEdges) upline(id models.ID, when time.Time) []models.ID {
	chain := []models.ID{}
	for up, ok := l.at(id, when); ok; up, ok = l.at(up, when) {
		if len(chain) > len(l.edges) {
			panic("a cycle in the model")
		}
		chain = append(chain, up)
	}
	return chain
}

func (l *ledgerOfEdges) height(id models.ID) int {
	highest := 0
	for _, e := range l.edges {
		if e.SponsorID == id && e.ValidTo.Equal(models.OpenEnd) {
			highest = max(highest, 1+l.height(e.ChildID))
		}
	}
	return highest
}

// set does what SetSponsor promises, and gives the refusal it must give.
func (l *ledgerOfEdges) set(child, sponsor models.ID, from time.Time) error {
	if child == sponsor {
		return tree.ErrSelf
	}
	open := slices.IndexFunc(l.edges, func(e models.SponsorEdge) bool { return e.ChildID == child && e.ValidTo.Equal(models.OpenEnd) })
	if open >= 0 && l.edges[open].SponsorID == sponsor {
		return nil
	}
	instants := []time.Time{from, present}
	for _, e := range l.edges {
		instants = append(instants, e.ValidFrom, e.ValidTo)
	}
	for _, when := range instants {
		if !when.Before(from) && slices.Contains(l.upline(sponsor, when), child) {
			return tree.ErrCycle
		}
	}
	if len(l.upline(sponsor, present))+1+l.height(child) > l.depth {
		return tree.ErrTooDeep
	}
	if open >= 0 {
		if !l.edges[open].ValidFrom.Before(from) {
			return tree.ErrStale
		}
		l.edges[open].ValidTo = from
	}
	l.edges = append(l.edges, models.SponsorEdge{ChildID: child, SponsorID: sponsor, ValidFrom: from, ValidTo: models.OpenEnd})
	return nil
}

// A change is three bytes: whose sponsor, which, and from which minute. Every answer of SetSponsor must be the model's,
// and the upline of everybody at any instant must be too, read by SQL and from a snapshot.
func FuzzUplineAgainstAList(f *testing.F) {
	f.Add([]byte{1, 0, 10, 2, 1, 20, 0, 2, 15, 0, 2, 30, 1, 2, 40}, byte(10))
	f.Add([]byte{1, 0, 10, 1, 2, 30, 0, 1, 20, 0, 1, 30}, byte(10))
	f.Add([]byte{0, 1, 0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 5, 0, 5, 6, 0}, byte(4))
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 5))
		changes := make([]byte, 3*60)
		for i := range changes {
			changes[i] = byte(random.Uint32())
			if i%3 == 2 && seed%2 == 0 {
				changes[i] = byte(i) // in the order of time, so that most are taken
			}
		}
		f.Add(changes, byte(seed))
	}
	db, _ := testkit.OpenDB(f)
	f.Fuzz(func(t *testing.T, changes []byte, depth byte) {
		const people, most = 7, 80
		model := &ledgerOfEdges{depth: 2 + int(depth)%8}
		g := &grove{t: t, db: db, program: models.NewID(), depth: model.depth}
		ids := newIDs(people)
		changes = changes[:min(len(changes), 3*most)]
		// One transaction for all of them: what is refused has written no edge.
		require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
			for ; len(changes) >= 3; changes = changes[3:] {
				child, sponsor, minute := ids[changes[0]%people], ids[changes[1]%people], int(changes[2])
				want := model.set(child, sponsor, at(minute))
				got := tree.SetSponsor(tx, tree.Change{ProgramID: g.program, ChildID: child, SponsorID: sponsor, MaxDepth: model.depth,
					EffectiveAt: at(minute), Actor: "fuzz", Reason: "fuzz"})
				require.True(t, errors.Is(got, want), "at minute %d: %v, and the model %v", minute, got, want)
			}
			return nil
		}))
		requireModel(g, model, ids)
	})
}

func requireModel(g *grove, model *ledgerOfEdges, ids []models.ID) {
	g.t.Helper()
	query := g.db.Read(g.t.Context())
	snapshot, err := tree.Load(query, g.program)
	require.NoError(g.t, err)
	instants := []time.Time{start.Add(-time.Second), present}
	for _, e := range model.edges {
		instants = append(instants, e.ValidFrom, e.ValidFrom.Add(-time.Microsecond), e.ValidFrom.Add(time.Second))
	}
	for n, when := range instants {
		for i, id := range ids {
			want := model.upline(id, when)
			require.Equal(g.t, want, snapshot.Upline([]models.ID{}, id, when, tree.MaxDepth), "from the snapshot, at %s", when)
			if (n+i)%3 == 0 { // the database is asked for a part of them, to keep this quick
				require.Equal(g.t, want, g.upline(id, when), "from the database, at %s", when)
			}
		}
	}
}
