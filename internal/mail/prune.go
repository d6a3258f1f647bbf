package mail

import (
	"context"
	"time"

	"tributary/models"
)

// keepFor is how long it can be seen that a mail was sent; pruneAtOnce bounds a transaction.
const (
	keepFor     = 90 * 24 * time.Hour
	pruneAtOnce = 500
)

// Prune removes mails that are done and older than 90 days.
func (s *Service) Prune(ctx context.Context) error {
	for {
		var removed int
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			var ids []models.ID
			err := tx.Model(&models.Mail{}).Where("created_at < ? AND state <> ?", tx.Now.Add(-keepFor), models.MailStateWaiting).
				Order("created_at").Limit(pruneAtOnce).Pluck("id", &ids).Error
			removed = len(ids)
			if err != nil || removed == 0 {
				return err
			}
			return tx.Where("id IN ?", ids).Delete(&models.Mail{}).Error
		})
		if err != nil || removed < pruneAtOnce {
			return err
		}
	}
}
