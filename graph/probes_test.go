package graph_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The probes of graphql-cop, a scanner that many run against an API of this kind. It finds two things here, both on
// purpose: queries by GET are answered, since nothing rides on a cookie, and the public schema tells itself.
func TestProbesOfAScanner(t *testing.T) {
	s := serve(t)
	send := func(method, address, mediaType, body string) answer {
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		require.NoError(t, err)
		if mediaType != "" {
			r.Header.Set("Content-Type", mediaType)
		}
		return s.send(r)
	}
	ask := func(document string) answer { return s.post(`{"query": ` + quoted(document) + `}`) }
	get := func(document string) answer {
		return send(http.MethodGet, s.url+"?query="+url.QueryEscape(document), "", "")
	}
	const ten = `{"query": "query { __typename }"}`

	require.Equal(t, "OPERATION_TOO_LARGE", ask("query { "+numbered(101, "alias%d:__typename ")+"}").code(), "alias overloading")
	require.Equal(t, http.StatusBadRequest, s.post("["+strings.Repeat(ten+",", 9)+ten+"]").status, "array batching")
	require.Equal(t, "OPERATION_TOO_LARGE", ask("query { "+strings.Repeat("__typename ", 500)+"}").code(), "field duplication")
	require.Less(t, len(ask("query { __typename "+strings.Repeat("@aa", 10)+" }").Errors), 10, "directive overloading")
	circular := ask("query { __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }")
	require.NotContains(t, circular.text, `"data"`, "circular introspection")
	suggestion := ask("query { __schema { directive } }")
	require.NotContains(t, suggestion.text, `"data"`)
	require.Contains(t, suggestion.text, "Did you mean", "field suggestions: on purpose, for a schema that anybody may read")
	require.NotEmpty(t, ask("query { __schema { queryType { name } } }").Data, "introspection: on purpose")
	require.NotEmpty(t, get("query { __typename }").Data, "queries by GET: on purpose")
	require.Equal(t, http.StatusMethodNotAllowed, get("mutation { __typename }").status, "mutation by GET")
	form := send(http.MethodPost, s.url, "application/x-www-form-urlencoded", "query="+url.QueryEscape("query { __typename }"))
	require.Equal(t, http.StatusUnsupportedMediaType, form.status, "POST of a form")
	for _, broken := range []string{"qwerty cop { abc }", "query { __typename", "", "\x00"} {
		told := strings.ToLower(ask(broken).text)
		for _, leak := range []string{"exception", "stacktrace", "stack", "goroutine", ".go:"} {
			require.NotContains(t, told, leak, "unhandled errors")
		}
	}
	traced, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(ten))
	require.NoError(t, err)
	traced.Header.Set("Content-Type", "application/json")
	traced.Header.Set("X-Apollo-Tracing", "1")
	traced.Header.Set("Apollo-Federation-Include-Trace", "ftv1")
	require.NotContains(t, s.send(traced).text, "extensions", "tracing")
	page, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, nil)
	require.NoError(t, err)
	page.Header.Set("Accept", "text/html")
	require.Equal(t, http.StatusNotAcceptable, s.send(page).status, "an editor at the address of the API")
}
