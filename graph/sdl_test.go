package graph_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/graph"
)

func TestThePublishedSchemaIsTheOneInTheSource(t *testing.T) {
	source, err := os.ReadFile("../schema.graphqls")
	require.NoError(t, err)
	require.Equal(t, string(source), graph.SDL())
}

// What concerns only the generator of our code belongs into gqlgen.yml: clients would see it here.
func TestThePublishedSchemaStandsAlone(t *testing.T) {
	parsed, err := gqlparser.LoadSchema(&ast.Source{Input: graph.SDL()})
	require.NoError(t, err)
	for name, directive := range parsed.Directives {
		require.True(t, directive.Position.Src.BuiltIn, name)
	}
}

func TestThePublishedSchemaIsReadOnce(t *testing.T) {
	ask := func(tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/schema.graphql", nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		graph.NewSchemaHandler().ServeHTTP(w, r)
		return w
	}
	first := ask("")
	require.Equal(t, http.StatusOK, first.Code)
	require.Equal(t, "text/plain; charset=utf-8", first.Header().Get("Content-Type"))
	require.Equal(t, "nosniff", first.Header().Get("X-Content-Type-Options"))
	require.Equal(t, graph.SDL(), first.Body.String())
	require.Equal(t, http.StatusNotModified, ask(first.Header().Get("ETag")).Code)
}
