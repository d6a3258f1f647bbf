package stripe_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/stripe/stripe-mock/spec"
)

const schemaPath = "#/components/schemas/"

// wrong tells what of a JSON value a schema of Stripe's text does not allow, or "". It follows the parts of a schema that
// spec.Schema has. stripe-mock's own reader of schemas with references builds the whole text anew for each, and has been
// seen not to come back.
func (j *judge) wrong(s *spec.Schema, value any, at string) string {
	if s.Ref != "" {
		referred := j.text.Components.Schemas[strings.TrimPrefix(s.Ref, schemaPath)]
		if referred == nil {
			return at + ": the text has no " + s.Ref
		}
		return j.wrong(referred, value, at)
	}
	if value == nil {
		if s.Nullable || s.Type == "" && len(s.AnyOf) == 0 {
			return ""
		}
		if len(s.AnyOf) == 0 {
			return at + ": must not be null"
		}
	}
	if len(s.AnyOf) > 0 {
		return j.wrongInAll(s.AnyOf, value, at)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		return fmt.Sprintf("%s: %v is none of %v", at, value, s.Enum)
	}
	ok := true
	switch s.Type {
	case "object":
		object, is := value.(map[string]any)
		if !is {
			ok = false
			break
		}
		return j.wrongInObject(s, object, at)
	case "array":
		list, is := value.([]any)
		ok = is
		for i, item := range list {
			if fault := j.wrong(s.Items, item, fmt.Sprintf("%s[%d]", at, i)); fault != "" {
				return fault
			}
		}
	case "string":
		text, is := value.(string)
		ok = is && (s.MaxLength == 0 || len(text) <= s.MaxLength) && (s.Pattern == "" || regexp.MustCompile(s.Pattern).MatchString(text))
	case "integer":
		number, is := value.(float64)
		ok = is && number == math.Trunc(number)
	case "number":
		_, ok = value.(float64)
	case "boolean":
		_, ok = value.(bool)
	case "":
	default:
		return at + ": the type " + s.Type + " is not known here"
	}
	if !ok {
		return fmt.Sprintf("%s: %v is no %s that fits", at, value, s.Type)
	}
	return ""
}

func (j *judge) wrongInAll(schemas []*spec.Schema, value any, at string) string {
	var faults []string
	for _, s := range schemas {
		fault := j.wrong(s, value, at)
		if fault == "" {
			return ""
		}
		faults = append(faults, fault)
	}
	return strings.Join(faults, "; or ")
}

func (j *judge) wrongInObject(s *spec.Schema, object map[string]any, at string) string {
	for _, name := range s.Required {
		if _, is := object[name]; !is {
			return at + ": " + name + " is missing"
		}
	}
	for name, value := range object {
		property, place := s.Properties[name], at+"."+name
		if property == nil {
			property = s.AdditionalProperties
		}
		if property == nil {
			if len(s.Properties) > 0 { // also where the text is silent: a field that it does not name is none of Stripe's
				return place + ": Stripe has no such field"
			}
			continue
		}
		if fault := j.wrong(property, value, place); fault != "" {
			return fault
		}
	}
	return ""
}
