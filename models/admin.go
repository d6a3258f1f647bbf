package models

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"

	gomysql "github.com/go-sql-driver/mysql"

	"tributary/internal/fault"
)

var databaseName = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// ErrDatabaseName is returned for a name that would need quoting.
var ErrDatabaseName = fault.New(fault.Invalid, "DATABASE_NAME_INVALID",
	"a database name has 1 to 64 lower-case letters, digits and underscores")

// CreateDatabase makes an empty database on the MySQL server at address (mysql://user:password@host:port/).
// Codes DATABASE_URL_INVALID, DATABASE_NAME_INVALID.
func CreateDatabase(ctx context.Context, address, name string) error {
	return administer(ctx, address, "CREATE DATABASE %s CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", name)
}

// DropDatabase removes a database and all it holds; removing one that is not there does nothing.
// Codes DATABASE_URL_INVALID, DATABASE_NAME_INVALID.
func DropDatabase(ctx context.Context, address, name string) error {
	return administer(ctx, address, "DROP DATABASE IF EXISTS %s", name)
}

func administer(ctx context.Context, address, statement, name string) error {
	if !databaseName.MatchString(name) {
		return ErrDatabaseName
	}
	config, err := mysqlConfig(address)
	if err != nil {
		return err
	}
	config.DBName = ""
	connector, err := gomysql.NewConnector(config)
	if err != nil {
		return ErrDatabaseURL.Because(err)
	}
	pool := sql.OpenDB(connector)
	defer pool.Close()
	if _, err := pool.ExecContext(ctx, fmt.Sprintf(statement, "`"+name+"`")); err != nil {
		return fmt.Errorf("administer database %s: %w", name, err)
	}
	return nil
}
