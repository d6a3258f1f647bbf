package models_test

import (
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm/schema"

	"tributary/internal/testkit"
	"tributary/models"
)

// column is what struct and schema have to agree on.
type column struct {
	Name     string
	Nullable bool
	Primary  bool
}

func declaredColumns(t *testing.T, row any) (string, []column) {
	t.Helper()
	parsed, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
	require.NoError(t, err)
	var columns []column
	for _, f := range parsed.Fields {
		columns = append(columns, column{Name: f.DBName, Nullable: f.FieldType.Kind() == reflect.Pointer, Primary: f.PrimaryKey})
	}
	return parsed.Table, columns
}

func migratedColumns(t *testing.T, db *models.DB, table string) []column {
	t.Helper()
	query := `SELECT name, "notnull" = 0 AS nullable, pk > 0 AS "primary" FROM pragma_table_info(?)`
	if db.IsMySQL() {
		query = "SELECT column_name AS name, is_nullable = 'YES' AS nullable, column_key = 'PRI' AS `primary`" +
			" FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position"
	}
	var columns []column
	require.NoError(t, db.Read(t.Context()).Raw(query, table).Scan(&columns).Error)
	return columns
}

func TestStructsHoldTheColumnsOfTheMigratedSchema(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	var tables []string
	for _, row := range models.All() {
		table, declared := declaredColumns(t, row)
		tables = append(tables, table)
		require.ElementsMatch(t, declared, migratedColumns(t, db, table), "table %s", table)
	}

	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.IsMySQL() {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	var migrated []string
	require.NoError(t, db.Read(t.Context()).Raw(query).Scan(&migrated).Error)
	migrated = slices.DeleteFunc(migrated, func(name string) bool { return name == "goose_db_version" })
	require.ElementsMatch(t, tables, migrated)
}

func TestEveryTextColumnComparesCaseExactly(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	query := "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_index_xinfo(m.name) c" +
		" WHERE m.type = 'index' AND c.coll <> 'BINARY'"
	if db.IsMySQL() {
		query = "SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns WHERE table_schema = DATABASE()" +
			" AND table_name <> 'goose_db_version' AND collation_name NOT LIKE '%\\_bin'"
	}
	var loose []string
	require.NoError(t, db.Read(t.Context()).Raw(query).Scan(&loose).Error)
	require.Empty(t, loose)
}
