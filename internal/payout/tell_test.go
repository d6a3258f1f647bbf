package payout

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever the machines lead to has a name among the events.
func TestEveryStateIsTold(t *testing.T) {
	for _, r := range PayoutRules {
		require.NotEmpty(t, ofPayout[r.To], r.Event)
		if len(r.From) == 0 {
			require.Equal(t, r.Event, plannedAs[r.To])
		}
	}
	for _, r := range BatchRules {
		require.NotEmpty(t, ofBatch[r.To], r.Event)
	}
}
