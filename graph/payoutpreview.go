package graph

import (
	"context"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

type (
	planPreviewResolver struct{ *root }
	planNotPaidResolver struct{ *root }
	planMoverResolver   struct{ *root }
	planOutlierResolver struct{ *root }
)

// planPreviewRows is how many entries of each of its lists a plan's preview shows.
const planPreviewRows = 100

func (r queryResolver) PayoutPlanPreview(ctx context.Context, period string) (*payout.Preview, error) {
	id, err := idIn("periodId", models.PrefixPeriod, period)
	if err != nil {
		return nil, err
	}
	shown, err := r.Payouts.Preview(ctx, callerOf(ctx), id, planPreviewRows)
	if err != nil {
		return nil, err
	}
	return &shown, nil
}

func (r batchResolver) Preview(ctx context.Context, b *models.PayoutBatch) (*payout.Preview, error) {
	return r.Services.Payouts.BatchPreview(ctx, callerOf(ctx), b.ID, planPreviewRows)
}

func (r planPreviewResolver) Period(ctx context.Context, v *payout.Preview) (*models.Period, error) {
	return loadersOf(ctx).periods.Load(ctx, v.Batch.PeriodID)
}

func (r planPreviewResolver) ContentHash(_ context.Context, v *payout.Preview) (string, error) {
	return payout.HashText(v.Batch.ContentHash), nil
}

func (r planPreviewResolver) Total(_ context.Context, v *payout.Preview) (*money.Amount, error) {
	return amount(v.Batch.TotalMinor, v.Batch.Currency)
}

func (r planPreviewResolver) PayoutCount(_ context.Context, v *payout.Preview) (int, error) {
	return v.Batch.PayoutCount, nil
}

func (r planPreviewResolver) Totals(_ context.Context, v *payout.Preview) ([]PayoutPlanTotal, error) {
	totals := make([]PayoutPlanTotal, len(v.Totals))
	for i, t := range v.Totals {
		sum := money.New(t.Minor, v.Batch.Currency)
		totals[i] = PayoutPlanTotal{State: t.State, Rail: t.Rail, Reason: t.Reason, Sentence: payout.ReasonSentence(t.Reason), Count: int(t.Count), Amount: &sum}
	}
	return totals, nil
}

func (r planPreviewResolver) NotPaid(_ context.Context, v *payout.Preview) ([]payout.NotPaid, error) {
	return listOf(v.NotPaid.Rows), nil
}

func (r planPreviewResolver) NotPaidCount(_ context.Context, v *payout.Preview) (int, error) {
	return v.NotPaid.Count, nil
}

func (r planPreviewResolver) LastBatch(_ context.Context, v *payout.Preview) (*models.PayoutBatch, error) {
	return v.Last, nil
}

func (r planPreviewResolver) TotalChange(_ context.Context, v *payout.Preview) (*money.Amount, error) {
	return amount(v.Batch.TotalMinor-v.LastMinor, v.Batch.Currency)
}

func (r planPreviewResolver) PayoutCountChange(_ context.Context, v *payout.Preview) (int, error) {
	return v.Batch.PayoutCount - int(v.LastCount), nil
}

func (r planPreviewResolver) Newcomers(_ context.Context, v *payout.Preview) ([]payout.Mover, error) {
	return listOf(v.Newcomers.Rows), nil
}

func (r planPreviewResolver) NewcomerCount(_ context.Context, v *payout.Preview) (int, error) {
	return v.Newcomers.Count, nil
}

func (r planPreviewResolver) Leavers(_ context.Context, v *payout.Preview) ([]payout.Mover, error) {
	return listOf(v.Leavers.Rows), nil
}

func (r planPreviewResolver) LeaverCount(_ context.Context, v *payout.Preview) (int, error) {
	return v.Leavers.Count, nil
}

func (r planPreviewResolver) Outliers(_ context.Context, v *payout.Preview) ([]payout.Outlier, error) {
	return listOf(v.Outliers.Rows), nil
}

func (r planPreviewResolver) OutlierCount(_ context.Context, v *payout.Preview) (int, error) {
	return v.Outliers.Count, nil
}

func (r planNotPaidResolver) Enrollment(ctx context.Context, n *payout.NotPaid) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, n.EnrollmentID)
}

func (r planNotPaidResolver) Sentence(_ context.Context, n *payout.NotPaid) (string, error) {
	return payout.ReasonSentence(n.Reason), nil
}

func (r planMoverResolver) Enrollment(ctx context.Context, m *payout.Mover) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, m.EnrollmentID)
}

func (r planOutlierResolver) Enrollment(ctx context.Context, o *payout.Outlier) (*models.Enrollment, error) {
	return loadersOf(ctx).enrollments.Load(ctx, o.EnrollmentID)
}
