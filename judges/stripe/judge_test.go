// Package stripe_test holds what we send to Stripe, and what the simulator answers, against Stripe's own OpenAPI text of the
// API version that is spoken. It is a module of its own, so that the text, and what reads it, is no dependency of the program.
package stripe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"
	"github.com/stripe/stripe-mock/spec"

	"tributary/internal/stripesim"
)

// judge stands between a client and the simulator. It shows every request to stripe-mock, which refuses what Stripe's text
// does not know, and holds every answer against the schema of its operation.
type judge struct {
	sim      http.Handler
	stub     *server.StubServer
	text     *spec.Spec
	mu       sync.Mutex
	seen     map[string]int // operations that were judged
	verdicts []string       // what was wrong
}

// theText is loaded once: it is 5 MB of JSON.
var theText = sync.OnceValues(func() (*spec.Spec, error) { return server.LoadSpec(embedded.OpenAPISpec, "") })

func newJudge(t *testing.T, sim http.Handler) *judge {
	t.Helper()
	quiet()
	text, err := theText()
	require.NoError(t, err)
	require.Equal(t, stripesim.APIVersion, text.Info.Version, "the text is of the version that is spoken")
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	require.NoError(t, err)
	stub, err := server.NewStubServer(fixtures, text, true, false)
	require.NoError(t, err)
	return &judge{sim: sim, stub: stub, text: text, seen: map[string]int{}}
}

// ServeHTTP judges one request and its answer, and hands the answer on.
func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/v1/test/") || !strings.HasPrefix(r.URL.Path, "/v1/") {
		j.sim.ServeHTTP(w, r) // not Stripe's
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		j.complain(r, "unreadable request: %v", err)
	}
	j.judgeRequest(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	j.sim.ServeHTTP(answer, r)
	j.judgeAnswer(r, answer)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (j *judge) judgeRequest(r *http.Request, body []byte) {
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	j.mu.Lock()
	j.stub.HandleRequest(answer, copied)
	j.mu.Unlock()
	if answer.Code != http.StatusOK {
		j.complain(r, "stripe-mock refuses the request %q: %s", body, answer.Body.String())
	}
	if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
		j.complain(r, "a write without a key")
	}
}

func (j *judge) judgeAnswer(r *http.Request, answer *httptest.ResponseRecorder) {
	operation, name := j.operation(r)
	if operation == nil {
		j.complain(r, "no such operation")
		return
	}
	status := spec.StatusCode("200")
	if answer.Code != http.StatusOK {
		status = "default"
	}
	j.mu.Lock()
	j.seen[name]++
	j.mu.Unlock()
	if answer.Header().Get("Request-Id") == "" {
		j.complain(r, "an answer without a request id")
	}
	if err := j.fits(operation.Responses[status].Content["application/json"].Schema, answer.Body.Bytes()); err != nil {
		j.complain(r, "the answer %d does not fit: %v: %s", answer.Code, err, answer.Body.String())
	}
}

var pathVariable = regexp.MustCompile(`\{[^}]+\}`)

// operation finds a request in the text; a path without variables goes before one with.
func (j *judge) operation(r *http.Request) (found *spec.Operation, name string) {
	for path, verbs := range j.text.Paths {
		pattern := "^" + pathVariable.ReplaceAllString(string(path), "[^/]+") + "$"
		operation := verbs[spec.HTTPVerb(strings.ToLower(r.Method))]
		if operation == nil || !regexp.MustCompile(pattern).MatchString(r.URL.Path) {
			continue
		}
		if found == nil || !strings.Contains(string(path), "{") {
			found, name = operation, r.Method+" "+string(path)
		}
	}
	return found, name
}

// fits tells what of a JSON text the schema does not allow. The type of a refusal by the rate limiter is in Stripe's pages
// (docs.stripe.com/rate-limits and /error-handling) but not in its text.
func (j *judge) fits(schema *spec.Schema, text []byte) error {
	if schema == nil {
		return fmt.Errorf("no schema")
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	if e, ok := value.(map[string]any)["error"].(map[string]any); ok && e["type"] == "rate_limit_error" && e["code"] == "rate_limit" {
		e["type"] = "api_error"
	}
	if fault := j.wrong(schema, value, "$"); fault != "" {
		return errors.New(fault)
	}
	return nil
}

// object holds a JSON text against the schema of a kind of object.
func (j *judge) object(kind string, text []byte) error {
	schema := j.text.Components.Schemas[kind]
	if schema == nil {
		return fmt.Errorf("Stripe has no object %q", kind)
	}
	return j.fits(schema, text)
}

func (j *judge) complain(r *http.Request, format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.verdicts = append(j.verdicts, r.Method+" "+r.URL.Path+": "+fmt.Sprintf(format, args...))
}

func (j *judge) requireInnocent(t *testing.T) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	require.Empty(t, j.verdicts)
}

// quiet keeps stripe-mock from printing every request. What tests say goes to the output that they began with.
var quiet = sync.OnceFunc(func() {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err == nil {
		os.Stdout = null
	}
})
