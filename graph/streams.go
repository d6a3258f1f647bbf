package graph

import (
	"context"
	"sync"
	"time"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

// Streams are the connections of a process that stay open, by WebSocket or as server-sent events: how many there are of
// whom, what those who listen share, and when all of them end.
type Streams struct {
	pace        pace
	conversions *board[models.Conversion]
	batches     *board[payout.Progress]
	jobs        *board[Job]

	life    context.Context // ends with errStopping
	end     context.CancelCauseFunc
	running sync.WaitGroup

	mu          sync.Mutex
	open        int
	connections map[string]int    // by the caller's name
	listening   map[models.ID]int // by tenant
}

// NewStreams makes the streams of a process; Close ends them.
func NewStreams() *Streams { return newStreams(usualPace) }

func newStreams(p pace) *Streams {
	life, end := context.WithCancelCause(context.Background())
	return &Streams{pace: p, life: life, end: end, connections: map[string]int{}, listening: map[models.ID]int{},
		conversions: newBoard[models.Conversion](p.poll, false), batches: newBoard[payout.Progress](p.poll, true), jobs: newBoard[Job](p.poll, true)}
}

// Close tells every connection that the server stops, takes no more, and returns when all are gone.
func (s *Streams) Close() {
	s.mu.Lock()
	s.end(errStopping)
	s.mu.Unlock()
	s.running.Wait()
}

// enter makes room for a connection, until leave is called. Codes SERVER_STOPPING, SERVER_FULL.
func (s *Streams) enter() (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.life.Err() != nil:
		return nil, errStopping
	case s.open >= maxStreams:
		return nil, errServerFull
	}
	s.open++
	s.running.Add(1)
	return func() {
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
		s.running.Done()
	}, nil
}

// connect counts a connection as the caller's, until leave is called. Code CONNECTIONS_TOO_MANY.
func (s *Streams) connect(by access.Caller) (leave func(), err error) {
	if !take(&s.mu, s.connections, by.Name, maxConnections) {
		return nil, errTooManyStreams
	}
	return func() { give(&s.mu, s.connections, by.Name) }, nil
}

// listen counts a subscription as the tenant's, until leave is called. Code SUBSCRIPTIONS_TOO_MANY.
func (s *Streams) listen(by access.Caller) (leave func(), err error) {
	if !take(&s.mu, s.listening, by.TenantID(), maxSubscriptions) {
		return nil, errTooManyListeners
	}
	return func() { give(&s.mu, s.listening, by.TenantID()) }, nil
}

func take[K comparable](mu *sync.Mutex, taken map[K]int, key K, most int) bool {
	mu.Lock()
	defer mu.Unlock()
	if taken[key] >= most {
		return false
	}
	taken[key]++
	return true
}

func give[K comparable](mu *sync.Mutex, taken map[K]int, key K) {
	mu.Lock()
	defer mu.Unlock()
	if taken[key]--; taken[key] == 0 {
		delete(taken, key)
	}
}

// within gives the context of one connection: it ends with the request, and with the server.
func (s *Streams) within(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, end := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.life, func() { end(context.Cause(s.life)) })
	return ctx, func(cause error) {
		stop()
		end(cause)
	}
}

// guardCredential looks again and again whether a credential still stands for the same caller with the same rights, and
// ends the connection when it does not. It returns when the context ends.
func (s *Streams) guardCredential(ctx context.Context, service *access.Service, credential string, by access.Caller, end context.CancelCauseFunc) {
	ticker := time.NewTicker(s.pace.check)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, err := authenticate(ctx, service, credential)
		if isRefused(err) || (err == nil && !now.Equal(by)) {
			end(access.ErrUnauthenticated)
			return
		}
	}
}
