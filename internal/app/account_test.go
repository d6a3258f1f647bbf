package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/mail"
)

var documentIn = regexp.MustCompile("document: `([^`]+)`")

// Somebody signs up, gets the mail from a worker, and follows its link: the page's own documents are what the API takes.
func TestWhoSignsUpFollowsTheLinkInTheMail(t *testing.T) {
	a, err := Open(t.Context(), Config{Addr: "127.0.0.1:8080", DataDir: t.TempDir()}, time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(a.Close)
	workers, err := a.NewWorkers()
	require.NoError(t, err)
	require.NoError(t, workers.Start())
	t.Cleanup(workers.Stop)
	handler := a.Handler()
	ask := func(document string, input map[string]any) string {
		body, err := json.Marshal(map[string]any{"query": document, "variables": map[string]any{"input": input}})
		require.NoError(t, err)
		request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Body.String()
	}
	ask(`mutation ($input: SignUpMerchantInput!) { signUpMerchant(input: $input) { merchant { slug } userErrors { code } } }`,
		map[string]any{"slug": "shop", "name": "Shop", "email": "nora@shop.example", "ownerName": "Nora", "password": "a long password", "idempotencyKey": "k"})
	var link *url.URL
	require.Eventually(t, func() bool {
		kept := a.standIn.Kept()
		if len(kept) == 0 {
			return false
		}
		link, err = url.Parse(kept[0].Link)
		return err == nil
	}, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, "http://127.0.0.1:8080"+mail.AccountPath, link.Scheme+"://"+link.Host+link.Path)
	said, err := url.ParseQuery(link.Fragment)
	require.NoError(t, err)
	script, err := accountFiles.ReadFile("account/account.js")
	require.NoError(t, err)
	documents := documentIn.FindAllStringSubmatch(string(script), -1)
	require.Len(t, documents, 4)
	for _, document := range documents {
		input := map[string]any{"token": said.Get("token"), "password": "a long password", "idempotencyKey": "k"}
		switch {
		case strings.Contains(document[1], "acceptStaffInvite"):
			input = map[string]any{"inviteToken": "none", "password": "a long password", "idempotencyKey": "k"}
		case strings.Contains(document[1], "signUpPartner"):
			input = map[string]any{"inviteToken": "none", "email": "p@partners.example", "name": "P", "password": "a long password", "idempotencyKey": "k"}
		case strings.Contains(document[1], "verifyEmail"):
			delete(input, "password")
			require.Contains(t, ask(document[1], input), `{"verifyEmail":{"userErrors":[]}}`)
			continue
		}
		require.Contains(t, ask(document[1], input), `"userErrors":[{"message":`)
	}
}

func TestThePageBehindALinkIsServedOnItsOwn(t *testing.T) {
	handler := (&App{Log: slog.New(slog.DiscardHandler)}).Handler()
	for path, kind := range map[string]string{"/account": "text/html", "/account.js": "text/javascript", "/account.css": "text/css"} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, answer.Code, path)
		require.Contains(t, answer.Header().Get("Content-Type"), kind)
		require.Contains(t, answer.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
		require.Equal(t, "no-referrer", answer.Header().Get("Referrer-Policy"))
	}
}
