package graph

import (
	"context"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The points of what is no plain field. An object costs one, a scalar nothing.
const (
	rootPoints          = 10  // of each mutation, and of each subscription
	entriesPerPoint     = 10  // of a list that a mutation is sent
	introspectionPoints = 50  // of __schema and __type
	complexityPerPoint  = 100 // of what a field's own complexity is beyond that of a plain one
	maxPoints           = 1 << 30
)

// tariff finds what an operation may cost at most, in points. It looks at every spread of a fragment, so it comes after the
// guard, which bounds how many fields there are with fragments spread out.
type tariff struct {
	schema    graphql.ExecutableSchema
	variables map[string]any
	fixed     map[*ast.Field]int // what fields cost apart from the objects that they give
}

// of gives what a selection costs in each entry of the page around it, and what it costs once beside those.
func (t tariff) of(ctx context.Context, set ast.SelectionSet) (each, once int) {
	for _, selection := range set {
		var moreEach, moreOnce int
		switch s := selection.(type) {
		case *ast.Field:
			moreEach = t.ofField(ctx, s)
			if strings.HasSuffix(s.ObjectDefinition.Name, "Connection") && s.Name != "edges" && s.Name != "nodes" {
				moreEach, moreOnce = 0, moreEach
			}
		case *ast.InlineFragment:
			moreEach, moreOnce = t.of(ctx, s.SelectionSet)
		case *ast.FragmentSpread:
			moreEach, moreOnce = t.of(ctx, s.Definition.SelectionSet)
		}
		each, once = min(each+moreEach, maxPoints), min(once+moreOnce, maxPoints)
	}
	return each, once
}

// ofField gives what a field costs with all that is selected behind it. Complexities are linear in those of what is behind,
// so two questions tell what of one is the field's own, and how many entries there may be.
func (t tariff) ofField(ctx context.Context, f *ast.Field) int {
	if f.Name == "__schema" || f.Name == "__type" {
		t.fixed[f] = introspectionPoints
		return introspectionPoints
	}
	fixed, entries, arguments := 0, 1, f.ArgumentMap(t.variables)
	if own, ok := t.schema.Complexity(ctx, f.ObjectDefinition.Name, f.Name, 0, arguments); ok {
		fixed = (own - 1 + complexityPerPoint - 1) / complexityPerPoint
		if with, _ := t.schema.Complexity(ctx, f.ObjectDefinition.Name, f.Name, 1, arguments); with > own {
			entries = with - own
		}
	}
	switch f.ObjectDefinition.Name {
	case "Mutation":
		fixed += rootPoints + entriesIn(arguments["input"])/entriesPerPoint
	case "Subscription":
		fixed += rootPoints
	}
	t.fixed[f] = fixed
	if len(f.SelectionSet) == 0 {
		return fixed
	}
	each, once := t.of(ctx, f.SelectionSet)
	return fixed + 1 + once + min(each, maxPoints/entries)*entries
}

// entriesIn counts the entries of the lists of an input.
func entriesIn(input any) int {
	fields, _ := input.(map[string]any)
	n := 0
	for _, value := range fields {
		if list, ok := value.([]any); ok {
			n += len(list)
		}
	}
	return n
}

// objectsIn counts the objects that a field gives: those of a list one by one.
func objectsIn(value any) int {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return 0
	case reflect.Pointer:
		if v.IsNil() {
			return 0
		}
	case reflect.Slice:
		return v.Len()
	}
	return 1
}
