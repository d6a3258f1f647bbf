package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"tributary/graph"
	"tributary/internal/access"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// socket is a client that says what it is told to, right or wrong.
type socket struct {
	t    *testing.T
	ctx  context.Context
	conn *websocket.Conn
}

type frame struct {
	ID, Type string
	Payload  json.RawMessage
}

func (s *served) dial(protocols ...string) *socket {
	s.T.Helper()
	t := s.T.(*testing.T)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	conn, _, err := websocket.Dial(ctx, s.url, &websocket.DialOptions{Subprotocols: protocols}) //nolint:bodyclose // there is none
	require.NoError(t, err)
	conn.SetReadLimit(16 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{t: t, ctx: ctx, conn: conn}
}

// connect dials and initialises the connection.
func (s *served) connect(credential string) *socket {
	s.T.Helper()
	c := s.dial("graphql-transport-ws")
	c.say(`{"type": "connection_init", "payload": {"Authorization": "Bearer ` + credential + `"}}`)
	require.Equal(s.T, "connection_ack", c.hear().Type)
	return c
}

func (c *socket) say(text string) {
	c.t.Helper()
	require.NoError(c.t, c.conn.Write(c.ctx, websocket.MessageText, []byte(text)))
}

func (c *socket) hear() frame {
	c.t.Helper()
	_, text, err := c.conn.Read(c.ctx)
	require.NoError(c.t, err)
	var f frame
	require.NoError(c.t, json.Unmarshal(text, &f))
	return f
}

func (c *socket) subscribe(id, query string, variables map[string]any) {
	c.t.Helper()
	text, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": query, "variables": variables}})
	require.NoError(c.t, err)
	c.say(string(text))
}

// closed reads until the server closes, and gives the code and the reason.
func (c *socket) closed() (int, string) {
	c.t.Helper()
	for {
		if _, _, err := c.conn.Read(c.ctx); err != nil {
			var e websocket.CloseError
			require.ErrorAs(c.t, err, &e)
			return int(e.Code), e.Reason
		}
	}
}

// listens waits until so many topics have a listener.
func (s *served) listens(topics int) {
	s.T.Helper()
	require.Eventually(s.T, func() bool { return s.Streams.Listening() == topics }, soon, time.Millisecond)
}

const (
	hearSales = `subscription($id: ID!) { conversionRecorded(programId: $id) { externalId enrollment { externalId } } }`
	hearBatch = `subscription($id: ID!) { payoutBatchProgress(batchId: $id) { payoutBatch { state } totals { state rail reason payoutCount amount { amount } } } }`
	hearJob   = `subscription($id: ID!) { jobProgress(id: $id) { ... on WhatIf { state conversionsDone } } }`
)

func TestASocketClosesWithTheCodesOfTheProtocol(t *testing.T) {
	s := serve(t)
	init := `{"type": "connection_init", "payload": {"Authorization": "Bearer ` + s.key + `"}}`
	quiet := `{"id": "a", "type": "subscribe", "payload": {"query": "subscription { conversionRecorded(programId: \"` + s.main() + `\") { id } }"}}`
	for name, c := range map[string]struct {
		says   []string
		code   int
		reason string
	}{
		"no JSON":                   {[]string{"garbage"}, 4400, "Bad request"},
		"an unknown type":           {[]string{init, `{"type": "start"}`}, 4400, "Bad request"},
		"no id":                     {[]string{init, `{"type": "subscribe", "payload": {"query": "{ __typename }"}}`}, 4400, "Bad request"},
		"no query":                  {[]string{init, `{"id": "a", "type": "subscribe", "payload": {}}`}, 4400, "Bad request"},
		"a payload of another kind": {[]string{`{"type": "connection_init", "payload": 7}`}, 4400, "Bad request"},
		"a long id":                 {[]string{init, `{"id": "` + strings.Repeat("a", 129) + `", "type": "subscribe", "payload": {"query": "{ __typename }"}}`}, 4400, "Bad request"},
		"an operation before all":   {[]string{quiet}, 4401, "Unauthorized"},
		"no credential":             {[]string{`{"type": "connection_init"}`}, 4403, "Forbidden"},
		"a bad credential":          {[]string{`{"type": "connection_init", "payload": {"Authorization": "Bearer nonsense"}}`}, 4403, "Forbidden"},
		"the same id twice":         {[]string{init, quiet, quiet}, 4409, "Subscriber for a already exists"},
		"a second init":             {[]string{init, init}, 4429, "Too many initialisation requests"},
		"too many values":           {[]string{`{"type": "connection_init", "payload": [` + strings.Repeat("1,", 1000) + `1]}`}, 1009, "The message has too many values"},
		"a message beyond one MiB":  {[]string{init, `{"type": "ping", "payload": "` + strings.Repeat("a", 1<<20) + `"}`}, 1009, "read limited at 1048577 bytes"},
		"a long id that runs already": {[]string{init, strings.Replace(quiet, `"a"`, `"`+strings.Repeat("b", 128)+`"`, 1),
			strings.Replace(quiet, `"a"`, `"`+strings.Repeat("b", 128)+`"`, 1)}, 4409, "Subscriber for " + strings.Repeat("b", 108)},
	} {
		socket := s.dial("graphql-transport-ws")
		for _, text := range c.says {
			if err := socket.conn.Write(socket.ctx, websocket.MessageText, []byte(text)); err != nil {
				break // it was closed in the middle of the message
			}
		}
		code, reason := socket.closed()
		require.Equal(t, c.code, code, name)
		require.Equal(t, c.reason, reason, name)
	}
	binary := s.dial("graphql-transport-ws")
	require.NoError(t, binary.conn.Write(binary.ctx, websocket.MessageBinary, []byte(init)))
	code, _ := binary.closed()
	require.Equal(t, 4400, code)
	for _, protocols := range [][]string{{"graphql-ws"}, nil} {
		code, reason := s.dial(protocols...).closed()
		require.Equal(t, 4406, code)
		require.Equal(t, "Subprotocol not acceptable", reason)
	}
}

func TestASocketMustBeInitialisedInTime(t *testing.T) {
	s := serveAt(t, graph.Pace{Init: 10 * time.Millisecond, Ping: time.Minute, Check: time.Minute}, nil)
	code, reason := s.dial("graphql-transport-ws").closed()
	require.Equal(t, 4408, code)
	require.Equal(t, "Connection initialisation timeout", reason)
}

func TestOnlyKnownPagesOpenSockets(t *testing.T) {
	s := serve(t)
	for origin, status := range map[string]int{"https://app.example": 101, "https://evil.example": 403} {
		conn, response, err := websocket.Dial(t.Context(), s.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Origin": {origin}}})
		require.Equal(t, status, response.StatusCode, origin)
		if err == nil {
			require.NoError(t, conn.CloseNow())
		}
	}
}

func TestOperationsOfEveryKindRunOnASocket(t *testing.T) {
	s := serve(t)
	c := s.connect(s.key)
	c.say(`{"type": "ping"}`)
	require.Equal(t, "pong", c.hear().Type)
	for range 2 { // the id is free again
		c.subscribe("q", `{ program(slug: "main") { slug } }`, nil)
		next := c.hear()
		require.Equal(t, frame{"q", "next", next.Payload}, next)
		require.JSONEq(t, `{"data": {"program": {"slug": "main"}}}`, string(next.Payload))
		require.Equal(t, frame{ID: "q", Type: "complete"}, c.hear())
	}
	c.subscribe("m", `mutation { createApiKey(input: {name: "x", scopes: ["programs:read"], idempotencyKey: "k"}) { apiKey { name } userErrors { code } } }`, nil)
	require.Contains(t, string(c.hear().Payload), `"userErrors":[]`)
	require.Equal(t, "complete", c.hear().Type)
	c.subscribe("e", `{ nonsense }`, nil)
	refused := c.hear()
	require.Equal(t, "error", refused.Type)
	require.Contains(t, string(refused.Payload), "GRAPHQL_VALIDATION_FAILED")
	require.Contains(t, string(refused.Payload), "requestId")
	c.subscribe("e", hearSales, map[string]any{"id": models.NewID().Format(models.PrefixProgram)})
	require.Contains(t, string(c.hear().Payload), "PROGRAM_NOT_FOUND")
	require.Equal(t, "complete", c.hear().Type)
}

func TestConversionsAreHeardAsTheyCome(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.Enroll("ben", ann.ID)
	program := map[string]any{"id": s.main()}
	_, rival := s.otherMerchant()
	for credential, code := range map[string]string{rival: "PROGRAM_NOT_FOUND", s.keyFor(s.Owner, access.KeysWrite): "FORBIDDEN"} {
		stranger := s.connect(credential)
		stranger.subscribe("x", hearSales, program)
		require.Contains(t, string(stranger.hear().Payload), code)
	}
	merchant, partner := s.connect(s.key), s.connect(s.partnerToken(ann, "ann@partners.example"))
	merchant.subscribe("all", hearSales, program)
	s.listens(1)
	partner.subscribe("mine", hearSales, program)
	partner.subscribe("done", `{ __typename }`, nil) // runs beside it
	require.Equal(t, "next", partner.hear().Type)
	require.Equal(t, "complete", partner.hear().Type)
	first, second := s.Sell("ben", "10.00"), s.Sell("ann", "20.00")
	for _, sale := range []string{first, second} {
		require.Contains(t, string(merchant.hear().Payload), `"externalId":"`+sale+`"`)
	}
	require.Contains(t, string(partner.hear().Payload), `"enrollment":{"externalId":"ann"}`, "a partner hears of its own only")
	merchant.say(`{"id": "all", "type": "complete"}`)
	merchant.say(`{"type": "ping"}`)
	require.Equal(t, "pong", merchant.hear().Type, "nothing is said of what the client completed")
	require.NoError(t, partner.conn.Close(websocket.StatusNormalClosure, ""))
	s.listens(0)
}

func TestABatchIsHeardUntilItIsOver(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "1000.00")
	var batch models.PayoutBatch
	period := s.CloseMonth()
	s.Do(func(tx *models.Tx) (err error) {
		batch, err = s.Payouts.Plan(tx, s.Owner, period.ID)
		return err
	})
	c, id := s.connect(s.key), map[string]any{"id": batch.ID.Format(models.PrefixBatch)}
	c.subscribe("b", hearBatch, id)
	require.Contains(t, string(c.hear().Payload), `"state":"DRAFT"`)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Payouts.Cancel(tx, s.Owner, batch.ID)
		return err
	})
	over := string(c.hear().Payload)
	require.Contains(t, over, `"payoutBatch":{"state":"CANCELED"}`)
	require.Contains(t, over, `"payoutCount":1`)
	require.Equal(t, frame{ID: "b", Type: "complete"}, c.hear())
	_, rival := s.otherMerchant()
	stranger := s.connect(rival)
	stranger.subscribe("b", hearBatch, id)
	require.Contains(t, string(stranger.hear().Payload), "BATCH_NOT_FOUND")
}

func TestAJobIsHeardUntilItIsOver(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "100.00")
	s.Accrue()
	run := s.askWhatIf()
	c, id := s.connect(s.key), map[string]any{"id": run.ID.Format(models.PrefixWhatIf)}
	c.subscribe("j", hearJob, id)
	require.Contains(t, string(c.hear().Payload), `"state":"QUEUED"`)
	require.NoError(t, s.Commission.RunWhatIf(t.Context(), run.ID))
	for last := ""; ; {
		f := c.hear()
		if f.Type == "complete" {
			require.Contains(t, last, `"state":"DONE"`)
			break
		}
		last = string(f.Payload)
	}
	_, rival := s.otherMerchant()
	stranger := s.connect(rival)
	for asked, code := range map[string]string{id["id"].(string): "WHATIF_NOT_FOUND", s.main(): "JOB_NOT_FOUND", "x": "JOB_NOT_FOUND"} {
		stranger.subscribe("j", hearJob, map[string]any{"id": asked})
		require.Contains(t, string(stranger.hear().Payload), code)
		require.Equal(t, "complete", stranger.hear().Type)
	}
}

func TestASocketEndsWithItsCredential(t *testing.T) {
	s := serveAt(t, graph.Pace{Init: time.Minute, Ping: time.Minute, Check: 5 * time.Millisecond}, nil)
	s.apply(func(*program.Spec) {})
	token := s.staffToken("fin@acme.example", models.StaffRoleFinance)
	var key models.APIKey
	secret := ""
	s.Do(func(tx *models.Tx) (err error) {
		key, secret, err = s.Access.CreateAPIKey(tx, s.Owner, access.APIKeyInput{Name: "short", Scopes: []access.Scope{access.ProgramsRead}})
		return err
	})
	expires, revoked, changed, stays := s.connect(token), s.connect(secret), s.connect(token), s.connect(s.key)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Access.RevokeAPIKey(tx, s.Owner, key.ID)
		return err
	})
	code, reason := revoked.closed()
	require.Equal(t, 4403, code)
	require.Equal(t, "Forbidden", reason)
	require.NoError(t, models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
		return tx.Model(&models.Staff{}).Where("role = ?", models.StaffRoleFinance).Update("role", models.StaffRoleAnalyst).Error
	}))
	code, _ = changed.closed()
	require.Equal(t, 4403, code, "other rights need another connection")
	code, _ = expires.closed()
	require.Equal(t, 4403, code)
	again := s.connect(token)
	s.Clock.Advance(access.AccessLife)
	code, _ = again.closed()
	require.Equal(t, 4403, code)
	stays.say(`{"type": "ping"}`)
	require.Equal(t, "pong", stays.hear().Type)
}

func TestSocketsAreCapped(t *testing.T) {
	s := serve(t)
	var open []*socket
	for range graph.MaxConnections {
		open = append(open, s.connect(s.key))
	}
	beyond := s.dial("graphql-transport-ws")
	beyond.say(`{"type": "connection_init", "payload": {"Authorization": "Bearer ` + s.key + `"}}`)
	code, reason := beyond.closed()
	require.Equal(t, 1013, code)
	require.Equal(t, "Try again later", reason)

	id := map[string]any{"id": s.main()}
	name := func(n int) string { return strings.Repeat("s", n+1) }
	busy := open[0]
	for n := range graph.MaxOperations {
		busy.subscribe(name(n), hearSales, id)
	}
	busy.subscribe("more", hearSales, id)
	require.Contains(t, string(busy.hear().Payload), "OPERATIONS_TOO_MANY")
	for _, c := range open[1 : graph.MaxSubscriptions/graph.MaxOperations] {
		for n := range graph.MaxOperations {
			c.subscribe(name(n), hearSales, id)
		}
	}
	other, n := open[graph.MaxConnections-1], 0
	require.Eventually(t, func() bool { // the others are counted as they begin; what is begun here meanwhile takes the place of one
		n++
		other.subscribe(name(n), hearSales, id)
		other.say(`{"type": "ping"}`)
		for {
			switch f := other.hear(); f.Type {
			case "error":
				require.Contains(t, string(f.Payload), "SUBSCRIPTIONS_TOO_MANY")
				return true
			case "pong":
				return false
			}
		}
	}, soon, 10*time.Millisecond)
	_, rival := s.otherMerchant()
	elsewhere := s.connect(rival)
	elsewhere.subscribe("q", `{ __typename }`, nil)
	require.Equal(t, "next", elsewhere.hear().Type)
}

func TestAListenerThatDoesNotKeepUpIsClosed(t *testing.T) {
	s := serve(t)
	s.Streams.Hold(4)
	s.Enroll("ann", models.ID{})
	c := s.connect(s.key)
	c.subscribe("s", hearSales, map[string]any{"id": s.main()})
	s.listens(1)
	s.Do(func(tx *models.Tx) error {
		for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
			if _, err := s.Tracking.RecordConversion(tx, s.Owner, s.Program.ID, tracking.ConversionInput{ExternalID: id, OccurredAt: tx.Now,
				Currency: "GBP", Amount: "1.00", LinkCode: "link-ann"}); err != nil {
				return err
			}
		}
		return nil
	})
	code, reason := c.closed()
	require.Equal(t, 1013, code)
	require.Equal(t, "Try again later", reason)
}

func TestSocketsEndWithTheServerAndLeaveNothing(t *testing.T) {
	s := serve(t)
	var open []*socket
	for range 5 {
		c := s.connect(s.key)
		c.subscribe("s", hearSales, map[string]any{"id": s.main()})
		open = append(open, c)
	}
	s.listens(1)
	require.Positive(t, atWork())
	closed := make(chan struct{})
	go func() {
		s.Streams.Close()
		close(closed)
	}()
	for _, c := range open {
		code, reason := c.closed()
		require.Equal(t, 1001, code)
		require.Equal(t, "The server stops", reason)
	}
	<-closed
	_, response, err := websocket.Dial(t.Context(), s.url, nil)
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	require.Eventually(t, func() bool { return atWork() == 0 }, soon, 10*time.Millisecond, "goroutines are left")
}

// atWork counts the goroutines that are at work for connections that stay open.
func atWork() int {
	stacks := make([]byte, 8<<20)
	n := 0
	for goroutine := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(goroutine, "tributary/graph.") {
			n++
		}
	}
	return n
}
