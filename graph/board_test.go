package graph_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/graph"
	"tributary/models"
)

const soon = 10 * time.Second

// counter reads 1, 2, 3 and so on, one at each look after the first, and counts the looks.
func counter(looks *atomic.Int64) func(context.Context) ([]int, bool, error) {
	return func(context.Context) ([]int, bool, error) {
		n := int(looks.Add(1)) - 1
		if n == 0 {
			return nil, false, nil
		}
		return []int{n}, false, nil
	}
}

func take[T any](t *testing.T, events <-chan *T) T {
	t.Helper()
	select {
	case event, ok := <-events:
		require.True(t, ok, "it ended")
		return *event
	case <-time.After(soon):
		require.Fail(t, "nothing came")
		panic("unreachable")
	}
}

func TestAllWhoListenShareOnePoller(t *testing.T) {
	var looks, others atomic.Int64
	b, id := graph.NewBoard(time.Millisecond, 100_000, false), models.NewID()
	ctx, leave := context.WithCancel(t.Context())
	first, err := b.Listen(ctx, nil, id, counter(&looks))
	require.NoError(t, err)
	require.Equal(t, 1, take(t, first))
	second, err := b.Listen(t.Context(), nil, id, counter(&others))
	require.NoError(t, err)
	later := take(t, second)
	require.Greater(t, later, 1, "only what comes from now on")
	require.Equal(t, later+1, take(t, second))
	require.Equal(t, 2, take(t, first), "nobody misses anything")
	require.Zero(t, others.Load())
	leave()
	require.Eventually(t, func() bool {
		_, open := <-first
		return !open
	}, soon, time.Millisecond)
	require.Equal(t, later+2, take(t, second), "the others go on")
}

func TestAPollerEndsWithItsLastListener(t *testing.T) {
	var looks atomic.Int64
	b, id := graph.NewBoard(time.Millisecond, 10, false), models.NewID()
	ended := make(chan struct{})
	end, read := sync.OnceFunc(func() { close(ended) }), counter(&looks)
	ctx, leave := context.WithCancel(t.Context())
	_, err := b.Listen(ctx, func(error) {}, id, func(ctx context.Context) ([]int, bool, error) {
		context.AfterFunc(ctx, end)
		return read(ctx)
	})
	require.NoError(t, err)
	leave()
	select {
	case <-ended:
	case <-time.After(soon):
		require.Fail(t, "the poller goes on")
	}
}

func TestWhoDoesNotTakeItsEventsIsEnded(t *testing.T) {
	var looks atomic.Int64
	b, id := graph.NewBoard(time.Millisecond, 3, false), models.NewID()
	ctx, end := context.WithCancelCause(t.Context())
	events, err := b.Listen(ctx, end, id, counter(&looks))
	require.NoError(t, err)
	<-ctx.Done()
	require.ErrorIs(t, context.Cause(ctx), graph.ErrStreamTooSlow)
	for want := range 3 {
		require.Equal(t, want+1, take(t, events), "what it may hold is there")
	}
	_, open := <-events
	require.False(t, open)
}

func TestWhoComesLaterIsToldHowThingsStand(t *testing.T) {
	b, id := graph.NewBoard(time.Millisecond, 3, true), models.NewID()
	over := make(chan bool, 1)
	read := func() func(context.Context) ([]int, bool, error) {
		told := false
		return func(context.Context) ([]int, bool, error) {
			select {
			case <-over:
				return []int{8}, true, nil
			default:
			}
			if told {
				return nil, false, nil
			}
			told = true
			return []int{7}, false, nil
		}
	}()
	first, err := b.Listen(t.Context(), nil, id, read)
	require.NoError(t, err)
	require.Equal(t, 7, take(t, first))
	second, err := b.Listen(t.Context(), nil, id, read)
	require.NoError(t, err)
	require.Equal(t, 7, take(t, second))
	over <- true
	for _, events := range []<-chan *int{first, second} {
		require.Equal(t, 8, take(t, events))
		_, open := <-events
		require.False(t, open, "there is nothing more to come")
	}
}

func TestWhatCannotBeReadIsTriedAgain(t *testing.T) {
	b, id := graph.NewBoard(time.Millisecond, 3, true), models.NewID()
	tries := 0
	events, err := b.Listen(t.Context(), nil, id, func(context.Context) ([]int, bool, error) {
		if tries++; tries < 3 {
			return nil, false, errors.New("the database is away")
		}
		return []int{tries}, true, nil
	})
	require.NoError(t, err)
	require.Equal(t, 3, take(t, events))
}
