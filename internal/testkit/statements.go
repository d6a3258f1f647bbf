package testkit

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/models"
)

// OnStatement calls fn before every statement of whatever kind, from now until the test ends: what is proven then is left
// alone. Fn may be called by several at once, and fails a statement by adding an error to it. Once for a database.
func OnStatement(t testing.TB, db *models.DB, fn func(*gorm.DB)) {
	t.Helper()
	var over atomic.Bool
	t.Cleanup(func() { over.Store(true) })
	hook := func(g *gorm.DB) {
		if !over.Load() && !g.DryRun { // what is only built is a part of another
			fn(g)
		}
	}
	const name = "testkit:statement"
	on := db.Read(contextOf(t)).Callback()
	for _, err := range []error{
		on.Query().Before("gorm:query").Register(name, hook), on.Row().Before("gorm:row").Register(name, hook),
		on.Raw().Before("gorm:raw").Register(name, hook), on.Create().Before("gorm:create").Register(name, hook),
		on.Update().Before("gorm:update").Register(name, hook), on.Delete().Before("gorm:delete").Register(name, hook),
	} {
		require.NoError(t, err)
	}
}

// CountStatements counts what the database is asked from now until the test ends. Once for a database.
func CountStatements(t testing.TB, db *models.DB) *atomic.Int64 {
	t.Helper()
	var n atomic.Int64
	OnStatement(t, db, func(*gorm.DB) { n.Add(1) })
	return &n
}

// Deadlock ends the transaction of a statement and gives the error that the server gives then: 1213. What a transaction
// does after it, as if nothing had been, is kept by the server at once, and shows. SQLite has no such thing.
func Deadlock(g *gorm.DB) error {
	if g.Name() != "mysql" {
		return models.ErrRetry
	}
	pool := g.Statement.ConnPool
	if prepared, ok := pool.(*gorm.PreparedStmtTX); ok {
		pool = prepared.Tx // these two cannot be prepared
	}
	for _, statement := range []string{"ROLLBACK", "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found when trying to get lock'"} {
		if _, err := pool.ExecContext(g.Statement.Context, statement); err != nil {
			return err
		}
	}
	return nil
}
