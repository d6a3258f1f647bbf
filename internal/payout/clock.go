package payout

import (
	"context"
	"time"

	"tributary/internal/fault"
)

// Skew tells by how much the clock that all processes share is ahead of this one's.
type Skew func(ctx context.Context) (time.Duration, error)

// MaxSkew is how far a process's clock may be from the database's when it sends payouts. Whether a key is young enough to be
// sent again is told by the clocks of two processes: together they may be off by twice as much, and KeyLife leaves an hour.
const MaxSkew = 5 * time.Minute

// ErrClock is returned by a process whose clock is wrong, or that cannot tell.
var ErrClock = fault.New(fault.Unavailable, "CLOCK_SKEWED", "this machine's clock and the database's differ, or cannot be compared: nothing is sent")

// HoldClockAgainst has the process's clock asked about before each call and each decision. Where the clock is turned by hand
// there is nothing to ask.
func (s *Service) HoldClockAgainst(skew Skew) { s.skew = skew }

func (s *Service) mustKeepTime(ctx context.Context) error {
	if s.skew == nil {
		return nil
	}
	skew, err := s.skew(ctx)
	if err != nil {
		return ErrClock.Because(err)
	}
	if skew.Abs() > MaxSkew {
		s.log.Error("nothing is sent: this machine's clock is not the database's", "skew", skew)
		return ErrClock
	}
	return nil
}
