package graph

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// A cursor of a list in the order of ids that nothing narrows is the id of the row it stands at; the prefix keeps it apart from
// ids. Any other is bound to its list: base64 of what it is bound to, the id, and the value of the order's column.
const (
	cursorPrefix = "cursor"
	boundPrefix  = cursorPrefix + "."
	bindingBytes = 8
)

var (
	errCursorMalformed = fault.New(fault.Invalid, "CURSOR_MALFORMED", "this is not a cursor")
	errCursorInvalid   = fault.New(fault.Invalid, "CURSOR_INVALID", "this cursor is of another order or another filter")
)

// binding is what cursors of the listing carry; nothing where they are ids.
func (l listing[T]) binding() []byte {
	if l.filter == nil && l.order == (models.Order{}) {
		return nil
	}
	text, err := json.Marshal([]any{l.filter, l.order})
	if err != nil { // what came in as JSON goes out as JSON
		panic(err)
	}
	sum := sha256.Sum256(text)
	return sum[:bindingBytes]
}

// cursorAt gives the cursor of a row.
func (l listing[T]) cursorAt(binding []byte, id models.ID, row T) string {
	if binding == nil {
		return id.Format(cursorPrefix)
	}
	text := append(bytes.Clone(binding), id[:]...)
	if l.sort != nil {
		switch value := l.sort.Value(row).(type) {
		case time.Time:
			text = binary.BigEndian.AppendUint64(text, uint64(value.UnixMicro()))
		case int64:
			text = binary.BigEndian.AppendUint64(text, uint64(value))
		case string:
			text = append(text, value...)
		}
	}
	return boundPrefix + base64.RawURLEncoding.EncodeToString(text)
}

// read makes a page begin at a cursor. Codes CURSOR_MALFORMED, CURSOR_INVALID.
func (l listing[T]) read(cursor string, page *models.Page) *fault.Error {
	binding := l.binding()
	encoded, isBound := strings.CutPrefix(cursor, boundPrefix)
	if !isBound {
		id, err := models.ParseID(cursorPrefix, cursor)
		switch {
		case err != nil:
			return errCursorMalformed
		case binding != nil:
			return errCursorInvalid
		}
		page.After = id
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(text) < bindingBytes+len(page.After) {
		return errCursorMalformed
	}
	if binding == nil || !bytes.Equal(text[:bindingBytes], binding) {
		return errCursorInvalid
	}
	rest := text[bindingBytes+copy(page.After[:], text[bindingBytes:]):]
	if l.sort == nil {
		return nil
	}
	var row T
	value := l.sort.Value(row)
	if _, isText := value.(string); isText {
		page.Value = string(rest)
		return nil
	}
	if len(rest) != 8 {
		return errCursorMalformed
	}
	number := int64(binary.BigEndian.Uint64(rest))
	page.Value = number
	if _, isTime := value.(time.Time); isTime {
		page.Value = time.UnixMicro(number).UTC()
	}
	return nil
}
