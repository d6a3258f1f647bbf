// Package fault owns the one error type that every package returns for a failure a caller can act on.
//
// It owns the closed list of kinds and the shape of an error: kind, stable code, field, message, cause.
// It does not own the codes themselves (each domain package declares its own) nor their mapping to the wire
// (graph, workers and the command line each do that in one place).
//
// Invariants: nobody reads error text; a code never changes its meaning once released; a message carries no
// secret and no SQL.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a caller can do about an error. The list is closed.
type Kind uint8

// The kinds, from "mend your input" to "our bug".
const (
	Internal        Kind = iota // a bug or a broken dependency; the caller can do nothing
	Invalid                     // the input is wrong; Field names what
	Unauthenticated             // nobody is signed in, or the credential is not valid
	Forbidden                   // signed in, but may not do this
	NotFound                    // no such thing, or it belongs to another tenant
	Conflict                    // clashes with what exists; asking again does not help
	Precondition                // the thing is not in a state that allows this
	Unavailable                 // passing; the same request may succeed later
)

// String gives the kind's stable name, as logs and reports show it.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Precondition:
		return "precondition"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Error is the typed error. Code is UPPER_SNAKE and stable; Field is the input path in GraphQL or CSV spelling
// ("amount", "items.2.sku") or empty; Msg is one sentence for a person; RetryAfter says when to try again, 0 where nobody knows.
type Error struct {
	Kind       Kind
	Code       string
	Field      string
	Msg        string
	RetryAfter time.Duration
	cause      error
}

// New makes an error of the kind with a stable code and a sentence for people.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Msg: fmt.Sprintf(format, args...)}
}

// InvalidField makes an Invalid error that names the input field.
func InvalidField(field, code, format string, args ...any) *Error {
	return New(Invalid, code, format, args...).On(field)
}

// NotFoundf makes a NotFound error for the noun; the same answer serves "absent" and "another tenant's".
func NotFoundf(code, noun string) *Error {
	return New(NotFound, code, "no such %s", noun)
}

// Error gives code, field and message on one line, for logs. Programs read the fields instead.
func (e *Error) Error() string {
	text := e.Code
	if e.Field != "" {
		text += " (" + e.Field + ")"
	}
	text += ": " + e.Msg
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare by code, so that a package-level variable matches its copies made by On and Because.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Kind == e.Kind
}

// On returns a copy that names the input field.
func (e *Error) On(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because returns a copy with the cause attached; the cause goes to the log, never to a client.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// KindOf gives the kind of err: Internal for anything that is not a typed error, also for nil.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf gives the stable code of err, "INTERNAL" for anything that is not a typed error.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return "INTERNAL"
}

// FieldOf gives the input field err names, or "".
func FieldOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}
