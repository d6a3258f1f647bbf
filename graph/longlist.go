package graph

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
)

const minLongList = 16

// longLists checks long lists of objects in variables, which the engine does by reflection, at more cost than all the rest of the request.
// It keeps them from the engine while that checks what else there is, and then gives them back. What it does not know to be right
// the engine looks at after all, and says what is wrong.
type longLists struct{ schema *ast.Schema }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
} = longLists{}

// ExtensionName names the check for gqlgen.
func (longLists) ExtensionName() string { return "LongLists" }

// Validate has nothing to check.
func (longLists) Validate(graphql.ExecutableSchema) error { return nil }

type keptKey struct{}

// kept is what the engine does not see for a while, of one request.
type kept struct {
	variables map[string]any
	lists     []keptList
}

type keptList struct {
	variable, field string
	object          map[string]any
	entries         []any
}

// withKept lets long lists of a request be kept.
func withKept(ctx context.Context) context.Context { return context.WithValue(ctx, keptKey{}, &kept{}) }

// MutateOperationParameters takes long lists out of the variables.
func (longLists) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	k, ok := ctx.Value(keptKey{}).(*kept)
	if !ok {
		return nil
	}
	k.variables = params.Variables
	for variable, value := range params.Variables {
		object, _ := value.(map[string]any)
		for field, value := range object {
			if entries, ok := value.([]any); ok && len(entries) >= minLongList {
				k.lists = append(k.lists, keptList{variable, field, object, entries})
				object[field] = []any{}
			}
		}
	}
	return nil
}

// MutateOperationContext puts them back. Code GRAPHQL_VALIDATION_FAILED.
func (l longLists) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	k, ok := ctx.Value(keptKey{}).(*kept)
	if !ok || len(k.lists) == 0 {
		return nil
	}
	isFine := true
	for _, list := range k.lists {
		list.object[list.field] = list.entries
		if v := op.Operation.VariableDefinitions.ForName(list.variable); v != nil {
			isFine = isFine && l.isRight(v.Type, list.field, list.entries)
		}
	}
	if isFine {
		return nil
	}
	values, err := validator.VariableValues(l.schema, op.Operation, k.variables)
	if problem := (*gqlerror.Error)(nil); errors.As(err, &problem) { // as the engine does with it
		errcode.Set(problem, errcode.ValidationFailed)
		return problem
	}
	op.Variables = values
	return nil
}

// isRight tells whether the field of a variable takes the entries as they are.
func (l longLists) isRight(variable *ast.Type, field string, entries []any) bool {
	object := l.schema.Types[variable.NamedType]
	if variable.Elem != nil || object == nil || object.Kind != ast.InputObject {
		return false
	}
	definition := object.Fields.ForName(field)
	return definition != nil && l.takes(definition.Type, entries)
}

// takes tells whether a value is surely of its type, without any coercion.
func (l longLists) takes(t *ast.Type, value any) bool {
	if value == nil {
		return !t.NonNull
	}
	if t.Elem != nil {
		entries, ok := value.([]any)
		for _, entry := range entries {
			ok = ok && l.takes(t.Elem, entry)
		}
		return ok
	}
	definition := l.schema.Types[t.NamedType]
	switch definition.Kind {
	case ast.InputObject:
		object, ok := value.(map[string]any)
		return ok && l.takesObject(definition, object)
	case ast.Enum:
		name, ok := value.(string)
		return ok && definition.EnumValues.ForName(name) != nil
	case ast.Scalar:
		return takesScalar(t.NamedType, value)
	}
	return false
}

func (l longLists) takesObject(definition *ast.Definition, object map[string]any) bool {
	found := 0
	for _, field := range definition.Fields {
		value, ok := object[field.Name]
		if !ok {
			if field.Type.NonNull {
				return false
			}
			continue
		}
		if found++; !l.takes(field.Type, value) {
			return false
		}
	}
	return found == len(object) // nothing beyond the fields
}

func takesScalar(name string, value any) bool {
	switch name {
	case "String", "ID":
		_, ok := value.(string)
		return ok
	case "Boolean":
		_, ok := value.(bool)
		return ok
	case "Int":
		number, ok := value.(json.Number)
		if !ok {
			return false
		}
		_, err := strconv.ParseInt(number.String(), 10, 64)
		return err == nil
	case "Float":
		return false
	}
	return true // reads itself
}
