package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// ErrNeedsServer is returned where a measurement has no meaning on the embedded database.
var ErrNeedsServer = fault.InvalidField("TRIBUTARY_DATABASE_URL", "BENCH_NEEDS_SERVER", "this measurement needs a MySQL or MariaDB server: mysql://user:password@host:port/")

// openScratch makes a migrated database on a server for one measurement; remove ends it. Codes BENCH_NEEDS_SERVER,
// DATABASE_URL_INVALID.
func openScratch(ctx context.Context, o Options) (db *models.DB, remove func(), err error) {
	if !strings.HasPrefix(o.Database, "mysql:") {
		return nil, nil, ErrNeedsServer
	}
	db, _, remove, err = openEither(ctx, o)
	return db, remove, err
}

// openEither is openScratch, but makes a SQLite file where no server is named. It also gives the database's address.
func openEither(ctx context.Context, o Options) (db *models.DB, address string, remove func(), err error) {
	place := onServer
	if !strings.HasPrefix(o.Database, "mysql:") {
		place = inFile
	}
	address, drop, err := place(ctx, o)
	if err != nil {
		return nil, "", nil, err
	}
	remove = func() {
		if db != nil {
			_ = db.Close()
		}
		if err := drop(); err != nil {
			o.Log.Warn("scratch database not removed", "error", err)
		}
	}
	if db, err = models.Open(address, time.Now, o.Log); err == nil {
		_, err = models.Migrate(ctx, db)
	}
	if err != nil {
		remove()
		return nil, "", nil, err
	}
	return db.ActingAs(models.Origin{Actor: "system:bench", Action: "bench", RequestID: models.NewID().String()}), address, remove, nil
}

func onServer(ctx context.Context, o Options) (string, func() error, error) {
	u, err := url.Parse(o.Database)
	if err != nil {
		return "", nil, models.ErrDatabaseURL.Because(err)
	}
	name := "tributary_bench_" + strings.ToLower(rand.Text())
	u.Path = "/" + name
	// The measurement may have been given up: its scratch goes all the same.
	drop := func() error { return models.DropDatabase(context.WithoutCancel(ctx), o.Database, name) }
	return u.String(), drop, models.CreateDatabase(ctx, o.Database, name)
}

func inFile(context.Context, Options) (string, func() error, error) {
	folder, err := os.MkdirTemp("", "tributary-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("make scratch folder: %w", err)
	}
	return "sqlite:" + filepath.Join(folder, "bench.db"), func() error { return os.RemoveAll(folder) }, nil
}
