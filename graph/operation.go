package graph

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tributary/models"
)

// operation is one operation on a socket.
type operation struct {
	socket *socket
	id     string
	end    context.CancelCauseFunc
}

// run executes the operation to its end and says how it ended, unless the client knows.
func (o *operation) run(ctx context.Context, params *graphql.RawParams) {
	defer o.forget()
	ctx = context.WithValue(withCaller(withEnd(ctx, o.end), o.socket.by), requestKey{}, models.NewID().String())
	op, ctx, problems := o.socket.transport.prepare(ctx, o.socket.exec, params)
	if problems != nil {
		o.last("error", problems)
		return
	}
	err := o.socket.transport.execute(ctx, o.socket.exec, op, o.next)
	switch {
	case o.socket.ctx.Err() != nil:
	case errors.Is(context.Cause(ctx), errStreamTooSlow):
		o.socket.end(errStreamTooSlow)
	case ctx.Err() != nil: // the client has completed it
	case err != nil:
		o.refuse(ctx, err)
	default:
		o.last("complete", nil)
	}
}

// forget gives the operation's place back.
func (o *operation) forget() {
	o.end(errGone)
	o.release()
	o.socket.mu.Lock()
	defer o.socket.mu.Unlock()
	o.socket.count--
}

// release makes the id free for another operation.
func (o *operation) release() {
	o.socket.mu.Lock()
	defer o.socket.mu.Unlock()
	if o.socket.running[o.id] == o {
		delete(o.socket.running, o.id)
	}
}

func (o *operation) next(response *graphql.Response) error {
	return o.send("next", response)
}

// refuse says why the operation does not run.
func (o *operation) refuse(ctx context.Context, err error) {
	o.last("error", gqlerror.List{o.socket.transport.services.present(ctx, err)})
}

// last sends the message after which the id may be used again.
func (o *operation) last(kind string, payload any) {
	o.release()
	_ = o.send(kind, payload) // the socket ends by itself when it cannot be sent
}

func (o *operation) send(kind string, payload any) error {
	m := message{ID: o.id, Type: kind}
	if payload != nil {
		text, err := json.Marshal(payload)
		if err != nil {
			return err
		}
		m.Payload = text
	}
	return o.socket.send(m)
}

// prepare reads and checks a document, and tells what is wrong with it.
func (t httpTransport) prepare(ctx context.Context, exec graphql.GraphExecutor, params *graphql.RawParams) (*graphql.OperationContext, context.Context, gqlerror.List) {
	ctx = graphql.StartOperationTrace(ctx)
	op, problems := exec.CreateOperationContext(ctx, params)
	if problems != nil {
		return nil, ctx, tell(ctx, t.explain(params.Query, problems))
	}
	return op, ctx, nil
}

// execute runs an operation of any kind and hands on each response, until there are no more.
func (t httpTransport) execute(ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext, next func(*graphql.Response) error) error {
	listens := op.Operation.Operation == ast.Subscription
	if listens {
		leave, err := t.services.Streams.listen(callerOf(ctx))
		if err != nil {
			return err
		}
		defer leave()
	} else {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, maxRequestTime)
		defer cancel()
	}
	respond, ctx := exec.DispatchOperation(ctx, op)
	for {
		response := respond(ctx)
		if response == nil {
			return ctx.Err()
		}
		if err := next(response); err != nil || !listens {
			return err
		}
	}
}
