package graph

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/models"
)

// The engine makes a context, closures and often a goroutine for each field of each entry of a list. That costs many times what
// reading the row does. A list is written at once where all that is asked of its entries is plain: at hand in the row, and never an
// error by itself. Everything else, and what fails, goes the engine's way.

// plainRun is one list that is being written.
type plainRun struct {
	context.Context
	objects int // inside the entries
}

// plainWrite appends the JSON of one thing of an object.
type plainWrite[T any] func(run *plainRun, to []byte, of *T) ([]byte, error)

// plainField gives what writes a field as it is selected; false when something behind it is not plain.
type plainField[T any] func(op *graphql.OperationContext, field graphql.CollectedField) (plainWrite[T], bool)

// plainType are the plain fields of an object of the schema, by name.
type plainType[T any] struct {
	implementors []string // the names that fragments may call it, its own first
	fields       map[string]plainField[T]
}

// compile gives what writes an object as it is selected; false when that is not plain.
func (t plainType[T]) compile(op *graphql.OperationContext, selected ast.SelectionSet) (plainWrite[T], bool) {
	fields := graphql.CollectFields(op, selected, t.implementors)
	names, writes := make([][]byte, len(fields)), make([]plainWrite[T], len(fields))
	for i, field := range fields {
		plain, ok := t.fields[field.Name]
		if field.Name == "__typename" {
			plain, ok = plainText(func(*T) string { return t.implementors[0] }), true
		}
		if !ok || field.IsDeferred() {
			return nil, false
		}
		if writes[i], ok = plain(op, field); !ok {
			return nil, false
		}
		names[i] = append(appendText([]byte{','}, field.Alias), ':')
	}
	return func(run *plainRun, to []byte, of *T) ([]byte, error) {
		first := len(to)
		var err error
		for i, write := range writes {
			if to, err = write(run, append(to, names[i]...), of); err != nil {
				return to, err
			}
		}
		to[first] = '{' // in place of the first comma; a selection is never empty
		return append(to, '}'), nil
	}, len(fields) > 0
}

// plainList is a list as it stands in the answer.
type plainList []byte

// MarshalGQL writes the list.
func (l plainList) MarshalGQL(w io.Writer) { _, _ = w.Write(l) }

// writeList writes a list if all that is selected is plain, and otherwise gives the rows as they are.
func writeList[T any](ctx context.Context, t plainType[T], rows []T) any {
	op := graphql.GetOperationContext(ctx)
	write, ok := t.compile(op, graphql.GetFieldContext(ctx).Field.Selections)
	if !ok || rows == nil {
		return rows
	}
	run := &plainRun{Context: ctx}
	to := []byte{'['}
	for i := range rows {
		if i > 0 {
			to = append(to, ',')
		}
		var err error
		if to, err = write(run, to, &rows[i]); err != nil {
			return rows // the engine says where it failed
		}
		if i == 0 {
			to = append(make([]byte, 0, (len(to)+len(to)/8+1)*len(rows)), to...)
		}
	}
	if b := billOf(op); b != nil {
		b.used.Add(int64(run.objects))
	}
	return plainList(append(to, ']'))
}

// plainLists writes lists at once where that can be.
type plainLists struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.FieldInterceptor
} = plainLists{}

// ExtensionName names the writer for gqlgen.
func (plainLists) ExtensionName() string { return "PlainLists" }

// Validate has nothing to check.
func (plainLists) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptField puts the JSON of a list in the place of its rows.
func (plainLists) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if err != nil {
		return value, err
	}
	switch rows := value.(type) {
	case []models.Conversion:
		return writeList(ctx, plainConversion, rows), nil
	case []ConversionEdge:
		return writeList(ctx, plainConversionEdge, rows), nil
	}
	return value, nil
}
