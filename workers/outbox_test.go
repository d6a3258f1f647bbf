package workers

import (
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
	"tributary/models"
)

// Redis is emptied at each moment of a task's life; the batch is paid and closed all the same, once.
func TestAnEmptiedRedisLosesNothing(t *testing.T) {
	t.Run("before the bell is rung", func(t *testing.T) {
		d := newDock(t)
		b := d.approved()
		d.execute(b)
		d.empty()
		d.start()
		d.awaitClosed(b)
	})
	t.Run("after the bell is rung", func(t *testing.T) {
		d := newDock(t)
		b := d.approved()
		d.execute(b)
		rung, err := d.server.outbox.RingDue(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, rung)
		d.empty()
		rung, err = d.server.outbox.RingDue(t.Context())
		require.NoError(t, err)
		require.Zero(t, rung, "nobody knows yet that it is lost")
		d.Clock.Advance(ringAgainMin)
		d.start()
		d.awaitClosed(b)
	})
	t.Run("after the task was started", func(t *testing.T) {
		d := newDock(t)
		b := d.approved()
		d.gate.shut()
		d.execute(b)
		d.start()
		<-d.gate.reached
		d.empty()
		close(d.gate.open)
		d.awaitClosed(b)
	})
}

// While Redis is away nothing is lost, and what was due is rung when it is back. The outage is made by hand, so this
// Redis is always the one in this process.
func TestAnOutageOfRedisDelaysOnly(t *testing.T) {
	redis := miniredis.RunT(t)
	d := newDockAt(t, "redis://"+redis.Addr())
	b := d.approved()
	d.execute(b)
	before := d.outbox()
	redis.Close()
	_, err := d.server.outbox.RingDue(t.Context())
	require.Error(t, err)
	require.Equal(t, before, d.outbox(), "a bell that was not heard counts as not rung")
	require.NoError(t, redis.Restart())
	d.start()
	d.awaitClosed(b)
}

func TestABellIsRungAgainLaterAndLater(t *testing.T) {
	d := newDock(t)
	subject := models.NewID()
	d.Do(func(tx *models.Tx) error { return models.Ring(tx, models.TaskPayoutSend, subject) })
	for rings, wait := range []time.Duration{2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		rung, err := d.server.outbox.RingDue(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, rung)
		row := d.outbox()[0]
		require.Equal(t, rings+1, row.Rings)
		require.Equal(t, d.Clock.Now().Add(wait), row.RingAt.UTC())
		d.Clock.Advance(wait - time.Microsecond)
		rung, err = d.server.outbox.RingDue(t.Context())
		require.NoError(t, err)
		require.Zero(t, rung)
		d.Clock.Advance(time.Microsecond)
	}
	waiting, err := d.server.inspector.ListPendingTasks(queuePayouts)
	require.NoError(t, err)
	require.Len(t, waiting, 5, "each round is a task of its own: one that was put aside does not silence the next")
}

func TestTwoProcessesRingARowOnce(t *testing.T) {
	d := newDock(t)
	d.Do(func(tx *models.Tx) error {
		return models.Ring(tx, models.TaskStripeEvent, models.NewID(), models.NewID())
	})
	var group sync.WaitGroup
	failures := make([]error, 4)
	for i := range failures {
		group.Go(func() { _, failures[i] = d.server.outbox.RingDue(t.Context()) })
	}
	group.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	for _, row := range d.outbox() {
		require.Equal(t, 1, row.Rings)
	}
	waiting, err := d.server.inspector.ListPendingTasks(queueDefault)
	require.NoError(t, err)
	require.Len(t, waiting, 2)
}

// A full outbox is rung in parts, the oldest first.
func TestAFullOutboxIsRungInParts(t *testing.T) {
	d := newDock(t)
	subjects := make([]models.ID, maxBatchRing+1)
	for i := range subjects {
		subjects[i] = models.NewID()
	}
	d.Do(func(tx *models.Tx) error { return models.Ring(tx, models.TaskPayoutSend, subjects...) })
	for _, want := range []int{maxBatchRing, 1, 0} {
		rung, err := d.server.outbox.RingDue(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, rung)
	}
}

func TestTheCollectorTellsWhatTheQueuesHold(t *testing.T) {
	d := newDock(t)
	tasks := func() map[string]float64 { return d.scrape()["tributary_queue_tasks"] }
	require.Empty(t, tasks(), "a queue that nothing was put on is left out")
	d.Do(func(tx *models.Tx) error {
		if err := models.Ring(tx, models.TaskPayoutSend, models.NewID(), models.NewID()); err != nil {
			return err
		}
		return models.Ring(tx, models.TaskStripeEvent, models.NewID())
	})
	_, err := d.server.outbox.RingDue(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"payouts pending ": 2, "payouts active ": 0, "payouts scheduled ": 0, "payouts retry ": 0, "payouts archived ": 0,
		"default pending ": 1, "default active ": 0, "default scheduled ": 0, "default retry ": 0, "default archived ": 0}, tasks())
	waiting, err := d.server.inspector.ListPendingTasks(queueDefault)
	require.NoError(t, err)
	require.NoError(t, d.server.inspector.ArchiveTask(queueDefault, waiting[0].ID))
	require.EqualValues(t, 1, tasks()["default archived "])
	require.Zero(t, tasks()["default pending "])
}

// scrape gives every metric of the workers, by its name and labels.
func (d *dock) scrape() map[string]map[string]float64 {
	d.T.Helper()
	registry := prometheus.NewRegistry()
	require.NoError(d.T, registry.Register(d.server.Collector()))
	families, err := registry.Gather()
	require.NoError(d.T, err)
	found := map[string]map[string]float64{}
	for _, family := range families {
		found[family.GetName()] = map[string]float64{}
		for _, metric := range family.GetMetric() {
			name := ""
			for _, label := range metric.GetLabel() {
				name += label.GetValue() + " "
			}
			found[family.GetName()][name] = metric.GetGauge().GetValue()
		}
	}
	return found
}

func TestTheCollectorTellsForHowLongAnOutcomeIsNotKnown(t *testing.T) {
	d := newDock(t)
	b := d.approved()
	d.execute(b)
	require.Equal(t, map[string]float64{"UNKNOWN ": 0, "NEEDS_REVIEW ": 0}, d.scrape()["tributary_payouts_undecided"])
	d.sim.Script(stripesim.Fault{Kind: stripesim.DropBefore, Method: "POST", Path: "/v1/transfers", Count: 1})
	ring := d.outbox()[0]
	require.NoError(t, d.run(ring.Task, payload{OutboxID: ring.ID, SubjectID: ring.SubjectID}))
	d.Clock.Advance(90 * time.Minute)
	require.Equal(t, map[string]float64{"UNKNOWN ": 1, "NEEDS_REVIEW ": 0}, d.scrape()["tributary_payouts_undecided"])
	require.Equal(t, map[string]float64{"UNKNOWN ": 5400, "NEEDS_REVIEW ": 0}, d.scrape()["tributary_payouts_undecided_oldest_seconds"])
}

func TestANonsenseAddressIsRefused(t *testing.T) {
	for _, address := range []string{"", "nonsense", "http://127.0.0.1:6379", "redis-sentinel://127.0.0.1:1,127.0.0.1:2?master=m"} {
		_, err := New(Options{Redis: address})
		require.Error(t, err, address)
	}
}
