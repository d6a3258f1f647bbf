package tracking_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

func TestAClickLeadsToThePageAsTheMerchantWroteIt(t *testing.T) {
	m := newMarket(t)
	for code, destination := range map[string]string{
		"plain":    "https://acme.example/",
		"no-path":  "https://acme.example",
		"query":    "https://acme.example/shop?z=1&a=2&z=3",
		"odd":      "https://acme.example/shop?a=1;b=2&flag&c=%20+",
		"fragment": "https://shop.acme.example/x?y=1#section",
		"mark":     "https://acme.example/?",
	} {
		m.Do(func(tx *models.Tx) error {
			_, err := m.Programs.CreateLink(tx, m.Owner, program.CreateLinkInput{EnrollmentID: m.ada.ID, DestinationURL: destination, Code: "to-" + code})
			return err
		})
		target, click, err := m.Tracking.RecordClick(t.Context(), tracking.Visit{Code: "to-" + code})
		require.NoError(t, err)
		parameter := tracking.ClickParameter + "=" + clickID(click)
		page, fragment, _ := strings.Cut(destination, "#")
		want := page + "?" + parameter
		switch {
		case strings.HasSuffix(page, "?"):
			want = page + parameter
		case strings.Contains(page, "?"):
			want = page + "&" + parameter
		}
		if fragment != "" {
			want += "#" + fragment
		}
		require.Equal(t, want, target)
		u, err := url.Parse(target)
		require.NoError(t, err)
		require.Equal(t, clickID(click), u.Query().Get(tracking.ClickParameter))
	}
}

func TestAClickIsStoredWithoutTheAddress(t *testing.T) {
	m := newMarket(t)
	record := func(v tracking.Visit) models.Click {
		v.Code = "link-ada"
		_, click, err := m.Tracking.RecordClick(t.Context(), v)
		require.NoError(t, err)
		var stored models.Click
		require.NoError(t, m.DB.Read(t.Context()).Where("id = ?", click.ID).Take(&stored).Error)
		return stored
	}
	a := record(tracking.Visit{Address: "192.0.2.1", Referrer: strings.Repeat("ü", 501), UserAgent: strings.Repeat("x", 301)})
	require.Equal(t, strings.Repeat("ü", 500), a.Referrer)
	require.Len(t, a.UserAgent, 300)
	require.Equal(t, m.ada.ID, a.EnrollmentID)
	require.Equal(t, m.Clock.Now(), a.ClickedAt.UTC())
	require.NotContains(t, string(a.IPHash[:]), "192.0.2.1")
	require.Equal(t, a.IPHash, record(tracking.Visit{Address: "192.0.2.1"}).IPHash)
	require.NotEqual(t, a.IPHash, record(tracking.Visit{Address: "192.0.2.2"}).IPHash)

	// Headers of visitors are anything, and the visit counts all the same.
	odd := record(tracking.Visit{Referrer: "https://caf\xe9.example/", UserAgent: "\xff\xfe"})
	require.Equal(t, "https://caf\uFFFD.example/", odd.Referrer)
}

func TestAWrongCodeLeadsNowhere(t *testing.T) {
	m := newMarket(t)
	m.Do(func(tx *models.Tx) error {
		return tx.Model(&models.Link{}).Where("code = ?", "link-bob").Update("active", false).Error
	})
	for _, code := range []string{"", "link-nobody", "link-bob", "LINK-ADA", "ссылка", "link-ada ", strings.Repeat("x", 10_000), "\xff"} {
		_, _, err := m.Tracking.RecordClick(t.Context(), tracking.Visit{Code: code})
		require.ErrorIs(t, err, tracking.ErrLinkNotFound, "%q", code)
	}
}
