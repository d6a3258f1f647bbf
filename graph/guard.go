package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// shape measures a selection with all its fragments spread out.
type shape struct{ depth, fields, aliases, directives int }

// The largest shape of an operation; the usual introspection query passes.
var maxShape = shape{depth: 20, fields: 500, aliases: 30, directives: 20}

const (
	maxShapeSum = 1 << 20 // where sums stop growing
	maxRoots    = 30
)

// guard refuses documents that would cost much before a resolver runs. It looks at every fragment once, so its own
// cost is linear in the document.
type guard struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = guard{}

// ExtensionName names the guard for gqlgen.
func (guard) ExtensionName() string { return "Guard" }

// Validate has nothing to check.
func (guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses an operation beyond the limits. Code OPERATION_TOO_LARGE.
func (guard) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	m := measure{fragments: op.Doc.Fragments, known: map[string]shape{}}
	s := m.of(op.Operation.SelectionSet)
	s.directives += len(op.Operation.Directives)
	if s.depth > maxShape.depth || s.fields > maxShape.fields || s.aliases > maxShape.aliases ||
		s.directives > maxShape.directives || len(op.Operation.SelectionSet) > maxRoots {
		refusal := gqlerror.Errorf("the operation is too large: at most %d levels, %d fields, %d aliases, %d directives and %d root fields",
			maxShape.depth, maxShape.fields, maxShape.aliases, maxShape.directives, maxRoots)
		refusal.Extensions = map[string]any{"code": "OPERATION_TOO_LARGE"}
		return refusal
	}
	return nil
}

type measure struct {
	fragments ast.FragmentDefinitionList
	known     map[string]shape
}

func (m measure) of(set ast.SelectionSet) shape {
	var sum shape
	for _, selection := range set {
		var one shape
		switch s := selection.(type) {
		case *ast.Field:
			one = m.of(s.SelectionSet)
			one.depth++
			one.fields++
			one.directives += len(s.Directives)
			if s.Alias != s.Name {
				one.aliases++
			}
		case *ast.InlineFragment:
			one = m.of(s.SelectionSet)
			one.directives += len(s.Directives)
		case *ast.FragmentSpread:
			one = m.ofFragment(s.Name)
			one.directives += len(s.Directives)
		}
		sum.depth = max(sum.depth, one.depth)
		sum.fields = min(sum.fields+one.fields, maxShapeSum)
		sum.aliases = min(sum.aliases+one.aliases, maxShapeSum)
		sum.directives = min(sum.directives+one.directives, maxShapeSum)
	}
	return sum
}

func (m measure) ofFragment(name string) shape {
	if s, ok := m.known[name]; ok {
		return s
	}
	m.known[name] = shape{} // a cycle ends here; validation has refused it already
	var s shape
	if f := m.fragments.ForName(name); f != nil {
		s = m.of(f.SelectionSet)
		s.directives += len(f.Directives)
	}
	m.known[name] = s
	return s
}
