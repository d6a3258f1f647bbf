package access_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// as signs a user in for a merchant.
func (s *scene) as(email, merchant string) access.Caller {
	s.t.Helper()
	session, err := s.service.SignIn(s.t.Context(), access.SignInInput{Email: email, Password: password, Merchant: merchant})
	require.NoError(s.t, err)
	return session.Caller
}

func TestOnlyOwnersTouchOwners(t *testing.T) {
	s := newScene(t)
	shop, other := s.merchant("shop"), s.merchant("other")
	people := map[models.StaffRole]models.User{}
	for _, role := range []models.StaffRole{models.StaffRoleOwner, models.StaffRoleAdmin, models.StaffRoleFinance, models.StaffRoleAnalyst} {
		people[role] = s.user(string(role) + "@shop.example")
		s.employ(shop, people[role].ID, role)
	}
	stranger := s.user("stranger@other.example")
	s.employ(other, stranger.ID, models.StaffRoleOwner)
	employ := func(by access.Caller, email string, role models.StaffRole) string {
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
			s.letters.got = nil
			_, err := s.service.Employ(tx, by, access.EmployInput{Email: email, Name: "New", Role: role})
			if err == nil && s.letters.last().Token != "" {
				_, err = s.service.AcceptInvite(tx, s.letters.last().Token, s.hash)
			}
			return err
		})
		if err == nil {
			return ""
		}
		return fault.CodeOf(err)
	}
	dismiss := func(by access.Caller, id models.ID) string {
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
			_, err := s.service.Dismiss(tx, by, id)
			return err
		})
		if err == nil {
			return ""
		}
		return fault.CodeOf(err)
	}
	owner, admin := s.as("owner@shop.example", "shop"), s.as("admin@shop.example", "shop")
	require.Equal(t, "UNAUTHENTICATED", employ(access.Caller{}, "new@shop.example", models.StaffRoleAnalyst))
	require.Equal(t, "FORBIDDEN", employ(access.System("job", shop), "new@shop.example", models.StaffRoleAnalyst), "no person, no employer")
	for _, role := range []models.StaffRole{models.StaffRoleFinance, models.StaffRoleAnalyst} {
		by := s.as(string(role)+"@shop.example", "shop")
		require.Equal(t, "FORBIDDEN", employ(by, "new@shop.example", models.StaffRoleAnalyst))
		require.Equal(t, "FORBIDDEN", dismiss(by, people[models.StaffRoleAnalyst].ID))
	}
	require.Equal(t, "OWNER_NEEDED", employ(admin, "new@shop.example", models.StaffRoleOwner))
	require.Equal(t, "OWNER_NEEDED", employ(admin, "admin@shop.example", models.StaffRoleOwner), "not even itself")
	require.Equal(t, "OWNER_NEEDED", employ(admin, "owner@shop.example", models.StaffRoleAnalyst))
	require.Equal(t, "OWNER_NEEDED", dismiss(admin, people[models.StaffRoleOwner].ID))
	require.Equal(t, "LAST_OWNER", dismiss(owner, people[models.StaffRoleOwner].ID))
	require.Equal(t, "LAST_OWNER", employ(owner, "owner@shop.example", models.StaffRoleAdmin))
	require.Equal(t, "STAFF_NOT_FOUND", dismiss(owner, stranger.ID))
	require.Equal(t, "ROLE_UNKNOWN", employ(owner, "new@shop.example", "KING"))
	require.Empty(t, employ(admin, "new@shop.example", models.StaffRoleAdmin))
	require.Empty(t, employ(owner, "new@shop.example", models.StaffRoleOwner), "a role replaces another")
	require.Empty(t, dismiss(owner, people[models.StaffRoleOwner].ID), "another owner is left")
	require.Equal(t, "FORBIDDEN", employ(owner, "new@shop.example", models.StaffRoleAdmin), "who was removed may do nothing")

	staff, err := s.service.StaffOf(t.Context(), s.as("new@shop.example", "shop"), models.Page{})
	require.NoError(t, err)
	require.Len(t, staff.Rows, 4)
}

func TestTwoOwnersCannotRemoveEachOther(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	users := []models.User{s.user("one@shop.example"), s.user("two@shop.example")}
	for _, u := range users {
		s.employ(shop, u.ID, models.StaffRoleOwner)
	}
	callers := []access.Caller{s.as("one@shop.example", ""), s.as("two@shop.example", "")}
	var both sync.WaitGroup
	for i := range users {
		both.Go(func() {
			_ = models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
				_, err := s.service.Dismiss(tx, callers[i], users[1-i].ID)
				return err
			})
		})
	}
	both.Wait()
	var left int64
	require.NoError(t, s.db.Read(t.Context()).Model(&models.Staff{}).Where("merchant_id = ?", shop).Count(&left).Error)
	require.EqualValues(t, 1, left)
}
