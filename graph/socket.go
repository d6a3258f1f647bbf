package graph

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"tributary/internal/access"
)

const socketProtocol = "graphql-transport-ws"

// socketTransport speaks graphql-transport-ws, the protocol of the library graphql-ws: many operations over one WebSocket.
type socketTransport struct{ httpTransport }

// Supports takes requests that want to become a WebSocket.
func (socketTransport) Supports(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// Do serves one connection until it ends. A page of another origin is refused with 403.
func (t socketTransport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	leave, err := t.services.Streams.enter()
	if err != nil {
		t.refuseFor(w, r, typeJSON, err)
		return
	}
	defer leave()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{socketProtocol}, OriginPatterns: t.services.Origins})
	if err != nil {
		return // it has been answered
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(maxBodyBytes)
	ctx, end := t.services.Streams.within(context.WithoutCancel(r.Context())) // the request's context is of no use once it is taken over
	s := &socket{transport: t, conn: conn, exec: exec, header: r.Header, ctx: ctx, end: end, running: map[string]*operation{}}
	if conn.Subprotocol() == "" {
		s.end(closeSubprotocol)
	}
	s.serve()
}

// socket is one connection. Its context ends for a reason, which becomes the close code.
type socket struct {
	transport socketTransport
	conn      *websocket.Conn
	exec      graphql.GraphExecutor
	header    http.Header
	ctx       context.Context
	end       context.CancelCauseFunc
	work      sync.WaitGroup

	by     access.Caller // nobody before the connection is initialised
	leave  func()        // gives back the caller's connection
	isInit bool          // a first connection_init has come

	mu      sync.Mutex
	running map[string]*operation // by the client's id
	count   int                   // goroutines of operations, also of those that are being ended
}

func (s *socket) serve() {
	s.work.Go(s.closeAtEnd)
	s.work.Go(s.keepAlive)
	late := time.AfterFunc(s.pace().initWithin, func() { s.end(closeInitTimeout) })
	defer late.Stop()
	s.read(late)
	s.end(errGone)
	s.work.Wait()
	if s.leave != nil {
		s.leave()
	}
}

func (s *socket) pace() pace { return s.transport.services.Streams.pace }

// read takes messages until the connection ends or one breaks the protocol.
func (s *socket) read(late *time.Timer) {
	for s.ctx.Err() == nil {
		kind, text, err := s.conn.Read(context.WithoutCancel(s.ctx)) // to end it would cut the connection before it is closed
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			s.end(closeMalformed)
			return
		}
		if err := s.take(text, late); err != nil {
			s.end(err)
			return
		}
	}
}

// closeAtEnd says goodbye with the code that the context ended for.
func (s *socket) closeAtEnd() {
	<-s.ctx.Done()
	cause := context.Cause(s.ctx)
	if cause == errGone {
		return
	}
	c := closingFor(cause)
	_ = s.conn.Close(c.code, c.reason)
}

// keepAlive finds out that the other side is gone without a word.
func (s *socket) keepAlive() {
	ticker := time.NewTicker(s.pace().ping)
	defer ticker.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.pace().ping)
		err := s.conn.Ping(ctx)
		cancel()
		if err != nil && s.ctx.Err() == nil {
			s.end(errGone)
			_ = s.conn.CloseNow() // so that the read ends
		}
	}
}
