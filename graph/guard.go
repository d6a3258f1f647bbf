package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const maxShapeSum = 1 << 20 // where sums stop growing

// guard refuses operations that would cost much before a resolver runs. It looks at every fragment once, so its own
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
	s.roots = len(op.Operation.SelectionSet)
	if limit := s.beyond(); limit != "" {
		return tooLarge(limit)
	}
	return nil
}

func tooLarge(limit string) *gqlerror.Error {
	refusal := gqlerror.Errorf("the operation is too large: %s", limit)
	refusal.Extensions = map[string]any{"code": "OPERATION_TOO_LARGE"}
	return refusal
}

// measure finds the shape of a validated operation with all its fragments spread out.
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
			one = m.ofField(s)
		case *ast.InlineFragment:
			one = m.of(s.SelectionSet)
			one.directives += len(s.Directives)
		case *ast.FragmentSpread:
			one = m.ofFragment(s.Name)
			one.directives += len(s.Directives)
		}
		sum = sum.with(one)
	}
	return sum
}

// with is what two selections are side by side.
func (s shape) with(other shape) shape {
	add := func(a, b int) int { return min(a+b, maxShapeSum) }
	return shape{depth: max(s.depth, other.depth), fields: add(s.fields, other.fields), aliases: add(s.aliases, other.aliases),
		directives: add(s.directives, other.directives), introspections: add(s.introspections, other.introspections),
		typeLists: max(s.typeLists, other.typeLists), metaAliases: add(s.metaAliases, other.metaAliases)}
}

var typeLists = []string{"fields", "inputFields", "interfaces", "possibleTypes", "enumValues"}

func (m measure) ofField(f *ast.Field) shape {
	s := m.of(f.SelectionSet)
	s.depth++
	s.fields++
	s.directives += len(f.Directives)
	isRoot := f.Name == "__schema" || f.Name == "__type"
	if isRoot {
		s.introspections++
	}
	if f.Alias != f.Name {
		s.aliases++
		if isRoot || strings.HasPrefix(f.ObjectDefinition.Name, "__") {
			s.metaAliases++
		}
	}
	if f.ObjectDefinition.Name == "__Type" && slices.Contains(typeLists, f.Name) {
		s.typeLists++
	}
	return s
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
