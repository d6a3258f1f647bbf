package graph

import (
	"errors"

	"tributary/internal/fault"
	"tributary/models"
)

var errPageEnds = fault.New(fault.Invalid, "PAGE_ENDS", "ask for first and after, or for last and before, not for both")

// page reads the arguments of a connection. Codes PAGE_ENDS, PAGE_SIZE_INVALID, CURSOR_MALFORMED, CURSOR_INVALID.
func (l listing[T]) page(first *int, after *string, last *int, before *string) (models.Page, error) {
	size, cursor, field := first, after, "after"
	backward := last != nil || before != nil
	if backward {
		if first != nil || after != nil {
			return models.Page{}, errPageEnds
		}
		size, cursor, field = last, before, "before"
	}
	page := models.Page{Size: models.DefaultPageSize, Backward: backward, Order: l.order}
	if size != nil {
		page.Size = *size
	}
	if page.Size < 1 || page.Size > models.MaxPageSize {
		return models.Page{}, models.ErrPageSize
	}
	if cursor != nil {
		if err := l.read(*cursor, &page); err != nil {
			return models.Page{}, err.On(field)
		}
	}
	return page, nil
}

// connect answers a connection that cannot be narrowed or ordered.
func connect[T any](first *int, after *string, last *int, before *string, idOf func(T) models.ID,
	fetch func(models.Page) (models.Slice[T], error)) (*Connection[T], error) {
	return listing[T]{}.connect(first, after, last, before, idOf, fetch)
}

// connect answers a connection: it reads the arguments, fetches one page and dresses it. idOf gives the id that orders the rows
// by itself, or those that are alike otherwise.
func (l listing[T]) connect(first *int, after *string, last *int, before *string, idOf func(T) models.ID,
	fetch func(models.Page) (models.Slice[T], error)) (*Connection[T], error) {
	page, err := l.page(first, after, last, before)
	if err != nil {
		return nil, err
	}
	slice, err := fetch(page)
	if err != nil {
		return nil, err
	}
	return l.dress(page, slice, idOf), nil
}

func (l listing[T]) dress(page models.Page, slice models.Slice[T], idOf func(T) models.ID) *Connection[T] {
	binding := l.binding()
	c := &Connection[T]{Nodes: slice.Rows, whole: slice.Whole,
		cursorOf: func(row T) string { return l.cursorAt(binding, idOf(row), row) }}
	if n := len(c.Nodes); n > 0 {
		start, end := c.cursorOf(c.Nodes[0]), c.cursorOf(c.Nodes[n-1])
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &start, &end
	}
	fromCursor := !page.After.IsZero()
	c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = slice.HasMore, fromCursor
	if page.Backward {
		c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = fromCursor, slice.HasMore
	}
	return c
}

// idIn reads an id of the input and names the field in the refusal. Code ID_MALFORMED.
func idIn(field, prefix, text string) (models.ID, error) {
	id, err := models.ParseID(prefix, text)
	var refusal *fault.Error
	if errors.As(err, &refusal) {
		return id, refusal.On(field)
	}
	return id, err
}

// idInOr is idIn for an id that may be left out.
func idInOr(field, prefix string, text *string) (models.ID, error) {
	if text == nil {
		return models.ID{}, nil
	}
	return idIn(field, prefix, *text)
}

// textOrNull shows a text that may be none.
func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func textOr(text *string) string { return orZero(text) }

func orZero[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}
