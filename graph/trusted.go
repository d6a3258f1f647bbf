package graph

import (
	"context"
	_ "embed"
	"encoding/json"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

//go:embed trusted.json
var trustedFile []byte

// trusted gives the documents of the TypeScript client by their ids: "sha256:" and the hash in hex. They are held against the
// schema and the limits when the program is tested.
var trusted = sync.OnceValue(func() map[string]string {
	var documents map[string]string
	if err := json.Unmarshal(trustedFile, &documents); err != nil { // it is made when the program is
		panic(err)
	}
	return documents
})

// documentIDKey is where a request's documentId travels to the engine.
const documentIDKey = "documentId"

// request is what comes in: a GraphQL request, which may name one of the trusted documents in the place of its own.
type request struct {
	graphql.RawParams
	DocumentID string `json:"documentId"`
}

// params gives the request as the engine takes it; nil unless it has either a document or the name of one.
func (r *request) params() *graphql.RawParams {
	if (r.Query == "") == (r.DocumentID == "") {
		return nil
	}
	if r.DocumentID != "" {
		r.Extensions = map[string]any{documentIDKey: r.DocumentID}
	}
	return &r.RawParams
}

// trustedDocuments puts a trusted document in the place of its id. It comes before all that looks at documents.
type trustedDocuments struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = trustedDocuments{}

// ExtensionName names the extension for gqlgen.
func (trustedDocuments) ExtensionName() string { return "TrustedDocuments" }

// Validate has nothing to check.
func (trustedDocuments) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters looks the document up. Code PERSISTED_QUERY_NOT_FOUND.
func (trustedDocuments) MutateOperationParameters(_ context.Context, params *graphql.RawParams) *gqlerror.Error {
	if params.Query != "" {
		return nil
	}
	id, _ := params.Extensions[documentIDKey].(string)
	if params.Query = trusted()[id]; params.Query == "" {
		unknown := gqlerror.Errorf("no document has this id here: send the document itself")
		unknown.Extensions = map[string]any{"code": "PERSISTED_QUERY_NOT_FOUND"}
		return unknown
	}
	return nil
}
