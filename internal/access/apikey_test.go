package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

func (s *scene) createKey(by access.Caller, name string, scopes ...access.Scope) (row models.APIKey, text string, err error) {
	err = models.InTx(s.t.Context(), s.db, func(tx *models.Tx) (err error) {
		row, text, err = s.service.CreateAPIKey(tx, by, access.APIKeyInput{Name: name, Scopes: scopes})
		return err
	})
	return row, text, err
}

func (s *scene) revokeKey(by access.Caller, id models.ID) (row models.APIKey, err error) {
	err = models.InTx(s.t.Context(), s.db, func(tx *models.Tx) (err error) {
		row, err = s.service.RevokeAPIKey(tx, by, id)
		return err
	})
	return row, err
}

func TestAPIKeyLife(t *testing.T) {
	s := newScene(t)
	owner := access.System("test", s.merchant("shop"))
	row, text, err := s.createKey(owner, " Shop server ", access.ConversionsWrite, access.PartnersRead, access.PartnersRead)
	require.NoError(t, err)
	require.Equal(t, "Shop server", row.Name)
	require.Equal(t, "conversions:write partners:read", row.Scopes)
	require.Equal(t, models.HashOf([]byte(text)), row.SecretHash)
	require.True(t, strings.HasPrefix(text, "trib_"+row.Prefix+"_"))

	caller, err := s.service.Authenticate(t.Context(), text)
	require.NoError(t, err)
	require.Equal(t, "apikey:"+row.ID.String(), caller.Name)
	require.Equal(t, owner.MerchantID, caller.TenantID())
	for scope, may := range map[access.Scope]bool{access.ConversionsWrite: true, access.ConversionsRead: true, access.PartnersRead: true,
		access.PartnersWrite: false, access.ProgramsRead: false, access.KeysWrite: false} {
		require.Equal(t, may, caller.Has(scope), "scope %s", scope)
	}
	_, err = caller.User()
	require.ErrorIs(t, err, access.ErrForbidden)

	for _, wrong := range []string{"trib_", "trib_" + row.Prefix, "trib_" + row.Prefix + "_", text[:len(text)-1], text + "a",
		strings.ToUpper(text), "trib_aaaaaaaaaaaa_" + strings.Repeat("a", 58)} {
		_, err := s.service.Authenticate(t.Context(), wrong)
		require.ErrorIs(t, err, access.ErrUnauthenticated, "key %q", wrong)
	}

	s.clock.Advance(time.Minute)
	revoked, err := s.revokeKey(owner, row.ID)
	require.NoError(t, err)
	require.Equal(t, s.db.Now(), *revoked.RevokedAt)
	_, err = s.service.Authenticate(t.Context(), text)
	require.ErrorIs(t, err, access.ErrUnauthenticated)
	s.clock.Advance(time.Minute)
	again, err := s.revokeKey(owner, row.ID)
	require.NoError(t, err)
	require.Equal(t, *revoked.RevokedAt, again.RevokedAt.UTC(), "revoking again changes nothing")
}

func TestAPIKeyUseIsNotedOnceAnHour(t *testing.T) {
	s := newScene(t)
	owner := access.System("test", s.merchant("shop"))
	row, text, err := s.createKey(owner, "key", access.PartnersRead)
	require.NoError(t, err)
	used := func() time.Time {
		_, err := s.service.Authenticate(t.Context(), text)
		require.NoError(t, err)
		var read models.APIKey
		require.NoError(t, s.db.Read(t.Context()).Where("id = ?", row.ID).Take(&read).Error)
		return read.LastUsedAt.UTC()
	}
	first := used()
	require.Equal(t, s.db.Now(), first)
	s.clock.Advance(time.Hour - time.Microsecond)
	require.Equal(t, first, used())
	s.clock.Advance(time.Microsecond)
	require.Equal(t, s.db.Now(), used())
}

func TestAPIKeysAreRefused(t *testing.T) {
	s := newScene(t)
	owner, stranger := access.System("test", s.merchant("shop")), access.System("test", s.merchant("other"))
	for _, c := range []struct {
		by     access.Caller
		name   string
		scopes []access.Scope
		code   string
	}{
		{access.Caller{}, "key", nil, "UNAUTHENTICATED"},
		{access.System("tenantless", models.ID{}), "key", nil, "FORBIDDEN"},
		{owner, " ", nil, "NAME_MISSING"},
		{owner, strings.Repeat("k", 101), nil, "NAME_TOO_LONG"},
		{owner, "key", []access.Scope{"everything"}, "SCOPE_UNKNOWN"},
	} {
		_, text, err := s.createKey(c.by, c.name, c.scopes...)
		require.Equal(t, c.code, fault.CodeOf(err))
		require.Empty(t, text)
	}
	row, text, err := s.createKey(owner, strings.Repeat("ü", 100), access.KeysWrite, access.PartnersWrite)
	require.NoError(t, err)

	keyed, err := s.service.Authenticate(t.Context(), text)
	require.NoError(t, err)
	_, _, err = s.createKey(keyed, "more", access.PayoutsWrite)
	require.ErrorIs(t, err, access.ErrForbidden, "nobody gives what it does not have")
	_, _, err = s.createKey(keyed, "as much", access.PartnersRead)
	require.NoError(t, err)

	_, err = s.revokeKey(stranger, row.ID)
	require.Equal(t, "API_KEY_NOT_FOUND", fault.CodeOf(err))
	_, unknown := s.revokeKey(stranger, models.NewID())
	require.Equal(t, unknown, err, "another tenant's key answers as none")
	mine, err := s.service.APIKeys(t.Context(), owner, models.Page{})
	require.NoError(t, err)
	require.Len(t, mine.Rows, 2)
	theirs, err := s.service.APIKeys(t.Context(), stranger, models.Page{})
	require.NoError(t, err)
	require.Empty(t, theirs.Rows)
}
