package testkit

import (
	"context"
	"sync/atomic"

	"tributary/internal/limiter"
)

// NoLimits is a gate that always lets through; what it was told is counted.
type NoLimits struct{ Pushbacks atomic.Int64 }

// Take implements limiter.Gate.
func (*NoLimits) Take(context.Context, limiter.Endpoint, string) (limiter.Token, error) {
	return &freeToken{}, nil
}

// Pushback implements limiter.Gate.
func (g *NoLimits) Pushback(context.Context, string) { g.Pushbacks.Add(1) }

type freeToken struct{ spent atomic.Bool }

func (*freeToken) Depart(context.Context) error { return nil }
func (t *freeToken) Spend() bool                { return t.spent.CompareAndSwap(false, true) }
func (*freeToken) Sent(context.Context)         {}
func (*freeToken) Release()                     {}

// Admitted gives a context with a token that may be spent on one write.
func Admitted(ctx context.Context) context.Context { return limiter.With(ctx, &freeToken{}) }
