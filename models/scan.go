package models

import (
	"errors"
	"reflect"

	"gorm.io/gorm"
)

// scanRows reads at most so many rows of a query. GORM's own way looks up and sets each value by reflection; this one finds the
// columns once, and has the driver's values go straight into the fields.
func scanRows[T any](query *gorm.DB, most int) (read []T, err error) {
	found, err := query.Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	into, err := targetsOf[T](query, columns)
	if err != nil {
		return nil, err
	}
	read = make([]T, 0, most)
	targets := make([]any, len(columns))
	for i := range targets {
		targets[i] = new(any) // where nothing of the struct is the column's: it is younger than this program
	}
	for found.Next() {
		read = append(read, *new(T))
		row := reflect.ValueOf(&read[len(read)-1]).Elem()
		for i, at := range into {
			if at != nil {
				targets[i] = row.FieldByIndex(at).Addr().Interface()
			}
		}
		if err := found.Scan(targets...); err != nil {
			return nil, err
		}
	}
	return read, found.Err()
}

// targetsOf gives where in a struct each column goes; nil for a column that has no place there.
func targetsOf[T any](query *gorm.DB, columns []string) ([][]int, error) {
	statement := gorm.Statement{DB: query}
	if err := statement.Parse(new(T)); err != nil {
		return nil, err
	}
	into := make([][]int, len(columns))
	for i, column := range columns {
		if field := statement.Schema.LookUpField(column); field != nil {
			into[i] = field.StructField.Index
		}
	}
	return into, nil
}
