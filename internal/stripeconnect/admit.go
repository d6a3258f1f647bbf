package stripeconnect

import (
	"context"
	"errors"

	"tributary/internal/fault"
	"tributary/internal/limiter"
	"tributary/internal/payout"
)

// Admit takes a token for a transfer to the order's destination; no other write to it is under way meanwhile.
func (r *Rail) Admit(ctx context.Context, o payout.Order) (context.Context, func(), error) {
	token, err := r.gate.Take(ctx, limiter.Transfers, o.Destination)
	if err != nil {
		return ctx, func() {}, busy(err)
	}
	return limiter.With(ctx, token), token.Release, nil
}

// busy tells the payout machine that nothing was sent for want of a token.
func busy(err error) error {
	if after, ok := limiter.AskAgain(err); ok {
		return &payout.Busy{After: after, Cause: err}
	}
	return err
}

// depart waits for the instant of the context's token.
func depart(ctx context.Context) error {
	token := limiter.From(ctx)
	if token == nil {
		return errNoToken
	}
	return token.Depart(ctx)
}

// inTurn makes one write that is no transfer: it takes a token for it, waits for its instant, and gives it back.
func (r *Rail) inTurn(ctx context.Context, e limiter.Endpoint, subject string, write func(context.Context) error) error {
	token, err := r.gate.Take(ctx, e, subject)
	if err != nil {
		return busy(err)
	}
	defer token.Release()
	if err := token.Depart(ctx); err != nil {
		return busy(err)
	}
	return write(limiter.With(ctx, token))
}

// notSent turns what was refused before anything left into a refusal of which that is known.
func notSent(err error) error {
	code := fault.CodeOf(err)
	switch {
	case errors.Is(err, errNoToken):
		code = "NO_TOKEN"
	case errors.Is(err, errNoKey), errors.Is(err, errHost):
		return &payout.Refusal{Kind: payout.RefusedSetup, Call: payout.Call{ErrorCode: "CALL_REFUSED_HERE"}}
	}
	return &payout.Refusal{Kind: payout.RefusedNotExecuted, Call: payout.Call{ErrorCode: code}}
}
