package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/internal/access"
	"tributary/internal/embedded"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// The limits of the payouts, and what they are measured against.
const (
	payLimit        = 100 // requests that the simulator lets through in a second, wherever it begins
	payLatency      = 120 * time.Millisecond
	payLimitPercent = 97 // of the limit, at least
	payLimitMiB     = 256
	payPage         = 100 // transfers in a page of the rail's list
	planGrowthLimit = 15  // times as long for ten times the payouts
	ceilingInFlight = 32
	payKey          = "sk_test_bench"
	paySecret       = "a secret for measurements, long enough"
)

// payOut measures the sending of a batch by worker processes of this binary, against the simulator with a limit and a
// latency: with one process, and with four that share the limit. Before that it plans at two sizes and finds the
// client's own ceiling, with neither limit nor latency; after that it sends through a storm of refusals. Limits: 97 % of the
// limit, none refused for it, 1.3 times the ideal time, planning linear, 256 MiB per process.
func payOut(ctx context.Context, o Options) error {
	fmt.Fprintf(o.Out, "limits: at least %d %% of %d calls in any second at %s a call, none refused for it, at most %.1f times the ideal time, %d MiB per process, planning at most %d times as long for ten times the payouts\n",
		payLimitPercent, payLimit, payLatency, payIdealTimes, payLimitMiB, planGrowthLimit)
	small, err := payOnce(ctx, o, run{payouts: o.Payouts / 10, planOnly: true})
	if err != nil {
		return err
	}
	large, err := payOnce(ctx, o, run{payouts: o.Payouts, workers: 1})
	if err != nil {
		return err
	}
	growth := large.planning.Seconds() / small.planning.Seconds()
	fmt.Fprintf(o.Out, "planning: %d payouts %.2f s, %d payouts %.2f s: %.1f times as long\n", small.payouts, small.planning.Seconds(),
		large.payouts, large.planning.Seconds(), growth)
	outside := growth > planGrowthLimit || large.peakMiB > payLimitMiB
	limited := o.Payouts / 5
	for i, r := range []run{{workers: 1}, {workers: 4}, {workers: 4, storm: stormOver(limited)}} {
		r.payouts, r.limited, r.redis = limited, true, 1+i
		r, err := payOnce(ctx, o, r)
		if err != nil {
			return err
		}
		outside = outside || r.isOutside()
	}
	peak := peakMiB()
	fmt.Fprintf(o.Out, "peak memory of this process, which planned and holds the simulator: %d MiB\n", peak)
	if outside || peak > payLimitMiB {
		return ErrOutside
	}
	return nil
}

// run is one batch to be paid, and what came of it.
type run struct {
	payouts  int
	workers  int
	limited  bool
	redis    int // the number of a database that no other run has used: what the limiter remembers is of one run
	storm    storm
	planOnly bool

	planning time.Duration
	started  time.Time
	whole    time.Duration // from the start of the batch to its close
	load     stripesim.Load
	peakMiB  int64 // of the worker that used most
}

func (r run) perSecond() float64 {
	return float64(r.load.Requests-1) / r.load.Last.Sub(r.load.First).Seconds()
}

func (r run) percent() float64 { return r.perSecond() * 100 / payLimit }

// ideal is how long the batch would take if every call left as early as the limits, and a storm, leave room for it, and were
// then compared with the rail's list, a page after the other.
func (r run) ideal() time.Duration {
	pages := (r.payouts + payPage - 1) / payPage
	return r.storm.ideal(r.payouts) + time.Duration(1+pages)*payLatency
}

func (r run) timesIdeal() float64 { return r.whole.Seconds() / r.ideal().Seconds() }

func (r run) isOutside() bool {
	isSlow := len(r.storm) == 0 && r.percent() < payLimitPercent // a storm slows all down
	return isSlow || r.load.Refused > 0 || r.load.MostInSecond > payLimit || r.timesIdeal() > payIdealTimes || r.peakMiB > payLimitMiB
}

// payOnce plans a batch on a database of its own and, unless it is only to be planned, pays it.
func payOnce(ctx context.Context, o Options, r run) (run, error) {
	db, address, remove, err := openEither(ctx, o)
	if err != nil {
		return r, err
	}
	defer remove()
	options := stripesim.Options{Now: time.Now, SecretKey: payKey, RealNow: time.Now}
	if r.limited {
		options.PerSecond, options.Latency = payLimit, payLatency
	}
	stripe, err := embedded.StartStripe(options)
	if err != nil {
		return r, err
	}
	defer stripe.Stop()
	stripe.Script(r.storm.faults()...)
	w, period, err := newPayables(ctx, db, stripe.Server, r.payouts)
	if err != nil {
		return r, err
	}
	payouts := payout.New(db, nil, o.Log)
	var b models.PayoutBatch
	r.planning, err = timed(func() error {
		return models.InTx(ctx, db, func(tx *models.Tx) error { b, err = payouts.Plan(tx, w.owner(), period.ID); return err })
	})
	if err != nil || r.planOnly {
		return r, err
	}
	if b.PayoutCount != r.payouts {
		return r, fmt.Errorf("%w: %d payouts are planned, of %d", ErrWrong, b.PayoutCount, r.payouts)
	}
	redis, end, err := benchRedis(o, r.redis)
	if err != nil {
		return r, err
	}
	defer end()
	crew, err := spawn(ctx, r, address, redis, stripe.URL())
	if err != nil {
		return r, err
	}
	defer crew.kill()
	checker := access.System("checker", w.program.MerchantID)
	err = models.InTx(ctx, db, func(tx *models.Tx) error {
		_, err := payouts.Approve(tx, checker, b.ID, payout.HashText(b.ContentHash))
		return err
	})
	if err != nil {
		return r, err
	}
	r.started = time.Now()
	r.whole, err = timed(func() error {
		err := models.InTx(ctx, db, func(tx *models.Tx) error { _, err := payouts.Execute(tx, checker, b.ID); return err })
		return errors.Join(err, awaitClosed(ctx, db, b.ID))
	})
	if err != nil {
		return r, errors.Join(err, crew.stop())
	}
	r.load = stripe.Load("POST /v1/transfers")
	if err := crew.stop(); err != nil {
		return r, err
	}
	r.peakMiB = crew.peakMiB()
	r.print(o)
	return r, errors.Join(r.checkPaid(ctx, db, stripe.Server, b), prove(ctx, db, o.Log))
}

func (r run) print(o Options) {
	what := "neither limit nor latency: the client's own ceiling is"
	if r.limited {
		what = fmt.Sprintf("limit %d calls/s, %s a call:", payLimit, payLatency)
	}
	if len(r.storm) > 0 {
		what = fmt.Sprintf("limit %d calls/s, %s a call, a storm of %d refusals:", payLimit, payLatency, r.storm.refused())
	}
	fmt.Fprintf(o.Out, "%d payouts, %d worker processes, %s %.1f payouts/s", r.payouts, r.workers, what, r.perSecond())
	if r.limited {
		fmt.Fprintf(o.Out, " (%.1f %% of the limit); %d refused for the limit, at most %d in any second", r.percent(), r.load.Refused, r.load.MostInSecond)
	}
	fmt.Fprintf(o.Out, "; %.1f s from start to close, the first call after %.1f s, the last %.1f s before the end", r.whole.Seconds(),
		r.load.First.Sub(r.started).Seconds(), r.started.Add(r.whole).Sub(r.load.Last).Seconds())
	if r.limited {
		fmt.Fprintf(o.Out, ", ideal %.1f s: %.2f times, at most %.1f", r.ideal().Seconds(), r.timesIdeal(), payIdealTimes)
	}
	fmt.Fprintf(o.Out, "; peak memory of a worker %d MiB\n", r.peakMiB)
}

// payPoll is how often the batch is looked at; payPatience how long it may take.
const (
	payPoll     = 100 * time.Millisecond
	payPatience = 15 * time.Minute
)

func awaitClosed(ctx context.Context, db *models.DB, batchID models.ID) error {
	ctx, cancel := context.WithTimeout(ctx, payPatience)
	defer cancel()
	for {
		var b models.PayoutBatch
		if err := db.Read(ctx).Where("id = ?", batchID).Take(&b).Error; err != nil {
			return fmt.Errorf("read batch: %w", err)
		}
		switch b.State {
		case models.BatchStateClosed:
			return nil
		case models.BatchStatePaused:
			return fmt.Errorf("%w: the batch is paused: %s", ErrWrong, b.PauseReason)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the batch is not closed: %w", ctx.Err())
		case <-time.After(payPoll):
		}
	}
}

// checkPaid holds what the simulator has against what was planned: one transfer for each payout, of its amount, and no more
// calls than that and what was refused.
func (r run) checkPaid(ctx context.Context, db *models.DB, sim *stripesim.Server, b models.PayoutBatch) error {
	if err := sim.Check(); err != nil {
		return err
	}
	var rows []models.Payout
	if err := db.Read(ctx).Where("batch_id = ?", b.ID).Find(&rows).Error; err != nil {
		return fmt.Errorf("read payouts: %w", err)
	}
	want := make(map[string]int64, len(rows))
	for _, p := range rows {
		if p.State != models.PayoutStateTransferred || p.Generation != 1 {
			return fmt.Errorf("%w: a payout is %s in generation %d", ErrWrong, p.State, p.Generation)
		}
		want[p.Destination] = p.AmountMinor
	}
	if refused := r.load.Requests - len(rows) - r.storm.refused(); refused < 0 || refused > r.load.Refused {
		return fmt.Errorf("%w: %d payouts took %d calls, of which a storm refused %d and the limit %d", ErrWrong, len(rows), r.load.Requests, r.storm.refused(), r.load.Refused)
	}
	if err := checkAttempts(ctx, db, len(rows)); err != nil {
		return err
	}
	for _, made := range sim.Transfers() {
		if want[made.Destination] != made.Amount {
			return fmt.Errorf("%w: a transfer of %d is not the one that was asked for", ErrWrong, made.Amount)
		}
		delete(want, made.Destination)
	}
	if len(want) > 0 {
		return fmt.Errorf("%w: %d payouts have no transfer", ErrWrong, len(want))
	}
	return nil
}

// checkAttempts requires that each attempt on record either paid or was not executed: refused for a limit, or not even sent since
// all paused before its instant.
func checkAttempts(ctx context.Context, db *models.DB, payouts int) error {
	var outcomes []struct {
		Outcome models.AttemptOutcome
		Count   int
	}
	err := db.Read(ctx).Model(&models.PayoutAttempt{}).Group("outcome").Select("outcome, COUNT(*) AS count").Scan(&outcomes).Error
	if err != nil {
		return fmt.Errorf("count attempts: %w", err)
	}
	paid := 0
	for _, o := range outcomes {
		switch o.Outcome {
		case models.AttemptOutcomePaid:
			paid = o.Count
		case models.AttemptOutcomeNotExecuted:
		default:
			return fmt.Errorf("%w: %d attempts have the outcome %q", ErrWrong, o.Count, o.Outcome)
		}
	}
	if paid != payouts {
		return fmt.Errorf("%w: %d attempts paid %d payouts", ErrWrong, paid, payouts)
	}
	return nil
}
