package payout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/models"
)

// A closed batch is compared once a night for ClosedDays days: a transfer may be reversed at the rail long after it was made,
// and the webhook that says so may be lost. Later ones are found by their webhook, or when somebody asks for a comparison.
const (
	ClosedDays = 90

	closedEvery = 20 * time.Hour // less than a day, so that a night is not left out for having begun a little earlier
	closedPage  = 100
)

// ReconcileClosed compares those closed batches again whose turn it is. A batch that cannot be compared stops no other, and
// has its turn the next time.
func (s *Service) ReconcileClosed(ctx context.Context) error {
	var failed error
	var after models.ID
	for {
		ids, err := s.closedDue(ctx, after)
		if err != nil || len(ids) == 0 {
			return errors.Join(failed, err)
		}
		for _, id := range ids {
			run, err := s.Reconcile(ctx, id)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("batch %s: %w", id, err))
			}
			if run.FindingCount > 0 {
				s.log.Error("a closed batch differs from the rail", "batch", id.String(), "findings", run.FindingCount)
			}
			after = id
		}
	}
}

// closedDue gives a page of the closed batches that were not compared for long, in the order of ids.
func (s *Service) closedDue(ctx context.Context, after models.ID) ([]models.ID, error) {
	now := s.db.Now()
	var ids []models.ID
	err := s.db.Read(ctx).Model(&models.PayoutBatch{}).Where("state = ? AND id > ? AND closed_at > ?", models.BatchStateClosed, after, now.AddDate(0, 0, -ClosedDays)).
		Where("NOT EXISTS (SELECT 1 FROM recon_runs WHERE batch_id = payout_batches.id AND finished_at > ?)", now.Add(-closedEvery)).
		Order("id").Limit(closedPage).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find closed batches: %w", err)
	}
	return ids, nil
}
