package models

import (
	"context"
	"fmt"

	"tributary/internal/fault"
)

// The refusals of the audit log: bugs, all of them.
var (
	ErrNoActor   = fault.New(fault.Internal, "AUDIT_ACTOR_MISSING", "nobody is named who changes this")
	ErrOutsideTx = fault.New(fault.Internal, "WRITE_OUTSIDE_TX", "this is written in a transaction of InTx, or not at all")
)

// recorder gathers what a transaction changes, and writes it down in one statement before the transaction commits.
type recorder struct {
	origin  Origin
	changes []change
	lost    error // what ended the transaction before its function did
}

// change is an entry that lacks what is known at the end.
type change struct {
	AuditEntry
	programID ID     // whose merchant it belongs to, where neither row nor origin names one
	origin    Origin // the transaction's, or that of the request it is a part of
}

type recorderKey struct{}

func recorderOf(ctx context.Context) *recorder {
	r, _ := ctx.Value(recorderKey{}).(*recorder)
	return r
}

// mark gives what forgets the changes from here on, for when they are undone to a savepoint.
func (r *recorder) mark() func() {
	n := len(r.changes)
	return func() { r.changes = r.changes[:n] }
}

// as runs fn, whose changes are of another origin than the transaction's.
func (r *recorder) as(o Origin, fn func() error) error {
	own := r.origin
	r.origin = o
	defer func() { r.origin = own }()
	return fn()
}

// note adds a change of one row.
func (r *recorder) note(table string, a auditing, op AuditOp, s scope, before, after columns) error {
	before.hide(a)
	after.hide(a)
	return r.add(table, op, s, 1, before, after)
}

// noteMany adds a change of several rows together.
func (r *recorder) noteMany(table string, op AuditOp, s scope, rows int64, after columns) error {
	return r.add(table, op, s, rows, nil, after)
}

// noteInserted adds rows that were inserted together; of a single one the id is known.
func (r *recorder) noteInserted(table string, a auditing, first scope, last ID, rows int64) error {
	if rows == 1 {
		return r.add(table, AuditOpCreated, first, 1, nil, nil)
	}
	after := columns{}
	for name, id := range map[string]ID{"first": first.entityID, "last": last} {
		if !id.IsZero() {
			if err := after.put(auditing{prefix: a.prefix, key: "id"}, name, id); err != nil {
				return err
			}
		}
	}
	first.entityID = ID{}
	return r.add(table, AuditOpCreated, first, rows, nil, after)
}

func (r *recorder) add(table string, op AuditOp, s scope, rows int64, before, after columns) error {
	if r.origin.Actor == "" {
		return ErrNoActor.Because(errTable(table))
	}
	e := AuditEntry{MerchantID: s.merchantID, Entity: table, EntityID: s.entityID, Op: op, RowCount: rows}
	if e.MerchantID.IsZero() {
		e.MerchantID = r.origin.MerchantID
	}
	var err error
	if e.BeforeJSON, err = before.text(); err != nil {
		return err
	}
	if e.AfterJSON, err = after.text(); err != nil {
		return err
	}
	r.changes = append(r.changes, change{AuditEntry: e, programID: s.programID, origin: r.origin})
	return nil
}

var auditColumns = []string{"id", "transaction_id", "merchant_id", "recorded_at", "actor", "action", "request_id", "entity", "entity_id",
	"op", "row_count", "before_json", "after_json", "digest"}

// write puts the entries in. They are written last, so that what was undone to a savepoint is not among them.
func (r *recorder) write(tx *Tx, db *DB) error {
	if len(r.changes) == 0 {
		return nil
	}
	first := make(map[Origin]ID, 1)
	for i := range r.changes {
		e, o := &r.changes[i].AuditEntry, r.changes[i].origin
		e.ID, e.RecordedAt = auditIDAt(tx.Now, i), tx.Now
		if first[o].IsZero() { // each request's changes are a transaction to the log
			first[o] = e.ID
		}
		e.TransactionID, e.Actor, e.Action, e.RequestID = first[o], o.Actor, o.Action, o.RequestID
	}
	if err := r.findMerchants(tx, db); err != nil {
		return err
	}
	_, err := BulkWrite(tx, Insert{Table: AuditEntry{}.TableName(), Columns: auditColumns}, len(r.changes), func(i int, row *Row) {
		e := r.changes[i].AuditEntry
		row.ID(e.ID)
		row.ID(e.TransactionID)
		row.ID(e.MerchantID)
		row.Time(e.RecordedAt)
		for _, text := range []string{e.Actor, e.Action, e.RequestID, e.Entity} {
			row.Text(text)
		}
		row.ID(e.EntityID)
		row.Text(string(e.Op))
		row.Int(e.RowCount)
		row.Text(e.BeforeJSON)
		row.Text(e.AfterJSON)
		row.Hash(e.ContentDigest())
	})
	return err
}

// findMerchants says whose each change is: as its row says, directly or by its program, as the credential says, or else as the rest
// of the transaction does, if that is one merchant's.
func (r *recorder) findMerchants(tx *Tx, db *DB) error {
	whose := map[ID]bool{}
	for i := range r.changes {
		c := &r.changes[i]
		if c.MerchantID.IsZero() && !c.programID.IsZero() {
			var err error
			if c.MerchantID, err = db.merchantOf(tx, c.programID); err != nil {
				return err
			}
		}
		if !c.MerchantID.IsZero() {
			whose[c.MerchantID] = true
		}
	}
	if len(whose) != 1 {
		return nil
	}
	for merchantID := range whose {
		for i := range r.changes {
			r.changes[i].MerchantID = merchantID
		}
	}
	return nil
}

// merchantOf gives whose a program is. That never changes, so it is read once for a process.
func (db *DB) merchantOf(tx *Tx, programID ID) (ID, error) {
	if known, ok := db.merchants.Load(programID); ok {
		return known.(ID), nil
	}
	var p Program
	err := tx.Select("merchant_id").Where("id = ?", programID).Take(&p).Error
	if IsMissing(err) { // a row that names no program which exists
		return ID{}, nil
	}
	if err != nil {
		return ID{}, fmt.Errorf("read whose a program is: %w", err)
	}
	db.merchants.Store(programID, p.MerchantID)
	return p.MerchantID, nil
}
