package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"tributary/models"
)

// rejectedBefore gives, one after the other, the rejections whose rows this start tries again: of a finished run all, of
// an interrupted one those that wait for their sponsor.
func (j *job) rejectedBefore(ctx context.Context) (next func() (models.ImportRejection, error, bool), stop func()) {
	code := ErrSponsorAwaited.Code
	if j.wasFinished {
		code = ""
	}
	return iter.Pull2(rejections(ctx, j.db, j.run.ID, code))
}

// chunk gives the next rows that go into one transaction, or none at the end. No two have the same key, so that what
// stands twice in the file is taken in one after the other.
func (j *job) chunk(ctx context.Context) ([]row, error) {
	var rows []row
	size, keys := 0, map[string]bool{}
	for len(rows) < j.layout.rows {
		r, err := j.peek(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		size += r.bytes()
		if len(rows) > 0 && size > maxChunkBytes {
			break
		}
		if key := r.key(); key != "" {
			if keys[key] {
				break
			}
			keys[key] = true
		}
		rows = append(rows, r)
		j.pop()
	}
	return rows, nil
}

// peek gives the next row: those whose sponsor has come go first. At the end of the file it gives io.EOF.
func (j *job) peek(ctx context.Context) (row, error) {
	if len(j.ready) > 0 {
		return j.ready[0], nil
	}
	for j.held == nil {
		if err := ctx.Err(); err != nil {
			return row{}, err
		}
		rec, err := j.records.next()
		if errors.Is(err, io.EOF) {
			return row{}, err
		}
		if err != nil {
			return row{}, fmt.Errorf("read file: %w", err)
		}
		r := newRow(j.layout, rec)
		if j.read++; j.read <= j.doneBefore {
			if r.retried, err = j.wasRejected(r.line); err != nil {
				return row{}, err
			}
			if !r.retried {
				continue
			}
		}
		j.held = &r
	}
	return *j.held, nil
}

func (j *job) pop() {
	if len(j.ready) > 0 {
		j.ready = j.ready[1:]
		return
	}
	j.held = nil
}

// wasRejected tells whether the row at the line is one of rejectedBefore; it is asked for growing lines.
func (j *job) wasRejected(line int64) (bool, error) {
	for j.nextRejected != nil && j.rejected.Line < line {
		r, err, ok := j.nextRejected()
		if err != nil {
			return false, err
		}
		if !ok {
			j.nextRejected = nil
			break
		}
		j.rejected = r
	}
	return j.rejected.Line == line, nil
}

// commit settles a chunk: its rows, their rejections and the run's progress, or nothing of it.
func (j *job) commit(ctx context.Context, rows []row) error {
	var verdicts []verdict
	var run models.ImportRun
	var summary Summary
	err := models.InTx(ctx, j.db, func(tx *models.Tx) error {
		err := hold(tx, j.run)
		if err != nil {
			return err
		}
		if verdicts, err = j.settle(tx, rows); err != nil {
			return err
		}
		run, summary = j.run, j.summary
		for i, r := range rows {
			summary.count(r, verdicts[i])
		}
		run.RowsDone, run.Rejected = summary.Rows, summary.Rejected
		return advance(tx, run, rows, verdicts)
	})
	if err != nil {
		return err
	}
	j.run, j.summary = run, summary
	var released []row
	for i, r := range rows {
		switch verdicts[i].outcome {
		case outcomeAwaited:
			j.waiting.add(r)
		case outcomeRecorded, outcomeUnchanged:
			released = append(released, j.waiting.release(r.text("external_id"))...)
		}
	}
	if len(released) > 0 {
		slices.SortFunc(released, func(a, b row) int { return cmp.Compare(a.line, b.line) })
		j.ready = append(j.ready, released...)
	}
	return nil
}

// settle gives each row its verdict; only rows without a flaw reach the service.
func (j *job) settle(tx *models.Tx, rows []row) ([]verdict, error) {
	verdicts := make([]verdict, len(rows))
	var sound []row
	var from []int
	for i, r := range rows {
		if r.flaw != nil {
			verdicts[i] = verdict{outcome: outcomeRejected, reason: r.flaw}
			continue
		}
		sound, from = append(sound, r), append(from, i)
	}
	if len(sound) == 0 {
		return verdicts, nil
	}
	given, err := j.service.apply(tx, sound)
	if err != nil {
		return nil, err
	}
	for n, v := range given {
		verdicts[from[n]] = v
	}
	return verdicts, nil
}

// count adds a row. One that is tried again is among the rows and the rejected ones already.
func (s *Summary) count(r row, v verdict) {
	if r.retried {
		s.Rejected--
	} else {
		s.Rows++
	}
	switch v.outcome {
	case outcomeRecorded:
		s.Recorded++
	case outcomeRestated:
		s.Restated++
	case outcomeUnchanged:
		s.Unchanged++
	default:
		s.Rejected++
	}
}
