package graph_test

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/testkit"
)

// storm ends transactions in their midst, as the database does where two block each other. Which and when comes from a seed.
type storm struct {
	mu    sync.Mutex
	dice  *rand.Rand
	left  map[gorm.ConnPool]int // statements that a transaction may still have before it is ended
	hits  int
	ended bool
}

// brew lets a storm rage over the database until it is ended.
func (s *served) brew(name string) *storm {
	s.T.Helper()
	seed := fnv.New64()
	_, err := seed.Write([]byte(name))
	require.NoError(s.T, err)
	w := &storm{dice: rand.New(rand.NewPCG(seed.Sum64(), 1)), left: map[gorm.ConnPool]int{}}
	testkit.OnStatement(s.T, s.DB, func(g *gorm.DB) {
		if w.hit(g.Statement.ConnPool) {
			_ = g.AddError(testkit.Deadlock(g))
		}
	})
	return w
}

// end tells how many transactions it ended.
func (w *storm) end() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	return w.hits
}

// hit tells whether a transaction is ended now: each is until one was, and of the others two of three, at one of their first
// statements.
func (w *storm) hit(pool gorm.ConnPool) bool {
	if _, inTx := pool.(gorm.TxCommitter); !inTx {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.left[pool]; !known {
		switch {
		case w.hits == 0:
			w.left[pool] = w.dice.IntN(3)
		case w.dice.IntN(3) > 0:
			w.left[pool] = w.dice.IntN(8)
		default:
			w.left[pool] = -1
		}
	}
	isNow := w.left[pool] == 0 && !w.ended
	w.left[pool]--
	if isNow {
		w.hits++
	}
	return isNow
}
