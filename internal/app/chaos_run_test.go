package app

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/internal/testkit"
	"tributary/models"
)

// run is one batch that is paid while workers are killed.
type run struct {
	*harbour
	t     *testing.T
	s     scenario
	batch models.PayoutBatch
	crew  []*worker // every one that was started
	mu    sync.Mutex
	posts []post
	late  []*http.Request // kept back on their way to the rail
	tally *tally
	trial trial
	trace []string

	underWay atomic.Int64 // transfers at the rail
}

// post is a request for a transfer that reached the rail.
type post struct {
	key      string
	payoutID string
	content  [sha256.Size]byte
}

// note keeps a request for a transfer, and gives its body, as often as it is wanted.
func (r *run) note(q *http.Request) (func() io.ReadCloser, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts = append(r.posts, post{key: q.Header.Get("Idempotency-Key"), payoutID: form.Get("metadata[tributary_payout]"), content: sha256.Sum256(body)})
	return func() io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }, nil
}

func (r *run) sent() []post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]post(nil), r.posts...)
}

// say keeps how far the run is, for when it fails.
func (r *run) say(what string) {
	r.trace = append(r.trace, fmt.Sprintf("%s %s %s %+v", time.Now().Format("05.000"), r.DB.Now().Format("2006-01-02 15:04:05"), what, r.look()))
}

// keepBack holds a request on its way, until letArrive.
func (r *run) keepBack(q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = append(r.late, q)
}

func (r *run) letArrive() {
	r.mu.Lock()
	late := r.late
	r.late = nil
	r.mu.Unlock()
	for _, q := range late {
		r.arrive(q)
	}
}

// arrive lets the rail have a request whose sender is gone.
func (r *run) arrive(q *http.Request) {
	defer func() {
		if gone := recover(); gone != nil && gone != http.ErrAbortHandler {
			panic(gone)
		}
	}()
	r.sim.ServeHTTP(httptest.NewRecorder(), q)
}

// play is the run: crashes with the trouble around them, and then whatever it takes to end.
func (r *run) play() {
	require.NoError(r.t, r.redis.Empty())
	r.hears.Store(false)
	r.batch = r.season(r.t, r.s)
	r.sim.ClearFaults()
	r.sim.Script(r.s.faults...)
	r.hears.Store(r.s.hears)
	r.sim.Duplicate(2)
	r.sim.Disorder(2)
	for i, k := range r.s.kills {
		r.crash(k, i == len(r.s.kills)-1)
		r.clock.Advance(claimsEnd)
		if i == 0 {
			r.between()
		}
	}
	r.goOn()
	r.prove()
}

// claimsEnd is longer than the claims of the dead last.
const claimsEnd = 3 * time.Minute

// crash starts workers that will be killed at a point, and waits for it, or until there is nothing left that could lead
// there. Whoever is left is killed too, after the last crash sometimes later: it goes on beside what the dead left.
func (r *run) crash(k kill, isLast bool) {
	r.say("crash " + string(k.point))
	var now []*worker
	for range r.s.workers {
		now = append(now, r.hire(k))
	}
	dead := func() bool { return now[0].isDead() || now[len(now)-1].isDead() }
	for turn := 0; !r.await(dead) && turn < 5; turn++ {
		r.people()
		r.stride(turn)
		r.tick()
	}
	if isLast && len(now) > 1 && r.s.survives {
		r.clock.Advance(claimsEnd)
		r.tick()
		r.await(r.isOver)
	}
	killed := 0
	for _, w := range now {
		w.end()
		if w.wasKilled() {
			killed++
		}
	}
	r.tally.crashed(k.point, killed)
	r.letArrive()
	r.trial.crashes.Add(1)
	r.say("crashed")
}

// hire starts a worker that will be killed at a point.
func (r *run) hire(k kill) *worker {
	w := r.outfit(k)
	r.mu.Lock()
	r.crew = append(r.crew, w)
	w.redis.down(r.trial.away > 0)
	r.mu.Unlock()
	w.start()
	return w
}

// How long it must stand still to be left alone: when nothing is to be done, and when something is that does not go on, as
// while a queue waits before it tries again.
const (
	stillWhenDone = 60 * time.Millisecond
	stillWhenBusy = 1500 * time.Millisecond
)

// await waits until something holds, or until everything stands still: then only the clock can lead on. To be wrong about
// that on a slow machine does no harm, since nothing that is asserted depends on when the clock was turned.
func (r *run) await(holds func() bool) bool {
	since, was := time.Now(), r.look()
	for {
		if holds() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
		if now := r.look(); now != was {
			was, since = now, time.Now()
		}
		still := stillWhenDone
		if was.isBusy() {
			still = stillWhenBusy
		}
		if time.Since(since) > still {
			return holds()
		}
	}
}

// view is how far a run is: when two are the same, nothing has happened in between.
type view struct {
	batch                  models.BatchState
	sending, due, attempts int64
	ended, rung, bells     int64
	posts                  int
}

func (v view) isBusy() bool {
	return v.sending+v.due+v.rung > 0 || v.batch == models.BatchStateReconciling && v.bells > 0
}

// look reads where the run is. Its own reads may meet a database that is busy with the workers.
func (r *run) look() view {
	var v view
	ctx, now := testkit.Acting(r.t), r.DB.Now()
	payouts := func() *gorm.DB { return r.DB.Read(ctx).Model(&models.Payout{}).Where("batch_id = ?", r.batch.ID) }
	var b models.PayoutBatch
	err := errors.Join(
		r.DB.Read(ctx).Where("id = ?", r.batch.ID).Take(&b).Error,
		payouts().Where("state = ?", models.PayoutStateSending).Count(&v.sending).Error,
		payouts().Where("(state = ? OR state = ? AND batch_id IN (SELECT id FROM payout_batches WHERE state = ?)) AND next_try_at <= ?", models.PayoutStateUnknown,
			models.PayoutStateReady, models.BatchStateExecuting, now).Count(&v.due).Error,
		payouts().Where("settled_at IS NOT NULL").Count(&v.ended).Error,
		payouts().Select("COALESCE(SUM(attempts + generation), 0)").Scan(&v.attempts).Error,
		r.DB.Read(ctx).Model(&models.OutboxItem{}).Where("ring_at <= ?", now).Count(&v.rung).Error,
		r.DB.Read(ctx).Model(&models.OutboxItem{}).Count(&v.bells).Error)
	require.NoError(r.t, err)
	v.batch, v.posts = b.State, len(r.sent())
	return v
}
