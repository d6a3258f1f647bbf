package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

func TestALinkIsFollowedWithItsSubIDs(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	a := &App{Tracking: s.Tracking, Log: slog.New(slog.DiscardHandler)}
	follow := func(code, query string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/r/"+code+query, nil)
		r.SetPathValue("code", code)
		w := httptest.NewRecorder()
		a.follow(w, r)
		return w
	}
	answer := follow("link-ann", "?sub1=news%20letter&sub4=&sub5=%ff&other=x")
	require.Equal(t, http.StatusFound, answer.Code)
	var click models.Click
	require.NoError(t, s.DB.Read(t.Context()).Take(&click).Error)
	require.Equal(t, `{"sub1":"news letter","sub5":"`+"\uFFFD"+`"}`, click.SubIDs)
	require.Equal(t, "https://acme.example/?"+tracking.ClickParameter+"="+click.ID.Format(models.PrefixClick), answer.Header().Get("Location"))
	require.Equal(t, http.StatusNotFound, follow("nobody", "?sub1=x").Code)
}

// A webhook with another secret than ours is told in the log and in the metrics: until somebody sees it, nothing is heard.
func TestAWebhookThatIsTurnedAwayIsTold(t *testing.T) {
	var told bytes.Buffer
	a := &App{Config: Config{StripeWebhookSecret: "whsec_1"}, Clock: time.Now, Log: slog.New(slog.NewTextHandler(&told, nil))}
	handler := a.Handler()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/webhooks/stripe", strings.NewReader("{}")))
	require.Equal(t, http.StatusBadRequest, answer.Code)
	require.Contains(t, told.String(), "reason=signature")
	answer = httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Contains(t, answer.Body.String(), `tributary_webhooks_refused_total{reason="signature"} 1`)
}

func TestTheSchemaAndTheExplorerAreServed(t *testing.T) {
	handler := (&App{Clock: time.Now, Log: slog.New(slog.DiscardHandler)}).Handler()
	for path, contentType := range map[string]string{"/schema.graphql": "text/plain; charset=utf-8", "/explore": "text/html; charset=utf-8", "/explore/explore.js": "text/javascript; charset=utf-8"} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, answer.Code, path)
		require.Equal(t, contentType, answer.Header().Get("Content-Type"), path)
	}
}
