package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/graph"
	"tributary/internal/access"
	"tributary/models"
)

// stream is a client of server-sent events.
type stream struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Reader
	beats    int
}

func (s *served) openStream(method, credential, query string, variables map[string]any) *stream {
	s.T.Helper()
	t := s.T.(*testing.T)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(ctx, method, s.url, strings.NewReader(string(body)))
	require.NoError(t, err)
	if method == http.MethodGet {
		text, err := json.Marshal(variables)
		require.NoError(t, err)
		request.Body, request.ContentLength = nil, 0
		request.URL.RawQuery = url.Values{"query": {query}, "variables": {string(text)}}.Encode()
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	if credential != "" {
		request.Header.Set("Authorization", "Bearer "+credential)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { response.Body.Close() })
	return &stream{t: t, response: response, lines: bufio.NewReader(response.Body)}
}

// hear gives the kind and the data of the next event; "" when the stream has ended.
func (s *stream) hear() (kind, data string) {
	s.t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return "", ""
		}
		switch line = strings.TrimSuffix(line, "\n"); {
		case line == ":":
			s.beats++
		case strings.HasPrefix(line, "event: "):
			kind = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			data = strings.TrimPrefix(line, "data: ")
		case line == "" && kind != "":
			return kind, data
		}
	}
}

func TestOperationsOfEveryKindRunAsServerSentEvents(t *testing.T) {
	s := serve(t)
	for method, query := range map[string]string{http.MethodGet: `{ program(slug: "main") { slug } }`, http.MethodPost: `{ program(slug: "main") { slug } }`} {
		e := s.openStream(method, s.key, query, nil)
		require.Equal(t, "text/event-stream; charset=utf-8", e.response.Header.Get("Content-Type"))
		kind, data := e.hear()
		require.Equal(t, "next", kind)
		require.JSONEq(t, `{"data": {"program": {"slug": "main"}}}`, data)
		kind, data = e.hear()
		require.Equal(t, []string{"complete", ""}, []string{kind, data})
		kind, _ = e.hear()
		require.Empty(t, kind)
	}
	wrong := s.openStream(http.MethodPost, s.key, `{ nonsense }`, nil)
	kind, data := wrong.hear()
	require.Equal(t, "next", kind)
	require.Contains(t, data, "GRAPHQL_VALIDATION_FAILED")
	kind, _ = wrong.hear()
	require.Equal(t, "complete", kind)
}

func TestWhatIsNoStreamIsRefusedInJSON(t *testing.T) {
	s := serve(t)
	mutation := `mutation { signIn(input: {email: "a", password: "b"}) { userErrors { code } } }`
	for name, c := range map[string]struct {
		method, credential, query string
		status                    int
		code                      string
	}{
		"nobody":           {http.MethodPost, "", `{ __typename }`, 401, "UNAUTHENTICATED"},
		"a bad credential": {http.MethodPost, "nonsense", `{ __typename }`, 401, "UNAUTHENTICATED"},
		"mutation by GET":  {http.MethodGet, s.key, mutation, 405, "BAD_USER_INPUT"},
		"no query":         {http.MethodPost, s.key, "", 400, "BAD_USER_INPUT"},
		"DELETE":           {http.MethodDelete, s.key, `{ __typename }`, 405, "BAD_USER_INPUT"},
	} {
		e := s.openStream(c.method, c.credential, c.query, nil)
		require.Equal(t, c.status, e.response.StatusCode, name)
		var a answer
		require.NoError(t, json.NewDecoder(e.lines).Decode(&a), name)
		require.Equal(t, c.code, a.code(), name)
	}
	plain := s.ask(s.key, hearSales, map[string]any{"id": s.main()})
	require.Equal(t, http.StatusNotAcceptable, plain.status, "a subscription is no plain request")
}

func TestConversionsAreHeardAsServerSentEvents(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	e := s.openStream(http.MethodGet, s.key, hearSales, map[string]any{"id": s.main()})
	s.listens(1)
	for range 2 {
		sale := s.Sell("ann", "10.00")
		kind, data := e.hear()
		require.Equal(t, "next", kind)
		require.JSONEq(t, `{"data": {"conversionRecorded": {"externalId": "`+sale+`", "enrollment": {"externalId": "ann"}}}}`, data)
	}
	require.Positive(t, e.beats)
	e.response.Body.Close()
	s.listens(0)
}

func TestAStreamEndsWithItsCredentialAndWithTheServer(t *testing.T) {
	s := serveAt(t, graph.Pace{Init: time.Minute, Ping: time.Minute, Check: 5 * time.Millisecond}, nil)
	var key models.APIKey
	secret := ""
	s.Do(func(tx *models.Tx) (err error) {
		key, secret, err = s.Access.CreateAPIKey(tx, s.Owner, "short", access.AllScopes)
		return err
	})
	id := map[string]any{"id": s.main()}
	revoked, stays := s.openStream(http.MethodPost, secret, hearSales, id), s.openStream(http.MethodPost, s.key, hearSales, id)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Access.RevokeAPIKey(tx, s.Owner, key.ID)
		return err
	})
	kind, data := revoked.hear()
	require.Equal(t, "next", kind)
	require.Contains(t, data, "UNAUTHENTICATED")
	kind, _ = revoked.hear()
	require.Equal(t, "complete", kind)
	s.Streams.Close()
	kind, _ = stays.hear()
	require.Empty(t, kind, "it is not complete: the client connects again")
}

func TestStreamsAreCapped(t *testing.T) {
	s := serve(t)
	id := map[string]any{"id": s.main()}
	for range graph.MaxConnections {
		require.Equal(t, http.StatusOK, s.openStream(http.MethodPost, s.key, hearSales, id).response.StatusCode)
	}
	beyond := s.openStream(http.MethodPost, s.key, hearSales, id)
	require.Equal(t, http.StatusServiceUnavailable, beyond.response.StatusCode)
	var a answer
	require.NoError(t, json.NewDecoder(beyond.lines).Decode(&a))
	require.Equal(t, "CONNECTIONS_TOO_MANY", a.Errors[0].Extensions["reason"])
}
