package payout

import (
	"context"
	"fmt"
	"time"

	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/models"
)

// Rail is a way to pay. Send must be safe to repeat with the same order for KeyLife.
type Rail interface {
	// Admit waits, for a bounded time, until the rail's limits leave room for the order's call. The context it gives is
	// the one to send with; what it holds is given back with the function. A *Busy means that there is no room now.
	Admit(ctx context.Context, o Order) (context.Context, func(), error)
	// Send asks for one transfer. An error is a *Refusal when the rail's answer is understood; any other error means
	// that the outcome is not known. The receipt's Call is filled in as far as there was an answer, also on errors.
	Send(ctx context.Context, o Order) (Receipt, error)
	// Find gives the transfers that carry the order's payout id.
	Find(ctx context.Context, o Order) ([]Receipt, error)
	// Sendable gives the part of an amount that the rail can move: some move no smallest units of some currencies.
	Sendable(a money.Amount) money.Amount
	// List gives every transfer of a batch, complete or an error. That is a *Refusal of kind RefusedSetup when the key is not
	// accepted.
	List(ctx context.Context, batchID models.ID) ([]Receipt, error)
	// Since hands every transfer that was made at an instant or later to each, of whatever batch or of none, page by page.
	// Only when it gives no error were they all.
	Since(ctx context.Context, from time.Time, each func([]Receipt) error) error
	// Available gives what the platform can pay out now.
	Available(ctx context.Context, c money.Currency) (money.Amount, error)
	// Platform tells whose money it moves. An error is a *Refusal of kind RefusedSetup when the key is not accepted.
	Platform(ctx context.Context) (Platform, error)
	// OpenAccount makes an account for a partner; the same key gives the same account. An error is a *Refusal of kind
	// RefusedDestination when the rail opens none for this partner.
	OpenAccount(ctx context.Context, o Opening) (AccountStatus, error)
	// Account reads an account.
	Account(ctx context.Context, destination string) (AccountStatus, error)
	// Notice tells what a webhook that was verified and kept is about.
	Notice(payload string) (Notice, error)
	// AccountLink gives a page, to be used once and soon, where the partner completes the account.
	AccountLink(ctx context.Context, destination, refreshURL, returnURL string) (string, error)
}

// KeyLife is how long after the first attempt the same idempotency key is safe to send again: Stripe keeps keys for
// at least 24 hours, less a margin for clocks and slow queries.
const KeyLife = 23 * time.Hour

// Order is one transfer to be made; all of it is frozen with the payout.
type Order struct {
	Key         string
	BatchID     models.ID
	PayoutID    models.ID
	Generation  int
	Amount      money.Amount
	Destination string
}

// Receipt is a transfer as the rail tells it.
type Receipt struct {
	TransferID    string
	PayoutID      string // as the order's PayoutID.String(); empty when the transfer is not ours
	Group         string // as the order's BatchID.String(), for ours
	Amount        money.Amount
	ReversedMinor int64
	Destination   string
	Call          Call
}

// Call is what is worth keeping of one exchange with the rail.
type Call struct {
	HTTPStatus int
	RequestID  string
	Replayed   bool
	ErrorCode  string
}

// RefusalKind says what a refusal means for the payout.
type RefusalKind int

// The kinds of refusal.
const (
	RefusedFunds       RefusalKind = iota + 1 // the platform's balance is short: pause the batch
	RefusedDestination                        // the partner's account cannot take it: hold
	RefusedSetup                              // credentials or parameters are wrong: pause the batch
	RefusedNotExecuted                        // turned away before execution: the same call may be made later
	RefusedChanged                            // the key was used with another request: only a person can tell what happened
)

// Notice is what a webhook points at. It is a hint: what it names is read from the rail again.
type Notice struct {
	Account    string // an account that changed
	TransferID string // a transfer that was made or changed
	PayoutID   string // of that transfer, as in Receipt
	IsReversal bool   // money of that transfer came back
}

// Refusal is an understood answer to a call.
type Refusal struct {
	Kind RefusalKind
	Call Call
}

// Error names the code, for logs.
func (r *Refusal) Error() string {
	return fmt.Sprintf("refused with %s (%d)", r.Call.ErrorCode, r.Call.HTTPStatus)
}

// Busy says that a rail's limits leave no room for a call, or cannot be asked for. Nothing was sent and nothing was written:
// the same may be tried again after a while.
type Busy struct {
	After time.Duration
	Cause error
}

// Error names the cause, for logs.
func (b *Busy) Error() string { return "no room at the rail: " + b.Cause.Error() }

// Unwrap gives the cause.
func (b *Busy) Unwrap() error { return b.Cause }

// Opening is an account to be opened. What is empty is left to the rail.
type Opening struct {
	Key       string
	Email     string
	Country   string
	Agreement models.ServiceAgreement
}

// AccountStatus is a payout account as the rail tells it.
type AccountStatus struct {
	Generation   int // of one just opened; 0 for one that was there
	Destination  string
	Country      string
	Agreement    models.ServiceAgreement
	Ready        bool
	Status       string
	Requirements []string
}

// The refusals around rails.
var (
	// ErrNoRail is returned when nothing is set up to pay over a rail.
	ErrNoRail = fault.New(fault.Precondition, "RAIL_NOT_SET_UP", "this way to pay is not set up")
	// ErrRailUnavailable is returned when a rail does not answer, or not as it should.
	ErrRailUnavailable = fault.New(fault.Unavailable, "RAIL_UNAVAILABLE", "the payment provider does not answer; try again")
)

func orderOf(p models.Payout) Order {
	return Order{Key: fmt.Sprintf("tributary:payout:%s:g%d", p.ID, p.Generation), BatchID: p.BatchID, PayoutID: p.ID,
		Generation: p.Generation, Amount: money.New(p.AmountMinor, p.Currency), Destination: p.Destination}
}
