package tree_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/tree"
	"tributary/models"
)

// chainByHand walks up step by step, with another sponsor for one child.
func chainByHand(s *tree.Snapshot, id, child, sponsor models.ID, when time.Time, limit int) []models.ID {
	chain := []models.ID{}
	passed := id == child
	for len(chain) < limit {
		var above []models.ID
		if id == child {
			if !sponsor.IsZero() {
				above = []models.ID{sponsor}
			}
		} else {
			above = s.Upline(nil, id, when, 1)
		}
		if len(above) == 0 || passed && above[0] == child {
			break
		}
		id = above[0]
		passed = passed || id == child
		chain = append(chain, id)
	}
	return chain
}

func TestAMovedSnapshotHasTheOtherSponsorAtAnyInstant(t *testing.T) {
	g := plant(t, 6)
	random := rand.New(rand.NewPCG(5, 7))
	ids := newIDs(12)
	g.growAtRandom(random, ids, 120)
	s, err := tree.Load(g.db.Read(t.Context()), g.program)
	require.NoError(t, err)
	others := append(slices.Clone(ids), models.ID{}, models.NewID())
	changed := 0
	for range 2000 {
		child, sponsor := ids[random.IntN(len(ids))], others[random.IntN(len(others))]
		if sponsor == child {
			continue
		}
		id, limit := ids[random.IntN(len(ids))], random.IntN(8)
		when := start.Add(time.Duration(random.Int64N(int64(2 * time.Hour)))).Truncate(time.Microsecond)
		got := s.Moved(child, sponsor).Upline([]models.ID{id}, id, when, limit)[1:]
		require.Equal(t, chainByHand(s, id, child, sponsor, when, limit), got)
		if !slices.Equal(got, s.Upline(nil, id, when, limit)) {
			changed++
		}
	}
	require.Greater(t, changed, 200)
	newcomer := models.NewID()
	require.Equal(t, ids[:1], s.Moved(newcomer, ids[0]).Upline(nil, newcomer, present, 1), "who never had a sponsor")
}

func TestEverBelowIsWhoeverWasBelowAtSomeInstant(t *testing.T) {
	g := plant(t, 6)
	random := rand.New(rand.NewPCG(11, 13))
	ids := newIDs(12)
	g.growAtRandom(random, ids, 120)
	s, err := tree.Load(g.db.Read(t.Context()), g.program)
	require.NoError(t, err)
	for _, id := range ids {
		from := random.IntN(100)
		until := from + 1 + random.IntN(20)
		found := s.EverBelow(id, at(from), at(until))
		require.NotContains(t, found, id)
		for minute := from; minute < until; minute++ {
			for _, other := range ids {
				if slices.Contains(s.Upline(nil, other, at(minute), 20), id) {
					require.Contains(t, found, other)
				}
			}
		}
		for _, other := range found {
			require.True(t, reachedWithin(s, other, id, at(from), until-from, map[models.ID]bool{}), "only by edges of the span")
		}
	}
	require.Empty(t, s.EverBelow(models.NewID(), at(0), at(100)))
}

// reachedWithin climbs by any edge that held within some minutes.
func reachedWithin(s *tree.Snapshot, id, to models.ID, from time.Time, minutes int, seen map[models.ID]bool) bool {
	if id == to {
		return true
	}
	seen[id] = true
	for minute := range minutes {
		for _, above := range s.Upline(nil, id, from.Add(time.Duration(minute)*time.Minute), 1) {
			if !seen[above] && reachedWithin(s, above, to, from, minutes, seen) {
				return true
			}
		}
	}
	return false
}
