package models

import (
	"bytes"
	"reflect"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// noteEach notes each row of an update with the columns that became something else.
func (p *pending) noteEach(db *gorm.DB) error {
	became, err := p.becomes(db)
	if err != nil {
		return err
	}
	for i := range p.rows.Len() {
		was := p.rows.Index(i)
		before, s, err := columnsOf(db, p.auditing, was, p.names)
		if err != nil {
			return err
		}
		after, _, err := columnsOf(db, p.auditing, became(was), p.names)
		if err != nil {
			return err
		}
		for _, name := range p.names {
			if bytes.Equal(before[name], after[name]) {
				delete(before, name)
				delete(after, name)
			}
		}
		if len(after) == 0 {
			continue
		}
		p.concern(db, was, &s)
		if err := p.recorder.note(db.Statement.Table, p.auditing, AuditOpUpdated, s, before, after); err != nil {
			return err
		}
	}
	return nil
}

// becomes tells what a row became: with what was set, or as the database has it where it worked a value out.
func (p *pending) becomes(db *gorm.DB) (func(reflect.Value) reflect.Value, error) {
	stmt := db.Statement
	if !p.isComputed() {
		return func(was reflect.Value) reflect.Value {
			row := reflect.New(was.Type()).Elem()
			row.Set(was)
			for _, assignment := range p.set {
				_ = db.AddError(stmt.Schema.LookUpField(assignment.Column.Name).Set(stmt.Context, row, assignment.Value))
			}
			return row
		}, nil
	}
	rows, err := rowsAgain(db, p.rows, append(slices.Clone(p.names), stmt.Schema.PrimaryFieldDBNames...))
	if err != nil {
		return nil, err
	}
	byKey := map[string]reflect.Value{}
	for i := range rows.Len() {
		byKey[keyOf(db, rows.Index(i))] = rows.Index(i)
	}
	return func(was reflect.Value) reflect.Value {
		if row, ok := byKey[keyOf(db, was)]; ok {
			return row
		}
		return was
	}, nil
}

func (p *pending) isComputed() bool {
	return slices.ContainsFunc(p.set, func(a clause.Assignment) bool { return isExpression(a.Value) })
}

func isExpression(value any) bool {
	_, ok := value.(clause.Expression)
	return ok
}

// noteMany notes the rows of a statement together: how many, and what was set.
func (p *pending) noteMany(db *gorm.DB, op AuditOp) error {
	after := columns{}
	for _, assignment := range p.set {
		if isExpression(assignment.Value) || p.isQuiet(assignment.Column.Name) {
			continue
		}
		if err := after.put(p.auditing, assignment.Column.Name, assignment.Value); err != nil {
			return err
		}
	}
	after.hide(p.auditing)
	return p.recorder.noteMany(db.Statement.Table, op, p.common(db), db.RowsAffected, after)
}

// common is whom all rows that were read concern.
func (p *pending) common(db *gorm.DB) scope {
	var all scope
	if !p.rows.IsValid() {
		return all
	}
	for i := range p.rows.Len() {
		var s scope
		p.concern(db, p.rows.Index(i), &s)
		s.entityID = ID{}
		if i > 0 && s != all {
			return scope{}
		}
		all = s
	}
	return all
}

// concern fills in whom a row concerns.
func (p *pending) concern(db *gorm.DB, row reflect.Value, s *scope) {
	for _, name := range []string{p.key, "merchant_id", "program_id"} {
		if f := db.Statement.Schema.LookUpField(name); f != nil {
			value, _ := f.ValueOf(db.Statement.Context, row)
			s.set(p.auditing, name, value)
		}
	}
}

func appendNew(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
