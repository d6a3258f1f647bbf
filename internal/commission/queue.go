package commission

import (
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/models"
)

const idsPerStatement = 1000

// inChunks hands ids to fn in parts that fit a statement.
func inChunks(ids []models.ID, fn func(part []models.ID) error) error {
	for start := 0; start < len(ids); start += idsPerStatement {
		if err := fn(ids[start:min(start+idsPerStatement, len(ids))]); err != nil {
			return err
		}
	}
	return nil
}

// oldest gives the first items of a shard after an id, in the order of their ids, and locks them: nobody else can take them, so that
// the count of what is taken off in the end tells whether one came in between.
func oldest(tx *models.Tx, programID models.ID, shard int, after models.ID, limit int) ([]models.AccrualItem, error) {
	rows, err := tx.Model(&models.AccrualItem{}).Clauses(clause.Locking{Strength: "UPDATE"}).Select("id", "root_id", "kind").
		Where("program_id = ? AND shard = ? AND id > ?", programID, shard, after).Order("id").Limit(limit).Rows()
	if err != nil {
		return nil, fmt.Errorf("read accrual queue: %w", err)
	}
	defer rows.Close()
	var items []models.AccrualItem
	for rows.Next() {
		var item models.AccrualItem
		if err := rows.Scan(&item.ID, &item.RootID, &item.Kind); err != nil {
			return nil, fmt.Errorf("read accrual queue: %w", err)
		}
		items = append(items, item)
	}
	return items, rows.Err()
}

// conversionsOf reads the conversions among some neighbouring items of the queue, in their order, in one statement.
func (p *pricer) conversionsOf(items []models.AccrualItem) ([]models.Conversion, error) {
	rows, err := p.tx.Raw(`SELECT `+saleColumns(p.plans.needs.Order)+` FROM accrual_queue q JOIN conversions c ON c.id = q.id
		WHERE q.program_id = ? AND q.shard = ? AND q.id >= ? AND q.id <= ? AND q.kind = ? ORDER BY q.id`,
		p.program.ID, p.shard, items[0].ID, items[len(items)-1].ID, models.AccrualKindConversion).Rows()
	if err != nil {
		return nil, fmt.Errorf("read conversions: %w", err)
	}
	return newSaleScanner(p.plans.needs.Order).scanSales(rows, make([]models.Conversion, 0, len(items)))
}

// takeOff removes exactly the items that were priced; any other count means that one came in between.
func takeOff(tx *models.Tx, programID models.ID, shard int, items []models.AccrualItem, early []models.ID) error {
	queue := tx.Where("program_id = ? AND shard = ?", programID, shard)
	gone := queue.Where("id <= ?", items[len(items)-1].ID).Delete(&models.AccrualItem{})
	if gone.Error != nil {
		return gone.Error
	}
	if gone.RowsAffected != int64(len(items)) {
		return models.ErrRetry
	}
	return inChunks(early, func(part []models.ID) error {
		gone := tx.Where("program_id = ? AND shard = ? AND id IN ?", programID, shard, part).Delete(&models.AccrualItem{})
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected != int64(len(part)) {
			return models.ErrRetry
		}
		return nil
	})
}
