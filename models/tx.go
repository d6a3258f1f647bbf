package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	gomysql "github.com/go-sql-driver/mysql"
	"github.com/ncruces/go-sqlite3"
	"gorm.io/gorm"

	"tributary/internal/fault"
)

// Tx is an open transaction with one fixed Now. What must be atomic with other writes takes a *Tx. It must not
// outlive the function it was handed to, and no HTTP, Redis or Stripe call may happen while it is open.
type Tx struct {
	*gorm.DB
	Now   time.Time
	mysql bool
	last  *lastly // what is written just before the commit; nil where each statement is sent at once
}

const (
	maxTxTries   = 6
	firstTxWait  = 5 * time.Millisecond
	errDeadlock  = 1213
	errLockWait  = 1205
	errSnapshot  = 1020 // MariaDB with innodb_snapshot_isolation
	errDupeEntry = 1062
)

// ErrBusy is returned when a transaction lost against others on every try.
var ErrBusy = fault.New(fault.Unavailable, "DATABASE_BUSY", "the database is busy; try again")

// InTx runs fn in a transaction and commits when it returns nil. On a deadlock, a lock wait or a busy database it
// runs fn again, from the start, a bounded number of times with jittered waits; fn must therefore have no effect
// outside the transaction. From such an error to the end of fn no statement is sent, also where fn goes on. What is audited and changes is written down with it, by the origin in the context.
// Codes: DATABASE_BUSY, AUDIT_ACTOR_MISSING, and whatever fn returns.
func InTx(ctx context.Context, db *DB, fn func(tx *Tx) error) error {
	wait := firstTxWait
	for try := 1; ; try++ {
		err := db.once(ctx, fn)
		if err == nil || !isRetryable(err) {
			return err
		}
		if try == maxTxTries {
			return ErrBusy.Because(err)
		}
		timer := time.NewTimer(wait + rand.N(wait))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		wait *= 2
	}
}

// once is one try. What it changes is recorded anew each time, and written down with the changes.
func (db *DB) once(ctx context.Context, fn func(tx *Tx) error) error {
	now, changes := db.Now(), &recorder{origin: db.originOf(ctx)}
	return db.gorm.WithContext(context.WithValue(ctx, recorderKey{}, changes)).Transaction(func(g *gorm.DB) error {
		tx := &Tx{DB: g, Now: now, mysql: db.mysql}
		err := fn(tx)
		switch {
		case changes.lost != nil: // whatever the function made of it
			return changes.lost
		case err != nil:
			return err
		}
		if err := changes.write(tx, db); err != nil {
			return err
		}
		return tx.last.send(tx)
	})
}

// InSnapshot runs fn over reads that all see the database as it was at one instant, whatever is written meanwhile. A
// write through the handle is refused by the database.
func InSnapshot(ctx context.Context, db *DB, fn func(query *gorm.DB) error) error {
	options := sql.TxOptions{ReadOnly: true} // in SQLite every transaction is a snapshot
	if db.mysql {
		options.Isolation = sql.LevelRepeatableRead
	}
	return db.gorm.WithContext(ctx).Transaction(fn, &options)
}

// Try runs fn in a savepoint: when it fails, what it wrote is undone, its error is given, and the transaction can go on.
// A deadlock ends the whole transaction; its error must reach InTx.
func (tx *Tx) Try(fn func(tx *Tx) error) error {
	undo := recorderOf(tx.Context()).mark()
	err := tx.Transaction(func(g *gorm.DB) error { return fn(&Tx{DB: g, Now: tx.Now, mysql: tx.mysql}) })
	if err != nil {
		undo()
	}
	if err != nil && tx.Error != nil && !isRetryable(err) {
		return fmt.Errorf("undo to savepoint: %w", tx.Error)
	}
	return err
}

// ActingAs runs fn, whose changes the audit log attributes to another origin than the transaction's: for a transaction that
// does several requests' work.
func (tx *Tx) ActingAs(o Origin, fn func() error) error { return recorderOf(tx.Context()).as(o, fn) }

// Context gives the context the transaction was opened with.
func (tx *Tx) Context() context.Context { return tx.Statement.Context }

// ErrRetry makes InTx run its function again, like a deadlock does: for a guard that failed because another
// transaction committed in between.
var ErrRetry = errors.New("models: run the transaction again")

func isRetryable(err error) bool {
	if errors.Is(err, ErrRetry) {
		return true
	}
	var my *gomysql.MySQLError
	if errors.As(err, &my) {
		return my.Number == errDeadlock || my.Number == errLockWait || my.Number == errSnapshot
	}
	return errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.LOCKED)
}

// IsDuplicate tells whether err is the violation of a unique key.
func IsDuplicate(err error) bool {
	var my *gomysql.MySQLError
	if errors.As(err, &my) {
		return my.Number == errDupeEntry
	}
	return errors.Is(err, gorm.ErrDuplicatedKey) ||
		errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) || errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY)
}

// IsMissing tells whether err says that a row does not exist.
func IsMissing(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// MustAffectOne turns the result of a guarded update into an error: nil when exactly one row matched, otherwise
// the given refusal.
func MustAffectOne(result *gorm.DB, refusal error) error {
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected != 1 {
		return refusal
	}
	return nil
}
