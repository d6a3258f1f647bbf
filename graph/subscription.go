package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/payout"
	"tributary/models"
)

type (
	subscriptionResolver struct{ *root }
	progressResolver     struct{ *root }
)

// pollers reads for all who listen to a topic; each of them was let in before.
const pollers = "subscriptions"

func (r subscriptionResolver) ConversionRecorded(ctx context.Context, programID string) (<-chan *models.Conversion, error) {
	id, err := models.ParseID(models.PrefixProgram, programID)
	if err != nil {
		return nil, fault.NotFoundf("PROGRAM_NOT_FOUND", "program")
	}
	hears, err := r.Services.Tracking.Listen(ctx, callerOf(ctx), id)
	if err != nil {
		return nil, err
	}
	feed := r.Services.Tracking.Feed(id)
	read := func(ctx context.Context) ([]models.Conversion, bool, error) {
		rows, err := feed.Next(ctx)
		return rows, false, err
	}
	return r.Streams.conversions.listen(ctx, r.Log, id, read, hears.Hears)
}

func (r subscriptionResolver) PayoutBatchProgress(ctx context.Context, batchID string) (<-chan *payout.Progress, error) {
	by := callerOf(ctx)
	id, err := models.ParseID(models.PrefixBatch, batchID)
	if err != nil {
		return nil, fault.NotFoundf("BATCH_NOT_FOUND", "batch")
	}
	if _, err := r.Services.Payouts.Batch(ctx, by, id); err != nil {
		return nil, err
	}
	reading := access.System(pollers, by.MerchantID)
	read := changes(func(ctx context.Context) (payout.Progress, error) {
		return r.Services.Payouts.Progress(ctx, reading, id)
	},
		payout.Progress.Equal, payout.Progress.IsOver)
	return r.Streams.batches.listen(ctx, r.Log, id, read, all)
}

func (r subscriptionResolver) JobProgress(ctx context.Context, text string) (<-chan Job, error) {
	by := callerOf(ctx)
	if by.IsAnonymous() {
		return nil, access.ErrUnauthenticated
	}
	prefix, id, err := models.ParseAnyID(text)
	find, known := r.jobs()[prefix]
	if err != nil || !known {
		return nil, errNoJob
	}
	if _, err := find(ctx, by, id); err != nil {
		return nil, err
	}
	reading := access.System(pollers, by.MerchantID)
	read := changes(func(ctx context.Context) (Job, error) { return find(ctx, reading, id) }, sameProgress, isFinished)
	events, err := r.Streams.jobs.listen(ctx, r.Log, id, read, all)
	return values(ctx, events), err
}

func all[T any](T) bool { return true }

// changes reads how something stands, and tells it when it is another than the time before.
func changes[T any](look func(context.Context) (T, error), same func(a, b T) bool, over func(T) bool) reader[T] {
	var last *T
	return func(ctx context.Context) ([]T, bool, error) {
		now, err := look(ctx)
		if err != nil {
			return nil, false, err
		}
		var events []T
		if last == nil || !same(*last, now) {
			events = []T{now}
		}
		last = &now
		return events, over(now), nil
	}
}

// values hands events on as what they point to, one at a time, so that what waits stays where it is counted.
func values[T any](ctx context.Context, events <-chan *T) <-chan T {
	if events == nil {
		return nil
	}
	shown := make(chan T)
	go func() {
		defer close(shown)
		for event := range events {
			select {
			case shown <- *event:
			case <-ctx.Done():
				return
			}
		}
	}()
	return shown
}

func (r progressResolver) PayoutBatch(_ context.Context, p *payout.Progress) (*models.PayoutBatch, error) {
	return &p.Batch, nil
}

func (r progressResolver) Totals(_ context.Context, p *payout.Progress) ([]PayoutBatchTotal, error) {
	totals := []PayoutBatchTotal{}
	for _, t := range p.Totals {
		sum, err := amount(t.Minor, p.Batch.Currency)
		if err != nil {
			return nil, err
		}
		totals = append(totals, PayoutBatchTotal{State: t.State, Rail: t.Rail, Reason: t.Reason, PayoutCount: int(t.Count), Amount: sum})
	}
	return totals, nil
}
