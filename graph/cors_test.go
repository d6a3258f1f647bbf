package graph_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The server of these tests is one that lets pages of app.example call it.
func TestPagesOfOtherHostsMayCall(t *testing.T) {
	s := serve(t)
	ask := func(method, origin string, headers map[string]string) *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), method, s.url, strings.NewReader(`{"query": "{ __typename }"}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Origin", origin)
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, response.Body.Close()) })
		return response
	}
	preflight := map[string]string{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
	for _, origin := range []string{"https://app.example", "http://APP.example"} {
		allowed := ask(http.MethodOptions, origin, preflight)
		require.Equal(t, http.StatusNoContent, allowed.StatusCode)
		require.Equal(t, origin, allowed.Header.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "POST", allowed.Header.Get("Access-Control-Allow-Methods"))
		require.Equal(t, "authorization,content-type", allowed.Header.Get("Access-Control-Allow-Headers"))
		require.Empty(t, allowed.Header.Get("Access-Control-Allow-Credentials"), "there are no cookies")
		answered := ask(http.MethodPost, origin, nil)
		require.Equal(t, http.StatusOK, answered.StatusCode)
		require.Equal(t, origin, answered.Header.Get("Access-Control-Allow-Origin"))
		require.Contains(t, answered.Header.Get("Access-Control-Expose-Headers"), "X-Request-Id")
		require.Contains(t, answered.Header.Values("Vary"), "Origin")
		stream := ask(http.MethodPost, origin, map[string]string{"Accept": "text/event-stream", "Authorization": "Bearer " + s.key})
		require.Equal(t, origin, stream.Header.Get("Access-Control-Allow-Origin"))
	}
	for _, origin := range []string{"https://evil.example", "https://app.example.evil.example", "https://xapp.example", "null", "https://app.example:8443"} {
		for _, method := range []string{http.MethodOptions, http.MethodPost} {
			require.Empty(t, ask(method, origin, preflight).Header.Get("Access-Control-Allow-Origin"), "%s %s", method, origin)
		}
	}
	for headers, why := range map[string]string{"cookie": "no cookies", "x-other": "none but those that are read"} {
		refused := ask(http.MethodOptions, "https://app.example", map[string]string{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers})
		require.Empty(t, refused.Header.Get("Access-Control-Allow-Headers"), why)
	}
}
