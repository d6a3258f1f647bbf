package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

func TestAMerchantSignsUpAndStaffsItself(t *testing.T) {
	s := serve(t)
	signUp := duty{answer: "merchant { slug } session { token user { name } }"}.text("signUpMerchant")
	asked := map[string]any{"slug": "new-shop", "name": "New Shop", "email": "Nora@Shop.example", "ownerName": "Nora", "password": testPassword}
	owner := s.must("", signUp, variables(asked, "k", nil)).at(t, "it", "session", "token").(string)
	viewer := s.must(owner, `{ viewer { merchant { slug } user { email } scopes } staff { nodes { role user { email } } } }`, nil)
	require.Equal(t, "new-shop", viewer.at(t, "viewer", "merchant", "slug"))
	require.Equal(t, "OWNER", viewer.at(t, "staff", "nodes", 0, "role"))
	require.Equal(t, "nora@shop.example", viewer.at(t, "staff", "nodes", 0, "user", "email"))
	stolen := s.ask("", signUp, variables(asked, "k", map[string]any{"password": "another long password"}))
	require.Equal(t, "UNAUTHENTICATED", stolen.code(), "who repeats the request without the password gets no session")
	require.NotContains(t, stolen.text, "token")

	addStaff, removeStaff := duty{answer: "staffMember { role user { id } }"}.text("addStaff"), duty{answer: "staffMember { role }"}.text("removeStaff")
	add := func(credential, email, role string) answer {
		t.Helper()
		return s.ask(credential, addStaff, variables(map[string]any{"email": email, "name": "Somebody", "role": role}, models.NewID().String(), nil))
	}
	require.Equal(t, "EMAIL_UNVERIFIED", add(owner, "adam@shop.example", "ADMIN").at(t, "it", "userErrors", 0, "code"))
	s.must("", duty{answer: "user { emailVerifiedAt }"}.text("verifyEmail"), variables(map[string]any{"token": s.mailed("nora@shop.example")}, "v", nil))
	invited := add(owner, "adam@shop.example", "ADMIN")
	invitation := s.mailed("adam@shop.example")
	require.NotContains(t, invited.text, invitation, "it is for its owner alone")
	adminID := invited.at(t, "it", "staffMember", "user", "id")
	join := func(token any, password string) answer {
		t.Helper()
		return s.ask("", duty{answer: "user { email }"}.text("acceptStaffInvite"), variables(map[string]any{"inviteToken": token, "password": password}, models.NewID().String(), nil))
	}
	require.Equal(t, "PASSWORD_INVALID", join(invitation, "short").at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, "adam@shop.example", join(invitation, testPassword).at(t, "it", "user", "email"))
	require.Equal(t, "INVITE_INVALID", join(invitation, "another long password").at(t, "it", "userErrors", 0, "code"), "it works once")
	noraID := under(s.must(owner, `{ viewer { user { id } } }`, nil).Data, "id")
	admin := s.signIn("adam@shop.example")
	for role, code := range map[string]any{"FINANCE": nil, "ADMIN": nil, "OWNER": "FORBIDDEN"} {
		require.Equal(t, code, add(admin, "fred@shop.example", role).code(), role)
	}
	require.Equal(t, "FORBIDDEN", add(admin, "nora@shop.example", "ANALYST").code(), "an admin does not demote an owner")
	remove := func(credential string, id any) answer {
		t.Helper()
		return s.ask(credential, removeStaff, variables(map[string]any{"userId": id}, models.NewID().String(), nil))
	}
	require.Equal(t, "FORBIDDEN", remove(admin, noraID).code())
	require.Equal(t, "LAST_OWNER", remove(owner, noraID).at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, "LAST_OWNER", add(owner, "nora@shop.example", "ADMIN").at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, "STAFF_NOT_FOUND", remove(owner, models.NewID().Format(models.PrefixUser)).at(t, "it", "userErrors", 0, "code"))
	require.Equal(t, "ADMIN", remove(owner, adminID).at(t, "it", "staffMember", "role"))
	require.Equal(t, "UNAUTHENTICATED", s.ask(admin, `{ viewer { name } }`, nil).code(), "the session ends with the role")

	nameless := s.must(owner, addStaff, variables(map[string]any{"email": "new@shop.example", "role": "ANALYST"}, "n", nil))
	require.Equal(t, "NAME_MISSING", nameless.at(t, "it", "userErrors", 0, "code"))
	other := s.staffToken("olivia@acme.example", models.StaffRoleOwner)
	require.Equal(t, "STAFF_NOT_FOUND", remove(other, noraID).at(t, "it", "userErrors", 0, "code"), "another merchant's staff does not exist")
	shared := add(owner, "olivia@acme.example", "ANALYST")
	require.Nil(t, shared.code())
	require.NoError(t, s.keepsPassword("olivia@acme.example"))
}

// keepsPassword signs in to a merchant of several.
func (s *served) keepsPassword(email string) error {
	_, err := s.Access.SignIn(s.T.Context(), access.SignInInput{Email: email, Password: testPassword, Merchant: "acme"})
	return err
}
