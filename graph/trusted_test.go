package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"tributary/models"
)

// trustedDocuments reads what the API trusts.
func trustedDocuments(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("trusted.json")
	require.NoError(t, err)
	var documents map[string]string
	require.NoError(t, json.Unmarshal(text, &documents))
	require.NotEmpty(t, documents)
	return documents
}

// Every trusted document is known by its own hash, fits the schema, and is within the limits of every other.
func TestTrustedDocumentsAreGood(t *testing.T) {
	s := serve(t)
	for id, document := range trustedDocuments(t) {
		sum := sha256.Sum256([]byte(document))
		require.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), id)
		_, problems := gqlparser.LoadQueryWithRules(schema(), document, rules.NewDefaultRules())
		require.Empty(t, problems, document)
		code := s.post(`{"documentId": ` + quoted(id) + `}`).code()
		require.NotContains(t, []string{"OPERATION_TOO_LARGE", "COMPLEXITY_LIMIT_EXCEEDED", "PERSISTED_QUERY_NOT_FOUND", "GRAPHQL_PARSE_FAILED"}, code, document)
	}
}

// conversionsID is the id of the document that lists a program's conversions.
func conversionsID(t *testing.T) string {
	t.Helper()
	for id, document := range trustedDocuments(t) {
		if strings.Contains(document, "query Conversions(") {
			return id
		}
	}
	require.Fail(t, "the client has no such document")
	return ""
}

func TestATrustedDocumentIsNamedInsteadOfSent(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	id, variables := conversionsID(t), `{"programId": `+quoted(s.main())+`}`
	ask := func(method, query, body string) answer {
		request, err := http.NewRequestWithContext(t.Context(), method, s.url+query, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+s.key)
		return s.send(request)
	}
	send := func(body string) answer { return ask(http.MethodPost, "", body) }
	for name, a := range map[string]answer{
		"by POST": send(`{"documentId": ` + quoted(id) + `, "variables": ` + variables + `}`),
		"by GET":  ask(http.MethodGet, "?documentId="+url.QueryEscape(id)+"&variables="+url.QueryEscape(variables), ""),
	} {
		require.Equal(t, "10.00", a.at(t, "node", "conversions", "nodes", 0, "amount", "amount"), name)
	}
	unknown := send(`{"documentId": "sha256:00"}`)
	require.Equal(t, "PERSISTED_QUERY_NOT_FOUND", unknown.code())
	for _, body := range []string{`{"documentId": ` + quoted(id) + `, "query": "{ __typename }"}`, `{"documentId": ""}`, `{"documentId": 7}`, `{}`,
		`{"extensions": {"documentId": ` + quoted(id) + `}}`} {
		refused := send(body)
		require.Equal(t, http.StatusBadRequest, refused.status, body)
		require.Equal(t, "BAD_USER_INPUT", refused.code(), body)
	}
}

func TestATrustedDocumentIsNamedOverASocket(t *testing.T) {
	s := serve(t)
	c := s.connect(s.key)
	c.say(`{"id": "1", "type": "subscribe", "payload": {"documentId": ` + quoted(conversionsID(t)) + `, "variables": {"programId": ` + quoted(s.main()) + `}}}`)
	f := c.hear()
	require.Equal(t, "next", f.Type)
	require.Contains(t, string(f.Payload), `"pageInfo"`)
	require.Equal(t, "complete", c.hear().Type)
	c.say(`{"id": "2", "type": "subscribe", "payload": {"documentId": "sha256:00"}}`)
	f = c.hear()
	require.Equal(t, "error", f.Type)
	require.Contains(t, string(f.Payload), "PERSISTED_QUERY_NOT_FOUND")
}
