package ledger

import (
	"fmt"

	"gorm.io/gorm"

	"tributary/models"
)

// Balances gives the cached balances of one account kind for many owners; owners without one have none in the map.
func Balances(query *gorm.DB, account models.Account, owners []models.ID) (map[models.ID]int64, error) {
	found := make(map[models.ID]int64, len(owners))
	var rows []models.Balance
	if err := query.Where("owner_id IN ? AND account = ?", owners, account).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	for _, r := range rows {
		found[r.OwnerID] = r.BalanceMinor
	}
	return found, nil
}

// ByAccount gives every balance of many owners, by owner and account.
func ByAccount(query *gorm.DB, owners []models.ID) (map[models.ID]map[models.Account]int64, error) {
	var rows []models.Balance
	if err := query.Where("owner_id IN ?", owners).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	found := map[models.ID]map[models.Account]int64{}
	for _, r := range rows {
		if found[r.OwnerID] == nil {
			found[r.OwnerID] = map[models.Account]int64{}
		}
		found[r.OwnerID][r.Account] = r.BalanceMinor
	}
	return found, nil
}

// NonZero gives every owner in the program whose balance on the account is not zero.
func NonZero(query *gorm.DB, programID models.ID, account models.Account) ([]models.Balance, error) {
	var rows []models.Balance
	err := query.Where("program_id = ? AND account = ? AND balance_minor <> 0", programID, account).
		Order("owner_id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	return rows, nil
}
