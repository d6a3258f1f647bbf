package notify

import "time"

// DeliveryLife is for how long a delivery is tried, from its first attempt on, and for how long an endpoint may do nothing
// but fail before it is parked.
const DeliveryLife = 72 * time.Hour

// backoff are the waits after each failed attempt; the last attempt is made at the end of the delivery's life.
var backoff = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour}

// nextTry gives when a delivery is tried again that was first tried at an instant and has failed so many times; false when
// its life is over.
func nextTry(first, now time.Time, attempts int) (time.Time, bool) {
	end := first.Add(DeliveryLife)
	if !now.Before(end) {
		return time.Time{}, false
	}
	if attempts > len(backoff) {
		return end, true
	}
	next := now.Add(backoff[attempts-1])
	if next.After(end) {
		return end, true
	}
	return next, true
}

// The pause of an endpoint that fails: so long that many which hang do not take all workers, and doubled with each failure.
const (
	pauseMin    = 5 * time.Second
	pauseMax    = time.Hour
	maxDoubling = 10
)

func pauseAfter(failures int) time.Duration {
	return min(pauseMin<<min(failures-1, maxDoubling), pauseMax)
}
