package access_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

func (s *scene) keyUntil(by access.Caller, expiresAt *time.Time) (row models.APIKey, text string, err error) {
	err = models.InTx(s.t.Context(), s.db, func(tx *models.Tx) (err error) {
		row, text, err = s.service.CreateAPIKey(tx, by, access.APIKeyInput{Name: "server", Scopes: []access.Scope{access.ProgramsRead}, ExpiresAt: expiresAt})
		return err
	})
	return row, text, err
}

func (s *scene) rotate(by access.Caller, id models.ID, hours int) (next models.APIKey, text string, old models.APIKey, err error) {
	err = models.InTx(s.t.Context(), s.db, func(tx *models.Tx) (err error) {
		next, text, old, err = s.service.RotateAPIKey(tx, by, id, hours)
		return err
	})
	return next, text, old, err
}

func TestAnAPIKeyExpires(t *testing.T) {
	s := newScene(t)
	owner := access.System("test", s.merchant("shop"))
	now := s.clock.Now()
	for name, at := range map[string]time.Time{"now": now, "the past": now.Add(-time.Hour), "too far": now.Add(access.MaxKeyLife + time.Microsecond)} {
		_, _, err := s.keyUntil(owner, &at)
		require.ErrorIs(t, err, access.ErrKeyExpiry, name)
		require.Equal(t, "expiresAt", fault.FieldOf(err))
	}
	for _, at := range []time.Time{now.Add(time.Microsecond), now.Add(access.MaxKeyLife)} {
		_, _, err := s.keyUntil(owner, &at)
		require.NoError(t, err)
	}
	at := now.Add(time.Hour)
	row, text, err := s.keyUntil(owner, &at)
	require.NoError(t, err)
	s.clock.Set(at.Add(-time.Microsecond))
	require.True(t, s.works(text))
	s.clock.Set(at)
	require.False(t, s.works(text))
	_, _, _, err = s.rotate(owner, row.ID, 1)
	require.ErrorIs(t, err, access.ErrKeyEnded)
}

func TestAnAPIKeyIsRotated(t *testing.T) {
	s := newScene(t)
	owner := access.System("test", s.merchant("shop"))
	for _, c := range []struct {
		hours   int
		life    time.Duration // of the key that is rotated, 0 for one without an end
		worksOn time.Duration
	}{{0, 0, 0}, {24, 0, 24 * time.Hour}, {access.MaxOverlapHours, 0, 7 * 24 * time.Hour}, {24, 30 * time.Hour, 24 * time.Hour}, {48, 30 * time.Hour, 29 * time.Hour}} {
		start := s.clock.Now()
		var end *time.Time
		if c.life > 0 {
			at := start.Add(c.life)
			end = &at
		}
		row, text, err := s.keyUntil(owner, end)
		require.NoError(t, err)
		s.clock.Advance(time.Hour)
		rotated := s.clock.Now()
		next, nextText, old, err := s.rotate(owner, row.ID, c.hours)
		require.NoError(t, err)
		require.NotEqual(t, text, nextText)
		require.Equal(t, row.Scopes, next.Scopes)
		require.Equal(t, row.Name, next.Name)
		require.Equal(t, next.ID, *old.ReplacedBy)
		require.True(t, s.works(nextText))
		require.Equal(t, c.worksOn > 0, s.works(text))
		if c.worksOn > 0 {
			_, _, _, err = s.rotate(owner, row.ID, 0)
			require.ErrorIs(t, err, access.ErrKeyRotated)
			s.clock.Set(rotated.Add(c.worksOn - time.Microsecond))
			require.True(t, s.works(text))
			s.clock.Set(rotated.Add(c.worksOn))
			require.False(t, s.works(text))
		}
		if c.life == 0 {
			require.Nil(t, next.ExpiresAt)
			continue
		}
		require.Equal(t, rotated.Add(c.life), next.ExpiresAt.UTC(), "as long a life")
	}
}

func TestWhoMayRotateAnAPIKey(t *testing.T) {
	s := newScene(t)
	owner, rival := access.System("test", s.merchant("shop")), access.System("test", s.merchant("rival"))
	row, text, err := s.keyUntil(owner, nil)
	require.NoError(t, err)
	_, keyText, err := s.createKey(owner, "keys", access.KeysWrite)
	require.NoError(t, err)
	narrow, err := s.service.Authenticate(t.Context(), keyText)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		by    access.Caller
		id    models.ID
		hours int
		code  string
	}{
		"nobody":            {access.Caller{}, row.ID, 1, "UNAUTHENTICATED"},
		"another merchant":  {rival, row.ID, 1, "API_KEY_NOT_FOUND"},
		"a made-up id":      {owner, models.NewID(), 1, "API_KEY_NOT_FOUND"},
		"fewer scopes":      {narrow, row.ID, 1, "FORBIDDEN"},
		"less than nothing": {owner, row.ID, -1, "OVERLAP_INVALID"},
		"too long":          {owner, row.ID, access.MaxOverlapHours + 1, "OVERLAP_INVALID"},
	} {
		_, _, _, err := s.rotate(c.by, c.id, c.hours)
		require.Equal(t, c.code, fault.CodeOf(err), name)
	}
	require.True(t, s.works(text))
	_, err = s.revokeKey(owner, row.ID)
	require.NoError(t, err)
	_, _, _, err = s.rotate(owner, row.ID, 1)
	require.ErrorIs(t, err, access.ErrKeyEnded)
}
