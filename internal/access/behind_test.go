package access_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

// A key acts for whoever made it, also through keys that it makes itself.
func TestWhoIsBehindWhatAKeyDid(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	owner, other := access.System("owner", shop), access.System("other", shop)
	key := func(by access.Caller, scopes ...access.Scope) (models.APIKey, access.Caller) {
		row, text, err := s.createKey(by, "key", scopes...)
		require.NoError(t, err)
		caller, err := s.service.Authenticate(t.Context(), text)
		require.NoError(t, err)
		return row, caller
	}
	_, first := key(owner, access.KeysWrite, access.PayoutsWrite)
	_, second := key(first, access.PayoutsWrite)
	_, others := key(other, access.PayoutsWrite)
	old, unknown := key(other, access.PayoutsWrite)
	s.inTx(func(tx *models.Tx) error {
		return tx.Model(&models.APIKey{}).Where("id = ?", old.ID).Update("created_by", "").Error
	})
	finance := s.user("fin@shop.example")
	s.employ(shop, finance.ID, models.StaffRoleFinance)
	for _, c := range []struct {
		by   access.Caller
		name string
		want bool
	}{
		{owner, owner.Name, true}, {owner, first.Name, true}, {owner, second.Name, true}, {first, second.Name, true}, {second, owner.Name, true},
		{owner, other.Name, false}, {owner, others.Name, false}, {other, first.Name, false}, {other, second.Name, false}, {others, owner.Name, false},
		{owner, unknown.Name, true}, {s.as("fin@shop.example", "shop"), unknown.Name, false}, {unknown, unknown.Name, true},
	} {
		s.inTx(func(tx *models.Tx) error {
			is, err := c.by.IsBehind(tx, c.name)
			require.Equal(t, c.want, is, "%s behind %s", c.by.Name, c.name)
			return err
		})
	}
}
