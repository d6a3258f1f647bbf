package importer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// maxChunkBytes bounds the text of one chunk, so that its statements fit into a packet of MySQL's.
const maxChunkBytes = 1 << 20

// Input is a file and where it goes. The file must be whole: it is read twice.
type Input struct {
	ProgramID models.ID
	Kind      models.ImportKind
	File      io.ReadSeeker
	Progress  func(bytes int64) // told after each chunk how much of the file is done; may be nil
}

// Summary is what an import did. Rows is the sum of the other counts.
type Summary struct {
	RunID     models.ID
	Rows      int64 // of the file, as far as it was read
	Earlier   int64 // taken in by earlier, interrupted starts
	Recorded  int64
	Restated  int64
	Unchanged int64 // the same was recorded before
	Rejected  int64 // by this start or an earlier one
}

// ErrKind is returned for a kind of file there is none of.
var ErrKind = fault.InvalidField("kind", "IMPORT_KIND_UNKNOWN", "an import is of partners, conversions or refunds")

// Import takes the rows of a file into a program. A file is known by its content: an interrupted import goes on where it
// stopped, and a finished one tries again only what it rejected. Rejected rows are no error; Rejections lists them. When
// another error ends it, the summary tells how far it came. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND,
// IMPORT_KIND_UNKNOWN, IMPORT_TAKEN_OVER, IMPORT_FILE_CHANGED, DATABASE_BUSY; in a FileError IMPORT_ENCODING,
// IMPORT_HEADER_MISSING, IMPORT_HEADER_MALFORMED, IMPORT_DELIMITER, IMPORT_COLUMN_UNKNOWN, IMPORT_COLUMN_TWICE,
// IMPORT_COLUMN_MISSING.
func (s *Service) Import(ctx context.Context, by access.Caller, in Input) (Summary, error) {
	f, ok := formats[in.Kind]
	if !ok {
		return Summary{}, ErrKind
	}
	if _, err := by.Can(f.scope); err != nil {
		return Summary{}, err
	}
	j, err := s.open(ctx, by, f, in)
	if err != nil {
		return Summary{}, err
	}
	next, stop := j.rejectedBefore(ctx)
	defer stop()
	j.nextRejected = next
	for {
		rows, err := j.chunk(ctx)
		if err != nil {
			return j.summary, err
		}
		if len(rows) == 0 {
			break
		}
		if err := j.commit(ctx, rows); err != nil {
			return j.summary, err
		}
		if in.Progress != nil {
			in.Progress(j.records.all)
		}
	}
	if j.records.fileHash() != j.run.FileHash {
		return j.summary, ErrFileChanged
	}
	return j.summary, finish(ctx, s.db, j.run, j.waiting.cycles())
}

// job is one start of an import.
type job struct {
	db      *models.DB
	layout  *layout
	records *recordReader
	service interface {
		apply(tx *models.Tx, rows []row) ([]verdict, error)
	}
	run     models.ImportRun
	summary Summary
	waiting *waiting
	ready   []row // waited, and their sponsor has come
	held    *row  // read, and not yet in a chunk

	read         int64 // rows
	doneBefore   int64 // rows of earlier starts
	wasFinished  bool
	nextRejected func() (models.ImportRejection, error, bool)
	rejected     models.ImportRejection // the next one of an earlier start
}

// open checks the file as a whole and claims its run; a file that is refused changes nothing.
func (s *Service) open(ctx context.Context, by access.Caller, f format, in Input) (*job, error) {
	j := &job{db: s.db, waiting: newWaiting(s.maxWaitingBytes)}
	sum, err := scan(ctx, in.File)
	if err != nil {
		return nil, err
	}
	if _, err := in.File.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read file again: %w", err)
	}
	if j.records, err = newRecordReader(in.File); err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	header, err := j.records.next()
	if errors.Is(err, io.EOF) {
		return nil, at(1, fault.New(fault.Invalid, "IMPORT_HEADER_MISSING", "the file is empty; its first line names the columns"))
	}
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if j.layout, err = f.readHeader(header); err != nil {
		return nil, err
	}
	var p models.Program
	err = models.InTx(ctx, s.db, func(tx *models.Tx) error {
		p, err = program.OwnProgram(tx, by, f.scope, in.ProgramID)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch f.kind {
	case models.ImportKindConversions:
		j.service = conversions{tracking: s.tracking, by: by, program: p}
	case models.ImportKindRefunds:
		j.service = refunds{tracking: s.tracking, by: by, program: p}
	default:
		if j.service, err = newPartners(s.program, by, p, j.waiting); err != nil {
			return nil, err
		}
	}
	if j.run, j.wasFinished, err = claim(ctx, s.db, models.ImportRun{ProgramID: p.ID, Kind: f.kind, FileHash: sum}); err != nil {
		return nil, err
	}
	j.doneBefore = j.run.RowsDone
	j.summary = Summary{RunID: j.run.ID, Rows: j.run.RowsDone, Rejected: j.run.Rejected}
	if taken := j.run.RowsDone - j.run.Rejected; j.wasFinished {
		j.summary.Unchanged = taken
	} else {
		j.summary.Earlier = taken
	}
	return j, nil
}
