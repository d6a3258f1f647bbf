package workers

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/hibiken/asynq"

	"tributary/internal/payout"
)

// isFailure tells whether an error uses up one of a task's retries. That the rail has no room does not: nothing was tried.
// Such a task comes back until its payout is no longer to be sent.
func isFailure(err error) bool {
	var busy *payout.Busy
	return !errors.As(err, &busy)
}

// The wait before a task asks for room again: what the rail's limits say, in bounds, and no two tasks at the same time.
const (
	busyWaitMin = 200 * time.Millisecond
	busyWaitMax = time.Minute
)

func retryDelay(n int, err error, t *asynq.Task) time.Duration {
	var busy *payout.Busy
	if !errors.As(err, &busy) {
		return asynq.DefaultRetryDelayFunc(n, err, t)
	}
	wait := min(max(busy.After, busyWaitMin), busyWaitMax)
	return wait + rand.N(wait)
}
