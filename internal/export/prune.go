package export

import (
	"context"
	"errors"
	"fmt"

	"tributary/models"
)

const (
	prunedAtOnce = 100 // exports in a sweep
	chunksAtOnce = 200 // parts in a transaction
)

// Prune takes away the files of exports that have expired, and what those left that failed or were canceled.
func (s *Service) Prune(ctx context.Context) error {
	var due []models.Export
	err := s.db.Read(ctx).Where("prune_at <= ?", s.db.Now()).Order("prune_at").Limit(prunedAtOnce).Find(&due).Error
	if err != nil {
		return fmt.Errorf("read exports: %w", err)
	}
	var failures error // one that fails keeps no other
	for i := range due {
		failures = errors.Join(failures, s.prune(ctx, &due[i]))
	}
	return failures
}

// prune first makes the file one that nobody is given any more.
func (s *Service) prune(ctx context.Context, e *models.Export) error {
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		return tx.Model(&models.Export{}).Where("id = ? AND state = ?", e.ID, models.ExportStateDone).Update("state", models.ExportStateExpired).Error
	})
	if err != nil {
		return err
	}
	for left := true; left; {
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			var seqs []int
			if err := tx.Model(&models.ExportChunk{}).Where("export_id = ?", e.ID).Order("seq").Limit(chunksAtOnce).Pluck("seq", &seqs).Error; err != nil {
				return err
			}
			if left = len(seqs) > 0; left {
				return tx.Where("export_id = ? AND seq IN ?", e.ID, seqs).Delete(&models.ExportChunk{}).Error
			}
			return tx.Model(&models.Export{}).Where("id = ?", e.ID).Updates(map[string]any{"prune_at": nil, "chunks": 0}).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}
