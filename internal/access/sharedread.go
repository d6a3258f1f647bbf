package access

import (
	"context"
	"sync"
)

// sharedReads lets callers who look for the same at the same moment share one read. Whoever comes while one is under way waits for the
// next, which begins after it came: so nobody is given what was true before it asked, such as a key that was revoked meanwhile.
type sharedReads[K comparable, V any] struct {
	mu sync.Mutex
	of map[K]*readTurns[V]
}

// readTurns is of what is being read; next is the read that others wait for.
type readTurns[V any] struct{ next *sharedRead[V] }

// sharedRead is a read that one of those who wait makes for all of them.
type sharedRead[V any] struct {
	lead  chan struct{} // whoever receives makes it
	done  chan struct{}
	value V
	err   error
}

// do gives what read gives. Who did not read itself and is given an error reads alone: the error may be about another's patience.
func (r *sharedReads[K, V]) do(ctx context.Context, key K, read func(context.Context) (V, error)) (V, error) {
	r.mu.Lock()
	turns := r.of[key]
	if turns == nil {
		if r.of == nil {
			r.of = map[K]*readTurns[V]{}
		}
		r.of[key] = &readTurns[V]{}
		r.mu.Unlock()
		defer r.pass(key)
		return read(ctx)
	}
	if turns.next == nil {
		turns.next = &sharedRead[V]{lead: make(chan struct{}, 1), done: make(chan struct{})}
	}
	ours := turns.next
	r.mu.Unlock()
	select {
	case <-ours.lead:
		r.begin(key, ours)
		defer r.pass(key)
		defer close(ours.done)
		ours.value, ours.err = read(ctx)
		return ours.value, ours.err
	case <-ours.done:
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
	if ours.err != nil {
		return read(ctx)
	}
	return ours.value, nil
}

// begin says that a read is under way: who comes from now on waits for another.
func (r *sharedReads[K, V]) begin(key K, ours *sharedRead[V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if turns := r.of[key]; turns.next == ours {
		turns.next = nil
	}
}

// pass lets those who wait make the next read.
func (r *sharedReads[K, V]) pass(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	turns := r.of[key]
	if turns.next == nil {
		delete(r.of, key)
		return
	}
	turns.next.lead <- struct{}{}
}
