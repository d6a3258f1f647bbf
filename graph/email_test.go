package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/models"
)

func emailDuties() map[string]duty {
	return map[string]duty{
		"verifyEmail": {by: byAnybody, input: func(s *served) map[string]any {
			s.register("dora@example.com")
			return map[string]any{"token": s.mailed("dora@example.com")}
		}, answer: "user { email emailVerifiedAt }"},
		"requestEmailVerification": {by: byUser, input: func(s *served) map[string]any {
			s.Do(func(tx *models.Tx) error {
				return tx.Model(&models.User{}).Where("email = ?", "ann@partners.example").Update("email_verified_at", nil).Error
			})
			return nil
		}, answer: "user { email }"},
		"changeEmail": {by: byUser, input: in(map[string]any{"email": "new@partners.example", "password": testPassword}),
			answer: "user { email }", other: map[string]any{"email": "other@partners.example"}},
		"requestPasswordReset": {by: byAnybody, input: in(map[string]any{"email": "ann@partners.example"}), answer: "__typename"},
		"resetPassword": {by: byAnybody, input: func(s *served) map[string]any {
			s.Do(func(tx *models.Tx) error { return s.Access.RequestPasswordReset(tx, "anna@acme.example") })
			return map[string]any{"token": s.mailed("anna@acme.example"), "password": testPassword}
		}, answer: "user { email emailVerifiedAt }"},
	}
}

// register signs somebody up who has not confirmed the address.
func (s *served) register(email string) {
	s.T.Helper()
	hash := s.cheapHash()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.SignUpPartner(tx, email, "Somebody", hash, "")
		return err
	})
}

// unverified makes a member of the scene's staff who has not confirmed the address, and signs it in.
func (s *served) unverified(email string) string {
	s.T.Helper()
	credential := s.staffToken(email, models.StaffRoleOwner)
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.User{}).Where("email = ?", email).Update("email_verified_at", nil).Error
	})
	return credential
}

// What gives rights to others or moves money waits for the address; nothing changes before.
func TestAnUnconfirmedAddressIsToldSo(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	b := s.draft()
	nora := s.unverified("nora@acme.example")
	annID := s.enrollment("ann")
	asked := map[string]map[string]any{
		"addStaff":           {"email": "fred@acme.example", "name": "Fred", "role": "FINANCE"},
		"createApiKey":       {"name": "shop", "scopes": []string{}},
		"invitePartner":      {"enrollmentId": annID},
		"startOnboarding":    {"enrollmentId": annID, "refreshUrl": "https://acme.example/", "returnUrl": "https://acme.example/"},
		"setBankReference":   {"enrollmentId": annID, "reference": "DE02120300000000202051"},
		"approvePayoutBatch": {"payoutBatchId": b.ID.Format(models.PrefixBatch), "contentHash": payout.HashText(b.ContentHash)},
	}
	before := s.dump()
	for mutation, input := range asked {
		a := s.must(nora, duty{answer: "__typename"}.text(mutation), variables(input, "k", nil))
		require.Equal(t, "EMAIL_UNVERIFIED", a.at(t, "it", "userErrors", 0, "code"), mutation)
	}
	require.Empty(t, differences(before, s.dump()))
	viewer := `{ viewer { user { emailVerifiedAt } scopes } }`
	require.Nil(t, s.must(nora, viewer, nil).at(t, "viewer", "user", "emailVerifiedAt"))

	s.must(nora, duty{answer: "__typename"}.text("requestEmailVerification"), variables(nil, "k", nil))
	s.must("", duty{answer: "__typename"}.text("verifyEmail"), variables(map[string]any{"token": s.mailed("nora@acme.example")}, "k", nil))
	require.Equal(t, "2026-02-02T09:00:00Z", s.must(nora, viewer, nil).at(t, "viewer", "user", "emailVerifiedAt"))
	a := s.must(nora, duty{answer: "staffMember { role }"}.text("addStaff"), variables(asked["addStaff"], "k", nil))
	require.Equal(t, "FINANCE", a.at(t, "it", "staffMember", "role"))
}

func TestAskingForAPasswordAnswersAlike(t *testing.T) {
	s := serve(t)
	s.staffToken("nora@acme.example", models.StaffRoleOwner)
	ask := func(email, key string) string {
		a := s.must("", duty{answer: "__typename"}.text("requestPasswordReset"), variables(map[string]any{"email": email}, key, nil))
		require.Empty(t, a.at(t, "it", "userErrors"))
		return sprint(a.Data)
	}
	require.Equal(t, ask("nora@acme.example", "a"), ask("nobody@acme.example", "a"))
	require.Equal(t, ask("nora@acme.example", "b"), ask("nobody@acme.example", "b"), "also when it is asked for again")
	token := s.mailed("nora@acme.example")
	for _, m := range s.letters.Kept() {
		require.Equal(t, "nora@acme.example", m.To, "nobody else is written to")
	}
	wrong := s.must("", duty{answer: "user { email }"}.text("resetPassword"), variables(map[string]any{"token": "x" + token, "password": testPassword}, "k", nil))
	require.Equal(t, "TOKEN_INVALID", wrong.at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, []any{"token"}, wrong.at(t, "it", "userErrors", 0, "field"))
	short := s.must("", duty{answer: "user { email }"}.text("resetPassword"), variables(map[string]any{"token": token, "password": "short"}, "k", nil))
	require.Equal(t, "PASSWORD_INVALID", short.at(t, "it", "userErrors", 0, "code"))
	done := s.must("", duty{answer: "user { email }"}.text("resetPassword"), variables(map[string]any{"token": token, "password": "another long password"}, "k", nil))
	require.Equal(t, "nora@acme.example", done.at(t, "it", "user", "email"))
	require.NotContains(t, s.log.String(), token, "no token reaches the log")
}
