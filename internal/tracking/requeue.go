package tracking

import (
	"fmt"

	"tributary/models"
)

// Requeue puts a conversion back into the accrual queue, named by its first revision, and gives its latest revision that
// can be priced. One without lines comes with its refunds, which found nothing to take from. Of one with lines, what was
// worked last is worked again: the latest revision, or the refunds when there is only one.
// It is for callers that checked access.
func (s *Service) Requeue(tx *models.Tx, rootID models.ID, hasLines bool) (models.Conversion, error) {
	if _, err := lockRefunds(tx, []models.ID{rootID}); err != nil {
		return models.Conversion{}, err
	}
	latest, err := latestReady(tx, rootID)
	if err != nil {
		return latest, err
	}
	onlyOne := latest.Revision == 1
	return latest, enqueue(tx, latest, !hasLines || !onlyOne, !hasLines || onlyOne)
}

// latestReady gives the latest revision of a conversion that can be priced.
func latestReady(tx *models.Tx, rootID models.ID) (models.Conversion, error) {
	var ready models.Conversion
	err := tx.Where("root_id = ? AND state = ? AND enrollment_id IS NOT NULL", rootID, models.ConversionStateReady).Order("revision DESC").Take(&ready).Error
	if err != nil {
		return ready, fmt.Errorf("read revisions: %w", err)
	}
	return ready, nil
}

// enqueueAll puts a conversion into the accrual queue that was kept out of it, in its latest revision that can be priced, with
// the refunds that were. One whose rate is awaited comes with it.
func enqueueAll(tx *models.Tx, rootID models.ID) error {
	ready, err := latestReady(tx, rootID)
	if models.IsMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return enqueue(tx, ready, true, true)
}

// enqueue puts a revision, or the refunds of its conversion, or both, into the accrual queue; what waits there stays.
func enqueue(tx *models.Tx, c models.Conversion, revision, refunds bool) error {
	var rows [][]any
	if revision {
		rows = append(rows, []any{c.ProgramID, shardFor(c), c.ID, c.RootID, models.AccrualKindConversion})
	}
	if refunds {
		var ids []models.ID
		err := tx.Model(&models.Refund{}).Where("conversion_id = ?", c.RootID).Order("id").Pluck("id", &ids).Error
		if err != nil {
			return fmt.Errorf("read refunds: %w", err)
		}
		for _, id := range ids {
			rows = append(rows, []any{c.ProgramID, shardFor(c), id, c.RootID, models.AccrualKindRefund})
		}
	}
	_, err := models.BulkInsert(tx, models.Insert{Table: "accrual_queue", SkipExisting: true,
		Columns: []string{"program_id", "shard", "id", "root_id", "kind"}}, rows)
	if err != nil {
		return fmt.Errorf("queue conversion: %w", err)
	}
	return nil
}
