package access_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// Whoever makes a login for somebody else never knows its password: it has none until its owner sets it, by the invitation.
func TestWhoIsInvitedSetsTheOwnPassword(t *testing.T) {
	s := newScene(t)
	shop, other := access.System("shop", s.merchant("shop")), access.System("other", s.merchant("other"))
	invite := func(by access.Caller) (user models.User, token string, code string) {
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) (err error) {
			if user, token, err = s.service.Invite(tx, by, "ann@shop.example", "Ann"); err != nil {
				return err
			}
			return s.service.AddStaff(tx, by.MerchantID, user.ID, models.StaffRoleFinance)
		})
		if err != nil {
			code = fault.CodeOf(err)
		}
		return user, token, code
	}
	accept := func(token string) string {
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) error { _, err := s.service.AcceptInvite(tx, token, s.hash); return err })
		if err == nil {
			return ""
		}
		return fault.CodeOf(err)
	}
	signIn := func(word string) error {
		_, err := s.service.SignIn(t.Context(), access.SignInInput{Email: "ann@shop.example", Password: word, Merchant: "shop"})
		return err
	}
	_, first, code := invite(shop)
	require.Empty(t, code)
	for _, word := range []string{"", password} {
		require.ErrorIs(t, signIn(word), access.ErrSignIn, "without a password nobody signs in")
	}
	var stored int64
	require.NoError(t, s.db.Read(t.Context()).Model(&models.StaffInvite{}).Where("token_hash = ?", models.HashOf([]byte(first))).Count(&stored).Error)
	require.EqualValues(t, 1, stored, "only its hash is kept")

	_, _, code = invite(other)
	require.Equal(t, "INVITE_OPEN", code, "the first merchant has an invitation that would open the second")
	_, second, code := invite(shop)
	require.Empty(t, code)
	require.Equal(t, "INVITE_INVALID", accept(first), "another one took its place")
	s.clock.Advance(access.InviteLife)
	require.Equal(t, "INVITE_INVALID", accept(second), "it is out of date")
	_, third, _ := invite(shop)
	s.clock.Advance(access.InviteLife - time.Second)
	require.Equal(t, "INVITE_INVALID", accept(""))
	require.Empty(t, accept(third))
	require.NoError(t, signIn(password))
	require.Equal(t, "INVITE_INVALID", accept(third), "once")

	_, none, code := invite(other)
	require.Empty(t, code)
	require.Empty(t, none, "a login that has a password keeps it")
}
