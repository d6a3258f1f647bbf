package notify

import (
	"context"
	"fmt"
	"time"

	"tributary/models"
)

// KeptFor is for how long a delivery that has ended stays in the log.
const KeptFor = 30 * 24 * time.Hour

const prunedAtOnce = 1000

// Prune forgets deliveries that ended long ago. It runs every night; events are kept for good.
func (s *Service) Prune(ctx context.Context) error {
	for {
		var old []models.ID
		err := s.db.Read(ctx).Model(&models.WebhookDelivery{}).Where("finished_at <= ?", s.db.Now().Add(-KeptFor)).
			Limit(prunedAtOnce).Pluck("id", &old).Error
		if err != nil || len(old) == 0 {
			return err
		}
		err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
			return tx.Where("id IN ?", old).Delete(&models.WebhookDelivery{}).Error
		})
		if err != nil {
			return fmt.Errorf("prune deliveries: %w", err)
		}
	}
}
