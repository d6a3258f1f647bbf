package graph

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"tributary/models"
)

// SetLoaderWait makes loaders gather keys for longer, until the returned function is called.
func SetLoaderWait(d time.Duration) (reset func()) {
	before := loaderWait
	loaderWait = d
	return func() { loaderWait = before }
}

// What the tests of streams try at their edge.
const (
	MaxConnections   = maxConnections
	MaxOperations    = maxOperations
	MaxSubscriptions = maxSubscriptions
)

// Pace is how often streams do what they do again and again.
type Pace struct{ Init, Ping, Check time.Duration }

// NewQuickStreams makes streams that look for what is new many times a second.
func NewQuickStreams(p Pace) *Streams {
	quick := usualPace
	quick.poll, quick.heartbeat, quick.initWithin, quick.ping, quick.check = 5*time.Millisecond, 20*time.Millisecond, p.Init, p.Ping, p.Check
	return newStreams(quick)
}

// Hold makes listeners to conversions hold so many events at most.
func (s *Streams) Hold(n int) { s.conversions.most = n }

// Listening counts the topics that somebody listens to and that have been looked at: what happens now is heard.
func (s *Streams) Listening() int {
	return s.conversions.topics() + s.batches.topics() + s.jobs.topics()
}

func (b *board[T]) topics() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, t := range b.known {
		select {
		case <-t.ready:
			n++
		default:
		}
	}
	return n
}

// Board is a board of numbers.
type Board = board[int]

// NewBoard makes a board whose listeners hold so many events at most.
func NewBoard(every time.Duration, most int, keeps bool) *Board {
	b := newBoard[int](every, keeps)
	b.most = most
	return b
}

// Listen listens to a topic of the board.
func (b *board[T]) Listen(ctx context.Context, end context.CancelCauseFunc, id models.ID, read func(context.Context) ([]T, bool, error)) (<-chan *T, error) {
	return b.listen(withEnd(ctx, end), slog.New(slog.DiscardHandler), id, read, all)
}

// ErrStreamTooSlow is what ends who does not take its events.
var ErrStreamTooSlow = errStreamTooSlow

// PlainFieldsOfConversion names what lists of conversions are written at once of.
func PlainFieldsOfConversion() []string { return slices.Collect(maps.Keys(plainConversion.fields)) }
