package limiter

import (
	"context"
	"sync/atomic"
	"time"
)

// token implements Token.
type token struct {
	gate     *Shared
	endpoint Endpoint
	subject  string
	holder   string
	factor   int64
	at       time.Time
	departed atomic.Bool
	spent    atomic.Bool
	released atomic.Bool
}

// maxTries is how often a token that is too late to its instant, or meets a pause, takes another.
const maxTries = 10

// Depart implements Token.
func (t *token) Depart(ctx context.Context) error {
	s := t.gate
	deadline := s.o.Now().Add(maxWait)
	for range maxTries {
		if t.at.After(deadline) {
			return &Busy{After: time.Second}
		}
		if err := s.wait(ctx, deadline.Add(tooLate), nil, t.at.Sub(s.o.Now())); err != nil {
			return err
		}
		left, err := t.left(ctx, deadline)
		if left || err != nil {
			t.departed.Store(left)
			return err
		}
		if t.at, err = s.reserve(ctx, t.endpoint, t.factor, deadline); err != nil {
			return err
		}
	}
	return &Busy{After: time.Second}
}

// left tells whether the call may leave now that its instant has come: not in a pause, which is waited for if it is short,
// and not too late.
func (t *token) left(ctx context.Context, deadline time.Time) (bool, error) {
	s := t.gate
	if s.pausedFor() > 0 {
		var err error
		t.factor, err = s.enter(ctx, &token{endpoint: Reads}, deadline) // the rate is another after it
		return false, err
	}
	return s.o.Now().Sub(t.at) <= tooLate, nil
}

// Sent implements Token.
func (t *token) Sent(ctx context.Context) {
	if t.gate.o.Now().Sub(t.at) > lateAfter {
		t.gate.takePlaces(ctx, t.endpoint, t.factor)
	}
}

// Spend implements Token.
func (t *token) Spend() bool { return t.departed.Load() && t.spent.CompareAndSwap(false, true) }

// Release implements Token. What cannot be given back now is given back before this process takes the next one, and by
// the end of its lease if there is none.
func (t *token) Release() {
	if t.endpoint == Reads || !t.released.CompareAndSwap(false, true) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), redisLimit)
	defer cancel()
	if err := t.gate.giveBack(ctx, t); err != nil {
		t.gate.o.Log.Warn("a slot is not given back yet", "error", err)
		t.gate.owe(t)
	}
}

func (s *Shared) giveBack(ctx context.Context, t *token) error {
	if err := leave.Run(ctx, s.redis, []string{s.key("slots"), s.key("subject:" + t.subject)}, t.holder).Err(); err != nil {
		return err
	}
	select {
	case s.freed <- struct{}{}:
	default:
	}
	return nil
}

func (s *Shared) owe(tokens ...*token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = append(s.owed, tokens...)
}

// giveBackOwed gives back what could not be given back when it was released.
func (s *Shared) giveBackOwed(ctx context.Context) {
	s.mu.Lock()
	owed := s.owed
	s.owed = nil
	s.mu.Unlock()
	for i, t := range owed {
		if s.giveBack(ctx, t) != nil {
			s.owe(owed[i:]...)
			return
		}
	}
}
