package graph

import (
	"context"

	"tributary/internal/commission"
	"tributary/internal/money"
	"tributary/models"
)

type replayResolver struct{ *root }

func (r periodResolver) Replays(ctx context.Context, p *models.Period, first *int, after *string, last *int, before *string) (*ReplayConnection, error) {
	return connect(first, after, last, before, func(run models.ReplayRun) models.ID { return run.ID },
		func(page models.Page) (models.Slice[models.ReplayRun], error) {
			return r.Services.Commission.ReplaysOfPeriod(ctx, callerOf(ctx), p.ID, page)
		})
}

func (r replayResolver) Stored(_ context.Context, run *models.ReplayRun) (*money.Amount, error) {
	return amount(run.StoredMinor, run.Currency)
}

func (r replayResolver) Recomputed(_ context.Context, run *models.ReplayRun) (*money.Amount, error) {
	return amount(run.RecomputedMinor, run.Currency)
}

func (r replayResolver) Differences(_ context.Context, run *models.ReplayRun) ([]ReplayDifference, error) {
	found, err := commission.ReplayDifferencesOf(run)
	if err != nil {
		return nil, err
	}
	list := make([]ReplayDifference, len(found))
	for i, d := range found {
		stored, recomputed := money.New(d.StoredMinor, run.Currency), money.New(d.RecomputedMinor, run.Currency)
		list[i] = ReplayDifference{Kind: d.Kind, CommissionID: idOrNull(models.PrefixCommission, d.LineID), ConversionID: idOrNull(models.PrefixConversion, d.ConversionID),
			EnrollmentID: idOrNull(models.PrefixEnrollment, d.EnrollmentID), Level: d.Level, Stored: &stored, Recomputed: &recomputed, Detail: d.Detail}
		if d.RuleID != "" {
			list[i].RuleID = &d.RuleID
		}
	}
	return list, nil
}

// idOrNull shows an id that may be none.
func idOrNull(prefix string, id models.ID) *string {
	if id.IsZero() {
		return nil
	}
	text := id.Format(prefix)
	return &text
}
