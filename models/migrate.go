package models

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"

	"tributary/internal/fault"
)

//go:embed migrations
var migrations embed.FS

// ErrSchemaNewer is returned when the database was migrated by a newer release.
var ErrSchemaNewer = fault.New(fault.Precondition, "SCHEMA_NEWER", "the database belongs to a newer release of this program")

// Migrate brings the schema to this release's version, one numbered file after the other. Running it again does
// nothing. It returns how many files were applied. Code SCHEMA_NEWER.
func Migrate(ctx context.Context, db *DB) (int, error) {
	provider, err := migrationProvider(db)
	if err != nil {
		return 0, err
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return 0, err
	}
	if current > target {
		return 0, ErrSchemaNewer
	}
	results, err := provider.Up(ctx)
	return len(results), err
}

// SchemaReady tells whether every migration of this release is applied.
func SchemaReady(ctx context.Context, db *DB) (bool, error) {
	provider, err := migrationProvider(db)
	if err != nil {
		return false, err
	}
	pending, err := provider.HasPending(ctx)
	return !pending, err
}

func migrationProvider(db *DB) (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	if db.mysql {
		dialect, folder = goose.DialectMySQL, "migrations/mysql"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	pool, err := db.gorm.DB()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, pool, files, goose.WithDisableGlobalRegistry(true))
}
