// Package testkit sets the scene for tests: a migrated database of the test's own, and a clock turned by hand.
//
// It owns no rule. Where the databases live is one choice for the whole test run: SQLite files by default, the
// MySQL server at TRIBUTARY_TEST_DATABASE_URL when that is set; TRIBUTARY_TEST_REQUIRE_SERVERS=1 makes its absence
// an error.
package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tributary/models"
)

const (
	serverVariable  = "TRIBUTARY_TEST_DATABASE_URL"
	requireVariable = "TRIBUTARY_TEST_REQUIRE_SERVERS"
)

// OpenDB gives a migrated, empty database of the test's own, with the clock it tells the time by. Both end with
// the test.
func OpenDB(t testing.TB) (*models.DB, *Clock) {
	t.Helper()
	clock := NewClock()
	if server := Server(t); server != "" {
		return openFromSchema(t, clock), clock
	}
	return openFromFile(t, clock), clock
}

// Server gives the address of the MySQL server that the test run was told to use, or "" for SQLite.
func Server(t testing.TB) string {
	t.Helper()
	server := os.Getenv(serverVariable)
	if server == "" && os.Getenv(requireVariable) == "1" {
		t.Fatalf("%s=1, but %s is not set", requireVariable, serverVariable)
	}
	return server
}

// NewAddress gives the address of an empty database of the test's own, not migrated; it ends with the test.
func NewAddress(t testing.TB) string {
	t.Helper()
	server := Server(t)
	if server == "" {
		return "sqlite:" + filepath.Join(t.TempDir(), "tributary.db")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s: %v", serverVariable, err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	if err := models.CreateDatabase(t.Context(), server, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		if err := models.DropDatabase(context.Background(), server, name); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

// Origin is behind what a test changes where it names nobody else.
var Origin = models.Origin{Actor: "system:test", Action: "test", RequestID: "test"}

// Open opens the database at address until the test ends. What is changed in it is of Origin unless its context says otherwise.
func Open(t testing.TB, address string, clock *Clock) *models.DB {
	t.Helper()
	db, err := models.Open(address, clock.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db.ActingAs(Origin)
}

func migrate(t testing.TB, db *models.DB) {
	t.Helper()
	if _, err := models.Migrate(context.Background(), db); err != nil {
		t.Fatalf("migrate: %v", err)
	}
}

// What the first migration of this process led to, so that the next databases are made without migrating.
var (
	templateMu     sync.Mutex
	fileTemplate   []byte   // a whole SQLite file
	schemaTemplate []string // statements for a MySQL database
)

func openFromFile(t testing.TB, clock *Clock) *models.DB {
	t.Helper()
	address := NewAddress(t)
	MigratedFile(t, strings.TrimPrefix(address, "sqlite:"))
	db := Open(t, address, clock)
	// Waiting for the disk at each commit would take longer than the tests, and none of them cuts the power.
	if err := db.Read(contextOf(t)).Exec("PRAGMA synchronous = OFF").Error; err != nil {
		t.Fatal(err)
	}
	return db
}

// MigratedFile writes a migrated, empty SQLite database.
func MigratedFile(t testing.TB, path string) {
	t.Helper()
	if err := os.WriteFile(path, sqliteTemplate(t), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sqliteTemplate(t testing.TB) []byte {
	t.Helper()
	templateMu.Lock()
	defer templateMu.Unlock()
	if fileTemplate != nil {
		return fileTemplate
	}
	path := filepath.Join(t.TempDir(), "template.db")
	db, err := models.Open("sqlite:"+path, NewClock().Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	migrate(t, db)
	if err := db.Close(); err != nil { // also moves the write-ahead log into the file
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fileTemplate = content
	return content
}

func openFromSchema(t testing.TB, clock *Clock) *models.DB {
	t.Helper()
	db := Open(t, NewAddress(t), clock)
	pool, err := db.Read(t.Context()).DB()
	if err != nil {
		t.Fatal(err)
	}
	templateMu.Lock()
	if schemaTemplate == nil {
		defer templateMu.Unlock()
		migrate(t, db)
		if schemaTemplate, err = describe(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		return db
	}
	statements := schemaTemplate
	templateMu.Unlock()
	for _, s := range statements {
		if _, err := pool.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return db
}

// describe gives the statements that make a database like this one: its tables, and the rows of the migrations'
// own table.
func describe(ctx context.Context, pool *sql.DB) ([]string, error) {
	names, err := queryStrings(ctx, pool, "SHOW TABLES")
	if err != nil {
		return nil, err
	}
	var statements []string
	for _, name := range names {
		var same, create string
		if err := pool.QueryRowContext(ctx, "SHOW CREATE TABLE `"+name+"`").Scan(&same, &create); err != nil {
			return nil, err
		}
		statements = append(statements, create)
	}
	rows, err := queryStrings(ctx, pool, "SELECT CONCAT('(', version_id, ',', is_applied, ')') FROM goose_db_version ORDER BY id")
	if err != nil {
		return nil, err
	}
	// An auto-increment counter in the copied definition does no harm: the ids only have to grow.
	return append(statements, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES %s", strings.Join(rows, ","))), nil
}

func queryStrings(ctx context.Context, pool *sql.DB, query string) ([]string, error) {
	rows, err := pool.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, rows.Err()
}
