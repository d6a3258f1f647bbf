package importer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"tributary/internal/fault"
	"tributary/models"
)

var byteOrderMark = []byte("\uFEFF")

// FileError is the refusal of a whole file: nothing of it was taken in. It unwraps to the typed error.
type FileError struct {
	Line int64 // where it was found; the file's first is 1
	Err  *fault.Error
}

// Error gives the line before the typed error's text.
func (e *FileError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Err) }

// Unwrap gives the typed error.
func (e *FileError) Unwrap() error { return e.Err }

func at(line int64, err *fault.Error) error { return &FileError{Line: line, Err: err} }

// scan reads the whole file once, and gives its hash. It refuses what is not UTF-8 text before a row is looked at.
// Code IMPORT_ENCODING.
func scan(ctx context.Context, file io.Reader) (models.Hash, error) {
	sum := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(file, sum), 64<<10)
	line, isFirst := int64(1), true
	for {
		c, size, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return models.Hash(sum.Sum(nil)), nil
		}
		if err != nil {
			return models.Hash{}, fmt.Errorf("read file: %w", err)
		}
		switch {
		case c == 0 || (c == utf8.RuneError && size == 1):
			return models.Hash{}, at(line, fault.New(fault.Invalid, "IMPORT_ENCODING", "the file is not UTF-8 text; save it as \"CSV UTF-8\""))
		case c == '\uFEFF' && !isFirst:
			return models.Hash{}, at(line, fault.New(fault.Invalid, "IMPORT_ENCODING", "a byte order mark stands inside the file, as if two files were joined"))
		case c == '\n':
			line++
			if err := ctx.Err(); err != nil {
				return models.Hash{}, err
			}
		}
		isFirst = false
	}
}
