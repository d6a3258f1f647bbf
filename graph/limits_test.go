package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// numbered writes a text for every number from 0 up to n.
func numbered(n int, text string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, text, i)
	}
	return b.String()
}

// Every limit that docs/api.md lists: what is just within is answered, one more is refused.
func TestLimitsHoldAtTheirEdge(t *testing.T) {
	s := serve(t)
	repeat := strings.Repeat
	levels := func(n int) string { // of fields, of which node is one and id another
		return `{ node(id: "x") { ... on Enrollment {` + repeat(" sponsor {", n-2) + " id " + repeat("}", n-2) + "} } }"
	}
	fields := func(n int) string { // at most ten of one name beside each other
		return "{ viewer {" + repeat(" ... {"+repeat(" name", 10)+" }", (n-1)/10) + repeat(" name", (n-1)%10) + " } }"
	}
	const scopes = `mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }`
	for name, c := range map[string]struct {
		document, variables func(n int) string
		most                int
		code                string
		status              int
	}{
		"bytes of document": {document: func(n int) string { return "{ __typename }" + repeat(" ", n-14) }, most: 64 << 10, code: "OPERATION_TOO_LARGE"},
		"tokens": {document: func(n int) string {
			return "{ programs(first: [" + repeat(" 1", n-15) + "]) { nodes { id } } }"
		}, most: 2000, code: "GRAPHQL_PARSE_FAILED"},
		"levels":                {document: levels, most: 20, code: "OPERATION_TOO_LARGE"},
		"levels over fragments": {document: func(n int) string { return `{ ...f } fragment f on Query ` + levels(n) }, most: 20, code: "OPERATION_TOO_LARGE"},
		"fields":                {document: fields, most: 500, code: "OPERATION_TOO_LARGE"},
		"fields over fragments": {document: func(n int) string {
			ten := " ... {" + repeat(" name", 10) + " }"
			return "{ viewer {" + repeat(" ...f", 9) + " ...g } } fragment f on Viewer {" + repeat(ten, 5) + " } fragment g on Viewer {" + repeat(ten, 4) + repeat(" name", n-491) + " }"
		}, most: 500, code: "OPERATION_TOO_LARGE"},
		"the same field": {document: func(n int) string { return "{ viewer {" + repeat(" name", n) + " } }" }, most: 10, code: "OPERATION_TOO_LARGE"},
		"aliases":        {document: func(n int) string { return "{ viewer {" + numbered(n, " a%d: name") + " } }" }, most: 30, code: "OPERATION_TOO_LARGE"},
		"directives":     {document: func(n int) string { return "{ viewer { name" + repeat(" ... @skip(if: false) { name }", n) + " } }" }, most: 20, code: "OPERATION_TOO_LARGE"},
		"roots":          {document: func(n int) string { return "{" + numbered(n-10, " a%d: __typename") + repeat(" __typename", 10) + "}" }, most: 30, code: "OPERATION_TOO_LARGE"},
		"bytes of alias": {document: func(n int) string { return "{ " + repeat("a", n) + ": __typename }" }, most: 100, code: "OPERATION_TOO_LARGE"},
		"introspections": {document: func(n int) string {
			return "{ __schema { queryType { name } }" + repeat(` __type(name: "Query") { name }`, n-1) + "}"
		}, most: 1, code: "OPERATION_TOO_LARGE"},
		"texts in a list": {document: func(int) string { return scopes }, variables: func(n int) string { return `["x"` + repeat(`,"x"`, n-1) + "]" }, most: 100, code: "GRAPHQL_VALIDATION_FAILED"},
		"literals in a list": {document: func(n int) string {
			return strings.ReplaceAll(strings.Replace(scopes, "($v: [String!]!)", "", 1), "$v", `["x"`+repeat(`,"x"`, n-1)+"]")
		}, most: 100, code: "GRAPHQL_VALIDATION_FAILED"},
		"values of nobody": {document: func(int) string { return "{ viewer { name } }" }, variables: func(n int) string { return "[" + repeat("1,", n-5) + "1]" }, most: 1000, code: "BAD_USER_INPUT", status: 413},
		"sign-ins": {document: func(n int) string {
			return "mutation {" + numbered(n, ` a%d: signIn(input: {email: "x", password: "x"}) { session { token } }`) + "}"
		}, most: 1, code: "COMPLEXITY_LIMIT_EXCEEDED"},
		"first passwords": {document: func(n int) string {
			return "mutation {" + numbered(n, ` a%d: acceptStaffInvite(input: {inviteToken: "x", password: "a long password", idempotencyKey: "x"}) { user { name } }`) + "}"
		}, most: 1, code: "COMPLEXITY_LIMIT_EXCEEDED"},
	} {
		ask := func(n int) answer {
			variables := "1"
			if c.variables != nil {
				variables = c.variables(n)
			}
			return s.post(`{"query": ` + quoted(c.document(n)) + `, "variables": {"v": ` + variables + `}}`)
		}
		within := ask(c.most)
		require.NotEqual(t, c.code, within.code(), "%s: %s", name, within.text)
		beyond := ask(c.most + 1)
		require.Equal(t, c.code, beyond.code(), "%s: %s", name, beyond.text)
		require.NotContains(t, beyond.text, `"data"`, name)
		if c.status == 0 {
			c.status = http.StatusOK
		}
		require.Equal(t, c.status, beyond.status, name)
	}
}

// A caller with a credential may send more, in lists that are not without end either.
func TestLimitsOfWhoHasACredential(t *testing.T) {
	s := serve(t)
	send := func(entries int, entry string) answer {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(`{"query": "{ __typename }", "variables": {"v": [`+
			strings.Repeat(entry+",", entries-1)+entry+`]}}`))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+s.key)
		return s.send(r)
	}
	require.Empty(t, send(2000, "1").Errors)
	require.Equal(t, "OPERATION_TOO_LARGE", send(2001, "1").code())
	const thirty = `[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]` // and itself
	require.Empty(t, send(1999, thirty).Errors)
	most := send(2000, thirty)
	require.Equal(t, http.StatusRequestEntityTooLarge, most.status, most.text)
}

// What is wrong is told ten times at most, each thing once, in few words, and with a suggestion as long as there are few.
func TestProblemsAreToldInFewWords(t *testing.T) {
	s := serve(t)
	one := s.post(`{"query": "{ viewer { nam } }"}`)
	require.Contains(t, one.Errors[0].Message, `Did you mean "name"?`)
	require.Len(t, s.post(`{"query": `+quoted("{ viewer {"+numbered(10, " nam%d")+" } }")+`}`).Errors, 10)
	many := s.post(`{"query": ` + quoted("{ viewer {"+numbered(11, " nam%d")+" } }") + `}`)
	require.Len(t, many.Errors, 10)
	require.NotContains(t, many.text, "Did you mean")
	same := s.post(`{"query": "{ __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }"}`)
	require.Len(t, same.Errors, 2, "unknown, and more than once: %s", same.text)
	long := s.post(`{"query": "{ __typename }", "operationName": "` + strings.Repeat("ü", 500) + `"}`)
	require.True(t, strings.HasSuffix(long.Errors[0].Message, "ü… not found") || strings.HasSuffix(long.Errors[0].Message, "ü…"), long.text)
	require.Less(t, len(long.Errors[0].Message), 310)
	key := s.post(`{"query": "mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }", "variables": {"v": {"` + strings.Repeat("k", 500) + `": 1}}}`)
	require.Less(t, len(key.text), 600, key.text)
}

func TestAFullIntrospectionIsAnswered(t *testing.T) {
	s := serve(t)
	a := s.must("", introspection, nil)
	require.Greater(t, len(a.at(t, "__schema", "types").([]any)), 250)
	for name, document := range map[string]string{
		"an alias inside":              "{ __schema { a: queryType { name } } }",
		"an alias of it":               "{ a: __schema { queryType { name } } }",
		"the fields of types of types": `{ __type(name: "Query") { fields { type { fields { name } } } } }`,
		"over fragments":               `{ __type(name: "Query") { fields { type { ...f } } } } fragment f on __Type { enumValues { name } }`,
	} {
		require.Equal(t, "OPERATION_TOO_LARGE", s.post(`{"query": `+quoted(document)+`}`).code(), name)
	}
}

// introspection is what tools ask for.
const introspection = `query { __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType }
	directives { name description locations args { ...InputValue } } } }
	fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef }
		isDeprecated deprecationReason } inputFields { ...InputValue } interfaces { ...TypeRef }
		enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
	fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
	fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
		ofType { kind name } } } } } } } }`
