package models

import "slices"

// bulkWatch follows a bulk write for the audit log: the ids it names go by while the rows are put.
type bulkWatch struct {
	auditing
	recorder *recorder
	in       Insert
	parts    []watchedPart
	at       struct{ key, merchant, program int } // which value of a row, from 1; 0 for none
}

// watchedPart is rows one after the other that are of one origin.
type watchedPart struct {
	origin Origin
	rows   int64
	first  scope
	last   ID
}

// watchOf gives nil for a table that the log leaves out. Codes TABLE_NOT_AUDITED, WRITE_OUTSIDE_TX.
func watchOf(tx *Tx, in Insert) (*bulkWatch, error) {
	a, isNoted, err := auditingOf(in.Table)
	if err != nil || !isNoted {
		return nil, err
	}
	w := &bulkWatch{auditing: a, recorder: recorderOf(tx.Context()), in: in}
	if w.recorder == nil {
		return nil, ErrOutsideTx.Because(errTable(in.Table))
	}
	w.at.key = slices.Index(in.Columns, a.key) + 1
	w.at.merchant = slices.Index(in.Columns, "merchant_id") + 1
	w.at.program = slices.Index(in.Columns, "program_id") + 1
	return w, nil
}

// originOf gives whose the i-th row is.
func (w *bulkWatch) originOf(i int) Origin {
	if w.in.Origins == nil {
		return w.recorder.origin
	}
	return w.in.Origins[i]
}

// begin says that the values of the i-th row follow.
func (w *bulkWatch) begin(i int) {
	if w == nil {
		return
	}
	if n := len(w.parts); n == 0 || w.in.Origins != nil && w.parts[n-1].origin != w.in.Origins[i] {
		w.parts = append(w.parts, watchedPart{origin: w.originOf(i)})
	}
	w.parts[len(w.parts)-1].rows++
}

// see takes the id at a place of a row.
func (w *bulkWatch) see(at int, id ID) {
	if w == nil {
		return
	}
	part := &w.parts[len(w.parts)-1]
	switch at {
	case w.at.key:
		if part.last = id; part.first.entityID.IsZero() {
			part.first.entityID = id
		}
	case w.at.merchant:
		part.first.merchantID = id
	case w.at.program:
		part.first.programID = id
	}
}

// noteCount notes the rows together, each origin's by themselves. Of some that existed and were skipped nobody knows which: no
// id is told then.
func (w *bulkWatch) noteCount(written int64, sent int) error {
	if w == nil || written == 0 {
		return nil
	}
	if written != int64(sent) {
		part := &w.parts[0]
		part.first.entityID, part.last, part.rows = ID{}, ID{}, written
		w.parts = w.parts[:1]
	}
	for _, part := range w.parts {
		err := w.recorder.as(part.origin, func() error {
			return w.recorder.noteInserted(w.in.Table, w.auditing, part.first, part.last, part.rows)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// noteValues notes each row by itself, or together where the table says so or there are many.
func (w *bulkWatch) noteValues(written int64, rows [][]any) error {
	if w == nil || w.counted&inserts != 0 || len(rows) > maxNotedApart || written != int64(len(rows)) {
		return w.noteCount(written, len(rows))
	}
	for i, row := range rows {
		after, s := columns{}, scope{}
		for i, name := range w.in.Columns {
			s.set(w.auditing, name, row[i])
			if err := after.put(w.auditing, name, row[i]); err != nil {
				return err
			}
		}
		err := w.recorder.as(w.originOf(i), func() error {
			return w.recorder.note(w.in.Table, w.auditing, AuditOpCreated, s, nil, after)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
