// Package graph is the GraphQL edge: the HTTP transport, who is calling, the resolvers, and the one place where
// errors are mapped to the wire.
//
// It does not own any rule: resolvers call the services and shape what comes back. The schema is schema.graphqls;
// what gqlgen makes of it is in the *generated.go files.
//
// Invariants: the tenant comes from the credential; every object was found by a service that was given the caller,
// or hangs from one that was; internal errors are logged and never shown; what hangs from the entries of a page is
// loaded together, so that a page costs a number of statements that does not grow with it. A connection inside a
// connection costs one statement for each outer entry, and the complexity limit charges it so.
package graph
