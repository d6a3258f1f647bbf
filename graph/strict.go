package graph

import (
	"context"
	"errors"
	"maps"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"tributary/internal/fault"
)

// servedSchema is the schema without @defer, which the engine adds by itself: no transport here can send what comes later.
func servedSchema() *ast.Schema {
	schema := *parsedSchema
	schema.Directives = maps.Clone(schema.Directives)
	delete(schema.Directives, "defer")
	return &schema
}

// helpfulRules are the engine's rules and what they leave out.
func helpfulRules() *rules.Rules {
	r := rules.NewDefaultRules()
	r.AddRule("StrictLiterals", strictLiterals)
	return r
}

// quietRules find the same problems as helpfulRules, but suggest nothing: each suggestion compares a name with all others.
func quietRules() *rules.Rules {
	r := helpfulRules()
	for name, quiet := range map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		r.ReplaceRule(name, quiet.RuleFunc)
	}
	return r
}

// strictLiterals refuses an object where a built-in scalar or an enum belongs, an Int beyond 32 bits, and a long list.
func strictLiterals(observers *core.Events, refuse core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Definition == nil || value.ExpectedType == nil {
			return
		}
		name := value.Definition.Name
		_, builtIn := builtInScalars[name]
		switch {
		case value.Kind == ast.ObjectValue && (builtIn || value.Definition.Kind == ast.Enum):
			refuse(core.Message("an object is no %s", name), core.At(value.Position))
		case value.Kind == ast.ListValue && value.Definition.Kind != ast.InputObject && len(value.Children) > maxValueList:
			refuse(core.Message("a list of %s has at most %d entries", name, maxValueList), core.At(value.Position))
		case value.Kind == ast.IntValue && name == "Int":
			if n, err := value.Value(nil); err == nil {
				if _, err := UnmarshalInt(n); err != nil {
					refuse(core.Message("%s", errInt.Msg), core.At(value.Position))
				}
			}
		}
	})
}

// builtInScalars tell whether a value is one of a scalar.
var builtInScalars = map[string]func(any) error{
	"Int":     func(v any) error { _, err := UnmarshalInt(v); return err },
	"String":  func(v any) error { _, err := UnmarshalString(v); return err },
	"ID":      func(v any) error { _, err := UnmarshalID(v); return err },
	"Boolean": func(v any) error { _, err := UnmarshalBoolean(v); return err },
}

// strictVariables refuses variables that the engine takes although their type does not, before anything runs.
type strictVariables struct{ schema *ast.Schema }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = strictVariables{}

// ExtensionName names the check for gqlgen.
func (strictVariables) ExtensionName() string { return "StrictVariables" }

// Validate has nothing to check.
func (strictVariables) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses a variable that is not of its type. Code GRAPHQL_VALIDATION_FAILED.
func (s strictVariables) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	for _, v := range op.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
		if problem := s.check(v.Type, op.Variables[v.Variable], path); problem != nil {
			errcode.Set(problem, errcode.ValidationFailed)
			return problem
		}
	}
	return nil
}

// check looks at what the engine has checked already: null stands only where it may.
func (s strictVariables) check(t *ast.Type, v any, path ast.Path) *gqlerror.Error {
	if v == nil {
		return nil
	}
	if t.Elem != nil {
		return s.checkList(t.Elem, reflect.ValueOf(v), path)
	}
	definition := s.schema.Types[t.NamedType]
	switch definition.Kind {
	case ast.Scalar:
		if check, builtIn := builtInScalars[t.NamedType]; builtIn {
			if err := check(v); err != nil {
				return gqlerror.ErrorPathf(path, "%s", messageOf(err))
			}
		}
	case ast.Enum:
		if name, ok := v.(string); !ok || definition.EnumValues.ForName(name) == nil {
			return gqlerror.ErrorPathf(path, "this is no %s", t.NamedType)
		}
	case ast.InputObject:
		object, _ := v.(map[string]any)
		for name, value := range object {
			field := definition.Fields.ForName(name)
			if field == nil {
				return gqlerror.ErrorPathf(path, "%s has no field %s", t.NamedType, name)
			}
			if problem := s.check(field.Type, value, append(path[:len(path):len(path)], ast.PathName(name))); problem != nil {
				return problem
			}
		}
	}
	return nil
}

// messageOf is what a typed error says to a person.
func messageOf(err error) string {
	var typed *fault.Error
	if errors.As(err, &typed) {
		return typed.Msg
	}
	return err.Error()
}

// checkList takes one entry for a list of one, as the engine does.
func (s strictVariables) checkList(entry *ast.Type, list reflect.Value, path ast.Path) *gqlerror.Error {
	if list.Kind() != reflect.Slice {
		return s.check(entry, list.Interface(), path)
	}
	if s.schema.Types[entry.Name()].Kind != ast.InputObject && list.Len() > maxValueList {
		return gqlerror.ErrorPathf(path, "a list of %s has at most %d entries", entry.Name(), maxValueList)
	}
	for i := range list.Len() {
		if problem := s.check(entry, list.Index(i).Interface(), append(path[:len(path):len(path)], ast.PathIndex(i))); problem != nil {
			return problem
		}
	}
	return nil
}
