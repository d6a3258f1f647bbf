package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/payout"
	"tributary/models"
)

// A command that pays does not end well where only people can go on.
func TestWhatABatchNeedsPeopleFor(t *testing.T) {
	for name, c := range map[string]struct {
		report BatchReport
		code   string
	}{
		"all is paid":           {BatchReport{Totals: []payout.Total{{State: models.PayoutStateTransferred}}}, ""},
		"an answer was lost":    {BatchReport{Totals: []payout.Total{{State: models.PayoutStateUnknown, Reason: payout.ReasonUnknown}}}, ""},
		"paused":                {BatchReport{Batch: models.PayoutBatch{State: models.BatchStatePaused}}, "BATCH_PAUSED"},
		"one needs a person":    {BatchReport{Totals: []payout.Total{{State: models.PayoutStateNeedsReview}}}, "PAYOUT_NEEDS_REVIEW"},
		"the rail says nothing": {BatchReport{Totals: []payout.Total{{State: models.PayoutStateUnknown, Reason: payout.ReasonSilent}}}, "PAYOUT_SILENT"},
	} {
		err := Unsettled(c.report)
		if c.code == "" {
			require.NoError(t, err, name)
			continue
		}
		require.Equal(t, c.code, fault.CodeOf(err), name)
	}
}
