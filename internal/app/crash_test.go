package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/embedded"
	"tributary/internal/ledger"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

// The environment that turns this test binary into a worker process.
const (
	childVariable  = "TRIBUTARY_TEST_WORKER"
	offsetVariable = "TRIBUTARY_TEST_CLOCK_OFFSET"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "1" {
		if err := beWorker(); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beWorker is the program's own worker mode with a clock that the parent has turned.
func beWorker() error {
	offset, err := strconv.ParseInt(os.Getenv(offsetVariable), 10, 64)
	if err != nil {
		return err
	}
	clock := &DemoClock{}
	clock.offset.Store(offset)
	c := Config{Addr: "127.0.0.1:0", DatabaseURL: os.Getenv("TRIBUTARY_DATABASE_URL"), RedisURL: os.Getenv("TRIBUTARY_REDIS_URL"),
		StripeKey: os.Getenv("TRIBUTARY_STRIPE_KEY"), StripeAPIBase: os.Getenv("TRIBUTARY_STRIPE_API_BASE"), Secret: os.Getenv("TRIBUTARY_SECRET"), slotLease: time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	a, err := Open(ctx, c, clock.Now, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Serve(ctx, false, true)
}

// When a worker is killed, seen from the rail.
const (
	killBeforeItRuns = iota
	killAfterItRan
	killAfterTheAnswer
	killAtRandom
	killPoints
)

// killer stands in front of the simulator and kills the worker at a point of the n-th transfer.
type killer struct {
	http.Handler
	mu    sync.Mutex
	child *exec.Cmd
	point int
	after int
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/transfers" {
		k.Handler.ServeHTTP(w, r)
		return
	}
	k.mu.Lock()
	k.after--
	due, point, child := k.after == 0 && k.child != nil, k.point, k.child
	k.mu.Unlock()
	if due && point == killBeforeItRuns {
		_ = child.Process.Kill()
		panic(http.ErrAbortHandler)
	}
	k.Handler.ServeHTTP(w, r)
	if due && point == killAfterItRan {
		_ = child.Process.Kill()
		panic(http.ErrAbortHandler)
	}
	if due && point == killAfterTheAnswer {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		_ = child.Process.Kill()
	}
}

func (k *killer) arm(child *exec.Cmd, point, after int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.child, k.point, k.after = child, point, after
}

// TestKilledWorkersPayOnce kills worker processes with SIGKILL in the middle of a payout run, at named points and at
// random times, until everybody is paid: each payable partner has exactly one transfer, and the ledger is proven.
func TestKilledWorkersPayOnce(t *testing.T) {
	d, k, sim := readyToPay(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	batch := startPaying(t, d)
	kills := 0
	rounds := 40
	if testing.Short() {
		rounds = 8 // each point twice; the long run is with MariaDB and Redis
	}
	for round := 0; round < rounds && unfinishedPayouts(t, d, batch) > 0; round++ {
		child := d.spawn(t)
		point := round % killPoints
		k.arm(child, point, 1+random.IntN(2))
		ended := make(chan struct{})
		go func() { _ = child.Wait(); close(ended) }()
		wait := 8 * time.Second
		if point == killAtRandom {
			wait = time.Duration(50+random.IntN(150)) * time.Millisecond
		}
		if killedOrDone(t, d, batch, ended, wait) {
			kills++
		}
		k.arm(nil, 0, 0)
		_ = child.Process.Kill()
		<-ended
		if round%5 == 4 && d.Redis != nil {
			d.Redis.FlushAll()
		}
		d.clock.offset.Add(int64(3 * time.Minute)) // past the claims of the dead
	}
	require.GreaterOrEqual(t, kills, 3, "the test must really have killed workers")
	finish(t, d, batch)

	paid := map[string]int{}
	for _, m := range sim.Transfers() {
		paid[m.Destination]++
		require.Equal(t, 1, paid[m.Destination], "one transfer per partner")
	}
	var transferred int64
	require.NoError(t, d.DB.Read(t.Context()).Model(&models.Payout{}).Where("batch_id = ? AND state = ?", batch.ID, models.PayoutStateTransferred).Count(&transferred).Error)
	require.EqualValues(t, batch.PayoutCount, transferred)
	require.Len(t, paid, batch.PayoutCount)
	require.NoError(t, sim.Check())
	proof, err := ledger.Verify(t.Context(), d.DB)
	require.NoError(t, err)
	require.Empty(t, proof.Findings)
	replays, err := Replay(t.Context(), d.App, ReplayRequest{Merchant: "gift-shop", Program: d.program.Slug})
	require.NoError(t, err)
	require.NotEmpty(t, replays)
	require.NoError(t, ReplayAgrees(replays), "%+v", replays)
	t.Logf("%d kills, %d payouts", kills, batch.PayoutCount)
}

func readyToPay(t *testing.T) (*demo, *killer, *stripesim.Server) {
	t.Helper()
	clock := &DemoClock{}
	clock.TurnTo(demoStart)
	sim, err := stripesim.New(stripesim.Options{Now: clock.Now, SecretKey: "sk_test_crash", Audit: true})
	require.NoError(t, err)
	t.Cleanup(sim.Close)
	k := &killer{Handler: sim}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	redis := os.Getenv("TRIBUTARY_TEST_REDIS_URL")
	var own *embedded.Redis
	if redis == "" {
		own, err = embedded.StartRedis()
		require.NoError(t, err)
		t.Cleanup(own.Stop)
		redis = own.URL()
	}
	c := Config{Addr: "127.0.0.1:0", DatabaseURL: testkit.NewAddress(t), RedisURL: redis, StripeKey: "sk_test_crash", StripeAPIBase: server.URL,
		Secret: strings.Repeat("s", 32), DataDir: t.TempDir()}
	a, err := Open(t.Context(), c, clock.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(a.Close)
	a.Access.HashCheaply()
	_, err = models.Migrate(t.Context(), a.DB)
	require.NoError(t, err)
	a.Redis = own
	front := httptest.NewServer(a.Handler())
	t.Cleanup(front.Close)
	a.Config.BaseURL = front.URL
	d := &demo{App: a, clock: clock}
	for _, step := range []func(context.Context) error{d.setUp, d.recruit, d.onboard, d.sell, d.refund, d.closeMonth} {
		require.NoError(t, step(t.Context()))
	}
	d.workers.Stop()
	return d, k, sim
}

func startPaying(t *testing.T, d *demo) models.PayoutBatch {
	t.Helper()
	var period models.Period
	require.NoError(t, d.DB.Read(t.Context()).Where("state = ?", models.PeriodStateClosed).Take(&period).Error)
	var batch models.PayoutBatch
	require.NoError(t, models.InTx(t.Context(), d.DB, func(tx *models.Tx) error {
		var err error
		batch, err = d.Payouts.Plan(tx, d.owner, period.ID)
		return err
	}))
	require.NoError(t, d.fund(t.Context(), batch.TotalMinor))
	require.NoError(t, models.InTx(t.Context(), d.DB, func(tx *models.Tx) error {
		if _, err := d.Payouts.Approve(tx, d.finance, batch.ID, payout.HashText(batch.ContentHash)); err != nil {
			return err
		}
		_, err := d.Payouts.Execute(tx, d.finance, batch.ID)
		return err
	}))
	return batch
}

func (d *demo) spawn(t *testing.T) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childVariable+"=1", fmt.Sprintf("%s=%d", offsetVariable, d.clock.offset.Load()),
		"TRIBUTARY_DATABASE_URL="+d.Config.DatabaseURL, "TRIBUTARY_REDIS_URL="+d.Config.RedisURL, "TRIBUTARY_STRIPE_KEY="+d.Config.StripeKey,
		"TRIBUTARY_STRIPE_API_BASE="+d.Config.StripeAPIBase, "TRIBUTARY_SECRET="+d.Config.Secret)
	require.NoError(t, child.Start())
	t.Cleanup(func() { _ = child.Process.Kill() })
	return child
}

func unfinishedPayouts(t *testing.T, d *demo, b models.PayoutBatch) int64 {
	t.Helper()
	var left int64
	require.NoError(t, d.DB.Read(t.Context()).Model(&models.Payout{}).Where("batch_id = ? AND state IN ?", b.ID,
		[]models.PayoutState{models.PayoutStateReady, models.PayoutStateSending, models.PayoutStateUnknown}).Count(&left).Error)
	return left
}

// killedOrDone waits until the worker is dead or everybody is paid; it tells whether the worker was killed before.
func killedOrDone(t *testing.T, d *demo, b models.PayoutBatch, ended <-chan struct{}, wait time.Duration) bool {
	t.Helper()
	limit := time.NewTimer(wait)
	defer limit.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return true
		case <-limit.C:
			return unfinishedPayouts(t, d, b) > 0
		case <-tick.C:
			if unfinishedPayouts(t, d, b) == 0 {
				return false
			}
		}
	}
}

// finish lets an undisturbed worker end the batch.
func finish(t *testing.T, d *demo, b models.PayoutBatch) {
	t.Helper()
	child := d.spawn(t)
	if err := d.awaitBatch(t.Context(), b.ID, models.BatchStateClosed); err != nil {
		var rows []models.Payout
		var rings []models.OutboxItem
		d.DB.Read(t.Context()).Where("batch_id = ?", b.ID).Find(&rows)
		d.DB.Read(t.Context()).Find(&rings)
		got, _ := d.Payouts.Batch(t.Context(), d.finance, b.ID)
		for _, p := range rows {
			t.Logf("payout %s %s %s next %v", p.ID, p.State, p.Reason, p.NextTryAt)
		}
		t.Fatalf("%v: batch %s, now %s, outbox %+v", err, got.State, d.DB.Now(), rings)
	}
	require.NoError(t, child.Process.Signal(syscall.SIGTERM))
	_ = child.Wait()
}
