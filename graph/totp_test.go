package graph_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/models"
)

// startTOTP makes the secret of a user's authenticator, which counts for nothing yet.
func (s *served) startTOTP(email string) (access.Caller, string) {
	s.T.Helper()
	by := s.session(email).Caller
	seen := s.Access.CheckPassword(s.T.Context(), by, testPassword)
	var made access.NewTOTP
	s.Do(func(tx *models.Tx) (err error) {
		made, err = s.Access.StartTOTP(tx, by, seen)
		return err
	})
	s.authenticators[email] = made.Secret
	return by, made.Secret
}

// ownerLogin gives the address of the scene's owner who can sign in.
func (s *served) ownerLogin() string {
	s.T.Helper()
	var owner models.User
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where(`password_hash <> '' AND id IN (SELECT user_id FROM staff WHERE merchant_id = ? AND role = ?)`,
		s.Program.MerchantID, models.StaffRoleOwner).Order("id").Take(&owner).Error)
	return owner.Email
}

// turnOnTOTP gives a user an authenticator, with which signIn signs it in from now on, and its recovery codes.
func (s *served) turnOnTOTP(email string) (recovery []string) {
	s.T.Helper()
	by, secret := s.startTOTP(email)
	s.Do(func(tx *models.Tx) (err error) {
		recovery, err = s.Access.ConfirmTOTP(tx, by, s.code(secret))
		return err
	})
	return recovery
}

func (s *served) code(secret string) string {
	s.T.Helper()
	code, err := totp.GenerateCode(secret, s.Clock.Now())
	require.NoError(s.T, err)
	return code
}

// nextCode is a code that a user's authenticator did not show before.
func (s *served) nextCode(email string) string {
	s.T.Helper()
	s.Clock.Advance(30 * time.Second)
	return s.code(s.authenticators[email])
}

func TestTOTPFromStartToEnd(t *testing.T) {
	s := serve(t)
	s.staffToken("olivia@acme.example", models.StaffRoleOwner)
	token := s.signIn("olivia@acme.example")
	do := func(name, selected string, input map[string]any) answer {
		t.Helper()
		return s.must(token, duty{answer: selected}.text(name), variables(input, models.NewID().String(), nil))
	}
	started := do("startTotp", "secret otpauthUrl", map[string]any{"password": testPassword})
	s.authenticators["olivia@acme.example"] = started.at(t, "it", "secret").(string)
	on := do("confirmTotp", "recoveryCodes", map[string]any{"totpCode": s.nextCode("olivia@acme.example")})
	require.Len(t, on.at(t, "it", "recoveryCodes"), access.RecoveryCodes)
	viewer := s.must(token, "{ viewer { hasTotp recoveryCodesLeft } }", nil)
	require.Equal(t, true, viewer.at(t, "viewer", "hasTotp"))
	require.EqualValues(t, access.RecoveryCodes, viewer.at(t, "viewer", "recoveryCodesLeft"))

	in := map[string]any{"email": "olivia@acme.example", "password": testPassword}
	signIn := duty{answer: "session { token }"}.text("signIn")
	for code, totpCode := range map[string]any{"TOTP_REQUIRED": nil, "TOTP_INVALID": "000000"} {
		refused := s.must("", signIn, variables(in, "", map[string]any{"totpCode": totpCode}))
		require.Equal(t, code, refused.at(t, "it", "userErrors", 0, "code"))
		require.Equal(t, []any{"totpCode"}, refused.at(t, "it", "userErrors", 0, "field"))
	}
	require.NotNil(t, s.must("", signIn, variables(in, "", map[string]any{"totpCode": on.at(t, "it", "recoveryCodes", 0)})).at(t, "it", "session"))
	off := do("disableTotp", "user { email }", map[string]any{"password": testPassword, "totpCode": s.nextCode("olivia@acme.example")})
	require.Empty(t, off.at(t, "it", "userErrors"))
	require.Equal(t, false, s.must(token, "{ viewer { hasTotp } }", nil).at(t, "viewer", "hasTotp"))
	require.NotContains(t, s.log.String(), started.at(t, "it", "secret"))
}

// A merchant that requires TOTP lets nobody decide about payouts whose session was not confirmed in the last 15 minutes.
func TestPayoutsMayRequireTOTP(t *testing.T) {
	s := serve(t)
	s.staffToken("olivia@acme.example", models.StaffRoleOwner)
	s.staffToken("felix@acme.example", models.StaffRoleFinance)
	s.Enroll("ann", models.ID{})
	b := s.draft()
	set := func(token string) answer {
		t.Helper()
		return s.must(token, duty{answer: "merchant { requireTotpForPayouts }"}.text("updateMerchant"),
			variables(map[string]any{"requireTotpForPayouts": true}, models.NewID().String(), nil))
	}
	require.Equal(t, "TOTP_REQUIRED", set(s.signIn("olivia@acme.example")).at(t, "it", "userErrors", 0, "code"), "who sets it has it")
	s.turnOnTOTP("olivia@acme.example")
	require.Equal(t, true, set(s.signIn("olivia@acme.example")).at(t, "it", "merchant", "requireTotpForPayouts"))

	finance := s.signIn("felix@acme.example")
	approve := func(token string) answer {
		t.Helper()
		return s.must(token, duty{answer: "payoutBatch { state }"}.text("approvePayoutBatch"), variables(map[string]any{
			"payoutBatchId": b.ID.Format(models.PrefixBatch), "contentHash": payout.HashText(b.ContentHash)}, models.NewID().String(), nil))
	}
	for _, token := range []string{finance, s.key} {
		require.Equal(t, "TOTP_REQUIRED", approve(token).at(t, "it", "userErrors", 0, "code"))
	}
	recovery := s.turnOnTOTP("felix@acme.example")
	require.Equal(t, "TOTP_REQUIRED", approve(finance).at(t, "it", "userErrors", 0, "code"), "another session of his was confirmed")
	confirm := duty{answer: "session { isCurrent confirmedAt }"}.text("confirmSession")
	confirmed := s.must(finance, confirm, variables(map[string]any{"totpCode": recovery[0]}, "c", nil))
	require.Equal(t, true, confirmed.at(t, "it", "session", "isCurrent"))
	require.Equal(t, "APPROVED", approve(finance).at(t, "it", "payoutBatch", "state"))
}

// Who tries too often is told when to come back.
func TestAThrottledSignInSaysHowLong(t *testing.T) {
	s := serve(t)
	in := map[string]any{"in": map[string]any{"email": "nobody@acme.example", "password": "not the password"}}
	signIn := duty{answer: "session { token }"}.text("signIn")
	for range 6 {
		require.Equal(t, "SIGN_IN_FAILED", s.ask("", signIn, in).Errors[0].Extensions[reason])
	}
	refused := s.ask("", signIn, in)
	require.Equal(t, "UNAVAILABLE", refused.code())
	require.Equal(t, "SIGN_IN_THROTTLED", refused.Errors[0].Extensions[reason])
	require.EqualValues(t, 1, refused.Errors[0].Extensions["retryAfterSeconds"])
	require.Contains(t, refused.Errors[0].Message, "1 seconds")
}
