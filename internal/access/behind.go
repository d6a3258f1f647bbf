package access

import (
	"fmt"
	"strings"

	"tributary/models"
)

// person gives the name of the person who calls, or who made the key that does; a key that a key made has the same person
// behind it. Empty where that was not recorded.
func (c Caller) person() string {
	if c.IsKey() {
		return c.behind
	}
	return c.Name
}

// IsBehind tells whether the caller did what is recorded under a name, in person or by an API key of its own making. Of a
// key whose maker was not recorded it may be anybody who may make keys. What needs two people asks this of the second one.
func (c Caller) IsBehind(tx *models.Tx, name string) (bool, error) {
	if name == c.Name {
		return true, nil
	}
	text, isKey := strings.CutPrefix(name, keyCaller)
	if !isKey {
		return name == c.person(), nil
	}
	var id models.ID
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return false, fmt.Errorf("read the name of a key: %w", err)
	}
	var row models.APIKey
	if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
		return false, fmt.Errorf("read API key: %w", err)
	}
	if row.CreatedBy == "" {
		return c.Has(KeysWrite), nil
	}
	return row.CreatedBy == c.person(), nil
}
