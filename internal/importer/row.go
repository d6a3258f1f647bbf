package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/internal/fault"
)

// row is a record read by its file's layout.
type row struct {
	line    int64
	values  []string
	layout  *layout
	flaw    *fault.Error // why it cannot be sent to a service, or nil
	retried bool         // an earlier chunk or start has put it into import_rejections
}

// newRow checks what does not take a service: that the record is whole, and no value missing or too long.
func newRow(l *layout, r record) row {
	made := row{line: r.line, values: r.fields, layout: l, flaw: r.flaw}
	if made.flaw != nil {
		made.values = nil
		return made
	}
	for i, v := range made.values {
		made.values[i] = strings.TrimSpace(v)
	}
	made.flaw = made.check(r.count)
	return made
}

func (r row) check(count int) *fault.Error {
	if count < len(r.layout.names) {
		return fault.InvalidField(r.layout.names[count], "ROW_FIELD_COUNT", "the row ends before this column: it has %d of %d values", count, len(r.layout.names))
	}
	if count > len(r.layout.names) {
		return fault.New(fault.Invalid, "ROW_FIELD_COUNT", "the row has %d values where the header has %d columns", count, len(r.layout.names))
	}
	for _, c := range r.layout.columns {
		value, limit := r.text(c.name), maxValueBytes
		if c.name == columnItems {
			limit = maxItemsBytes
		}
		if c.required && value == "" && !slices.Contains(c.emptyFor, r.text(columnKind)) {
			return fault.InvalidField(c.name, "VALUE_MISSING", "this column must have a value")
		}
		if len(value) > limit {
			return fault.InvalidField(c.name, "VALUE_TOO_LONG", "a value of this column has at most %d bytes", limit)
		}
	}
	return nil
}

// text gives a column's value, or "" when the file has no such column.
func (r row) text(column string) string {
	if i, ok := r.layout.index[column]; ok {
		return r.values[i]
	}
	return ""
}

// key names the row inside its file, or is "" when the row is flawed. No value holds the byte that joins it.
func (r row) key() string {
	if r.flaw != nil {
		return ""
	}
	parts := make([]string, len(r.layout.key))
	for i, column := range r.layout.key {
		parts[i] = r.text(column)
	}
	return strings.Join(parts, "\x00")
}

func (r row) bytes() int {
	n := 0
	for _, v := range r.values {
		n += len(v)
	}
	return n
}

// metadata gives the values of the columns that are entries of metadata; an empty one is none.
func (r row) metadata() map[string]string {
	var entries map[string]string
	for _, name := range r.layout.names {
		if value := r.text(name); value != "" && r.layout.isMetadata(name) {
			if entries == nil {
				entries = map[string]string{}
			}
			entries[strings.TrimPrefix(name, metadataPrefix)] = value
		}
	}
	return entries
}

// occurredAt reads the column of that name. Code OCCURRED_AT_MALFORMED.
func (r row) occurredAt() (time.Time, error) {
	t, err := time.Parse(time.RFC3339, r.text("occurred_at"))
	if err != nil {
		return t, fault.InvalidField("occurred_at", "OCCURRED_AT_MALFORMED", "a time is written as in RFC 3339: 2026-01-31T18:05:00+01:00")
	}
	return t, nil
}

// outcome is what came of a row.
type outcome int

const (
	outcomeRecorded outcome = iota
	outcomeRestated
	outcomeUnchanged
	outcomeRejected
	outcomeAwaited // rejected for as long as its sponsor has not come
	outcomeKept    // a rejection of an earlier start stands
)

// verdict is the outcome of a row, with the reason when it is not taken in.
type verdict struct {
	outcome outcome
	reason  *fault.Error
}

// refuse turns a refusal of a service, or of this package, into the row's rejection, with the field in the file's
// spelling. Any other error, such as one of the database, is handed back: it is not the row's fault.
func (r row) refuse(err error) (verdict, error) {
	var e *fault.Error
	if !errors.As(err, &e) {
		return verdict{}, fmt.Errorf("line %d: %w", r.line, err)
	}
	switch e.Kind {
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.Precondition:
		return verdict{outcome: outcomeRejected, reason: e.On(r.layout.fieldFor(e.Field))}, nil
	default:
		return verdict{}, err
	}
}
