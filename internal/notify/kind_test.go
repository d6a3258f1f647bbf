package notify_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/notify"
)

// declaredTypes reads the constants of Type from the source.
func declaredTypes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "type.go", nil, 0)
	require.NoError(t, err)
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		found = append(found, text)
		return true
	})
	return found
}

func TestEveryTypeIsDescribedOnce(t *testing.T) {
	var described []string
	for _, k := range notify.Kinds {
		described = append(described, string(k.Type))
		require.NotEmpty(t, k.When, k.Type)
		require.LessOrEqual(t, len(k.Type), 40, "the column holds no more")
	}
	require.Equal(t, declaredTypes(t), described)
}

// The tables of the documentation are those of the code.
func TestTheDocumentationHasTheEvents(t *testing.T) {
	text, err := os.ReadFile("../../docs/events.md")
	require.NoError(t, err)
	for name, table := range map[string]string{"types": typeTable(), "data": dataTable()} {
		_, rest, begun := strings.Cut(string(text), "<!-- events: "+name+" -->\n")
		found, _, ended := strings.Cut(rest, "<!-- end -->")
		require.True(t, begun && ended, "docs/events.md has no table of the %s", name)
		require.Equal(t, table, found, "the table of the %s is to be replaced by this:\n%s", name, table)
	}
}

func typeTable() string {
	var b strings.Builder
	b.WriteString("| type | when | data |\n|---|---|---|\n")
	for _, k := range notify.Kinds {
		b.WriteString("| `" + string(k.Type) + "` | " + k.When + " | " + dataName(k.Data) + " |\n")
	}
	return b.String()
}

func dataTable() string {
	var b strings.Builder
	b.WriteString("| data | fields |\n|---|---|\n")
	seen := map[string]bool{}
	for _, k := range notify.Kinds {
		if name := dataName(k.Data); !seen[name] {
			seen[name] = true
			b.WriteString("| " + name + " | " + strings.Join(fields(reflect.TypeOf(k.Data)), ", ") + " |\n")
		}
	}
	return b.String()
}

func dataName(data any) string { return strings.TrimSuffix(reflect.TypeOf(data).Name(), "Data") }

func fields(of reflect.Type) []string {
	var names []string
	for i := range of.NumField() {
		f := of.Field(i)
		if f.Anonymous {
			names = append(names, fields(f.Type)...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		name = "`" + name + "`"
		if options == "omitempty" {
			name += "?"
		}
		if f.Tag.Get("for") == "merchant" {
			name += "*"
		}
		names = append(names, name)
	}
	return names
}
