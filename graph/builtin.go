package graph

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"tributary/internal/fault"
)

// The built-in scalars take what the specification says and nothing that could be made into it: a number in quotes is
// no Int, and a number is no String.
var (
	errInt     = fault.New(fault.Invalid, "INT_MALFORMED", "this is a whole number from -2147483648 to 2147483647, without quotes")
	errString  = fault.New(fault.Invalid, "STRING_MALFORMED", "this is a text in quotes")
	errID      = fault.New(fault.Invalid, "ID_MALFORMED", "this is an id: a text in quotes")
	errBoolean = fault.New(fault.Invalid, "BOOLEAN_MALFORMED", "this is true or false, without quotes")
)

// MarshalInt writes a whole number.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt takes whole numbers of 32 bits. Code INT_MALFORMED.
func UnmarshalInt(v any) (int, error) {
	n, err := UnmarshalInt64(v)
	return int(n), err
}

// MarshalInt64 writes a whole number.
func MarshalInt64(n int64) graphql.Marshaler { return graphql.MarshalInt64(n) }

// UnmarshalInt64 takes what an Int may be, which is no more than 32 bits. Code INT_MALFORMED.
func UnmarshalInt64(v any) (int64, error) {
	n, whole := wholeNumber(v)
	if !whole || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, errInt
	}
	return n, nil
}

// MarshalString writes a text.
func MarshalString(text string) graphql.Marshaler { return graphql.MarshalString(text) }

// appendText appends a text as the engine writes it.
func appendText(to []byte, text string) []byte {
	const hex = "0123456789ABCDEF"
	to = append(to, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		to = append(append(to, text[start:i]...), '\\')
		start = i + 1
		switch c {
		case '"', '\\':
			to = append(to, c)
		case '\t':
			to = append(to, 't')
		case '\r':
			to = append(to, 'r')
		case '\n':
			to = append(to, 'n')
		default:
			to = append(to, 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(to, text[start:]...), '"')
}

// UnmarshalString takes texts. Code STRING_MALFORMED.
func UnmarshalString(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", errString
	}
	return text, nil
}

// MarshalID writes an id.
func MarshalID(id string) graphql.Marshaler { return graphql.MarshalID(id) }

// UnmarshalID takes texts, and whole numbers as texts. Code ID_MALFORMED.
func UnmarshalID(v any) (string, error) {
	if text, ok := v.(string); ok {
		return text, nil
	}
	n, whole := wholeNumber(v)
	if !whole {
		return "", errID
	}
	return strconv.FormatInt(n, 10), nil
}

// MarshalBoolean writes true or false.
func MarshalBoolean(b bool) graphql.Marshaler { return graphql.MarshalBoolean(b) }

// UnmarshalBoolean takes true and false. Code BOOLEAN_MALFORMED.
func UnmarshalBoolean(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, errBoolean
	}
	return b, nil
}

// wholeNumber reads a number as literals (int64) and variables (json.Number) have it.
func wholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}
