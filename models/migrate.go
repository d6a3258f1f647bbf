package models

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

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
	store, err := database.NewStore(dialect, goose.DefaultTablename)
	if err != nil {
		return nil, err
	}
	if !db.mysql {
		store = sqliteVersions{store}
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	pool, err := db.gorm.DB()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectCustom, pool, files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
}

// sqliteVersions asks the catalog for the version table. Without it goose reads that table's first row, whose
// time stamp SQLite writes in another format than our connections read, and would try to make the table again.
type sqliteVersions struct{ database.Store }

// TableExists tells whether any migration was run.
func (s sqliteVersions) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?", s.Tablename()).Scan(&n)
	return n > 0, err
}
