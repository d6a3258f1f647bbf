package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"tributary/internal/access"
)

const (
	typeJSON    = "application/json"
	typeGraphQL = "application/graphql-response+json"
)

// negotiate picks the content type that the Accept header wants most; without one, and for */*, application/json.
func negotiate(accept []string) (string, bool) {
	header := strings.Join(accept, ",")
	if strings.TrimSpace(header) == "" {
		return typeJSON, true
	}
	best, bestWeight := "", 0.0
	for part := range strings.SplitSeq(header, ",") {
		mediaType, options, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, err := strconv.ParseFloat(options["q"], 64); err == nil {
			weight = q
		}
		switch mediaType {
		case "*/*", "application/*":
			mediaType = typeJSON
		case typeJSON, typeGraphQL:
		default:
			continue
		}
		if weight > bestWeight {
			best, bestWeight = mediaType, weight
		}
	}
	return best, best != ""
}

// statusOfRequestError is the status of a document that cannot be run: clients of the older content type want 200.
func statusOfRequestError(contentType string) int {
	if contentType == typeJSON {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

// decode reads one JSON value, keeping numbers as they are written.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

// valuesFor is how many values a caller may send: without a credential there is little to say.
func valuesFor(by access.Caller) int {
	if by.IsAnonymous() {
		return maxFreeValues
	}
	return maxValues
}

// tooManyValues counts before anything is decoded: a value costs many times its bytes.
func tooManyValues(text []byte, most int) bool {
	values, quoted := 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == '[' || c == '{'):
			values++
		}
	}
	return values > most
}
