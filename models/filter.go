package models

import (
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
)

// Span is a half-open stretch of time; a zero end is open.
type Span struct{ From, Before time.Time }

// Narrow keeps the rows whose column is in the span.
func (s Span) Narrow(query *gorm.DB, column string) *gorm.DB {
	if !s.From.IsZero() {
		query = query.Where(column+" >= ?", s.From)
	}
	if !s.Before.IsZero() {
		query = query.Where(column+" < ?", s.Before)
	}
	return query
}

// Range is a stretch of numbers with both ends; a nil end is open.
type Range struct{ From, To *int64 }

// Narrow keeps the rows whose column is in the range.
func (r Range) Narrow(query *gorm.DB, column string) *gorm.DB {
	if r.From != nil {
		query = query.Where(column+" >= ?", *r.From)
	}
	if r.To != nil {
		query = query.Where(column+" <= ?", *r.To)
	}
	return query
}

// Only keeps the rows whose column has the value; the zero value keeps all.
func Only[T comparable](query *gorm.DB, column string, value T) *gorm.DB {
	var none T
	if value == none {
		return query
	}
	return query.Where(column+" = ?", value)
}

// The last letter that a text may go on with, in columns of any letters and of ASCII.
const (
	LastLetter = string(utf8.MaxRune)
	LastASCII  = "\x7f"
)

// Starting keeps the rows whose column starts with a text; the empty one keeps all. It is spelled as a range up to the last
// letter, which every database seeks for.
func Starting(query *gorm.DB, column, text, last string) *gorm.DB {
	if text == "" {
		return query
	}
	return query.Where(column+" >= ? AND "+column+" < ?", text, text+last)
}
