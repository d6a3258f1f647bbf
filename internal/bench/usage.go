package bench

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"tributary/models"
)

// peakMiB gives the most memory this process ever held, filling the scratch database included.
func peakMiB() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss / 1024 // Linux counts in KiB
}

// makePeriods adds the periods that the lines will fall into, so that both ways find them.
func (w *world) makePeriods(ctx context.Context) error {
	var rows [][]any
	for month := range 4 {
		from, to := w.start.AddDate(0, month, 0), w.start.AddDate(0, month+1, 0)
		rows = append(rows, []any{models.NewID(), w.program.ID, from.Format("2006-01"), from, to, models.PeriodStateOpen, 0})
	}
	return w.insert(ctx, "periods", []string{"id", "program_id", "period_key", "starts_at", "ends_at", "state", "line_count"}, rows)
}

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
