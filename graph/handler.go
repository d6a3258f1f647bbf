package graph

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/models"
)

// NewHandler serves the schema over HTTP.
func NewHandler(s Services) http.Handler {
	if s.Streams == nil {
		s.Streams = NewStreams()
	}
	config := Config{Schema: servedSchema(), Resolvers: &root{s}}
	setCosts(&config.Complexity)
	server := handler.New(leanSchema{NewExecutableSchema(config).(*executableSchema)})
	plain := httpTransport{services: s, schema: config.Schema}
	server.AddTransport(socketTransport{plain})
	server.AddTransport(eventTransport{plain})
	server.AddTransport(plain)
	server.SetParserTokenLimit(maxTokens)
	documents := documentCache{lru.New[*ast.QueryDocument](parsedQueryCache)}
	server.SetQueryCache(documents)
	server.SetErrorPresenter(s.present)
	server.SetRecoverFunc(func(_ context.Context, cause any) error {
		return fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	})
	server.Use(extension.Introspection{})
	server.SetValidationRulesFn(quietRules)
	server.Use(trustedDocuments{})
	server.Use(documentGuard{documents})
	server.Use(longLists{config.Schema})
	server.Use(strictVariables{config.Schema})
	server.Use(guard{}) // before the complexity limit, whose own cost grows with every spread of a fragment
	server.Use(extension.FixedComplexityLimit(maxComplexity))
	server.Use(plainLists{}) // around the spender, which counts the rows
	if s.Budget != nil {
		server.Use(&spender{budget: s.Budget}) // last, so that nobody pays for what is refused
	}
	server.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		// Every root field has loaders of its own, so that a mutation does not read what an earlier one made stale.
		by := callerOf(ctx)
		ctx = withActor(ctx, by, graphql.GetRootFieldContext(ctx).Field.Name)
		return next(context.WithValue(ctx, loadersKey{}, s.newLoaders(by)))
	})
	server.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription { // each event is read afresh
			ctx = context.WithValue(ctx, loadersKey{}, s.newLoaders(callerOf(ctx)))
		}
		return next(ctx)
	})
	return shareable(s.Origins, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requestID := models.NewID().String()
		w.Header().Set("X-Request-Id", requestID)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		server.ServeHTTP(w, r.WithContext(context.WithValue(withOrigin(r.Context(), r), requestKey{}, requestID)))
	}))
}
