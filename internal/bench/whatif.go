package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/models"
)

// whatIf measures a draft plan over the whole history against the accrual of the same conversions less the writing of
// its lines, as a copy of the same rows in SQL takes. It also prints what pricing alone takes, which reads none of the
// lines that a what-if compares with. What it comes to is held against sums made in SQL.
func whatIf(ctx context.Context, o Options) error {
	fmt.Fprintf(o.Out, "%d partners, %d conversions, seller and two levels above; limit 100 %% of the time of an accrual less the writing of its lines\n", o.Partners, o.Conversions)
	db, remove, err := openScratch(ctx, o)
	if err != nil {
		return err
	}
	defer remove()
	w, err := newWorld(ctx, db, o.Partners)
	if err != nil {
		return err
	}
	if err := errors.Join(w.sell(ctx, o.Conversions), w.attribute(ctx), w.makePeriods(ctx), w.settle(ctx)); err != nil {
		return err
	}
	service := commission.New(db)
	var lines int64
	rehearsal, err := timed(func() error { lines, err = service.Rehearse(ctx, w.program.ID); return err })
	if err != nil {
		return fmt.Errorf("price without writing: %w", err)
	}
	accrual, err := timed(func() error { _, err := service.Accrue(ctx, w.program.ID); return err })
	if err != nil {
		return fmt.Errorf("accrue: %w", err)
	}
	writing, err := w.writeAgain(ctx)
	if err != nil {
		return fmt.Errorf("write the lines again: %w", err)
	}
	var run models.WhatIfRun
	took, err := timed(func() error { run, err = service.WhatIfNow(ctx, w.owner(), w.draft(), nil); return err })
	if err != nil {
		return fmt.Errorf("what if: %w", err)
	}
	if err := w.checkWhatIf(ctx, run, lines); err != nil {
		return err
	}
	limit := accrual - writing
	for _, figure := range []struct {
		name string
		took time.Duration
	}{{"accrual", accrual}, {"  writing its lines, in SQL", writing}, {"  less the writing: the limit", limit}, {"pricing alone", rehearsal}, {"what-if", took}} {
		fmt.Fprintf(o.Out, "%-28s %6.2f s, %7.0f conversions/s\n", figure.name, figure.took.Seconds(), float64(o.Conversions)/figure.took.Seconds())
	}
	fmt.Fprintf(o.Out, "the what-if takes %d %% of the limit, %d %% of pricing alone; peak memory of this process: %d MiB\n", took*100/limit, took*100/rehearsal, peakMiB())
	if took > limit {
		return ErrOutside
	}
	return nil
}

// writeAgain measures the writing of the lines alone: it empties their table and fills it again from a copy, in the same
// order and over as many connections as an accrual uses.
func (w *world) writeAgain(ctx context.Context) (time.Duration, error) {
	db := w.db.Read(ctx)
	err := errors.Join(db.Exec("CREATE TABLE lines_copy LIKE commissions").Error, db.Exec("INSERT INTO lines_copy SELECT * FROM commissions").Error,
		db.Exec("TRUNCATE TABLE commissions").Error, w.settle(ctx))
	if err != nil {
		return 0, err
	}
	bounds, err := w.chunks(ctx, "lines_copy")
	if err != nil {
		return 0, err
	}
	took, err := timed(func() error {
		return w.inChunks(ctx, bounds, "INSERT INTO commissions SELECT * FROM lines_copy WHERE id > ? AND id <= ? ORDER BY id")
	})
	return took, errors.Join(err, w.settle(ctx))
}

func (w *world) owner() access.Caller { return access.System("bench", w.program.MerchantID) }

// The draft's rates, in parts per million: those of the plan, raised.
const (
	draftSeller = 120_000
	draftFirst  = 15_000
	draftSecond = 500_000
)

func (w *world) draft() commission.WhatIfInput {
	plan := benchPlan(w.start)
	plan.MaxTotal = "16%"
	plan.Levels = []commission.LevelSpec{{Rate: "1.5%", Of: "sale"}, {Rate: "50%", Of: "below"}}
	plan.Rules = []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "12%"}}}
	return commission.WhatIfInput{ProgramID: w.program.ID, Plan: plan, From: w.start, To: w.start.AddDate(1, 0, 0)}
}

// attribute writes why each conversion is its seller's: by the code of a link.
func (w *world) attribute(ctx context.Context) error {
	return w.db.Read(ctx).Exec(`INSERT INTO attributions (conversion_id, program_id, enrollment_id, method, policy, window_days, hold_reason, detail, decided_at, link_code, sub_ids)
		SELECT id, program_id, enrollment_id, ?, 'order-v1', 30, '', '', received_at, '', '' FROM conversions`, models.AttributionMethodLink).Error
}

// checkWhatIf holds the run against sums made in SQL: of the lines that there are, and of what the draft's rates make of
// the same bases.
func (w *world) checkWhatIf(ctx context.Context, run models.WhatIfRun, lines int64) error {
	const basis = "seller.basis_minor"
	first := halfEven(basis, draftFirst)
	var want struct{ Lines, Actual, Draft int64 }
	err := w.db.Read(ctx).Raw(`SELECT COUNT(*) AS ` + "`lines`" + `, SUM(l.amount_minor) AS actual,
		SUM(CASE l.level WHEN 0 THEN ` + halfEven(basis, draftSeller) + ` WHEN 1 THEN ` + first + ` ELSE ` + halfEven(first, draftSecond) + ` END) AS draft
		FROM commissions l JOIN commissions seller ON seller.source_id = l.source_id AND seller.ordinal = 0`).Scan(&want).Error
	if err != nil {
		return fmt.Errorf("sum in SQL: %w", err)
	}
	if run.ActualMinor != want.Actual || run.DraftMinor != want.Draft || lines != want.Lines || run.Unpriced != 0 {
		return fmt.Errorf("the what-if comes to %d and %d with %d unpriced, the accrual to %d lines; SQL comes to %+v", run.ActualMinor, run.DraftMinor, run.Unpriced, lines, want)
	}
	return nil
}
