package app

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/testkit"
	"tributary/models"
)

// trial is how far the trouble of a run is.
type trial struct {
	crashes   atomic.Int64 // so far
	transfers atomic.Int64 // since those after which the trouble comes
	away      int          // outages of Redis that last; guarded by the run's lock
	losing    atomic.Int64 // commits whose reply is still to be lost
	came      atomic.Bool
	jumped    *jumped
}

// jumped is what was the case when the clock was turned beyond the life of every key.
type jumped struct {
	posts  int                   // how many had left
	open   map[string]bool       // keys of attempts without a definite end
	listed map[models.ID]payment // payouts whose transfer the rail had
}

type payment struct {
	transferID string
	generation int
}

// between is the time between a crash and the resume.
func (r *run) between() {
	r.sim.Script(r.s.later...)
	switch r.s.trouble {
	case noTrouble:
		r.came()
	case jump:
		r.trial.jumped = r.beforeJump()
		r.clock.Advance(25 * time.Hour)
		r.came()
	case emptied:
		require.NoError(r.t, r.redis.Empty())
		r.came()
	}
}

func (r *run) came() {
	if r.trial.came.CompareAndSwap(false, true) {
		r.tally.troubled(r.s.trouble)
	}
}

func (r *run) beforeJump() *jumped {
	j := &jumped{posts: len(r.sent()), open: map[string]bool{}, listed: map[models.ID]payment{}}
	var open []models.PayoutAttempt
	require.NoError(r.t, r.DB.Read(r.t.Context()).Where("payout_id IN (SELECT id FROM payouts WHERE batch_id = ? AND settled_at IS NULL) AND outcome IN ?", r.batch.ID,
		[]models.AttemptOutcome{"", models.AttemptOutcomeUnknown}).Find(&open).Error)
	for _, a := range open {
		j.open[a.IdemKey] = true
		var p models.Payout
		require.NoError(r.t, r.DB.Read(r.t.Context()).Where("id = ?", a.PayoutID).Take(&p).Error)
		for _, m := range r.sim.Transfers() { // to look here takes no fault away from the workers
			if m.Group == r.batch.ID.String() && m.Destination == p.Destination {
				j.listed[p.ID] = payment{m.ID, a.Generation}
			}
		}
	}
	return j
}

// strike is asked after each transfer that ran, while its answer waits.
func (r *run) strike(w *worker) {
	if r.trial.crashes.Load() < int64(r.s.after) || r.trial.transfers.Add(1) != int64(r.s.at) {
		return
	}
	switch r.s.trouble {
	case emptied:
		if r.redis.Empty() == nil {
			r.came()
		}
	case redisAway:
		r.loseRedis()
	case databaseLost:
		r.came()
		r.loseDatabase(w)
	}
}

// loseDatabase ends a worker's connections to the database, in one of four ways.
func (r *run) loseDatabase(w *worker) {
	switch r.s.way {
	case 0: // the server ends them
		var ids []int64
		ctx := testkit.Acting(r.t)
		if r.DB.Read(ctx).Raw("SELECT id FROM information_schema.processlist WHERE host IN ?", w.db.senders()).Scan(&ids).Error != nil {
			return
		}
		for _, id := range ids {
			r.DB.Read(ctx).Exec(fmt.Sprintf("KILL CONNECTION %d", id)) // one may have ended by itself
		}
	case 1:
		w.db.cut()
	case 2: // and nobody answers for a while
		w.db.down(true)
		time.AfterFunc(300*time.Millisecond, func() { w.db.down(false) })
	default: // a commit is carried out, and the worker does not hear of it
		r.trial.losing.Store(1)
	}
}

// judgeCommit loses the reply to a commit of a worker that lives.
func (r *run) judgeCommit() (fate, func()) {
	if r.trial.losing.Add(-1) == 0 {
		return losesReply, func() {}
	}
	return arrives, nil
}

// loseRedis takes Redis away from every worker, those that are still to be started too, for two minutes of the clock.
func (r *run) loseRedis() {
	r.redisIs(away)
	r.came()
	time.AfterFunc(400*time.Millisecond, func() {
		r.clock.Advance(2 * time.Minute)
		r.redisIs(back)
	})
}

const (
	away = 1
	back = -1
)

func (r *run) redisIs(change int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trial.away += change
	for _, w := range r.crew {
		w.redis.down(r.trial.away > 0)
	}
}
