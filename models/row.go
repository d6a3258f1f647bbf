package models

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Row takes the values of one row of a bulk write. MySQL gets them as text that no value can break out of: bytes and
// every string beyond plain ASCII go in hexadecimal. SQLite gets them as arguments.
type Row struct {
	isMySQL bool
	text    []byte
	args    []any
	values  int
	watch   *bulkWatch // of the ids that the audit log names; nil when it names none
}

// mysqlInstant is an instant as a DATETIME(6) literal; the connection's time zone is UTC.
const mysqlInstant = "'2006-01-02 15:04:05.000000'"

// next opens the place of a value and tells whether it is to be put as text.
func (r *Row) next() bool {
	if r.values++; r.values > 1 {
		r.text = append(r.text, ',')
	}
	return r.isMySQL
}

func (r *Row) arg(v any) {
	r.text = append(r.text, '?')
	r.args = append(r.args, v)
}

func (r *Row) hex(b []byte) {
	r.text = append(r.text, "X'"...)
	r.text = hex.AppendEncode(r.text, b)
	r.text = append(r.text, '\'')
}

// Null puts NULL.
func (r *Row) Null() {
	r.next()
	r.text = append(r.text, "NULL"...)
}

// ID puts an id.
func (r *Row) ID(id ID) {
	isText := r.next()
	r.watch.see(r.values, id)
	if isText {
		r.hex(id[:])
	} else {
		r.arg(id)
	}
}

// OptionalID puts an id, or NULL for the zero id.
func (r *Row) OptionalID(id ID) {
	if id.IsZero() {
		r.Null()
	} else {
		r.ID(id)
	}
}

// Hash puts a hash.
func (r *Row) Hash(h Hash) {
	if r.next() {
		r.hex(h[:])
	} else {
		r.arg(h)
	}
}

// Int puts a number.
func (r *Row) Int(n int64) {
	if r.next() {
		r.text = strconv.AppendInt(r.text, n, 10)
	} else {
		r.arg(n)
	}
}

// Time puts an instant, to the microsecond.
func (r *Row) Time(t time.Time) {
	if r.next() {
		r.text = t.UTC().AppendFormat(r.text, mysqlInstant)
	} else {
		r.arg(t.UTC())
	}
}

// OptionalTime puts an instant, or NULL for none.
func (r *Row) OptionalTime(t *time.Time) {
	if t == nil {
		r.Null()
	} else {
		r.Time(*t)
	}
}

// Text puts a string.
func (r *Row) Text(s string) {
	switch {
	case !r.next():
		r.arg(s)
	case isPlain(s):
		r.text = append(r.text, '\'')
		r.text = append(r.text, s...)
		r.text = append(r.text, '\'')
	default:
		r.text = append(r.text, "_utf8mb4 "...)
		r.hex([]byte(s))
	}
}

// isPlain tells whether a string means itself between quotes, whatever the server's SQL mode.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '\'' || c == '\\' {
			return false
		}
	}
	return true
}

// Any puts a value of any type that models uses in its structs. Another type is a bug and panics.
func (r *Row) Any(v any) {
	switch v := v.(type) {
	case nil:
		r.Null()
	case ID:
		r.ID(v)
	case *ID:
		r.OptionalID(Or(v))
	case Hash:
		r.Hash(v)
	case time.Time:
		r.Time(v)
	case string:
		r.Text(v)
	case driver.Valuer:
		panic(fmt.Sprintf("models: no bulk write of %T", v))
	default:
		r.reflected(reflect.ValueOf(v))
	}
}

func (r *Row) reflected(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		r.Null()
	case v.Kind() == reflect.Pointer:
		r.Any(v.Elem().Interface())
	case v.Kind() == reflect.String:
		r.Text(v.String())
	case v.Kind() == reflect.Bool && v.Bool():
		r.Int(1)
	case v.Kind() == reflect.Bool:
		r.Int(0)
	case v.CanInt():
		r.Int(v.Int())
	default:
		panic(fmt.Sprintf("models: no bulk write of %s", v.Type()))
	}
}
