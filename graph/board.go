package graph

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tributary/models"
)

// board is where subscriptions of one kind hear what is new. Each topic is read by one poller for all who listen to it in
// this process, while somebody does; so how often the database is asked does not grow with the listeners.
type board[T any] struct {
	every time.Duration
	most  int  // events that may wait for a listener
	keeps bool // who comes later is told the last event at once: for events that say how things stand
	mu    sync.Mutex
	known map[models.ID]*topic[T]
}

// reader looks for what is new. After over there is nothing more to come.
type reader[T any] func(ctx context.Context) (events []T, over bool, err error)

type topic[T any] struct {
	listeners map[*listener[T]]struct{}
	last      []*T          // of a board that keeps
	ready     chan struct{} // closed after the first look
	stop      context.CancelFunc
}

// listener is one who listens, with the events that it has not taken yet; they are shared with the others.
type listener[T any] struct {
	wants  func(T) bool
	events chan *T
	end    context.CancelCauseFunc // of its operation
}

func newBoard[T any](every time.Duration, keeps bool) *board[T] {
	return &board[T]{every: every, most: maxPending, keeps: keeps, known: map[models.ID]*topic[T]{}}
}

// listen gives the events of a topic that the listener wants, from the moment it returns, until the context ends or there
// is nothing more to come. The first who listens brings the reader. Who leaves maxPending events untaken is ended with
// STREAM_TOO_SLOW.
func (b *board[T]) listen(ctx context.Context, log *slog.Logger, id models.ID, read reader[T], wants func(T) bool) (<-chan *T, error) {
	l := &listener[T]{wants: wants, events: make(chan *T, b.most), end: endOf(ctx)}
	b.mu.Lock()
	t, known := b.known[id]
	if !known {
		life, stop := context.WithCancel(context.Background()) // it outlives who came first
		t = &topic[T]{listeners: map[*listener[T]]struct{}{}, ready: make(chan struct{}), stop: stop}
		b.known[id] = t
		go b.poll(life, log, id, t, read)
	}
	t.listeners[l] = struct{}{}
	l.tell(t.last)
	b.mu.Unlock()
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.leave(id, t, l)
	})
	select {
	case <-t.ready:
		return l.events, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// poll reads a topic until nobody listens or there is nothing more to come. What cannot be read is tried again.
func (b *board[T]) poll(ctx context.Context, log *slog.Logger, id models.ID, t *topic[T], read reader[T]) {
	ticker := time.NewTicker(b.every)
	defer ticker.Stop()
	failing := false
	for looked := false; ; {
		events, over, err := read(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			log.Error("a subscription cannot be read", "error", err)
		}
		failing = err != nil
		if err == nil {
			b.publish(id, t, events, over)
		}
		if err == nil && !looked {
			looked = true
			close(t.ready)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// publish hands events to all who listen. It never waits for one of them.
func (b *board[T]) publish(id models.ID, t *topic[T], events []T, over bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	shared := make([]*T, len(events))
	for i := range events {
		shared[i] = &events[i]
	}
	if b.keeps && len(shared) > 0 {
		t.last = shared[len(shared)-1:]
	}
	for l := range t.listeners {
		l.tell(shared)
		if over {
			b.leave(id, t, l)
		}
	}
}

func (l *listener[T]) tell(events []*T) {
	for _, event := range events {
		if !l.wants(*event) {
			continue
		}
		select {
		case l.events <- event:
		default:
			l.end(errStreamTooSlow)
			return
		}
	}
}

// leave takes a listener off a topic, and ends the topic with its last. The board is locked.
func (b *board[T]) leave(id models.ID, t *topic[T], l *listener[T]) {
	if _, listens := t.listeners[l]; !listens {
		return
	}
	delete(t.listeners, l)
	close(l.events)
	if len(t.listeners) == 0 {
		t.stop()
		if b.known[id] == t {
			delete(b.known, id)
		}
	}
}

type endKey struct{}

// withEnd lets what an operation listens to end it, for a reason.
func withEnd(ctx context.Context, end context.CancelCauseFunc) context.Context {
	return context.WithValue(ctx, endKey{}, end)
}

func endOf(ctx context.Context) context.CancelCauseFunc {
	end, _ := ctx.Value(endKey{}).(context.CancelCauseFunc)
	return end
}
