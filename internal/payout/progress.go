package payout

import (
	"context"
	"slices"

	"tributary/internal/access"
	"tributary/models"
)

// Progress is how far a batch is: the batch as it stands, and what its payouts come to by state, rail and reason.
type Progress struct {
	Batch  models.PayoutBatch
	Totals []Total
}

// Progress tells how far a batch is. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND.
func (s *Service) Progress(ctx context.Context, by access.Caller, batchID models.ID) (Progress, error) {
	b, err := s.Batch(ctx, by, batchID)
	if err != nil {
		return Progress{}, err
	}
	totals, err := s.Totals(ctx, by, batchID)
	return Progress{Batch: b, Totals: totals}, err
}

// Equal tells whether nothing has moved between two looks at a batch.
func (p Progress) Equal(other Progress) bool {
	return p.Batch.State == other.Batch.State && p.Batch.PauseReason == other.Batch.PauseReason && slices.Equal(p.Totals, other.Totals)
}

// IsOver tells whether nothing will move any more.
func (p Progress) IsOver() bool {
	return p.Batch.State == models.BatchStateClosed || p.Batch.State == models.BatchStateCanceled
}
