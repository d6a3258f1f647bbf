package graph_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/graph"
	"tributary/models"
)

func TestTheTransport(t *testing.T) {
	s := serve(t)
	deep := strings.Repeat("{ downline { nodes ", 12) + "{ id }" + strings.Repeat("} }", 12)
	post := func(body string) func() *http.Request {
		return func() *http.Request {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(body))
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/json")
			return r
		}
	}
	get := func(query string) func() *http.Request {
		return func() *http.Request {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"?query="+url.QueryEscape(query), nil)
			require.NoError(t, err)
			return r
		}
	}
	with := func(make func() *http.Request, name, value string) func() *http.Request {
		return func() *http.Request {
			r := make()
			r.Header.Set(name, value)
			return r
		}
	}
	modern := "application/graphql-response+json"
	for name, c := range map[string]struct {
		request func() *http.Request
		status  int
		code    any
	}{
		"query by GET":              {get("{ __typename }"), 200, nil},
		"mutation by GET":           {get(`mutation { signIn(input: {email: "a", password: "b"}) { userErrors { code } } }`), 405, "BAD_USER_INPUT"},
		"DELETE":                    {func() *http.Request { r := get("{a}")(); r.Method = http.MethodDelete; return r }, 405, "BAD_USER_INPUT"},
		"form":                      {with(post("query=a"), "Content-Type", "application/x-www-form-urlencoded"), 415, "BAD_USER_INPUT"},
		"malformed JSON":            {post(`{"query": "secret`), 400, "BAD_USER_INPUT"},
		"array":                     {post(`[{"query": "{ __typename }"}]`), 400, "BAD_USER_INPUT"},
		"no query":                  {post(`{"qeury": "{ __typename }"}`), 400, "BAD_USER_INPUT"},
		"variables of another kind": {post(`{"query": "{ __typename }", "variables": 7}`), 400, "BAD_USER_INPUT"},
		"body too large":            {post(`{"query": "` + strings.Repeat(" ", 1<<20) + `"}`), 413, "BAD_USER_INPUT"},
		"text wanted":               {with(get("{ __typename }"), "Accept", "text/html"), 406, "BAD_USER_INPUT"},
		"bad credential":            {with(get("{ __typename }"), "Authorization", "Bearer nonsense"), 401, "UNAUTHENTICATED"},
		"parse failure, modern":     {with(get("{"), "Accept", modern), 400, "GRAPHQL_PARSE_FAILED"},
		"unknown field, modern":     {with(get("{ nonsense }"), "Accept", modern), 400, "GRAPHQL_VALIDATION_FAILED"},
		"unknown field, older":      {get("{ nonsense }"), 200, "GRAPHQL_VALIDATION_FAILED"},
		"too many tokens":           {get("{" + strings.Repeat(" __typename", 2100) + "}"), 200, "GRAPHQL_PARSE_FAILED"},
		"too many aliases":          {get("{" + aliases(40) + "}"), 200, "OPERATION_TOO_LARGE"},
		"too deep":                  {get("{ myEnrollments { nodes " + deep + " } }"), 200, "OPERATION_TOO_LARGE"},
		"fragment bomb":             {get(bomb(24)), 200, "OPERATION_TOO_LARGE"},
		"too dear":                  {get("{ programs(first: 100) { nodes { enrollments(first: 100) { nodes { links(first: 100) { nodes { id } } } } } } }"), 200, "COMPLEXITY_LIMIT_EXCEEDED"},
		"page size beyond the cap":  {with(get("{ programs(first: 101) { nodes { id } } }"), "Authorization", "Bearer "+s.key), 200, "BAD_USER_INPUT"},
	} {
		a := s.send(c.request())
		require.Equal(t, c.status, a.status, "%s: %s", name, a.text)
		require.Equal(t, c.code, a.code(), "%s: %s", name, a.text)
		require.NotContains(t, a.text, "secret", name)
		require.True(t, strings.HasSuffix(a.header.Get("Content-Type"), "; charset=utf-8"), name)
		if c.code != nil {
			require.Equal(t, a.header.Get("X-Request-Id"), a.Errors[0].Extensions["requestId"], name)
		}
		if len(a.Errors) > 0 && a.Errors[0].Path == nil {
			require.NotContains(t, a.text, `"data"`, name)
		}
	}
	weighted := s.send(with(get("{ __typename }"), "Accept", "application/json;q=0.1, "+modern)())
	require.Equal(t, modern+"; charset=utf-8", weighted.header.Get("Content-Type"))
}

func TestARequestWhoseTimeIsOverIsToldSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/graphql?query=%7B__typename%7D", nil)
	w := httptest.NewRecorder()
	graph.NewHandler(graph.Services{Log: slog.New(slog.DiscardHandler)}).ServeHTTP(w, r)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), `"code":"UNAVAILABLE"`)
}

func aliases(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(" a" + strings.Repeat("b", b.Len()%50) + ": __typename")
	}
	return b.String()
}

// bomb is a small document that spreads out to 2^n fields.
func bomb(n int) string {
	name := func(i int) string { return "f" + strings.Repeat("x", i) }
	var b strings.Builder
	b.WriteString("{ ..." + name(0) + " }")
	for i := range n {
		b.WriteString(" fragment " + name(i) + " on Query { ..." + name(i+1) + " ..." + name(i+1) + " }")
	}
	return b.String() + " fragment " + name(n) + " on Query { __typename }"
}

func TestInternalErrorsAreLoggedAndNotShown(t *testing.T) {
	s := serve(t)
	require.NoError(t, models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
		return tx.Model(&models.Program{}).Where("id = ?", s.Program.ID).Update("domains", "not json").Error
	}))
	a := s.ask(s.key, "{ programs { nodes { domains } } }", nil)
	require.Equal(t, "INTERNAL", a.code())
	require.NotContains(t, a.text, "invalid character")
	require.Contains(t, s.log.String(), "invalid character")
	require.Contains(t, s.log.String(), a.header.Get("X-Request-Id"))
}

func TestPagesMeetInBothDirections(t *testing.T) {
	s := serve(t)
	var want []any
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		want = append(want, s.Enroll(name, models.ID{}).ID.Format(models.PrefixEnrollment))
	}
	const query = `query($first: Int, $after: String, $last: Int, $before: String) { program(slug: "main") {
		enrollments(first: $first, after: $after, last: $last, before: $before) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
	walk := func(size, cursor, at, more string) (got []any) {
		variables := map[string]any{size: 2}
		for range 3 {
			a := s.must(s.key, query, variables)
			var ids []any
			for _, node := range a.at(t, "program", "enrollments", "nodes").([]any) {
				ids = append(ids, node.(map[string]any)["id"])
			}
			if size == "first" {
				got = append(got, ids...)
			} else {
				got = append(ids, got...)
			}
			info := []any{"program", "enrollments", "pageInfo"}
			require.Equal(t, len(got) < len(want), a.at(t, append(info, more)...))
			variables[cursor] = a.at(t, append(info, at)...)
		}
		return got
	}
	require.Equal(t, want, walk("first", "after", "endCursor", "hasNextPage"))
	require.Equal(t, want, walk("last", "before", "startCursor", "hasPreviousPage"))
	for _, wrong := range []map[string]any{{"first": 0}, {"first": -1}, {"last": 101}, {"after": "x"}, {"after": want[0]}, {"first": 1, "last": 1}} {
		require.Equal(t, "BAD_USER_INPUT", s.ask(s.key, query, wrong).code(), "%v", wrong)
	}
}

func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	text, err := os.ReadFile("../schema.graphqls")
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	require.NoError(t, err)
	for _, definition := range schema.Types {
		if definition.BuiltIn {
			continue
		}
		require.NotEmpty(t, definition.Description, definition.Name)
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			require.NotEmpty(t, field.Description, "%s.%s", definition.Name, field.Name)
			for _, argument := range field.Arguments {
				require.NotEmpty(t, argument.Description, "%s.%s(%s)", definition.Name, field.Name, argument.Name)
			}
		}
		for _, value := range definition.EnumValues {
			require.NotEmpty(t, value.Description, "%s.%s", definition.Name, value.Name)
		}
	}
}
