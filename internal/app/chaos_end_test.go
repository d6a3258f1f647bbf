package app

import (
	"errors"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/payout"
	"tributary/internal/testkit"
	"tributary/models"
)

// strides are how far the clock is turned each time that nothing moves: within the life of a key first, then beyond it, and
// in the end beyond the three days that an error of the rail is waited for. The last one goes on.
var strides = []time.Duration{3 * time.Minute, 4 * time.Minute, 11 * time.Minute, 40 * time.Minute, 2 * time.Hour, 7 * time.Hour, 14 * time.Hour,
	25 * time.Hour, 2 * time.Hour, 26 * time.Hour, 25 * time.Hour, 2 * time.Hour}

const (
	maxStrides = 80
	maxStarts  = 6
)

// goOn keeps workers running that nobody kills, as whoever runs them would, until the batch is closed. The schedule's ticks
// come by the real clock, so the test makes them; people do what is theirs to do.
func (r *run) goOn() {
	var crew []*worker
	starts := 0
	keep := func() {
		for len(crew) < r.s.workers {
			crew = append(crew, r.hire(kill{}))
			starts++
		}
		for i, w := range crew {
			if w.isDead() {
				crew[i] = r.hire(kill{})
				starts++
			}
		}
		require.LessOrEqual(r.t, starts, maxStarts*r.s.workers, "a worker that nobody kills lives")
	}
	if r.s.trouble == redisAway && (r.s.way == 0 || !r.trial.came.Load()) {
		r.startWithoutRedis(keep)
	}
	for turn := 0; ; turn++ {
		require.Less(r.t, turn, maxStrides, "the batch comes to an end: %+v", r.look())
		keep()
		if r.await(r.isOver) {
			return
		}
		r.say("turn")
		r.people()
		r.stride(turn)
		r.tick()
	}
}

// startWithoutRedis starts workers while there is no Redis: without its limits nothing may be sent.
func (r *run) startWithoutRedis(keep func()) {
	r.redisIs(away)
	before := len(r.sent())
	keep()
	asked := r.crew[len(r.crew)-1].redis
	require.Eventually(r.t, func() bool { return asked.refused.Load() > 20 }, time.Minute, 10*time.Millisecond)
	r.clock.Advance(2 * time.Minute)
	require.Eventually(r.t, func() bool { return asked.refused.Load() > 40 }, time.Minute, 10*time.Millisecond)
	require.Len(r.t, r.sent(), before, "nothing is sent without limits")
	r.redisIs(back)
	r.came()
}

// stride turns the clock to when something is due, and at least as far as it is the turn; far only when no request is under
// way, since none is for hours.
func (r *run) stride(turn int) {
	by := strides[0]
	if !r.look().isBusy() && r.underWay.Load() == 0 {
		by = max(strides[min(turn, len(strides)-1)], r.untilDue())
	}
	r.clock.Advance(by)
}

// untilDue is how long it is until the first payout or bell is due; 0 when there is none.
func (r *run) untilDue() time.Duration {
	var bells, tries []time.Time
	ctx := testkit.Acting(r.t)
	err := errors.Join(
		r.DB.Read(ctx).Model(&models.OutboxItem{}).Pluck("ring_at", &bells).Error,
		r.DB.Read(ctx).Model(&models.Payout{}).Where("batch_id = ? AND next_try_at IS NOT NULL", r.batch.ID).Pluck("next_try_at", &tries).Error)
	require.NoError(r.t, err)
	next := append(bells, tries...)
	if len(next) == 0 {
		return 0
	}
	return slices.MinFunc(next, time.Time.Compare).Sub(r.DB.Now())
}

// tick is what the schedule does by the real clock. What fails is tried again at the next one.
func (r *run) tick() {
	ctx := testkit.Acting(r.t)
	if err := r.Payouts.Sweep(ctx); err != nil {
		r.say("sweep: " + err.Error())
	}
	waiting, err := r.Payouts.Unreconciled(ctx)
	require.NoError(r.t, err)
	for _, id := range waiting {
		if _, err := r.Payouts.Reconcile(ctx, id); err != nil {
			r.say("reconcile: " + err.Error())
		}
	}
	var findings []models.ReconFinding
	require.NoError(r.t, r.DB.Read(ctx).Where("run_id IN (SELECT id FROM recon_runs WHERE batch_id = ?)", r.batch.ID).Find(&findings).Error)
	require.Empty(r.t, findings, "the rail agrees")
}

func (r *run) isOver() bool {
	v := r.look()
	return v.batch == models.BatchStateClosed && v.bells == 0
}

// people are the merchant's staff: they see to it that a batch goes on which paused, and decide what nobody else can.
func (r *run) people() {
	var b models.PayoutBatch
	require.NoError(r.t, r.DB.Read(r.t.Context()).Where("id = ?", r.batch.ID).Take(&b).Error)
	if b.State == models.BatchStatePaused {
		require.Contains(r.t, []string{payout.PauseFunds, payout.PauseSetup}, b.PauseReason)
		r.tally.saw("batch paused: " + b.PauseReason)
		if b.PauseReason == payout.PauseFunds {
			require.NoError(r.t, r.fund(b.TotalMinor))
		}
		r.do(r.t, func(tx *models.Tx) error { _, err := r.Payouts.Resume(tx, r.checker, b.ID); return err })
	}
	var left []models.Payout
	require.NoError(r.t, r.DB.Read(r.t.Context()).Where("batch_id = ? AND state = ?", r.batch.ID, models.PayoutStateNeedsReview).Find(&left).Error)
	for _, p := range left {
		r.decide(p)
	}
}

// decide is two people deciding about a payout that two lists did not hold.
func (r *run) decide(p models.Payout) {
	require.Equal(r.t, payout.ReasonNotFound, p.Reason, "there is one reason to ask people: neither was anything else sent under its key, nor is another transfer listed")
	kind := models.DecisionKindRetry
	if r.s.releases {
		kind = models.DecisionKindRelease
	}
	ctx := testkit.Acting(r.t)
	var d models.PayoutDecision
	r.do(r.t, func(tx *models.Tx) error {
		var err error
		d, err = r.Payouts.RequestDecision(tx, r.owner, payout.DecisionInput{PayoutID: p.ID, Kind: kind, Reason: "not listed"})
		return err
	})
	seen := r.Payouts.LookForDecision(ctx, r.checker, d.ID)
	err := models.InTx(ctx, r.DB, func(tx *models.Tx) error {
		_, err := r.Payouts.ConfirmDecision(tx, r.checker, d.ID, seen)
		return err
	})
	if err == nil {
		r.tally.saw("NEEDS_REVIEW " + p.Reason + ", then " + string(kind))
		return
	}
	require.Equal(r.t, payout.ErrRailUnavailable.Code, fault.CodeOf(err), "%v", err)
	r.do(r.t, func(tx *models.Tx) error { _, err := r.Payouts.DeclineDecision(tx, r.checker, d.ID); return err })
}
