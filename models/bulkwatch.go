package models

import "slices"

// bulkWatch follows a bulk write for the audit log: the ids it names go by while the rows are put.
type bulkWatch struct {
	auditing
	recorder *recorder
	in       Insert
	first    scope
	last     ID
	at       struct{ key, merchant, program int } // which value of a row, from 1; 0 for none
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

// see takes the id at a place of a row.
func (w *bulkWatch) see(at int, id ID) {
	if w == nil {
		return
	}
	switch at {
	case w.at.key:
		if w.last = id; w.first.entityID.IsZero() {
			w.first.entityID = id
		}
	case w.at.merchant:
		w.first.merchantID = id
	case w.at.program:
		w.first.programID = id
	}
}

// noteCount notes the rows together. Of some that existed and were skipped nobody knows which: no id is told then.
func (w *bulkWatch) noteCount(written int64, sent int) error {
	if w == nil || written == 0 {
		return nil
	}
	if written != int64(sent) {
		w.first.entityID, w.last = ID{}, ID{}
	}
	return w.recorder.noteInserted(w.in.Table, w.auditing, w.first, w.last, written)
}

// noteValues notes each row by itself, or together where the table says so or there are many.
func (w *bulkWatch) noteValues(written int64, rows [][]any) error {
	if w == nil || w.counted&inserts != 0 || len(rows) > maxNotedApart || written != int64(len(rows)) {
		return w.noteCount(written, len(rows))
	}
	for _, row := range rows {
		after, s := columns{}, scope{}
		for i, name := range w.in.Columns {
			s.set(w.auditing, name, row[i])
			if err := after.put(w.auditing, name, row[i]); err != nil {
				return err
			}
		}
		if err := w.recorder.note(w.in.Table, w.auditing, AuditOpCreated, s, nil, after); err != nil {
			return err
		}
	}
	return nil
}
