package models

import "context"

// Origin says what is behind the changes of a transaction, for the audit log. It is set where work enters the program: at a
// mutation, a task, a command or a webhook.
type Origin struct {
	Actor      string // who, as access.Caller names it; never empty where something audited changes
	Action     string // the mutation, task or command
	RequestID  string // of the request or the task's run
	MerchantID ID     // whose credential was used; zero for work that is nobody's
}

type originKey struct{}

// WithOrigin gives a context whose transactions are of this origin.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// ActingAs gives the same database, whose transactions are of this origin where their context names none: for a process
// that is one piece of work, such as a measurement or a test.
func (db *DB) ActingAs(o Origin) *DB {
	acting := *db
	acting.origin = o
	return &acting
}

func (db *DB) originOf(ctx context.Context) Origin {
	if o, ok := ctx.Value(originKey{}).(Origin); ok {
		return o
	}
	return db.origin
}
