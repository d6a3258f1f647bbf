package models

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	gomysql "github.com/go-sql-driver/mysql"
	_ "github.com/ncruces/go-sqlite3/driver" // registers the pure-Go SQLite driver
	"github.com/ncruces/go-sqlite3/gormlite"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"tributary/internal/fault"
)

// Clock gives the present instant. It is handed down from the composition root; tests turn it by hand.
type Clock func() time.Time

// DB is an open database. Reads go through Read; writes only through InTx.
type DB struct {
	gorm      *gorm.DB
	clock     Clock
	mysql     bool
	origin    Origin    // of transactions whose context names none
	merchants *sync.Map // of programs, as far as the audit log had to know
}

// ErrDatabaseURL is returned by Open for an address it cannot use.
var ErrDatabaseURL = fault.New(fault.Invalid, "DATABASE_URL_INVALID",
	"the database address is neither mysql://user:password@host:port/name nor sqlite:path")

// The session variable has one name on MySQL and TiDB and another on MariaDB before 11.1: each server reads the one
// comment that is meant for it and skips the other.
const isolationVariable = "/*!50720 transaction_isolation *//*M!100000 tx_isolation */"

// The limits of a MySQL connection pool, and of the statements each connection keeps prepared.
const (
	mysqlMaxConns       = 32
	maxPreparedPerConn  = 256
	mysqlConnMaxIdle    = 5 * time.Minute
	sqliteBusyTimeoutMs = "10000"
)

// Open opens the database at address: mysql://user:password@host:port/name or sqlite:path. It does not migrate.
// Code DATABASE_URL_INVALID.
func Open(address string, clock Clock, log *slog.Logger) (*DB, error) {
	dialector, isMySQL, err := dialectorFor(address)
	if err != nil {
		return nil, err
	}
	g, err := gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		PrepareStmt:            isMySQL,
		PrepareStmtMaxSize:     maxPreparedPerConn,
		TranslateError:         true,
		NowFunc:                func() time.Time { return Instant(clock()) },
		Logger:                 logger.NewSlogLogger(log, logger.Config{LogLevel: logger.Silent}),
	})
	if err != nil {
		return nil, fault.New(fault.Unavailable, "DATABASE_UNAVAILABLE", "the database does not answer").Because(err)
	}
	for _, plugin := range []gorm.Plugin{auditPlugin{}, lostPlugin{}} {
		if err := g.Use(plugin); err != nil {
			return nil, err
		}
	}
	pool, err := g.DB()
	if err != nil {
		return nil, err
	}
	if isMySQL {
		pool.SetMaxOpenConns(mysqlMaxConns)
		pool.SetMaxIdleConns(mysqlMaxConns)
		pool.SetConnMaxIdleTime(mysqlConnMaxIdle)
	} else {
		// One connection: writers never wait on a lock upgrade, and a use of the outer handle inside a
		// transaction hangs in a test instead of escaping the transaction on MySQL.
		pool.SetMaxOpenConns(1)
	}
	return &DB{gorm: g, clock: clock, mysql: isMySQL, merchants: &sync.Map{}}, nil
}

func dialectorFor(address string) (gorm.Dialector, bool, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok && path != "" {
		query := url.Values{
			"_txlock":  {"immediate"},
			"_timefmt": {"2006-01-02T15:04:05.000000Z07:00"}, // fixed width, so that text order is time order
			"_pragma": {"busy_timeout(" + sqliteBusyTimeoutMs + ")", "journal_mode(wal)", "synchronous(full)",
				"foreign_keys(1)", "cache_size(-65536)"},
		}
		return gormlite.Open("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()), false, nil
	}
	config, err := mysqlConfig(address)
	if err != nil {
		return nil, false, err
	}
	connector, err := gomysql.NewConnector(config)
	if err != nil {
		return nil, false, ErrDatabaseURL.Because(err)
	}
	return mysql.New(mysql.Config{Conn: sql.OpenDB(connector), DSNConfig: config}), true, nil
}

func mysqlConfig(address string) (*gomysql.Config, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "mysql" || u.Host == "" || u.User == nil {
		return nil, ErrDatabaseURL
	}
	password, _ := u.User.Password()
	c := gomysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = u.User.Username(), password, "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	c.ParseTime, c.Loc = true, time.UTC
	c.Collation = "utf8mb4_bin"
	c.InterpolateParams, c.ClientFoundRows = true, true
	c.MultiStatements = true // for WriteLastly; what takes values from outside is prepared, or written by Row
	c.MaxAllowedPacket = 0   // ask the server
	c.Params = map[string]string{"time_zone": "'+00:00'", isolationVariable: "'READ-COMMITTED'"}
	return c, nil
}

// Read gives a handle for reads outside a transaction. Writing through it breaks the rules of this package.
func (db *DB) Read(ctx context.Context) *gorm.DB { return db.gorm.WithContext(ctx) }

// Now gives the present instant in UTC, to the microsecond.
func (db *DB) Now() time.Time { return Instant(db.clock()) }

// Skew tells by how much the clock of the database's server is ahead of this process's, give or take the time of one
// statement. SQLite has no server and no clock of its own: 0.
func (db *DB) Skew(ctx context.Context) (time.Duration, error) {
	if !db.mysql {
		return 0, nil
	}
	before := db.Now()
	var there time.Time
	if err := db.gorm.WithContext(ctx).Raw("SELECT UTC_TIMESTAMP(6)").Row().Scan(&there); err != nil {
		return 0, fmt.Errorf("read the database's clock: %w", err)
	}
	after := db.Now()
	return there.Sub(before.Add(after.Sub(before) / 2)), nil
}

// IsMySQL tells whether the database speaks MySQL's dialect (MySQL, MariaDB, TiDB).
func (db *DB) IsMySQL() bool { return db.mysql }

// Close ends all connections.
func (db *DB) Close() error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// Ping asks the database whether it is there.
func (db *DB) Ping(ctx context.Context) error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	return pool.PingContext(ctx)
}

// Instant gives t in UTC, cut to the microsecond that both dialects keep.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
