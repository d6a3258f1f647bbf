package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tributary/internal/fault"
)

// httpTransport speaks GraphQL over HTTP: queries by GET, queries and mutations by POST with a JSON body.
type httpTransport struct {
	services Services
	schema   *ast.Schema
}

// refusal is a request that is no GraphQL request.
type refusal struct {
	status  int
	message string
	allow   string
}

// Supports takes every request; what is wrong with one is said in Do.
func (httpTransport) Supports(*http.Request) bool { return true }

// Do answers one request.
func (t httpTransport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	contentType, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		contentType = typeJSON
		t.refuse(r.Context(), w, contentType, &refusal{status: http.StatusNotAcceptable, message: "ask for application/graphql-response+json or application/json"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxRequestTime)
	defer cancel()
	r = r.WithContext(ctx)
	by, err := Authenticate(t.services.Access, r)
	if err != nil {
		t.refuseFor(w, r, contentType, err)
		return
	}
	params, wrong := readParams(w, r, valuesFor(by))
	if wrong != nil {
		t.refuse(r.Context(), w, contentType, wrong)
		return
	}
	ctx = withCaller(graphql.StartOperationTrace(ctx), by)
	op, problems := exec.CreateOperationContext(withKept(ctx), params)
	if problems == nil {
		wrong = refusalOf(op.Operation.Operation, r.Method)
	}
	if wrong != nil {
		t.refuse(ctx, w, contentType, wrong)
		return
	}
	if problems != nil {
		status, extensions := refusedForCost(w.Header(), op, problems)
		t.write(w, contentType, cmp.Or(status, statusOfRequestError(contentType)), false,
			&graphql.Response{Errors: tell(ctx, t.explain(params.Query, problems)), Extensions: extensions})
		return
	}
	respond, ctx := exec.DispatchOperation(ctx, op)
	response := respond(ctx)
	if response == nil { // the time is over
		late := t.services.present(ctx, context.Cause(ctx))
		t.write(w, contentType, http.StatusServiceUnavailable, false, &graphql.Response{Errors: gqlerror.List{late}})
		return
	}
	t.write(w, contentType, http.StatusOK, true, response)
}

// refusalOf tells what kinds of operations this transport does not take, or not by GET.
func refusalOf(operation ast.Operation, method string) *refusal {
	switch {
	case operation == ast.Subscription:
		return &refusal{status: http.StatusNotAcceptable, message: "a subscription needs a WebSocket, or accepts text/event-stream"}
	case operation == ast.Mutation && method == http.MethodGet:
		return &refusal{status: http.StatusMethodNotAllowed, message: "a mutation is sent by POST", allow: http.MethodPost}
	}
	return nil
}

// refuseFor answers with an error before anything of the request was read.
func (t httpTransport) refuseFor(w http.ResponseWriter, r *http.Request, contentType string, err error) {
	status := http.StatusInternalServerError
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	}
	t.write(w, contentType, status, false, &graphql.Response{Errors: gqlerror.List{t.services.present(r.Context(), err)}})
}

func (t httpTransport) refuse(ctx context.Context, w http.ResponseWriter, contentType string, wrong *refusal) {
	if wrong.allow != "" {
		w.Header().Set("Allow", wrong.allow)
	}
	problem := &gqlerror.Error{Message: wrong.message, Extensions: map[string]any{"code": "BAD_USER_INPUT", "requestId": requestIDOf(ctx)}}
	t.write(w, contentType, wrong.status, false, &graphql.Response{Errors: gqlerror.List{problem}})
}

// write sends the answer; a request that never ran has no data entry.
func (t httpTransport) write(w http.ResponseWriter, contentType string, status int, ran bool, response *graphql.Response) {
	var text []byte
	var err error
	if ran {
		text, err = encode(response)
	} else {
		refused := map[string]any{"errors": response.Errors}
		if response.Extensions != nil {
			refused["extensions"] = response.Extensions
		}
		text, err = json.Marshal(refused)
	}
	if err != nil {
		t.services.Log.Error("a graphql answer cannot be encoded", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func readParams(w http.ResponseWriter, r *http.Request, values int) (*graphql.RawParams, *refusal) {
	switch r.Method {
	case http.MethodGet:
		return readQuery(r, values)
	case http.MethodPost:
		return readBody(w, r, values)
	}
	return nil, &refusal{status: http.StatusMethodNotAllowed, message: "send GET or POST", allow: "GET, POST"}
}

func readQuery(r *http.Request, most int) (*graphql.RawParams, *refusal) {
	malformed := &refusal{status: http.StatusBadRequest, message: "the parameters are malformed"}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(r.URL.RawQuery) > maxBodyBytes {
		return nil, malformed
	}
	sent := request{DocumentID: values.Get(documentIDKey)}
	sent.Query, sent.OperationName, sent.Headers = values.Get("query"), values.Get("operationName"), r.Header
	for name, into := range map[string]*map[string]any{"variables": &sent.Variables, "extensions": &sent.Extensions} {
		if text := values.Get(name); text != "" {
			if tooManyValues([]byte(text), most) || decode([]byte(text), into) != nil {
				return nil, malformed
			}
		}
	}
	return checked(sent)
}

func readBody(w http.ResponseWriter, r *http.Request, most int) (*graphql.RawParams, *refusal) {
	mediaType, options, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := options["charset"]
	if err != nil || mediaType != typeJSON || (charset != "" && charset != "utf-8" && charset != "UTF-8") {
		return nil, &refusal{status: http.StatusUnsupportedMediaType, message: "send a body of application/json in UTF-8"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, message: "the body is larger than 1 MiB"}
	}
	if tooManyValues(body, most) {
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("the body has more than %d values", most)}
	}
	var sent request
	if err != nil || decode(body, &sent) != nil {
		return nil, &refusal{status: http.StatusBadRequest, message: "the body is not a GraphQL request in JSON"}
	}
	sent.Headers = r.Header
	return checked(sent)
}

func checked(sent request) (*graphql.RawParams, *refusal) {
	params := sent.params()
	if params == nil {
		return nil, &refusal{status: http.StatusBadRequest, message: "send either query or documentId"}
	}
	return params, nil
}
