package access

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	soonEnough = 10 * time.Second
	tick       = time.Millisecond
)

// Many who ask at once share reads, and each is given what was true when it asked or later.
func TestASharedReadIsNeverOlderThanTheQuestion(t *testing.T) {
	var r sharedReads[string, int64]
	var truth, reads atomic.Int64
	read := func(context.Context) (int64, error) {
		reads.Add(1)
		return truth.Load(), nil
	}
	const askers, rounds = 32, 500
	var together sync.WaitGroup
	for range askers {
		together.Go(func() {
			for range rounds {
				asked := truth.Add(1)
				got, err := r.do(t.Context(), "key", read)
				if err != nil || got < asked {
					t.Errorf("asked at %d, given %d, %v", asked, got, err)
				}
			}
		})
	}
	together.Wait()
	require.LessOrEqual(t, reads.Load(), int64(askers*rounds))
	require.Empty(t, r.of, "nothing is kept")
}

// While one read is under way, all who come wait for one more.
func TestWhoComesMeanwhileSharesTheNextRead(t *testing.T) {
	var r sharedReads[string, int]
	begun, goOn := make(chan int), make(chan error)
	n := 0
	read := func(context.Context) (int, error) {
		n++
		begun <- n
		return n, <-goOn
	}
	answers := make(chan int, 10)
	ask := func(ctx context.Context) {
		got, err := r.do(ctx, "key", read)
		if err != nil {
			got = -1
		}
		answers <- got
	}
	waiting := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.of["key"] != nil && r.of["key"].next != nil
	}
	go ask(t.Context())
	require.Equal(t, 1, <-begun)
	impatient, giveUp := context.WithCancel(t.Context())
	go ask(impatient)
	require.Eventually(t, waiting, soonEnough, tick)
	giveUp()
	require.Equal(t, -1, <-answers)
	for range 3 {
		go ask(t.Context())
	}
	goOn <- nil
	require.Equal(t, 1, <-answers)
	require.Equal(t, 2, <-begun, "though who waited first has gone")
	goOn <- errors.New("lost")
	require.Equal(t, -1, <-answers)
	for range 2 { // who did not fail itself reads itself; those who come late may share again
		<-begun
		goOn <- nil
		require.Positive(t, <-answers)
	}
	require.Empty(t, r.of)
}
