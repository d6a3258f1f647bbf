package graph

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tributary/internal/access"
)

const typeEvents = "text/event-stream"

// eventTransport speaks GraphQL over server-sent events, the distinct connections mode of the library graphql-sse: one
// operation of any kind in a request, each result an event.
type eventTransport struct{ httpTransport }

// Supports takes requests that accept nothing but server-sent events.
func (eventTransport) Supports(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(strings.Join(r.Header.Values("Accept"), ","))
	return err == nil && mediaType == typeEvents
}

// Do serves one operation to its end. What is wrong before the stream begins is answered in JSON, with a status.
func (t eventTransport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	streams, service, credential := t.services.Streams, t.services.Access, r.Header.Get("Authorization")
	by, err := authenticate(r.Context(), service, credential)
	if err == nil && by.IsAnonymous() {
		err = access.ErrUnauthenticated
	}
	if err != nil {
		t.refuseFor(w, r, typeJSON, err)
		return
	}
	params, wrong := readParams(w, r, valuesFor(by))
	if wrong != nil {
		t.refuse(r.Context(), w, typeJSON, wrong)
		return
	}
	leave, err := t.take(by)
	if err != nil {
		t.refuseFor(w, r, typeJSON, err)
		return
	}
	defer leave()
	ctx, end := streams.within(r.Context())
	defer end(errGone)
	op, ctx, problems := t.prepare(withCaller(withEnd(ctx, end), by), exec, params)
	if op != nil && op.Operation.Operation == ast.Mutation && r.Method == http.MethodGet {
		t.refuse(ctx, w, typeJSON, refusalOf(ast.Mutation, r.Method))
		return
	}
	e := newEvents(w, streams.pace, end)
	if problems != nil {
		e.last(problems)
		return
	}
	var work sync.WaitGroup
	work.Go(func() { streams.guardCredential(ctx, service, credential, by, end) })
	work.Go(func() { e.beat(ctx) })
	err = t.execute(ctx, exec, op, e.next)
	t.finish(ctx, e, err)
	end(errGone)
	work.Wait()
}

// take makes room for a connection of the caller.
func (t eventTransport) take(by access.Caller) (leave func(), err error) {
	out, err := t.services.Streams.enter()
	if err != nil {
		return nil, err
	}
	disconnect, err := t.services.Streams.connect(by)
	if err != nil {
		out()
		return nil, err
	}
	return func() {
		disconnect()
		out()
	}, nil
}

// finish says how the operation ended. A stream that ends with the server is not completed, so that the client connects
// again.
func (t eventTransport) finish(ctx context.Context, e *events, err error) {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStreamTooSlow), errors.Is(cause, access.ErrUnauthenticated):
		e.last(gqlerror.List{t.services.present(ctx, cause)})
	case cause != nil:
	case err != nil:
		e.last(gqlerror.List{t.services.present(ctx, err)})
	default:
		_ = e.write("complete", nil)
	}
}

// events writes to one stream.
type events struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	pace    pace
	end     context.CancelCauseFunc
	broken  bool
}

func newEvents(w http.ResponseWriter, p pace, end context.CancelCauseFunc) *events {
	e := &events{w: w, control: http.NewResponseController(w), pace: p, end: end}
	_ = e.control.SetReadDeadline(time.Time{}) // the server's is for requests that end
	w.Header().Set("Content-Type", typeEvents+"; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no") // proxies must not wait for more
	w.WriteHeader(http.StatusOK)
	_ = e.put(":\n\n")
	return e
}

func (e *events) next(response *graphql.Response) error { return e.write("next", response) }

// last tells what is wrong, and that there is no more.
func (e *events) last(problems gqlerror.List) {
	_ = e.write("next", map[string]any{"errors": problems})
	_ = e.write("complete", nil)
}

func (e *events) write(kind string, payload any) error {
	text := []byte{}
	if payload != nil {
		var err error
		if text, err = json.Marshal(payload); err != nil {
			return err
		}
	}
	return e.put("event: " + kind + "\ndata: " + string(text) + "\n\n")
}

// beat keeps proxies from taking a quiet stream for a dead one.
func (e *events) beat(ctx context.Context) {
	ticker := time.NewTicker(e.pace.heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = e.put(":\n\n")
		}
	}
}

// put writes a part of the stream. One that is not taken in time ends it.
func (e *events) put(text string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.broken {
		return errGone
	}
	late := time.AfterFunc(e.pace.writeWithin, func() { _ = e.control.SetWriteDeadline(time.Unix(1, 0)) })
	defer late.Stop()
	_, err := io.WriteString(e.w, text)
	if err == nil {
		err = e.control.Flush()
	}
	if err != nil {
		e.broken = true
		e.end(errGone)
		return errGone
	}
	return nil
}
