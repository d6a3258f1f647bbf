package commission_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/models"
)

// otherwise are the examples of which a what-if says something else than the lines, as it should: it takes the latest
// that is known of a conversion, asks no plan's beginning, and counts corrections in the period of the sale.
var otherwise = map[string]bool{
	"a restatement that stops leaves the lines as they are, until it is mended":                 true,
	"before the first plan holds nothing is paid":                                               true,
	"a refund in the next period takes back the first rate, and the volume there is below zero": true,
	"a refund of an earlier period lowers the volume of this one":                               true,
	"a correction in a later period is volume there, and no sale":                               true,
	"a sale that comes in after the close counts for the open period":                           true,
}

// compareWhatIf asks what the plan of a played example would have come to over all of it, or over what is closed of it.
func (o *theatre) compareWhatIf() {
	if len(o.example.Earlier) > 0 || otherwise[o.example.Name] {
		return
	}
	in := commission.WhatIfInput{ProgramID: o.program.ID, Plan: o.file.Plan, From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC)}
	var closed []models.Period
	require.NoError(o.t, o.DB.Read(o.t.Context()).Where("program_id = ? AND state = ?", o.program.ID, models.PeriodStateClosed).Order("starts_at").Find(&closed).Error)
	if len(closed) > 0 {
		in.From, in.To = closed[0].StartsAt, closed[len(closed)-1].EndsAt
	}
	run, err := o.Commission.WhatIfNow(o.t.Context(), o.Owner, in, nil)
	require.NoError(o.t, err)
	require.Equal(o.t, run.ActualMinor, run.DraftMinor, run.Detail)
	require.Zero(o.t, o.unlike(run.ID))
}

func (o *theatre) unlike(id models.ID) (n int64) {
	require.NoError(o.t, o.DB.Read(o.t.Context()).Model(&models.WhatIfPartner{}).Where("run_id = ? AND actual_minor <> draft_minor", id).Count(&n).Error)
	return n
}
