package graph_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the engine would take for a scalar, or would choke on, is refused before anything runs: there is no data entry.
func TestValuesAreOfTheirType(t *testing.T) {
	s := serve(t)
	const (
		page = `query ($v: Int) { programs(first: $v) { nodes { id } } }`
		node = `query ($v: ID!) { node(id: $v) { id } }`
		text = `query ($v: String) { program(slug: $v) { id } }`
		flag = `query ($v: Boolean!) { viewer @skip(if: $v) { name } }`
		enum = `query ($v: SponsorChangeState) { node(id: "x") { ... on Program { sponsorChanges(state: $v) { nodes { id } } } } }`
		list = `mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }`
		deep = `mutation ($v: RecordConversionInput!) { recordConversion(input: $v) { userErrors { code } } }`
	)
	item := func(quantity string) string {
		return `{"programId": "x", "idempotencyKey": "k", "conversion": {"externalId": "x", "occurredAt": "2026-01-05T09:00:00Z", "currencyCode": "EUR",
			"amount": "1.00", "items": {"sku": "s", "quantity": ` + quantity + `, "amount": "1.00"}}}`
	}
	for name, c := range map[string]struct{ query, value, message string }{
		"an Int in quotes":        {page, `"5"`, "whole number"},
		"an Int beyond 32 bits":   {page, `2147483648`, "whole number"},
		"the largest Int":         {page, `2147483647`, ""},
		"a true for an Int":       {page, `true`, "Int"},
		"a fraction for an id":    {node, `1.5`, "an id"},
		"a number for an id":      {node, `15`, ""},
		"a true for an id":        {node, `true`, "ID"},
		"a number for a text":     {text, `5`, "text in quotes"},
		"a fraction for a text":   {text, `1.5`, "text in quotes"},
		"a text":                  {text, `"5"`, ""},
		"a text for a Boolean":    {flag, `"true"`, "Boolean"},
		"a Boolean":               {flag, `true`, ""},
		"an enum in small":        {enum, `"applied"`, "no SponsorChangeState"},
		"an enum":                 {enum, `"APPLIED"`, ""},
		"a number for an enum":    {enum, `1`, "SponsorChangeState"},
		"a number in a list":      {list, `["x", 5]`, "text in quotes"},
		"a number for a list":     {list, `5`, "text in quotes"},
		"a text for a list":       {list, `"x"`, ""},
		"deep, an Int":            {deep, item(`1`), ""},
		"deep, an Int in quotes":  {deep, item(`"1"`), "whole number"},
		"deep, __typename":        {deep, strings.Replace(item(`1`), `"sku"`, `"__typename": "x", "sku"`, 1), "has no field __typename"},
		"literal, object for id":  {`{ node(id: {}) { id } }`, `0`, "an object is no ID"},
		"literal, object for Int": {`{ programs(first: {a: 1}) { nodes { id } } }`, `0`, "an object is no Int"},
		"literal, a large Int":    {`{ programs(first: 2147483648) { nodes { id } } }`, `0`, "whole number"},
		"literal, @defer":         {`{ ... @defer { viewer { name } } }`, `0`, `Unknown directive "@defer"`},
		"literal, a directive":    {`{ viewer @skip(if: {}) { name } }`, `0`, "an object is no Boolean"},
	} {
		a := s.post(`{"query": ` + quoted(c.query) + `, "variables": {"v": ` + c.value + `}}`)
		if c.message == "" {
			require.Contains(t, a.text, `"data"`, name)
			continue
		}
		require.NotContains(t, a.text, `"data"`, "%s: %s", name, a.text)
		require.Equal(t, http.StatusOK, a.status, name)
		require.Equal(t, "GRAPHQL_VALIDATION_FAILED", a.code(), "%s: %s", name, a.text)
		require.Contains(t, a.Errors[0].Message, c.message, name)
	}
	late := s.ask(s.key, `query ($v: ID = "x") { node(id: $v) { id } }`, map[string]any{"v": nil})
	require.Equal(t, "BAD_USER_INPUT", late.code(), "null where a default stood: found only when the field is asked for: %s", late.text)
	malformed := s.ask(s.key, deep, map[string]any{"v": map[string]any{"programId": "x", "idempotencyKey": "k", "conversion": map[string]any{"externalId": "x",
		"occurredAt": "2026-01-05T09:00:00Z", "amount": "1.00", "currencyCode": []any{"EUR"}}}})
	require.Equal(t, "BAD_USER_INPUT", malformed.code(), malformed.text)
}
