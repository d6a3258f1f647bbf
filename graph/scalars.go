package graph

import (
	"encoding/json"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"tributary/internal/fault"
	"tributary/models"
)

var errDateTime = fault.New(fault.Invalid, "DATE_TIME_MALFORMED", "an instant is RFC 3339 with an offset, such as 2026-01-05T09:00:00Z")

// MarshalDateTime writes an instant in UTC, to the microsecond.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		var space [40]byte
		_, _ = w.Write(appendDateTime(space[:0], t))
	})
}

func appendDateTime(to []byte, t time.Time) []byte {
	to = t.UTC().AppendFormat(append(to, '"'), "2006-01-02T15:04:05.999999Z07:00")
	return append(to, '"')
}

// UnmarshalDateTime reads an instant. Code DATE_TIME_MALFORMED.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, errDateTime
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errDateTime.Because(err)
	}
	return models.Instant(t), nil
}

var errDecimal = fault.New(fault.Invalid, "AMOUNT_MALFORMED", "an amount is a plain decimal number as a string, such as \"12.50\"")

// MarshalDecimal writes a decimal as a string.
func MarshalDecimal(text string) graphql.Marshaler { return graphql.MarshalString(text) }

// UnmarshalDecimal takes strings only: a JSON number has been a float on its way. Code AMOUNT_MALFORMED.
func UnmarshalDecimal(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", errDecimal
	}
	return text, nil
}

var errStringMap = fault.New(fault.Invalid, "STRING_MAP_MALFORMED", "this is an object whose values are strings")

// MarshalStringMap writes texts by name, in the order of their names.
func MarshalStringMap(texts map[string]string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(appendTexts(nil, texts)) })
}

func appendTexts(to []byte, texts map[string]string) []byte {
	encoded, err := json.Marshal(texts)
	if err != nil { // texts always can be encoded
		panic(err)
	}
	return append(to, encoded...)
}

// UnmarshalStringMap takes an object of strings only. Code STRING_MAP_MALFORMED.
func UnmarshalStringMap(v any) (map[string]string, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errStringMap
	}
	texts := make(map[string]string, len(object))
	for name, value := range object {
		if texts[name], ok = value.(string); !ok {
			return nil, errStringMap
		}
	}
	return texts, nil
}

var errObjectIn = fault.New(fault.Invalid, "JSON_OBJECT_INPUT", "a JSON object is never an input")

// MarshalJSONObject writes an object as it is stored.
func MarshalJSONObject(text string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, text) })
}

// UnmarshalJSONObject refuses: the schema has no such input. Code JSON_OBJECT_INPUT.
func UnmarshalJSONObject(any) (string, error) { return "", errObjectIn }
