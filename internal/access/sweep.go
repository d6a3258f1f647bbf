package access

import (
	"context"
	"fmt"

	"tributary/models"
)

const sweepRows = 1000 // removed in one transaction

// Sweep removes what is over and says nothing any more: refresh tokens and sessions that nobody can refresh, and attempts
// that are forgotten. It may run at any time, and twice at once.
func (s *Service) Sweep(ctx context.Context) error {
	for _, part := range []struct {
		row          any
		key, overdue string
	}{
		{&models.RefreshToken{}, "token_hash", "expires_at"},
		{&models.Session{}, "id", "expires_at"},
		{&models.Throttle{}, "subject", "forgets_at"},
	} {
		if err := s.remove(ctx, part.row, part.key, part.overdue); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the rows whose time is over, some at a time, until none is left.
func (s *Service) remove(ctx context.Context, row any, key, overdue string) error {
	for removed := int64(sweepRows); removed == sweepRows; {
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			var keys [][]byte
			if err := tx.Model(row).Where(overdue+" <= ?", tx.Now).Limit(sweepRows).Pluck(key, &keys).Error; err != nil {
				return err
			}
			if removed = 0; len(keys) == 0 {
				return nil
			}
			gone := tx.Where(key+" IN ? AND "+overdue+" <= ?", keys, tx.Now).Delete(row)
			removed = gone.RowsAffected
			return gone.Error
		})
		if err != nil {
			return fmt.Errorf("sweep what is over: %w", err)
		}
	}
	return nil
}
