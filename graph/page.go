package graph

import (
	"errors"

	"tributary/internal/fault"
	"tributary/models"
)

// A cursor is the id of the row it stands at; its prefix keeps it apart from ids.
const cursorPrefix = "cursor"

// The refusals of paging.
var (
	errPageEnds  = fault.New(fault.Invalid, "PAGE_ENDS", "ask for first and after, or for last and before, not for both")
	errPageAfter = fault.New(fault.Invalid, "CURSOR_MALFORMED", "this is not a cursor")
)

// pageOf reads the arguments of a connection. Codes PAGE_ENDS, PAGE_SIZE_INVALID, CURSOR_MALFORMED.
func pageOf(first *int, after *string, last *int, before *string) (models.Page, error) {
	size, cursor, field := first, after, "after"
	backward := last != nil || before != nil
	if backward {
		if first != nil || after != nil {
			return models.Page{}, errPageEnds
		}
		size, cursor, field = last, before, "before"
	}
	page := models.Page{Size: models.DefaultPageSize, Backward: backward}
	if size != nil {
		page.Size = *size
	}
	if page.Size < 1 || page.Size > models.MaxPageSize {
		return models.Page{}, models.ErrPageSize
	}
	if cursor != nil {
		id, err := models.ParseID(cursorPrefix, *cursor)
		if err != nil {
			return models.Page{}, errPageAfter.On(field)
		}
		page.After = id
	}
	return page, nil
}

// connect answers a connection: it reads the arguments, fetches one page and dresses it. idOf gives the id the rows
// are ordered by.
func connect[T any](first *int, after *string, last *int, before *string, idOf func(T) models.ID,
	fetch func(models.Page) (models.Slice[T], error)) (*Connection[T], error) {
	page, err := pageOf(first, after, last, before)
	if err != nil {
		return nil, err
	}
	slice, err := fetch(page)
	if err != nil {
		return nil, err
	}
	return dress(page, slice, idOf), nil
}

func dress[T any](page models.Page, slice models.Slice[T], idOf func(T) models.ID) *Connection[T] {
	c := &Connection[T]{Edges: make([]Edge[T], len(slice.Rows)), Nodes: slice.Rows}
	for i, row := range slice.Rows {
		c.Edges[i] = Edge[T]{Cursor: idOf(row).Format(cursorPrefix), Node: row}
	}
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
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

func textOr(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
