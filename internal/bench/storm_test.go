package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheIdealTimeOfAStorm(t *testing.T) {
	require.Equal(t, 20*time.Second, storm(nil).ideal(20*payLimit))
	s := storm{{after: payLimit, refused: 10}, {after: payLimit / 2, refused: 5}}
	require.Equal(t, 15, s.refused())
	require.Equal(t, payLimit+payLimit/2, s.faults()[1].Skip, "what comes before a wave comes before the next one too")
	// 1.1 s at the limit, a pause of at least half a second, 55 calls at half of it, a second's pause, 50 at a quarter.
	require.Equal(t, 1100*time.Millisecond+500*time.Millisecond+1100*time.Millisecond+time.Second+2*time.Second, s.ideal(2*payLimit))
}
