package models

import (
	"slices"

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

// Page asks for a stretch of rows in an order; the zero order is that of their ids. After is exclusive; the zero value starts
// at the beginning. Backward walks from the end: the rows before After, last first, handed out in the list's order.
type Page struct {
	Size     int
	After    ID
	Value    any // of the order's column in the row at After; nil in the order of ids
	Backward bool
	Order    Order
	index    string
}

// Order is how a list is ordered: by a column, and by the ids where that is alike.
type Order struct {
	Column     string // empty: by the ids alone
	Unique     bool   // no two rows have the same in it, so the ids order nothing
	Descending bool
}

// Sort is an order that a list of T may have.
type Sort[T any] struct {
	Column string
	Unique bool
	Value  func(T) any // of the column: an int64, a string or a time.Time
}

// Through makes MySQL read by an index, which begins with what the list is of and ends in its order; the empty name leaves the
// choice to it. Then it may sort all that the list has, or walk through what other lists have.
func (p Page) Through(index string) Page {
	p.index = index
	return p
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

// Slice is one page of rows in the list's order, with whether more follow in the direction walked.
type Slice[T any] struct {
	Rows    []T
	HasMore bool
	Whole   *Whole // what the page is a stretch of; nil where that is nothing
}

// FetchPage reads one page of query in one statement: a keyset seek that reads Size+1 rows. The id column is unique within
// the query, and stands last in the index of whatever the page is ordered by. Code PAGE_SIZE_INVALID.
func FetchPage[T any](query *gorm.DB, id string, page Page) (Slice[T], error) {
	page, err := page.Check()
	if err != nil {
		return Slice[T]{}, err
	}
	whole := query.Model(new(T)).Session(&gorm.Session{})
	from := whole
	if page.index != "" && whole.Name() == "mysql" {
		from = whole.Table(tableOf[T]() + " FORCE INDEX (" + page.index + ")")
	}
	rows, err := scanRows[T](page.seek(from, id).Limit(page.Size+1), page.Size+1)
	if err != nil {
		return Slice[T]{}, err
	}
	slice := Slice[T]{Rows: rows, HasMore: len(rows) > page.Size, Whole: &Whole{query: whole}}
	if slice.HasMore {
		slice.Rows = rows[:page.Size]
	}
	if page.Backward {
		slices.Reverse(slice.Rows)
	}
	if page.After.IsZero() && !slice.HasMore {
		known := len(rows)
		slice.Whole.known = &known
	}
	return slice, nil
}

func tableOf[T any]() string {
	var row T
	return any(row).(interface{ TableName() string }).TableName()
}

// seek orders a query and lets it begin behind the row at After. The condition is spelled with OR: MariaDB seeks for that, and
// does not for a comparison of rows.
func (p Page) seek(query *gorm.DB, id string) *gorm.DB {
	way, beyond := " ASC", " > ?"
	if p.Order.Descending != p.Backward {
		way, beyond = " DESC", " < ?"
	}
	column := p.Order.Column
	if column == "" {
		if !p.After.IsZero() {
			query = query.Where(id+beyond, p.After)
		}
		return query.Order(id + way)
	}
	if p.Order.Unique {
		if !p.After.IsZero() {
			query = query.Where(column+beyond, p.Value)
		}
		return query.Order(column + way)
	}
	if !p.After.IsZero() {
		query = query.Where("("+column+beyond+" OR ("+column+" = ? AND "+id+beyond+"))", p.Value, p.Value, p.After)
	}
	return query.Order(column + way).Order(id + way)
}
