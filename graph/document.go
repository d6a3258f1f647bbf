package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// documentCache keeps parsed documents, but none that is long: what anybody may send must not fill the memory.
type documentCache struct {
	graphql.Cache[*ast.QueryDocument]
}

// Add keeps a document.
func (c documentCache) Add(ctx context.Context, text string, document *ast.QueryDocument) {
	if len(text) <= maxCachedBytes {
		c.Cache.Add(ctx, text, document)
	}
}

// documentGuard refuses documents that are large as they are written, before they are validated: validation compares
// fields pair by pair. For that it parses a document that is not in the cache, which costs little.
type documentGuard struct{ known documentCache }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = documentGuard{}

// ExtensionName names the guard for gqlgen.
func (documentGuard) ExtensionName() string { return "DocumentGuard" }

// Validate has nothing to check.
func (documentGuard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses a document beyond the limits. Code OPERATION_TOO_LARGE.
func (g documentGuard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if len(params.Query) > maxDocumentBytes {
		return tooLarge(fmt.Sprintf("at most %d bytes of document; long texts go into variables", maxDocumentBytes))
	}
	if longList(params.Variables) {
		return tooLarge(fmt.Sprintf("at most %d entries in a list", maxList))
	}
	if _, known := g.known.Get(ctx, params.Query); known {
		return nil
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, maxTokens)
	if err != nil {
		return nil // the engine says so
	}
	var w written
	for _, operation := range document.Operations {
		w.directives += len(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			w.directives += len(variable.Directives)
		}
		w.add(operation.SelectionSet, 1)
	}
	for _, fragment := range document.Fragments {
		w.directives += len(fragment.Directives)
		w.add(fragment.SelectionSet, 1)
	}
	for _, limit := range []string{w.beyond(), w.limit} {
		if limit != "" {
			return tooLarge(limit)
		}
	}
	return nil
}

// written is the shape of a whole document as it is written, and a limit of another kind that it breaks.
type written struct {
	shape
	limit string
}

func (w *written) add(set ast.SelectionSet, depth int) {
	names := map[string]int{}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			w.fields++
			w.depth = max(w.depth, depth)
			w.directives += len(s.Directives)
			if s.Alias != s.Name {
				w.aliases++
			}
			names[s.Alias]++
			if len(s.Alias) > maxNameBytes || len(s.Name) > maxNameBytes {
				w.limit = fmt.Sprintf("at most %d bytes in a name", maxNameBytes)
			} else if names[s.Alias] > maxSameName {
				w.limit = fmt.Sprintf("at most %d times the same field in one selection", maxSameName)
			}
			w.add(s.SelectionSet, depth+1)
		case *ast.InlineFragment:
			w.directives += len(s.Directives)
			w.add(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			w.directives += len(s.Directives)
		}
	}
}

// longList finds a list of too many entries anywhere in variables.
func longList(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > maxList || slices.ContainsFunc(v, longList)
	case map[string]any:
		for _, inner := range v {
			if longList(inner) {
				return true
			}
		}
	}
	return false
}
