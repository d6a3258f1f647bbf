package graph

import (
	"fmt"
	"time"
)

// The limits of one request. docs/api.md lists them.
const (
	maxBodyBytes     = 1 << 20
	maxDocumentBytes = 64 << 10
	maxTokens        = 2000
	maxNameBytes     = 100    // of an alias or a field, since an answer repeats it for every entry
	maxSameName      = 10     // fields of one name in one selection, since they are compared pair by pair
	maxValues        = 60_000 // in the JSON of a request
	maxFreeValues    = 1_000  // in that of a caller without a credential
	maxList          = 2_000  // entries in variables; the services take 1,000 orders, refunds, lines or items
	maxValueList     = 100    // entries that are no objects
	maxComplexity    = 50_000
	maxRequestTime   = 20 * time.Second
)

// The limits of connections that stay open. They hold in each process; a message has maxBodyBytes and maxValues.
const (
	maxStreams       = 5_000 // of everybody
	maxConnections   = 20    // of a caller
	maxOperations    = 50    // at once on a connection
	maxSubscriptions = 200   // of a tenant
	maxPending       = 2_000 // events that wait for a listener
	maxIDBytes       = 128   // of an operation
)

// pace says how often and how long things are done for connections that stay open.
type pace struct {
	initWithin  time.Duration // for the credential to come
	writeWithin time.Duration // for a message to be taken
	ping        time.Duration // between two, and as long for an answer
	heartbeat   time.Duration // of server-sent events
	check       time.Duration // between two looks whether the credential still holds
	poll        time.Duration // between two looks for what is new
}

var usualPace = pace{initWithin: 10 * time.Second, writeWithin: 10 * time.Second, ping: 20 * time.Second, heartbeat: 12 * time.Second,
	check: 10 * time.Second, poll: time.Second}

// The limits of what is told about a request that is refused.
const (
	maxProblems     = 10
	maxProblemBytes = 300
)

// Documents that are kept parsed.
const (
	parsedQueryCache = 200
	maxCachedBytes   = 8 << 10
)

// shape measures a selection. All but depth and typeLists, which are the deepest way down, are sums.
type shape struct {
	depth, fields, aliases, directives, roots int

	introspections int // __schema and __type
	typeLists      int // lists of a type's parts inside each other, as in the fields of the types of fields
	metaAliases    int // aliases inside introspection, each of which repeats what is behind it
}

// maxShape is the largest shape of an operation; the introspection query that tools send passes.
var maxShape = shape{depth: 20, fields: 500, aliases: 30, directives: 20, roots: 30, introspections: 1, typeLists: 1}

// beyond tells what is too large, or nothing.
func (s shape) beyond() string {
	for _, one := range []struct {
		is, most int
		what     string
	}{
		{s.depth, maxShape.depth, "levels"},
		{s.fields, maxShape.fields, "fields"},
		{s.aliases, maxShape.aliases, "aliases"},
		{s.directives, maxShape.directives, "directives"},
		{s.roots, maxShape.roots, "root fields"},
		{s.introspections, maxShape.introspections, "__schema and __type"},
		{s.typeLists, maxShape.typeLists, "lists of a type's parts inside each other"},
		{s.metaAliases, maxShape.metaAliases, "aliases inside introspection"},
	} {
		if one.is > one.most {
			return fmt.Sprintf("at most %d %s", one.most, one.what)
		}
	}
	return ""
}
