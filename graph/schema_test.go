package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/graph"
)

func schema() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

// connections gives every connection of the schema, as Type.field.
func connections() []string {
	var found []string
	for name, definition := range schema().Types {
		for _, field := range definition.Fields {
			if strings.HasSuffix(field.Type.Name(), "Connection") && !strings.HasPrefix(name, "__") {
				found = append(found, name+"."+field.Name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// Dear fields: asked for one object at a time, or in the selection of an entry itself.
var (
	neverSelected = []string{"bankFile", "ledgerProof", "explanation", "stalled", "preview", "funding"}
	onlyOnEntries = []string{"upline", "subtreeSize", "subtreeEarnings", "planFile"}
)

// everyField selects each field of a type that is no connection, with all objects behind it down to depth levels.
func everyField(typeName string, depth int, nested bool) string {
	var b strings.Builder
	for _, field := range schema().Types[typeName].Fields {
		target := schema().Types[field.Type.Name()]
		skip := strings.HasPrefix(field.Name, "__") || strings.HasSuffix(target.Name, "Connection") ||
			slices.Contains(neverSelected, field.Name) || nested && slices.Contains(onlyOnEntries, field.Name)
		switch {
		case skip:
		case target.Kind == ast.Scalar || target.Kind == ast.Enum:
			b.WriteString(" " + field.Name)
		case target.Kind == ast.Object && (depth > 0 || target.Name == "Money"):
			b.WriteString(" " + field.Name + " {" + everyField(target.Name, depth-1, true) + " }")
		}
	}
	return b.String()
}

func TestTheSchemaIsDescribed(t *testing.T) {
	for name, definition := range schema().Types {
		if definition.BuiltIn {
			continue
		}
		require.NotEmpty(t, definition.Description, name)
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			require.NotEmpty(t, field.Description, "%s.%s", name, field.Name)
			for _, argument := range field.Arguments {
				require.NotEmpty(t, argument.Description, "%s.%s(%s)", name, field.Name, argument.Name)
			}
		}
		for _, value := range definition.EnumValues {
			require.NotEmpty(t, value.Description, "%s.%s", name, value.Name)
		}
	}
}
