package bench

import (
	"context"
	"fmt"
	"time"
)

const (
	settleLimit = time.Minute
	settleTick  = 200 * time.Millisecond
)

// settle waits until the server has written out what it holds changed in memory, so that no way of working pays for
// what happened before it.
func (w *world) settle(ctx context.Context) error {
	db := w.db.Read(ctx)
	var before struct{ Value string }
	if err := db.Raw("SELECT @@GLOBAL.innodb_max_dirty_pages_pct AS value").Scan(&before).Error; err != nil {
		return fmt.Errorf("read the server's settings: %w", err)
	}
	if err := db.Exec("SET GLOBAL innodb_max_dirty_pages_pct = 0").Error; err != nil {
		return fmt.Errorf("let the server settle: %w", err)
	}
	defer func() {
		_ = w.db.Read(context.WithoutCancel(ctx)).Exec("SET GLOBAL innodb_max_dirty_pages_pct = " + before.Value).Error
	}()
	for deadline := time.Now().Add(settleLimit); time.Now().Before(deadline); {
		var dirty struct {
			Value int64
		}
		if err := db.Raw("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'").Scan(&dirty).Error; err != nil {
			return fmt.Errorf("read the server's state: %w", err)
		}
		if dirty.Value < 100 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(settleTick):
		}
	}
	return nil
}
