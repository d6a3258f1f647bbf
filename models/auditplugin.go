package models

import (
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
)

// auditPlugin notes what goes through GORM; what goes past it is noted by BulkWrite. Raw statements are seen by neither, so
// that the services write none.
type auditPlugin struct{}

// Name names the plugin for GORM.
func (auditPlugin) Name() string { return "audit" }

// Initialize puts the plugin around every write.
func (auditPlugin) Initialize(db *gorm.DB) error {
	on := db.Callback()
	for _, err := range []error{
		on.Create().Before("gorm:create").Register("audit:creating", func(db *gorm.DB) { watched(db) }),
		on.Create().After("gorm:create").Register("audit:created", noteCreated),
		on.Update().Before("gorm:update").Register("audit:updating", lookBeforeUpdate),
		on.Update().After("gorm:update").Register("audit:updated", noteUpdated),
		on.Delete().Before("gorm:delete").Register("audit:deleting", lookBeforeDelete),
		on.Delete().After("gorm:delete").Register("audit:deleted", noteDeleted),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// pending is what was read before a statement ran.
type pending struct {
	auditing
	recorder *recorder
	names    []string      // columns that are read and compared
	set      clause.Set    // of an update
	rows     reflect.Value // as they were; not valid when the changes are counted
}

const pendingKey = "audit:pending"

// watched gives how the statement's table is noted, and whether it is at all.
func watched(db *gorm.DB) (pending, bool) {
	if db.Error != nil || db.DryRun {
		return pending{}, false
	}
	a, isNoted, err := auditingOf(db.Statement.Table)
	if err != nil {
		_ = db.AddError(err)
	}
	if err != nil || !isNoted {
		return pending{}, false
	}
	p := pending{auditing: a, recorder: recorderOf(db.Statement.Context)}
	switch {
	case p.recorder == nil:
		_ = db.AddError(ErrOutsideTx.Because(errTable(db.Statement.Table)))
	case db.Statement.Schema == nil:
		_ = db.AddError(ErrNotAudited.Because(errTable(db.Statement.Table)))
	default:
		return p, true
	}
	return pending{}, false
}

func noteCreated(db *gorm.DB) {
	p, ok := watched(db)
	if !ok {
		return
	}
	rows := reflect.Indirect(db.Statement.ReflectValue)
	if rows.Kind() == reflect.Struct {
		one := reflect.MakeSlice(reflect.SliceOf(rows.Type()), 0, 1)
		rows = reflect.Append(one, rows)
	}
	if p.counted&inserts != 0 || rows.Len() > maxNotedApart {
		_ = db.AddError(p.noteInserted(db, rows))
		return
	}
	for i := range rows.Len() {
		after, s, err := columnsOf(db, p.auditing, reflect.Indirect(rows.Index(i)), db.Statement.Schema.DBNames)
		if err == nil {
			err = p.recorder.note(db.Statement.Table, p.auditing, AuditOpCreated, s, nil, after)
		}
		_ = db.AddError(err)
	}
}

func (p pending) noteInserted(db *gorm.DB, rows reflect.Value) error {
	names := db.Statement.Schema.DBNames
	_, first, err := columnsOf(db, p.auditing, reflect.Indirect(rows.Index(0)), names)
	if err != nil {
		return err
	}
	_, last, err := columnsOf(db, p.auditing, reflect.Indirect(rows.Index(rows.Len()-1)), names)
	if err != nil {
		return err
	}
	return p.recorder.noteInserted(db.Statement.Table, p.auditing, first, last.entityID, int64(rows.Len()))
}

// lookBeforeUpdate reads what is about to change. It turns what is to be set into assignments, as GORM would do next.
func lookBeforeUpdate(db *gorm.DB) {
	p, ok := watched(db)
	if !ok {
		return
	}
	stmt := db.Statement
	p.set = callbacks.ConvertToAssignments(stmt)
	if len(p.set) == 0 {
		return
	}
	stmt.AddClause(p.set)
	db.InstanceSet(pendingKey, &p)
	if p.counted&changes != 0 {
		return
	}
	for _, assignment := range p.set {
		if !p.isQuiet(assignment.Column.Name) {
			p.names = append(p.names, assignment.Column.Name)
		}
	}
	if len(p.names) == 0 {
		p.recorder = nil
		return
	}
	p.rows = p.look(db, p.names)
}

func lookBeforeDelete(db *gorm.DB) {
	p, ok := watched(db)
	if !ok {
		return
	}
	db.InstanceSet(pendingKey, &p)
	if p.counted&changes == 0 {
		p.rows = p.look(db, db.Statement.Schema.DBNames)
	}
}

// look reads the columns of the rows that the statement is about to change, and with them those that say whom they concern.
func (p pending) look(db *gorm.DB, names []string) reflect.Value {
	all := append([]string{}, names...)
	for _, f := range db.Statement.Schema.Fields {
		if f.PrimaryKey || f.DBName == p.key || f.DBName == "merchant_id" || f.DBName == "program_id" {
			all = appendNew(all, f.DBName)
		}
	}
	rows, err := rowsOf(db, all)
	_ = db.AddError(err)
	return rows
}

// found gives what was read before the statement, if anything of it has changed.
func found(db *gorm.DB) (*pending, bool) {
	value, ok := db.InstanceGet(pendingKey)
	if !ok {
		return nil, false
	}
	p := value.(*pending)
	return p, p.recorder != nil && db.Error == nil && db.RowsAffected > 0
}

func noteUpdated(db *gorm.DB) {
	p, ok := found(db)
	if p != nil {
		delete(db.Statement.Clauses, "SET")
	}
	switch {
	case !ok:
	case !p.rows.IsValid() || p.rows.Len() > maxNotedApart:
		_ = db.AddError(p.noteMany(db, AuditOpUpdated))
	default:
		_ = db.AddError(p.noteEach(db))
	}
}

func noteDeleted(db *gorm.DB) {
	p, ok := found(db)
	switch {
	case !ok:
		return
	case !p.rows.IsValid() || p.rows.Len() > maxNotedApart:
		_ = db.AddError(p.noteMany(db, AuditOpDeleted))
		return
	}
	for i := range p.rows.Len() {
		before, s, err := columnsOf(db, p.auditing, p.rows.Index(i), db.Statement.Schema.DBNames)
		if err == nil {
			err = p.recorder.note(db.Statement.Table, p.auditing, AuditOpDeleted, s, before, nil)
		}
		_ = db.AddError(err)
	}
}
