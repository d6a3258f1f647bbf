package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"tributary/internal/fault"
	"tributary/models"
)

// The limits of one record: its bytes in the file, and how many of its fields are kept.
const (
	maxRecordBytes = 1 << 20
	maxFields      = 80 // more than the columns of any file with all the metadata there may be
)

// The flaws of a record. They are the row's alone: what comes after it is read on.
var (
	errUnfinished = fault.New(fault.Invalid, "ROW_UNFINISHED", "the file ends inside a quoted value")
	errQuotes     = fault.New(fault.Invalid, "ROW_QUOTES_MALFORMED", "a quote stands inside a value that is not quoted, or text follows a closing quote")
	errTooLong    = fault.New(fault.Invalid, "ROW_TOO_LONG", "a row has at most %d bytes", maxRecordBytes)
)

// record is one CSV record as it stands in the file.
type record struct {
	line   int64 // where it begins; the file's first is 1
	fields []string
	count  int          // of its fields; only the first are kept
	flaw   *fault.Error // why it cannot be used, or nil
}

// recordReader reads RFC 4180 records. encoding/csv holds a record whole, however long a forgotten quote makes it, and
// reads on from the next line after a misplaced quote, which may be the middle of a value; here a record has a limit,
// and a value that is quoted is read to its end before the record is refused.
type recordReader struct {
	in   *bufio.Reader
	sum  hash.Hash
	line int64
	size int // bytes read, from the start of the record
	all  int64
	text []byte
	ends []int // of the fields, in text
}

// newRecordReader reads from the start of a file; a byte order mark there is skipped.
func newRecordReader(file io.Reader) (*recordReader, error) {
	r := &recordReader{sum: sha256.New(), line: 1}
	r.in = bufio.NewReaderSize(io.TeeReader(file, r.sum), 64<<10)
	mark, err := r.in.Peek(len(byteOrderMark))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.Equal(mark, byteOrderMark) {
		_, err = r.in.Discard(len(mark))
		r.all = int64(len(mark))
		return r, err
	}
	return r, nil
}

// fileHash gives the sum of what was read; after io.EOF that is the whole file.
func (r *recordReader) fileHash() models.Hash { return models.Hash(r.sum.Sum(nil)) }

// Where in a record the reader is.
const (
	atValueStart = iota
	inValue
	inQuotes
	afterQuotes
)

// next gives the next record; empty lines are none. After the last it gives io.EOF.
func (r *recordReader) next() (record, error) {
	r.size, r.text, r.ends = 0, r.text[:0], r.ends[:0]
	rec := record{line: r.line}
	state := atValueStart
	for {
		c, err := r.read()
		switch {
		case errors.Is(err, io.EOF) && state == atValueStart && rec.count == 0:
			return record{}, io.EOF
		case errors.Is(err, io.EOF):
			if state == inQuotes {
				rec.flaw = errUnfinished
			}
			return r.end(rec), nil
		case err != nil:
			return record{}, err
		case state == inQuotes && c == '"':
			state = afterQuotes
		case state == inQuotes:
			r.keep(c)
		case c == '\n' && state == atValueStart && rec.count == 0:
			r.size, rec.line = 0, r.line // an empty line
		case c == '\n':
			return r.end(rec), nil
		case c == ',':
			r.endField(&rec)
			state = atValueStart
		case c == '"' && state == atValueStart:
			state = inQuotes
		case c == '"' && state == afterQuotes:
			r.keep(c)
			state = inQuotes
		default:
			if c == '"' || state == afterQuotes {
				rec.flaw = errQuotes
			}
			r.keep(c)
			state = inValue
		}
	}
}

// read gives one byte; a carriage return before a line feed or the end is no part of the text.
func (r *recordReader) read() (byte, error) {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		r.size++
		r.all++
		if c == '\r' {
			if after, err := r.in.Peek(1); errors.Is(err, io.EOF) || (err == nil && after[0] == '\n') {
				continue
			}
		}
		if c == '\n' {
			r.line++
		}
		return c, nil
	}
}

func (r *recordReader) keep(c byte) {
	if r.size <= maxRecordBytes {
		r.text = append(r.text, c)
	}
}

func (r *recordReader) endField(rec *record) {
	if rec.count++; rec.count <= maxFields {
		r.ends = append(r.ends, len(r.text))
	}
}

func (r *recordReader) end(rec record) record {
	r.endField(&rec)
	if r.size > maxRecordBytes && rec.flaw == nil {
		rec.flaw = errTooLong
	}
	text, from := string(r.text), 0
	for _, to := range r.ends {
		rec.fields = append(rec.fields, text[from:to])
		from = to
	}
	return rec
}
