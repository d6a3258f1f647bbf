package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// attack is a request that would cost much, or tell much, where nothing is limited.
type attack struct {
	name   string
	body   string // sent by POST as JSON
	status int    // of the answer
	code   string // of its first error; empty when it is answered
	change func(*http.Request)
}

const long = 900_000 // bytes: just within what a body may have

// asking is the body of a request with a document.
func asking(document string) string { return asks(document, "{}") }

func asks(document, variables string) string {
	text, _ := json.Marshal(document)
	return `{"query": ` + string(text) + `, "variables": ` + variables + `}`
}

// each writes a text for every number below n.
func each(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

// spreads is a document of few bytes that spreads out to 2^n fields, or to a field n levels deep in twos.
func spreads(n int, typeName, root, open, shut, leaf string) string {
	return root + each(n, func(i int) string {
		return fmt.Sprintf(" fragment f%d on %s { %s ...f%d %s %s ...f%d %s }", i, typeName, open, i+1, shut, open, i+1, shut)
	}) + fmt.Sprintf(" fragment f%d on %s { %s }", n, typeName, leaf)
}

const (
	tooLargeCode = "OPERATION_TOO_LARGE"
	invalidCode  = "GRAPHQL_VALIDATION_FAILED"
	parseCode    = "GRAPHQL_PARSE_FAILED"
	inputCode    = "BAD_USER_INPUT"
	costlyCode   = "COMPLEXITY_LIMIT_EXCEEDED"
	deniedCode   = "UNAUTHENTICATED"
	scopesQuery  = `mutation ($v: [String!]!) { createApiKey(input: {name: "x", scopes: $v, idempotencyKey: "x"}) { userErrors { code } } }`
	ordersQuery  = `mutation ($v: RecordConversionsInput!) { recordConversions(input: $v) { userErrors { code } } }`
	order        = `{"externalId": "x", "occurredAt": "2026-01-05T09:00:00Z", "currencyCode": "EUR", "amount": "1.00"}`
	item         = `{"sku": "s", "quantity": 1, "amount": "1"}`
	statesQuery  = `query ($v: SponsorChangeState) { node(id: "x") { ... on Program { sponsorChanges(state: $v) { nodes { id } } } } }`
)

// attacks are tried by nobody in particular: no credential is needed for them.
func attacks() []attack {
	repeat, name := strings.Repeat, strings.Repeat("a", 60_000)
	orders := func(order string, n int) string {
		return asks(ordersQuery, `{"v": {"programId": "x", "idempotencyKey": "k", "conversions": [`+repeat(order+",", n)+order+`]}}`)
	}
	form := func(mediaType string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", mediaType) }
	}
	rows := []attack{
		{name: "1 MB of brackets", body: asking("{ programs(first: " + repeat("[", long)), code: tooLargeCode},
		{name: "60 KB of brackets", body: asking("{ programs(first: " + repeat("[", 60_000)), code: parseCode},
		{name: "a list nested 100,000 deep", body: asking("{ programs(first: " + repeat("[", 100_000) + repeat("]", 100_000) + ") { nodes { id } } }"), code: tooLargeCode},
		{name: "a list nested 900 deep", body: asking("{ programs(first: " + repeat("[", 900) + repeat("]", 900) + ") { nodes { id } } }"), code: invalidCode},
		{name: "20,000 fields", body: asking("{" + repeat(" __typename", 20_000) + "}"), code: tooLargeCode},
		{name: "1,990 fields", body: asking("{" + repeat(" __typename", 1_990) + "}"), code: tooLargeCode},
		{name: "500 times the same field", body: asking("{" + repeat(" __typename", 500) + "}"), code: tooLargeCode},
		{name: "more than 2,000 tokens", body: asking("{" + repeat(" viewer { name }", 600) + "}"), code: parseCode},
		{name: "fragments that double 26 times", body: asking(spreads(26, "Query", "{ ...f0 }", "", "", "__typename")), code: tooLargeCode},
		{name: "fragments that double at each level", body: asking(spreads(40, "Enrollment", `{ node(id: "x") { ...f0 } }`, "sponsor {", "}", "id")), code: tooLargeCode},
		{name: "fragments in a circle", body: asking("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"), code: invalidCode},
		{name: "101 aliases", body: asking("{" + each(101, func(i int) string { return fmt.Sprintf(" a%d: __typename", i) }) + "}"), code: tooLargeCode},
		{name: "pairs of fields that conflict", body: asking("{ viewer {" + repeat(" a: name a: scopes", 330) + "} }"), code: tooLargeCode},
		{name: "30 sign-ins in one request", body: asking("mutation {" + each(30, func(i int) string {
			return fmt.Sprintf(` a%d: signIn(input: {email: "ann@example.com", password: "%d"}) { session { token } }`, i, i)
		}) + "}"), code: costlyCode},
		{name: "124 levels", body: asking(`{ node(id: "x") { ... on Enrollment {` + repeat(" sponsor {", 124) + " id " + repeat("}", 124) + "} } }"), code: tooLargeCode},
		{name: "600 levels of nothing", body: asking("{" + repeat(" ... {", 600) + " viewer { name }" + repeat("}", 600) + "}")},
		{name: "490 unknown directives", body: asking("{ viewer" + each(490, func(i int) string { return fmt.Sprintf(" @a%d", i) }) + " { name } }"), code: tooLargeCode},
		{name: "the schema ten times", body: asking("{" + each(10, func(i int) string { return fmt.Sprintf(" a%d: __schema { types { name } }", i) }) + "}"), code: tooLargeCode},
		{name: "all types 29 times", body: asking("{ __schema {" + each(29, func(i int) string { return fmt.Sprintf(" a%d: types { name description }", i) }) + "} }"), code: tooLargeCode},
		{name: "one type 30 times", body: asking("{" + each(30, func(i int) string { return fmt.Sprintf(` a%d: __type(name: "Mutation") { name }`, i) }) + "}"), code: tooLargeCode},
		{name: "the fields of the types of fields", body: asking("{ __schema { types { fields { type { fields { name description } } } } } }"), code: tooLargeCode},
		{name: "introspection in circles", body: asking("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"), code: invalidCode},
		{name: "a page of 2,000,000,000", body: asking("{ programs(first: 2000000000) { nodes { id } } }"), code: inputCode},
		{name: "pages in pages", body: asking("{ programs(first: 100) { nodes { enrollments(first: 100) { nodes { links(first: 100) { nodes { id } } } } } } }"), code: costlyCode},
		{name: "10,000 texts in a list", body: asks(scopesQuery, `{"v": [`+repeat(`"x",`, 9_999)+`"x"]}`), status: http.StatusRequestEntityTooLarge, code: inputCode},
		{name: "900 texts in a list", body: asks(scopesQuery, `{"v": [`+repeat(`"x",`, 899)+`"x"]}`), code: invalidCode},
		{name: "9,000 orders in a list", body: orders(order, 9_000), status: http.StatusRequestEntityTooLarge, code: inputCode},
		{name: "1,000 orders of 20 items", body: orders(strings.TrimSuffix(order, "}")+`, "items": [`+repeat(item+",", 19)+item+"]}", 1_000), status: http.StatusRequestEntityTooLarge, code: inputCode},
		{name: "300,000 empty orders", body: orders("{}", 300_000), status: http.StatusRequestEntityTooLarge, code: inputCode},
		{name: "60,000 values in an object", body: asks("{ viewer { name } }", "{"+each(60_000, func(i int) string { return fmt.Sprintf(`"a%d":1,`, i) })+`"v": 1}`), status: http.StatusRequestEntityTooLarge, code: inputCode},
		{name: "JSON nested 9,000 deep", body: asks("query ($v: Int) { programs(first: $v) { nodes { id } } }", `{"v": `+repeat("[", 9_000)+repeat("]", 9_000)+`}`), status: http.StatusRequestEntityTooLarge, code: inputCode},
		{name: "JSON nested 900 deep", body: asks("query ($v: Int) { programs(first: $v) { nodes { id } } }", `{"v": `+repeat("[", 900)+repeat("]", 900)+`}`), code: invalidCode},
		{name: "a body of more than 1 MiB", body: asking(repeat(" ", 1<<20)), status: http.StatusRequestEntityTooLarge, code: inputCode},
		{name: "ten requests in one", body: "[" + repeat(asking("{ viewer { name } }")+",", 9) + asking("{ viewer { name } }") + "]", status: http.StatusBadRequest, code: inputCode},
		{name: "a form", body: "query=%7B__typename%7D", change: form("application/x-www-form-urlencoded"), status: http.StatusUnsupportedMediaType, code: inputCode},
		{name: "a form in parts", body: "--x\r\n\r\nx\r\n--x--", change: form("multipart/form-data; boundary=x"), status: http.StatusUnsupportedMediaType, code: inputCode},
		{name: "an operation name of 900 KB", body: `{"query": "query A { viewer { name } }", "operationName": "` + repeat("a", long) + `"}`, code: invalidCode},
		{name: "an enum of 900 KB in variables", body: asks(statesQuery, `{"v": "`+repeat("a", long)+`"}`), code: invalidCode},
		{name: "a key of 900 KB in variables", body: asks("mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }", `{"v": {"`+repeat("a", long)+`": 1}}`), code: invalidCode},
		{name: "almost 500 unknown fields", body: asking("mutation {" + each(490, func(i int) string { return fmt.Sprintf(" %s%d", repeat("requestSponsor", 6), i) }) + "}"), code: invalidCode},
		{name: "10 unknown fields", body: asking("mutation {" + each(10, func(i int) string { return fmt.Sprintf(" %s%d", repeat("requestSponsor", 6), i) }) + "}"), code: invalidCode},
		{name: "60 operations over 60 fragments", body: asking(each(60, func(i int) string { return fmt.Sprintf(" query q%d { ...f0 }", i) }) +
			each(60, func(i int) string { return fmt.Sprintf(" fragment f%d on Query { ...f%d }", i, i+1) }) + " fragment f60 on Query { __typename }"), code: invalidCode},
	}
	for what, document := range map[string]string{
		"alias":        "{ " + name + ": apiKeys { nodes { id } } }",
		"field":        "{ " + name + " }",
		"argument":     "{ viewer(" + name + ": 1) { name } }",
		"type":         "{ ... on " + name + " { name } }",
		"enum":         `{ node(id: "x") { ... on Program { sponsorChanges(state: ` + name + ") { nodes { id } } } } }",
		"enum in text": `{ node(id: "x") { ... on Program { sponsorChanges(state: "` + name + `") { nodes { id } } } } }`,
		"input field":  "mutation { signIn(input: {" + name + ": 1}) { userErrors { code } } }",
		"directive":    "{ viewer @" + name + " { name } }",
		"fragment":     "{ ..." + name + " }",
		"variable":     "{ node(id: $" + name + ") { id } }",
		"number":       "{ programs(first: " + repeat("1", 60_000) + ") { nodes { id } } }",
	} {
		code := invalidCode
		if what == "alias" || what == "field" {
			code = tooLargeCode
		}
		rows = append(rows, attack{name: "60 KB of " + what, body: asking(document), code: code})
	}
	return slices.Concat(rows, attacksByShape(), attacksByValue(), attacksByGet())
}
