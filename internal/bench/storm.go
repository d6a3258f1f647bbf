package bench

import (
	"net/http"
	"time"

	"tributary/internal/stripesim"
)

// payIdealTimes is how many times the ideal time a batch may take, storm or none.
const payIdealTimes = 1.3

// leastPause is how long all pause after the first wave at least, as docs/limits.md says; after each further one twice as long.
const leastPause = time.Second / 2

// storm is refusals for the rail's limits, although the calls keep to them.
type storm []wave

// wave refuses calls in a row after so many others, all of them on their way before the first refusal is heard.
type wave struct{ after, refused int }

// stormOver halves the rate twice in the course of so many payouts. Half of what is under way is refused at the rate that each
// wave meets, so that none of a wave is left for a call after the pause, which would be a wave more.
func stormOver(payouts int) storm {
	return storm{{after: payouts / 4, refused: inTheAir(payLimit) / 2}, {after: payouts / 4, refused: inTheAir(payLimit/2) / 2}}
}

// inTheAir is how many calls leave at a rate before the first of them is answered.
func inTheAir(perSecond int) int { return int(payLatency.Seconds() * float64(perSecond)) }

func (s storm) refused() int {
	n := 0
	for _, w := range s {
		n += w.refused
	}
	return n
}

// faults are the waves as the simulator's script: each request counts for all of them until its own begins.
func (s storm) faults() []stripesim.Fault {
	var faults []stripesim.Fault
	skip := 0
	for _, w := range s {
		skip += w.after
		faults = append(faults, stripesim.Fault{Kind: stripesim.RateLimited, Method: http.MethodPost, Path: "/v1/transfers", Skip: skip, Count: w.refused})
	}
	return faults
}

// ideal is how long so many payouts take when every call leaves at the limit, and after each wave, which costs the least
// pause there may be, at half the rate of before: the brake's hold is longer than a measurement.
func (s storm) ideal(payouts int) time.Duration {
	perSecond, pause, ideal := float64(payLimit), leastPause, time.Duration(0)
	calls := func(n int) time.Duration { return time.Duration(float64(n) / perSecond * float64(time.Second)) }
	for _, w := range s {
		ideal += calls(w.after+w.refused) + pause
		payouts -= w.after
		perSecond, pause = perSecond/2, 2*pause
	}
	return ideal + calls(payouts)
}
