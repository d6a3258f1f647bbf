package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/export"
	"tributary/internal/testkit"
	"tributary/models"
)

func TestAnExportIsDownloadedByItsSignedAddress(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "1000.00")
	period := s.CloseMonth()
	var e models.Export
	s.Do(func(tx *models.Tx) (err error) {
		e, err = s.Exports.Request(tx, s.Owner, models.ExportKindStatements, period.ID)
		return err
	})
	require.NoError(t, s.Exports.Run(t.Context(), e.ID))
	require.NoError(t, s.DB.Read(t.Context()).Where("id = ?", e.ID).Take(&e).Error)
	a := &App{Exports: s.Exports, Log: slog.New(slog.DiscardHandler), Clock: s.Clock.Now}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux := http.NewServeMux()
		mux.HandleFunc("GET /exports/{id}", a.export)
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	address, err := url.Parse(s.Exports.Address(e))
	require.NoError(t, err)
	file := get(address.RequestURI())
	require.Equal(t, http.StatusOK, file.Code)
	require.Equal(t, strconv.Itoa(file.Body.Len()), file.Header().Get("Content-Length"))
	require.Equal(t, `attachment; filename="statements-2026-02-02.csv"`, file.Header().Get("Content-Disposition"))
	require.Regexp(t, `^number,period,enrollment_id,partner_external_id,opening,lines,line_count,closing,currency\n1,2026-01,enrollment_\w+,ann,0.00,100.00,1,100.00,GBP\n$`, file.Body.String())
	for path, status := range map[string]int{address.Path: http.StatusForbidden, address.RequestURI() + "A": http.StatusForbidden, "/exports/nonsense": http.StatusBadRequest} {
		refused := get(path)
		require.Equal(t, status, refused.Code, path)
		require.NotContains(t, refused.Body.String(), "ann")
	}
	s.Clock.Advance(export.AddressLife)
	require.Equal(t, http.StatusForbidden, get(address.RequestURI()).Code)
}
