package graph_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

// corpusFile has the documents that the judges of the API try.
const corpusFile = "../judges/graphql/corpus/generated.jsonl"

// leaks are texts that tell of what is inside, in whatever case. The names of tables are others: in small letters, since codes
// begin with some of them.
var leaks = []string{"select ", "insert into", "update `", "sqlite", "mysql", "gorm", "sql:", ".go:", "goroutine ", "runtime error", "tributary/",
	"*models.", "*payout.", "*fault.", "nil pointer", "0xc0", "127.0.0.1", "/tmp/", "/home/"}

// FuzzHTTP sends whatever comes, as nobody, a partner, a member of the staff and a key. Every answer is JSON and no 5xx,
// nothing panics or is our own fault, and no answer tells of what is inside; at the end the ledger is proven.
func FuzzHTTP(f *testing.F) {
	s := serve(f)
	ben := s.Enroll("ben", models.ID{})
	s.partnerToken(ben, "ben@partners.example")
	s.staffToken("olivia@acme.example", models.StaffRoleOwner)
	known := replacer(s.everything(ben, "ben"))
	credentials := []string{s.key, "", s.signIn("ben@partners.example"), s.signIn("olivia@acme.example"), "nonsense"}
	for i, body := range corpus(f) {
		if !testing.Short() || i%20 == 0 {
			f.Add(http.MethodPost, "", "application/json", "", uint8(i), body)
		}
	}
	for _, seed := range requests {
		f.Add(seed.method, seed.query, seed.contentType, seed.accept, uint8(0), []byte(seed.body))
	}
	inner := slices.DeleteFunc(tables(), func(table string) bool { return !strings.Contains(table, "_") })
	f.Fuzz(func(t *testing.T, method, query, contentType, accept string, who uint8, body []byte) {
		sent := known.Replace(string(body))
		r := &http.Request{Method: method, URL: &url.URL{Path: "/graphql", RawQuery: query}, Body: io.NopCloser(strings.NewReader(sent)),
			Header: http.Header{"Content-Type": {contentType}, "Accept": {accept}}}
		if credential := credentials[int(who)%len(credentials)]; credential != "" {
			r.Header.Set("Authorization", "Bearer "+credential)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r.WithContext(t.Context()))
		told := w.Body.String()
		require.Less(t, w.Code, 500, told)
		require.True(t, json.Valid(w.Body.Bytes()), told)
		require.NotContains(t, told, `"INTERNAL"`)
		echoed := strings.ToLower(sent + query + method + contentType + accept)
		lower := strings.ToLower(told)
		for _, leak := range leaks {
			require.False(t, strings.Contains(lower, leak) && !strings.Contains(echoed, leak), "%q in %s", leak, told)
		}
		for _, table := range inner {
			require.False(t, strings.Contains(told, table) && !strings.Contains(echoed, table), "%q in %s", table, told)
		}
	})
}

var idOfNobody = regexp.MustCompile(`\\?"(\w+)Id\\?": ?\\?"x\\?"`)

// corpus gives the bodies of the judges' documents, each with ids that name nothing, and those that have ids with marks for
// real ones.
func corpus(f *testing.F) [][]byte {
	file, err := os.Open(corpusFile)
	require.NoError(f, err)
	defer func() { require.NoError(f, file.Close()) }()
	var bodies [][]byte
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one struct{ Query, Variables string }
		require.NoError(f, json.Unmarshal(lines.Bytes(), &one))
		if one.Variables == "" {
			one.Variables = "{}"
		}
		body := []byte(`{"query": ` + quoted(one.Query) + `, "variables": ` + one.Variables + `}`)
		bodies = append(bodies, body)
		if marked := idOfNobody.ReplaceAll(body, []byte(`"${1}Id": "@${1}@"`)); !bytes.Equal(marked, body) {
			bodies = append(bodies, marked)
		}
	}
	require.NoError(f, lines.Err())
	return bodies
}

// replacer puts real ids where the marks stand: @program@, @payoutBatch@.
func replacer(ids map[string]string) *strings.Replacer {
	var pairs []string
	for noun, id := range ids {
		pairs = append(pairs, "@"+strings.ToLower(noun[:1])+noun[1:]+"@", id)
	}
	return strings.NewReplacer(pairs...)
}

// requests are seeds that are more than a document in a body of JSON.
var requests = []struct{ method, query, contentType, accept, body string }{
	{method: http.MethodGet, query: "query=%7Bviewer%7Bname%7D%7D"},
	{method: http.MethodGet, query: "query=query(%24v%3AID!)%7Bnode(id%3A%24v)%7Bid%7D%7D&variables=%7B%22v%22%3A%22x%22%7D&operationName=", accept: "application/graphql-response+json"},
	{method: http.MethodGet, query: "query=mutation%7B__typename%7D"},
	{method: http.MethodGet, query: "query=%7B__typename%7D&extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%7D%7D", accept: "text/html"},
	{method: http.MethodGet, query: "%zz=1;"},
	{method: http.MethodHead, query: "query=%7B__typename%7D"},
	{method: http.MethodOptions}, {method: http.MethodPut, contentType: "application/json", body: "{}"},
	{method: http.MethodPost, contentType: "application/x-www-form-urlencoded", body: "query=%7B__typename%7D"},
	{method: http.MethodPost, contentType: "multipart/form-data; boundary=x", body: "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{}\r\n--x--"},
	{method: http.MethodPost, contentType: "application/json; charset=utf-16", body: "{}"},
	{method: http.MethodPost, contentType: "application/json", accept: "application/json;q=0.1, application/graphql-response+json", body: `{"query": "{ viewer { name } }", "operationName": null}`},
	{method: http.MethodPost, contentType: "application/json", body: `[{"query": "{ __typename }"}]`},
	{method: http.MethodPost, contentType: "application/json", body: `{"query": "query A { __typename } query B { __typename }", "operationName": "B"}`},
	{method: http.MethodPost, contentType: "application/json", body: `{"query": "{ node(id: \"@enrollment@\") { ... on Enrollment { commissions(first: 3) { nodes { amount { amount } explanation { agrees } } } } } }"}`},
	{method: http.MethodPost, contentType: "application/json", body: `{"query": "{ node(id: \"@program@\") { ... on Program { conversions(last: 2, before: \"x\") { nodes { id } } } } }"}`},
	{method: http.MethodPost, contentType: "application/json", body: `{"query": "{ __schema { types { name fields { name type { name } } } } }"}`},
	{method: http.MethodPost, contentType: "application/json", body: `{"query": "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }"}`},
	{method: http.MethodPost, contentType: "application/json", body: `{"query": "` + strings.Repeat("[", 3000) + `"}`},
	{method: http.MethodPost, contentType: "application/json", body: `{"query": "mutation { signIn(input: {email: \"ben@partners.example\", password: \"x\"}) { userErrors { code } } }"}`},
}
