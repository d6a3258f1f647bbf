package limiter

import (
	"context"
	"errors"
	"time"

	"tributary/internal/fault"
)

// Endpoint is a part of a rail's API that is limited by itself. Only Reads are no writes.
type Endpoint string

// The endpoints.
const (
	Transfers Endpoint = "transfers"
	Accounts  Endpoint = "accounts"
	Links     Endpoint = "account_links"
	Reads     Endpoint = "reads"
)

// Gate is what every call to a rail must pass.
type Gate interface {
	// Take waits, for a bounded time, for a token of an endpoint. No two writes on one subject have a token at once; the
	// empty subject stands for none. Codes RAIL_BUSY, as a *Busy, and LIMITER_AWAY; then nothing may be sent.
	Take(ctx context.Context, e Endpoint, subject string) (Token, error)
	// Pushback tells that the rail refused a call for its limits: everybody pauses and goes on slower.
	Pushback(ctx context.Context, reason string)
}

// Token is the right to make one call.
type Token interface {
	// Depart waits until the call may leave. Codes as of Take.
	Depart(ctx context.Context) error
	// Spend uses the token up; false when it has not departed, or is spent.
	Spend() bool
	// Sent tells that the call is on its way. One that is late takes up a further place: where it left, another may leave too.
	Sent(ctx context.Context)
	// Release gives back what the token holds, whether it was spent or not. It may be called twice.
	Release()
}

var (
	errBusy = fault.New(fault.Unavailable, "RAIL_BUSY", "the payment provider's limits leave no room now; try again")
	// ErrAway is returned when the limits cannot be asked for. Nothing is sent then.
	ErrAway = fault.New(fault.Unavailable, "LIMITER_AWAY", "the limits of the payment provider cannot be asked for; try again")
	// ErrLimits is returned for limits that cannot be.
	ErrLimits = fault.New(fault.Invalid, "LIMITS_INVALID", "a limit is at least 1 and at most 100000")
)

// Busy says that there was no token within the time that may be waited. Nothing was sent.
type Busy struct{ After time.Duration } // when to ask again

// Error gives the code and the wait, for logs.
func (b *Busy) Error() string { return errBusy.Error() + " in " + b.After.String() }

// Unwrap makes it the fault RAIL_BUSY.
func (b *Busy) Unwrap() error { return errBusy }

// AskAgain tells whether err says that nothing was sent for want of a token, and when to ask again.
func AskAgain(err error) (time.Duration, bool) {
	var busy *Busy
	if errors.As(err, &busy) {
		return busy.After, true
	}
	return askAgainWhenAway, errors.Is(err, ErrAway)
}

const askAgainWhenAway = 2 * time.Second

type tokenKey struct{}

// With puts a token into a context, for the call it is meant for.
func With(ctx context.Context, t Token) context.Context { return context.WithValue(ctx, tokenKey{}, t) }

// From gives the context's token; nil when there is none.
func From(ctx context.Context) Token {
	t, _ := ctx.Value(tokenKey{}).(Token)
	return t
}
