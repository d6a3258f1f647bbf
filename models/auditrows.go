package models

import (
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// maxNotedApart is how many rows of one statement are noted each by itself. More are noted together.
const maxNotedApart = 100

// scope is whom a row concerns, as far as the row itself says it.
type scope struct{ entityID, merchantID, programID ID }

// set takes a value of the columns that say it.
func (s *scope) set(a auditing, name string, value any) {
	var id ID
	switch v := value.(type) {
	case ID:
		id = v
	case *ID:
		id = Or(v)
	default:
		return
	}
	if name == a.key {
		s.entityID = id
	}
	switch name {
	case "merchant_id":
		s.merchantID = id
	case "program_id":
		s.programID = id
	}
	if name == "id" && a.prefix == PrefixMerchant {
		s.merchantID = id
	}
	if name == "id" && a.prefix == PrefixProgram {
		s.programID = id
	}
}

// rowsOf reads the rows that a statement is about to change, locked until the transaction ends, one more than are noted apart.
func rowsOf(db *gorm.DB, names []string) (reflect.Value, error) {
	stmt := db.Statement
	rows := reflect.New(reflect.SliceOf(stmt.Schema.ModelType))
	query := db.Session(&gorm.Session{NewDB: true}).Table(stmt.Table).Select(names).Clauses(clause.Locking{Strength: "UPDATE"})
	if where, ok := stmt.Clauses["WHERE"].Expression.(clause.Where); ok {
		query = query.Clauses(where)
	}
	if err := query.Limit(maxNotedApart + 1).Find(rows.Interface()).Error; err != nil {
		return rows.Elem(), fmt.Errorf("read what is about to change in %s: %w", stmt.Table, err)
	}
	return rows.Elem(), nil
}

// rowsAgain reads rows by their keys.
func rowsAgain(db *gorm.DB, rows reflect.Value, names []string) (reflect.Value, error) {
	stmt := db.Statement
	_, keys := schema.GetIdentityFieldValuesMap(stmt.Context, rows, stmt.Schema.PrimaryFields)
	column, values := schema.ToQueryValues(stmt.Table, stmt.Schema.PrimaryFieldDBNames, keys)
	again := reflect.New(rows.Type())
	err := db.Session(&gorm.Session{NewDB: true}).Table(stmt.Table).Select(names).
		Clauses(clause.Where{Exprs: []clause.Expression{clause.IN{Column: column, Values: values}}}).Find(again.Interface()).Error
	if err != nil {
		return again.Elem(), fmt.Errorf("read what has changed in %s: %w", stmt.Table, err)
	}
	return again.Elem(), nil
}

// columnsOf writes the named columns of a row down and tells whom it concerns.
func columnsOf(db *gorm.DB, a auditing, row reflect.Value, names []string) (columns, scope, error) {
	values, s := columns{}, scope{}
	for _, name := range names {
		value, _ := db.Statement.Schema.LookUpField(name).ValueOf(db.Statement.Context, row)
		s.set(a, name, value)
		if err := values.put(a, name, value); err != nil {
			return nil, s, err
		}
	}
	return values, s, nil
}

// keyOf tells a row from others.
func keyOf(db *gorm.DB, row reflect.Value) string {
	key := ""
	for _, f := range db.Statement.Schema.PrimaryFields {
		value, _ := f.ValueOf(db.Statement.Context, row)
		key += fmt.Sprint(value, "|")
	}
	return key
}
