package models

import (
	"gorm.io/gorm"

	"tributary/internal/fault"
)

// The size of a page when none is asked for, and the largest that may be.
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)

// ErrPageSize is returned for a page size outside 1..MaxPageSize.
var ErrPageSize = fault.InvalidField("first", "PAGE_SIZE_INVALID", "a page has 1 to %d entries", MaxPageSize)

// Page asks for a stretch of rows in the order of their ids. After is exclusive; the zero value starts at the
// beginning. Backward walks from the end: the rows before After, newest first, handed out in ascending order.
type Page struct {
	Size     int
	After    ID
	Backward bool
}

// Check refuses sizes outside the limits; 0 becomes the default. Code PAGE_SIZE_INVALID.
func (p Page) Check() (Page, error) {
	if p.Size == 0 {
		p.Size = DefaultPageSize
	}
	if p.Size < 1 || p.Size > MaxPageSize {
		return p, ErrPageSize
	}
	return p, nil
}

// Slice is one page of rows in ascending order, with whether more follow in the direction walked.
type Slice[T any] struct {
	Rows    []T
	HasMore bool
}

// FetchPage reads one page of query ordered by column (an id column that is unique within the query) in one
// statement: a keyset seek that reads Size+1 rows. Code PAGE_SIZE_INVALID.
func FetchPage[T any](query *gorm.DB, column string, page Page) (Slice[T], error) {
	return FetchPageBy[T](query, column, "?", page)
}

// FetchPageBy is FetchPage for a column that is no id: place is the SQL that gives its value in the row whose id stands
// for the question mark.
func FetchPageBy[T any](query *gorm.DB, column, place string, page Page) (Slice[T], error) {
	page, err := page.Check()
	if err != nil {
		return Slice[T]{}, err
	}
	order, seek := column+" ASC", column+" > "+place
	if page.Backward {
		order, seek = column+" DESC", column+" < "+place
	}
	if !page.After.IsZero() {
		query = query.Where(seek, page.After)
	}
	var rows []T
	if err := query.Order(order).Limit(page.Size + 1).Find(&rows).Error; err != nil {
		return Slice[T]{}, err
	}
	slice := Slice[T]{Rows: rows, HasMore: len(rows) > page.Size}
	if slice.HasMore {
		slice.Rows = rows[:page.Size]
	}
	if page.Backward {
		for i, j := 0, len(slice.Rows)-1; i < j; i, j = i+1, j-1 {
			slice.Rows[i], slice.Rows[j] = slice.Rows[j], slice.Rows[i]
		}
	}
	return slice, nil
}
