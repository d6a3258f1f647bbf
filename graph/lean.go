package graph

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// leanSchema runs queries and mutations without what the engine makes ready for each of them: what directives on inputs need,
// which there are none of, and the answers that come later by @defer, which is not served.
type leanSchema struct{ *executableSchema }

// Exec gives what answers an operation.
func (s leanSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	ec := newExecutionContext(op, s.executableSchema, nil)
	run := ec._Query
	switch op.Operation.Operation {
	case ast.Mutation:
		run = ec._Mutation
	case ast.Subscription:
		return s.executableSchema.Exec(ctx)
	}
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		var data bytes.Buffer
		run(ctx, op.Operation.SelectionSet).MarshalGQL(&data)
		return &graphql.Response{Data: data.Bytes()}
	}
}

// encode gives an answer as JSON. The data is copied as it is: it was written as JSON, and to read it again costs as much.
func encode(response *graphql.Response) ([]byte, error) {
	to := append(make([]byte, 0, len(response.Data)+512), '{')
	if len(response.Errors) > 0 {
		problems, err := json.Marshal(response.Errors)
		if err != nil {
			return nil, err
		}
		to = append(append(append(to, `"errors":`...), problems...), ',')
	}
	to = append(to, `"data":`...)
	if response.Data == nil {
		to = append(to, "null"...)
	}
	to = append(to, response.Data...)
	if len(response.Extensions) > 0 {
		extensions, err := json.Marshal(response.Extensions)
		if err != nil {
			return nil, err
		}
		to = append(append(to, `,"extensions":`...), extensions...)
	}
	return append(to, '}'), nil
}
