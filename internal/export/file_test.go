package export_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/export"
	"tributary/models"
)

func TestAnAddressIsSignedAndEnds(t *testing.T) {
	s := newScene(t)
	e := s.request(models.ExportKindStatements)
	require.Empty(t, s.exports.Address(s.stored(e.ID)), "there is no file yet")
	require.NoError(t, s.run(e.ID))
	address, err := url.Parse(s.exports.Address(s.stored(e.ID)))
	require.NoError(t, err)
	require.Equal(t, "https://partners.example/exports/"+e.ID.Format(models.PrefixExport), strings.Split(address.String(), "?")[0])
	expires, signature := address.Query().Get("expires"), address.Query().Get("signature")
	open := func(id models.ID, expires, signature string) error {
		_, err := s.exports.Open(t.Context(), id, expires, signature)
		return err
	}
	require.NoError(t, open(e.ID, expires, signature))
	other := s.request(models.ExportKindStatements)
	require.NoError(t, s.run(other.ID))
	for name, err := range map[string]error{
		"another export":      open(other.ID, expires, signature),
		"a later end":         open(e.ID, "9"+expires, signature),
		"no end":              open(e.ID, "", signature),
		"no signature":        open(e.ID, expires, ""),
		"another signature":   open(e.ID, expires, strings.ToUpper(signature)),
		"a longer signature":  open(e.ID, expires, signature+"A"),
		"a shorter signature": open(e.ID, expires, signature[:10]),
	} {
		require.ErrorIs(t, err, export.ErrAddress, name)
	}
	elsewhere, err := export.New(s.DB, "another secret for tests, long enough", "")
	require.NoError(t, err)
	_, err = elsewhere.Open(t.Context(), e.ID, expires, signature)
	require.ErrorIs(t, err, export.ErrAddress, "another instance")
	s.Clock.Advance(export.AddressLife - time.Second)
	require.NoError(t, open(e.ID, expires, signature))
	s.Clock.Advance(time.Second)
	require.ErrorIs(t, open(e.ID, expires, signature), export.ErrAddress)
}

func TestAnAddressEndsWithItsFile(t *testing.T) {
	s := newScene(t)
	e := s.request(models.ExportKindStatements)
	require.NoError(t, s.run(e.ID))
	s.Clock.Advance(export.KeptFor - time.Minute)
	address, err := url.Parse(s.exports.Address(s.stored(e.ID)))
	require.NoError(t, err)
	s.Clock.Advance(time.Minute)
	_, err = s.exports.Open(t.Context(), e.ID, address.Query().Get("expires"), address.Query().Get("signature"))
	require.ErrorIs(t, err, export.ErrAddress)
}
