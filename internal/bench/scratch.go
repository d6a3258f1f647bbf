package bench

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// ErrNeedsServer is returned where a measurement has no meaning on the embedded database.
var ErrNeedsServer = fault.InvalidField("TRIBUTARY_DATABASE_URL", "BENCH_NEEDS_SERVER", "this measurement needs a MySQL or MariaDB server: mysql://user:password@host:port/")

// openScratch makes a migrated database for one measurement; remove ends it. Codes BENCH_NEEDS_SERVER,
// DATABASE_URL_INVALID.
func openScratch(ctx context.Context, o Options) (db *models.DB, remove func(), err error) {
	if !strings.HasPrefix(o.Database, "mysql:") {
		return nil, nil, ErrNeedsServer
	}
	u, err := url.Parse(o.Database)
	if err != nil {
		return nil, nil, models.ErrDatabaseURL.Because(err)
	}
	name := "tributary_bench_" + strings.ToLower(rand.Text())
	if err := models.CreateDatabase(ctx, o.Database, name); err != nil {
		return nil, nil, err
	}
	remove = func() {
		if db != nil {
			_ = db.Close()
		}
		// The measurement may have been given up: its scratch goes all the same.
		if err := models.DropDatabase(context.WithoutCancel(ctx), o.Database, name); err != nil {
			o.Log.Warn("scratch database not removed", "name", name, "error", err)
		}
	}
	u.Path = "/" + name
	if db, err = models.Open(u.String(), time.Now, o.Log); err == nil {
		_, err = models.Migrate(ctx, db)
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	return db, remove, nil
}
