package commission

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tributary/models"
)

var errUndone = errors.New("commission: undone on purpose")

// Rehearse prices the first revisions in the program's queue as Accrue does, and keeps nothing of it: no line is
// written, and the queue stays as it is. It gives how many lines there would be. It is what an accrual costs without its
// writes; the prices of caps are those of an unused cap in each batch.
func (s *Service) Rehearse(ctx context.Context, programID models.ID) (int64, error) {
	a, shards, err := s.openAccrual(ctx, programID)
	if err != nil || len(shards) == 0 {
		return 0, err
	}
	var lines atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(a.pace.writers)
	for _, shard := range shards {
		group.Go(func() error {
			var after models.ID
			for {
				taken, made, err := a.rehearse(ctx, shard, &after)
				if err != nil {
					return err
				}
				lines.Add(made)
				if taken < a.pace.batch {
					return nil
				}
			}
		})
	}
	err = group.Wait()
	return lines.Load(), err
}

// rehearse prices the batch of a shard that comes after an id, and moves the id on.
func (a *accrual) rehearse(ctx context.Context, shard int, after *models.ID) (taken int, lines int64, err error) {
	err = models.InTx(ctx, a.service.db, func(tx *models.Tx) error {
		items, err := oldest(tx, a.programID, shard, *after, a.pace.batch)
		if taken = len(items); err != nil || taken == 0 {
			return err
		}
		pr, err := a.pricer(tx, shard)
		if err != nil {
			return err
		}
		pr.posting.rehearsed = true
		for start := 0; start < taken; start += a.pace.atOnce {
			if _, err := pr.earnFresh(items[start:min(start+a.pace.atOnce, taken)]); err != nil {
				return err
			}
		}
		*after, lines = items[taken-1].ID, pr.posting.count()
		return errUndone
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return taken, lines, err
}
