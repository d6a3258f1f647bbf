package tree

import (
	"fmt"

	"gorm.io/gorm"

	"tributary/models"
)

// takeTurn counts one change of the program's tree and makes every other change wait until this transaction ends.
func takeTurn(tx *models.Tx, programID models.ID) error {
	_, err := models.BulkInsert(tx, models.Insert{Table: "tree_versions", Columns: []string{"program_id", "version"},
		Keys: []string{"program_id"}, AddTo: []string{"version"}}, [][]any{{programID, 1}})
	return err
}

// Version gives how often the program's tree changed. A Snapshot is good as long as this equals its own.
func Version(query *gorm.DB, programID models.ID) (int64, error) {
	var v models.TreeVersion
	err := query.Where("program_id = ?", programID).Take(&v).Error
	if err != nil && !models.IsMissing(err) {
		return 0, fmt.Errorf("read tree version: %w", err)
	}
	return v.Version, nil
}
