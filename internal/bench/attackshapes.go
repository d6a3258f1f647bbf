package bench

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// attacksByShape are documents within every limit of size, of a shape that costs much where a rule compares all with all.
func attacksByShape() []attack {
	repeat := strings.Repeat
	const signIn = `mutation { signIn(input: %s) { userErrors { code } } }`
	pages := func(n int) string { // each of 100 entries, inside each other
		return `{ node(id: "x") { ... on Enrollment { ` + repeat("commissions(first: 100) { nodes { enrollment { ", n) + "id" + repeat(" } } }", n) + " } } }"
	}
	return []attack{
		{name: "pages in pages, six deep", body: asking(pages(6)), code: costlyCode},
		{name: "a page of none", body: asking("{ programs(first: 0) { nodes { id } } }"), code: inputCode},
		{name: "a page of fewer than none", body: asking("{ programs(first: -2147483648) { nodes { id } } }"), code: inputCode},
		{name: "490 variables that nothing uses", body: asking("query (" + each(490, func(i int) string { return fmt.Sprintf("$a%d: Int ", i) }) + ") { viewer { name } }"), code: invalidCode},
		{name: "490 variables of one name", body: asking("query (" + repeat("$a: Int ", 490) + ") { viewer { name } }"), code: invalidCode},
		{name: "a variable of lists 900 deep", body: asking("query ($v: " + repeat("[", 900) + "Int" + repeat("]", 900) + ") { programs(first: $v) { nodes { id } } }"), code: invalidCode},
		{name: "600 times the same argument", body: asking(`{ program(` + repeat(`slug: "x" `, 600) + ") { id } }"), code: invalidCode},
		{name: "600 times the same key", body: asking(fmt.Sprintf(signIn, "{"+repeat(`email: "x" `, 600)+"}")), code: invalidCode},
		{name: "objects 480 deep", body: asking(fmt.Sprintf(signIn, repeat("{email: ", 480)+"1"+repeat("}", 480))), code: invalidCode},
		{name: "600 entries of an enum", body: asking(`{ node(id: "x") { ... on Program { sponsorChanges(state: [` + repeat("APPLIED ", 600) + "]) { nodes { id } } } } }"), code: invalidCode},
		{name: "240 fragments that nothing uses", body: asking("{ viewer { name } }" + each(240, func(i int) string { return fmt.Sprintf(" fragment f%d on Query { __typename }", i) })), code: invalidCode},
		{name: "240 fragments of one name", body: asking("{ ...f }" + repeat(" fragment f on Query { __typename }", 240)), code: invalidCode},
		{name: "240 operations of one name", body: asking(repeat("query q { __typename } ", 240)), code: invalidCode},
		{name: "240 operations without a name", body: asking(repeat("{ __typename } ", 240)), code: invalidCode},
		{name: "600 spreads of one fragment", body: asking("{" + repeat(" ...f", 600) + " } fragment f on Query { viewer { name } }"), code: tooLargeCode},
		{name: "a block string of 15,000 lines", body: asking(`{ program(slug: """` + repeat("\n  a", 15_000) + `""") { id } }`), code: deniedCode},
		{name: "60 KB of comments", body: asking(repeat("#\n", 30_000) + "{ viewer { name } }"), code: parseCode},
		{name: "60 KB of commas", body: asking(repeat(",", 60_000) + "{ viewer { name } }")},
		{name: "60 KB of escapes", body: asking(`{ program(slug: "` + repeat(`\u0041`, 10_000) + `") { id } }`), code: deniedCode},
		{name: "a type by a name of 60 KB", body: asking(`{ __type(name: "` + repeat("a", 60_000) + `") { name } }`)},
		{name: "a part that is to come later", body: asking("{ ... @defer { viewer { name } } }"), code: invalidCode},
		{name: "a subscription by POST", body: asking(`subscription { jobProgress(id: "x") { __typename } }`), status: http.StatusNotAcceptable, code: inputCode},
	}
}

// attacksByValue are values that cost much where they are read without a limit.
func attacksByValue() []attack {
	repeat := strings.Repeat
	const (
		signIn = "mutation ($v: SignInInput!) { signIn(input: $v) { userErrors { code } } }"
		page   = "query ($v: Int) { programs(first: $v) { nodes { id } } }"
	)
	orderOf := func(amount string) string {
		return asks(ordersQuery, `{"v": {"programId": "x", "idempotencyKey": "k", "conversions": [`+strings.Replace(order, `"1.00"`, amount, 1)+`]}}`)
	}
	return []attack{
		{name: "a number with nine digits of exponent", body: asks(page, `{"v": 1e999999999}`), code: invalidCode},
		{name: "such a number in the document", body: asking("{ programs(first: 1e999999999) { nodes { id } } }"), code: invalidCode},
		{name: "a number of 900 KB in variables", body: asks(page, `{"v": `+repeat("1", long)+`}`), code: invalidCode},
		{name: "an amount with nine digits of exponent", body: orderOf(`"1e999999999"`), code: deniedCode},
		{name: "an amount of 900 KB", body: orderOf(`"` + repeat("9", long) + `"`), code: deniedCode},
		{name: "an instant of 900 KB", body: strings.Replace(orderOf(`"1.00"`), "2026-01-05T09:00:00Z", repeat("2", long), 1), code: inputCode},
		{name: "an id of 900 KB", body: asks("query ($v: ID!) { node(id: $v) { id } }", `{"v": "`+repeat("a", long)+`"}`), code: deniedCode},
		{name: "a password of 900 KB", body: asks(signIn, `{"v": {"email": "ann@example.com", "password": "`+repeat("p", long)+`"}}`), code: deniedCode},
		{name: "an address of 900 KB", body: asks(signIn, `{"v": {"email": "`+repeat("a", long)+`@example.com", "password": "p"}}`), code: deniedCode},
		{name: "a refresh token of 900 KB", body: asks(`mutation ($v: RefreshSessionInput!) { refreshSession(input: $v) { userErrors { code } } }`, `{"v": {"refreshToken": "`+repeat("a", long)+`"}}`), code: deniedCode},
		{name: "a credential of 60 KB", body: asking("{ viewer { name } }"), change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+repeat("a", 60_000)) }, status: http.StatusUnauthorized, code: deniedCode},
		{name: "a hash instead of a document", body: `{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "` + repeat("a", 64) + `"}}}`, status: http.StatusBadRequest, code: inputCode},
		{name: "900 KB that no rule asks for", body: `{"query": "{ viewer { name } }", "extensions": {"a": "` + repeat("a", long) + `"}}`},
		{name: "a body that claims to be packed", body: "\x1f\x8b\x08" + repeat("\x00", 1000), change: func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, status: http.StatusBadRequest, code: inputCode},
	}
}

// attacksByGet are sent in an address.
func attacksByGet() []attack {
	get := func(values url.Values) func(*http.Request) {
		return func(r *http.Request) {
			r.Method, r.Body, r.ContentLength, r.URL.RawQuery = http.MethodGet, nil, 0, values.Encode()
		}
	}
	return []attack{
		{name: "a mutation by GET", change: get(url.Values{"query": {`mutation { signIn(input: {email: "x", password: "x"}) { userErrors { code } } }`}}), status: http.StatusMethodNotAllowed, code: inputCode},
		{name: "60 KB of brackets by GET", change: get(url.Values{"query": {"{ programs(first: " + strings.Repeat("[", 60_000)}}), code: parseCode},
		{name: "20,000 values by GET", change: get(url.Values{"query": {"{ viewer { name } }"}, "variables": {`{"v": [` + strings.Repeat("1,", 20_000) + "1]}"}}), status: http.StatusBadRequest, code: inputCode},
		{name: "a thousand documents by GET", change: get(url.Values{"query": strings.Split(strings.Repeat("{ viewer { name } } ", 1000), "} {")}), code: parseCode},
	}
}
