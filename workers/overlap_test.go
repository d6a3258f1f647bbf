package workers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/testkit"
	"tributary/models"
)

// deaf is a rail whose first transfer hangs, whatever its context says, before the call leaves or before its answer is
// heard.
type deaf struct {
	payout.Rail
	afterCall bool
	calls     chan int      // how many were asked for; it has room for one
	hanging   chan struct{} // the first hangs
	goOn      chan struct{}
}

func newDeaf(rail payout.Rail, afterCall bool) *deaf {
	d := &deaf{Rail: rail, afterCall: afterCall, calls: make(chan int, 1), hanging: make(chan struct{}), goOn: make(chan struct{})}
	d.calls <- 0
	return d
}

func (d *deaf) Send(ctx context.Context, o payout.Order) (payout.Receipt, error) {
	n := <-d.calls + 1
	d.calls <- n
	ctx = context.WithoutCancel(ctx)
	if n > 1 {
		return d.Rail.Send(ctx, o)
	}
	if d.afterCall {
		receipt, err := d.Rail.Send(ctx, o)
		close(d.hanging)
		<-d.goOn
		return receipt, err
	}
	close(d.hanging)
	<-d.goOn
	return d.Rail.Send(ctx, o)
}

func (d *deaf) asked() int {
	n := <-d.calls
	d.calls <- n
	return n
}

// refused is a log that passes on that a task was refused.
type refused struct {
	slog.Handler
	errors chan string
}

func (h refused) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (h refused) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Message == "task refused" && a.Key == "error" {
			h.errors <- fmt.Sprint(a.Value)
		}
		return true
	})
	return nil
}

// overlap is one payout to be sent over a deaf rail, and the workers to do it.
type overlap struct {
	*dock
	address string
	rail    *deaf
	refused chan string
	looking *asynq.Inspector
	batch   models.PayoutBatch
}

func newOverlap(t *testing.T, afterCall bool) *overlap {
	t.Helper()
	address, empty := openRedis(t)
	o := &overlap{dock: newDockAt(t, address), address: address, refused: make(chan string, 10)}
	o.empty = empty
	front := httptest.NewServer(o.sim)
	t.Cleanup(front.Close)
	rail, err := stripeconnect.New(stripeconnect.Config{Key: "sk_test_dock", APIBase: front.URL, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	o.rail = newDeaf(rail, afterCall)
	parsed, err := asynq.ParseRedisURI(address)
	require.NoError(t, err)
	o.looking = asynq.NewInspector(parsed)
	t.Cleanup(func() { require.NoError(t, o.looking.Close()) })
	o.batch = o.approved()
	o.execute(o.batch)
	return o
}

// worker gives one more worker that pays over the deaf rail.
func (o *overlap) worker() *Server {
	o.T.Helper()
	log := slog.New(refused{slog.DiscardHandler, o.refused})
	payouts := payout.New(o.DB, map[models.RailName]payout.Rail{models.RailNameStripe: o.rail}, log)
	server, err := New(Options{DB: o.DB, Redis: o.address, Program: o.Programs, Commission: o.Commission, Exports: o.Exports, Payouts: payouts, Log: log})
	require.NoError(o.T, err)
	return server
}

func (o *overlap) start(s *Server) {
	o.T.Helper()
	require.NoError(o.T, s.Start())
	o.T.Cleanup(s.Stop)
}

// soon waits for what the workers do by themselves.
func (o *overlap) soon(what string, is func() bool) {
	o.T.Helper()
	require.Eventually(o.T, is, 10*time.Second, 10*time.Millisecond, what)
}

func (o *overlap) payout() models.Payout {
	o.T.Helper()
	var p models.Payout
	require.NoError(o.T, o.DB.Read(o.T.Context()).Where("batch_id = ?", o.batch.ID).Take(&p).Error)
	return p
}

// endsPaidOnce has the task run beside the first one, which still hangs: within the claim nothing is sent, after it the
// same key is. Then the first goes on, and records nothing.
func (o *overlap) endsPaidOnce() {
	o.T.Helper()
	o.soon("the second run ends", func() bool { return len(o.outbox()) == 0 })
	require.Equal(o.T, 1, o.rail.asked(), "the claim holds")
	require.Equal(o.T, models.PayoutStateSending, o.payout().State)
	o.Clock.Advance(3 * time.Minute)
	require.NoError(o.T, o.payouts.Sweep(o.T.Context()))
	o.soon("it is paid", func() bool { return o.payout().State == models.PayoutStateTransferred })
	require.Equal(o.T, 2, o.rail.asked())
	o.awaitClosed(o.batch)
	paid := o.payout()

	close(o.rail.goOn)
	require.Contains(o.T, <-o.refused, "PAYOUT_STATE", "who lost the claim records nothing")
	require.Equal(o.T, paid, o.payout())
	require.Len(o.T, o.sim.Transfers(), 1)
	require.NoError(o.T, o.sim.Check())
	var settled int64
	require.NoError(o.T, o.DB.Read(o.T.Context()).Model(&models.Journal{}).Where("kind = ?", models.JournalKindSettle).Count(&settled).Error)
	require.EqualValues(o.T, 1, settled)
	o.Prove()
}

// moments are the two ways in which a transfer is in the air.
var moments = map[string]bool{"the call leaves late": false, "the answer is heard late": true}

// Section 6, 4: a worker is told to stop while its transfer is in the air. It does not wait for long: the task goes back
// to the queue and runs in a second worker, while the first call still is under way.
func TestAcceptance4ShutdownOverlap(t *testing.T) {
	for name, afterCall := range moments {
		t.Run(name, func(t *testing.T) {
			o := newOverlap(t, afterCall)
			first, second := o.worker(), o.worker()
			first.patience = 100 * time.Millisecond
			require.NoError(t, first.Start())
			<-o.rail.hanging
			first.Stop()
			back, err := o.looking.ListPendingTasks(queuePayouts)
			require.NoError(t, err)
			require.Len(t, back, 1)
			require.Zero(t, back[0].Retried, "it was pushed back, not tried in vain")
			o.start(second)
			o.endsPaidOnce()
		})
	}
}

// Section 6, 4: the time of a task is over while its handler hangs. The queue gives the handler up, which goes on all the
// same, and has the task run once more.
func TestAcceptance4TimeoutOverlap(t *testing.T) {
	for name, afterCall := range moments {
		t.Run(name, func(t *testing.T) {
			o := newOverlap(t, afterCall)
			worker := o.worker()
			worker.outbox.timeout = time.Second // the queue knows no shorter one
			o.start(worker)
			<-o.rail.hanging
			var again []*asynq.TaskInfo
			o.soon("the handler is given up", func() bool {
				var err error
				again, err = o.looking.ListRetryTasks(queuePayouts)
				return err == nil && len(again) == 1
			})
			require.Equal(t, context.DeadlineExceeded.Error(), again[0].LastErr)
			require.NoError(t, o.looking.RunTask(queuePayouts, again[0].ID), "without the wait of a retry")
			o.endsPaidOnce()
		})
	}
}
