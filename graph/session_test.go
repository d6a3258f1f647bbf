package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

const reason = "reason" // where an error's finer code is, in its extensions

func TestASessionFromSignInToSignOut(t *testing.T) {
	s := serve(t)
	s.partnerToken(s.Enroll("ann", models.ID{}), "ann@partners.example")
	const tokens = "session { token refreshToken }"
	signIn := duty{answer: tokens}.text("signIn")
	in := func(fields map[string]any) map[string]any { return map[string]any{"in": fields} }
	wrong := s.ask("", signIn, in(map[string]any{"email": "ann@partners.example", "password": "not the password"}))
	require.Equal(t, "UNAUTHENTICATED", wrong.code())
	require.Equal(t, "SIGN_IN_FAILED", wrong.Errors[0].Extensions[reason])

	signedIn := s.must("", signIn, in(map[string]any{"email": "ann@partners.example", "password": testPassword}))
	token, first := signedIn.at(t, "it", "session", "token").(string), signedIn.at(t, "it", "session", "refreshToken")
	list := s.must(token, "{ viewer { sessions { id isCurrent address userAgent createdAt usedAt expiresAt } } }", nil)
	require.Len(t, list.at(t, "viewer", "sessions"), 2)
	current := list.at(t, "viewer", "sessions", 0).(map[string]any)
	require.Equal(t, true, current["isCurrent"])
	require.Equal(t, "127.0.0.1", current["address"])
	require.Equal(t, "Go-http-client/1.1", current["userAgent"])
	require.Equal(t, false, list.at(t, "viewer", "sessions", 1, "isCurrent"))
	require.Empty(t, s.must(s.key, "{ viewer { sessions { id } } }", nil).at(t, "viewer", "sessions"))

	refresh := duty{answer: tokens}.text("refreshSession")
	next := s.must("", refresh, in(map[string]any{"refreshToken": first}))
	token = next.at(t, "it", "session", "token").(string)
	s.must("", duty{}.text("signOut"), in(map[string]any{"refreshToken": next.at(t, "it", "session", "refreshToken")}))
	require.Equal(t, "UNAUTHENTICATED", s.ask(token, "{ viewer { name } }", nil).code())
	for refreshToken, code := range map[any]string{first: "SESSION_REUSED", next.at(t, "it", "session", "refreshToken"): "SESSION_ENDED", "made up": "SESSION_ENDED"} {
		refused := s.ask("", refresh, in(map[string]any{"refreshToken": refreshToken}))
		require.Equal(t, "UNAUTHENTICATED", refused.code())
		require.Equal(t, code, refused.Errors[0].Extensions[reason])
	}
	for _, secret := range []any{first, token, testPassword} {
		require.NotContains(t, s.log.String(), secret)
	}
}

func TestAPasswordIsChangedInPerson(t *testing.T) {
	s := serve(t)
	other := s.partnerToken(s.Enroll("ann", models.ID{}), "ann@partners.example")
	mine := s.signIn("ann@partners.example")
	change := func(current, next string) answer {
		t.Helper()
		return s.must(mine, duty{answer: "user { email }"}.text("changePassword"),
			variables(map[string]any{"currentPassword": current, "newPassword": next}, models.NewID().String(), nil))
	}
	for code, words := range map[string][3]string{"PASSWORD_INVALID": {testPassword, "short", "newPassword"}, "PASSWORD_WRONG": {"not the password", "another long password", "currentPassword"}} {
		refused := change(words[0], words[1])
		require.Equal(t, code, refused.at(t, "it", "userErrors", 0, "code"))
		require.Equal(t, []any{words[2]}, refused.at(t, "it", "userErrors", 0, "field"))
	}
	require.Empty(t, change(testPassword, "another long password").at(t, "it", "userErrors"))
	require.Equal(t, "UNAUTHENTICATED", s.ask(other, "{ viewer { name } }", nil).code())
	s.must(mine, "{ viewer { name } }", nil)
}
