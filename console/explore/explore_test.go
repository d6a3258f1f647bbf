package explore

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func get(path, tag string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.Handle("GET /explore", Handler())
	mux.Handle("GET /explore/{file}", Handler())
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func TestThePageTakesNothingFromElsewhere(t *testing.T) {
	page := get("/explore", "")
	require.Equal(t, http.StatusOK, page.Code)
	require.Equal(t, "text/html; charset=utf-8", page.Header().Get("Content-Type"))
	require.Equal(t, "nosniff", page.Header().Get("X-Content-Type-Options"))
	require.Empty(t, page.Header().Get("Set-Cookie"))
	said := page.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'"} {
		require.Contains(t, said, part)
	}
	require.NotContains(t, said, "unsafe")
	require.NotContains(t, page.Body.String(), "//", "no address of another server")
}

func TestEveryPageHasANonceOfItsOwn(t *testing.T) {
	nonce := regexp.MustCompile(`nonce="([A-Z2-7]{26})"`)
	seen := map[string]bool{}
	for range 3 {
		page := get("/explore", "")
		found := nonce.FindStringSubmatch(page.Body.String())
		require.NotNil(t, found)
		require.Contains(t, page.Header().Get("Content-Security-Policy"), "'nonce-"+found[1]+"'")
		seen[found[1]] = true
	}
	require.Len(t, seen, 3)
}

func TestEveryFileThePageNamesIsServed(t *testing.T) {
	named := regexp.MustCompile(`/explore/[\w.-]+`)
	page := get("/explore", "").Body.String() + get("/explore/explore.js", "").Body.String()
	paths := named.FindAllString(page, -1)
	require.GreaterOrEqual(t, len(paths), 7)
	for _, path := range paths {
		answer := get(path, "")
		require.Equal(t, http.StatusOK, answer.Code, path)
		require.NotEmpty(t, answer.Header().Get("Content-Type"), path)
		require.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"), path)
		tag := answer.Header().Get("ETag")
		again := get(path, tag)
		require.Equal(t, http.StatusNotModified, again.Code, path)
		require.Empty(t, again.Body.Bytes(), path)
		require.Equal(t, http.StatusOK, get(path, `"another"`).Code, path)
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/explore/index.html", "/explore/assets.mjs", "/explore/..%2fexplore.go", "/explore/lib", "/explore/"} {
		require.Equal(t, http.StatusNotFound, get(path, "").Code, path)
	}
}

func TestTheLicencesAreServed(t *testing.T) {
	text := get("/explore/LICENSES.txt", "").Body.String()
	for _, name := range []string{"graphiql 4.1.2, MIT", "react-dom 18.3.1, MIT", "codemirror 5", "Open Font License"} {
		require.True(t, strings.Contains(text, name), name)
	}
}
