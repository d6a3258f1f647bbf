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

// maxLate is how often a token that is late to its instant takes another.
const maxLate = 5

// Depart implements Token.
func (t *token) Depart(ctx context.Context) error {
	s := t.gate
	deadline := s.o.Now().Add(maxWait)
	for range maxLate {
		if t.at.After(deadline) {
			return &Busy{After: time.Second}
		}
		if err := s.wait(ctx, deadline.Add(lateAfter), nil, t.at.Sub(s.o.Now())); err != nil {
			return err
		}
		left, err := t.left(ctx, deadline)
		if left || err != nil {
			t.departed.Store(left)
			return err
		}
		if t.at, err = s.reserve(ctx, t.endpoint, t.factor); err != nil {
			return err
		}
	}
	return &Busy{After: time.Second}
}

// left tells whether the call may leave now that its instant has come: not in a pause, which is waited for if it is short,
// and not too late.
func (t *token) left(ctx context.Context, deadline time.Time) (bool, error) {
	s := t.gate
	switch pause := s.pausedFor(); {
	case pause <= 0 && s.o.Now().Sub(t.at) <= lateAfter:
		return true, nil
	case pause <= 0:
		return s.mayBeLate(ctx, t.endpoint)
	case s.o.Now().Add(pause).After(deadline):
		return false, &Busy{After: pause}
	default:
		return false, s.wait(ctx, deadline, nil, pause)
	}
}

// Spend implements Token.
func (t *token) Spend() bool { return t.departed.Load() && t.spent.CompareAndSwap(false, true) }

// Release implements Token. What cannot be given back is given back by the end of its lease.
func (t *token) Release() {
	if t.endpoint == Reads || !t.released.CompareAndSwap(false, true) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), redisLimit)
	defer cancel()
	s := t.gate
	if err := leave.Run(ctx, s.redis, []string{s.key("slots"), s.key("subject:" + t.subject)}, t.holder).Err(); err != nil {
		s.o.Log.Warn("a slot is not given back before its lease ends", "error", err)
		return
	}
	select {
	case s.freed <- struct{}{}:
	default:
	}
}
