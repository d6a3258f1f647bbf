package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"tributary/internal/commission"
	"tributary/internal/ledger"
	"tributary/models"
)

// The limits of the accrual: how much longer than plain SQL it may take, and how much memory the process may use.
const (
	accrueLimitPercent = 150
	accrueLimitMiB     = 512
)

// sample is one size, measured both ways.
type sample struct {
	conversions int
	lines       int64
	sql, ours   time.Duration
}

// accrue measures the pricing of conversions against pure SQL that writes the same lines into the same table over two
// connections, at two sizes. Limits: 1.5 times the SQL's time, growth no steeper than the SQL's, 512 MiB.
func accrue(ctx context.Context, o Options) error {
	fmt.Fprintf(o.Out, "%d partners in a heavy-tailed tree, seller and two levels above; limit %d %% of the SQL's time, %d MiB\n", o.Partners, accrueLimitPercent, accrueLimitMiB)
	small, err := accrueOnce(ctx, o, o.Conversions/10)
	if err != nil {
		return err
	}
	large, err := accrueOnce(ctx, o, o.Conversions)
	if err != nil {
		return err
	}
	peak := peakMiB()
	ownGrowth, sqlGrowth := large.ours.Seconds()/small.ours.Seconds(), large.sql.Seconds()/small.sql.Seconds()
	fmt.Fprintf(o.Out, "growth over ten times the work: %.1fx, SQL %.1fx\npeak memory of this process: %d MiB\n", ownGrowth, sqlGrowth, peak)
	if large.percent() > accrueLimitPercent || peak > accrueLimitMiB || ownGrowth > sqlGrowth*growthTolerance {
		return ErrOutside
	}
	return nil
}

// growthTolerance allows for the noise of two runs in the growth of each.
const growthTolerance = 1.1

func (s sample) percent() int { return int(s.ours * 100 / s.sql) }

func (s sample) print(out io.Writer) {
	perSecond := func(d time.Duration) int { return int(float64(s.lines) / d.Seconds()) }
	fmt.Fprintf(out, "%9d conversions, %9d lines: ours %6.2f s, %7d lines/s; SQL %6.2f s, %7d lines/s; %d %% of the SQL's time\n",
		s.conversions, s.lines, s.ours.Seconds(), perSecond(s.ours), s.sql.Seconds(), perSecond(s.sql), s.percent())
}

func accrueOnce(ctx context.Context, o Options, conversions int) (sample, error) {
	s := sample{conversions: conversions}
	db, remove, err := openScratch(ctx, o)
	if err != nil {
		return s, err
	}
	defer remove()
	w, err := newWorld(ctx, db, o.Partners)
	if err != nil {
		return s, err
	}
	if err := errors.Join(w.sell(ctx, conversions), w.makePeriods(ctx), w.settle(ctx)); err != nil {
		return s, err
	}
	if s.sql, err = timed(func() error { return w.accrueInSQL(ctx) }); err != nil {
		return s, fmt.Errorf("accrue in SQL: %w", err)
	}
	want, err := w.digest(ctx)
	if err != nil {
		return s, err
	}
	if err := errors.Join(db.Read(ctx).Exec("TRUNCATE TABLE commissions").Error, w.settle(ctx)); err != nil {
		return s, err
	}
	service := commission.New(db)
	if s.ours, err = timed(func() error { _, err := service.Accrue(ctx, w.program.ID); return err }); err != nil {
		return s, fmt.Errorf("accrue: %w", err)
	}
	got, err := w.digest(ctx)
	if err != nil {
		return s, err
	}
	if got != want {
		return s, fmt.Errorf("the engine's lines %+v are not the SQL's %+v", got, want)
	}
	s.lines = got.Lines
	s.print(o.Out)
	return s, prove(ctx, db, o.Log)
}

func timed(work func() error) (time.Duration, error) {
	start := time.Now()
	err := work()
	return time.Since(start), err
}

// digest sums what the lines say, so that two ways of writing them can be compared.
type digest struct{ Lines, Total, Content int64 }

func (w *world) digest(ctx context.Context) (digest, error) {
	var d digest
	err := w.db.Read(ctx).Raw(`SELECT COUNT(*) AS ` + "`lines`" + `, SUM(amount_minor) AS total, SUM(CRC32(CONCAT_WS('|', HEX(source_id), ordinal, level,
		HEX(enrollment_id), HEX(via_id), basis_minor, rate_ppm, amount_minor, matures_at, HEX(period_id)))) AS content FROM commissions`).Scan(&d).Error
	return d, err
}

func prove(ctx context.Context, db *models.DB, log *slog.Logger) error {
	proof, err := ledger.Verify(ctx, db)
	if err == nil && !proof.Holds() {
		err = fmt.Errorf("the ledger is not proven: %v", proof.Findings)
	}
	log.Info("ledger proven", "journals", proof.Journals, "entries", proof.Entries, "lines", proof.Lines)
	return err
}
