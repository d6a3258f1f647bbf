package graph_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

// mostObjects is how many orders, refunds, lines or items a list may have. What is not an object: 100.
const (
	mostObjects = 1000
	mostValues  = 100
)

// Every list that a mutation takes has an end, and one of its own: what is just within is not refused for that, one more is.
func TestEveryListOfAnInputHasAnEnd(t *testing.T) {
	s := serve(t)
	known := 0
	for _, field := range schema().Mutation.Fields {
		input := schema().Types[field.Arguments.ForName("input").Type.Name()]
		for _, path := range listsOf(input, nil) {
			known++
			name := field.Name + " " + sprint(path)
			ask := func(n int) answer {
				return s.ask(s.key, duty{answer: "__typename"}.text(field.Name), map[string]any{"in": s.sample(input, path, n)})
			}
			if isOfObjects(input, path) {
				told := ask(mostObjects + 1)
				require.Empty(t, told.Errors, "%s: %s", name, told.text)
				require.Contains(t, []any{"BATCH_SIZE_INVALID", "TOO_MANY_ITEMS"}, told.at(t, "it", "userErrors", 0, "code"), name)
				continue
			}
			beyond := ask(mostValues + 1)
			require.Equal(t, "GRAPHQL_VALIDATION_FAILED", beyond.code(), "%s: %s", name, beyond.text)
			require.Contains(t, beyond.text, "at most 100 entries", name)
			require.NotContains(t, ask(mostValues).text, "at most 100 entries", name)
		}
	}
	require.Greater(t, known, 10)
}

// listsOf are the ways to the lists of an input that are not inside another list.
func listsOf(input *ast.Definition, way []string) [][]string {
	var found [][]string
	for _, field := range input.Fields {
		path := append(slices.Clone(way), field.Name)
		inner := schema().Types[field.Type.Name()]
		switch {
		case field.Type.Elem != nil:
			found = append(found, path)
		case inner.Kind == ast.InputObject:
			found = append(found, listsOf(inner, path)...)
		}
	}
	return found
}

func isOfObjects(input *ast.Definition, path []string) bool {
	inner := schema().Types[input.Fields.ForName(path[0]).Type.Name()]
	if len(path) > 1 {
		return isOfObjects(inner, path[1:])
	}
	return inner.Kind == ast.InputObject
}

// sample is an input with what it must have, and at the end of the path a list of n entries.
func (s *served) sample(input *ast.Definition, path []string, n int) map[string]any {
	s.T.Helper()
	made := map[string]any{}
	for _, field := range input.Fields {
		onWay := len(path) > 0 && field.Name == path[0]
		inner := schema().Types[field.Type.Name()]
		switch {
		case onWay && len(path) > 1:
			made[field.Name] = s.sample(inner, path[1:], n)
		case onWay:
			made[field.Name] = slices.Repeat([]any{s.sampleOf(field.Name, inner)}, n)
		case field.Type.NonNull && field.Type.Elem != nil:
			made[field.Name] = []any{s.sampleOf(field.Name, inner)}
		case field.Type.NonNull:
			made[field.Name] = s.sampleOf(field.Name, inner)
		}
	}
	return made
}

func (s *served) sampleOf(name string, definition *ast.Definition) any {
	s.T.Helper()
	switch {
	case name == "programId":
		return s.main()
	case definition.Kind == ast.InputObject:
		return s.sample(definition, nil, 0)
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	}
	values := map[string]any{"ID": "x", "String": "x", "Int": 1, "Boolean": true, "DateTime": "2026-01-05T09:00:00Z", "Decimal": "1.00", "CurrencyCode": "GBP"}
	require.Contains(s.T, slices.Collect(maps.Keys(values)), definition.Name, "say what a value of it is")
	return values[definition.Name]
}
