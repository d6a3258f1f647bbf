package app

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// worker is a worker process, with a line of its own to everything that it speaks to.
type worker struct {
	run       *run
	cmd       *exec.Cmd
	kill      kill
	rail      *httptest.Server
	redis, db *wire // no line to SQLite
	dead      chan struct{}
	log       string
	hits      atomic.Int64 // of its point, where it is seen from outside
	isEnded   atomic.Bool  // by the test, not at its point
}

// outfit makes everything that a worker needs, but does not start it.
func (r *run) outfit(k kill) *worker {
	t := r.t
	t.Helper()
	w := &worker{run: r, kill: k, dead: make(chan struct{}), log: filepath.Join(t.TempDir(), "log")}
	w.rail = httptest.NewServer(http.HandlerFunc(w.serveRail))
	redis, db := w.through(t, r.redis.URL(), &w.redis, w.judgeRedis), r.Config.DatabaseURL
	if r.DB.IsMySQL() {
		db = w.through(t, db, &w.db, w.judgeDatabase)
	}
	w.cmd = exec.Command(os.Args[0], "-test.run=^$")
	w.cmd.Env = append(os.Environ(), workerVariable+"="+r.clock.file.Name(), fmt.Sprintf("%s=%s/%d", killVariable, k.point, k.n),
		"TRIBUTARY_DATABASE_URL="+db, "TRIBUTARY_REDIS_URL="+redis, "TRIBUTARY_STRIPE_KEY="+r.Config.StripeKey,
		"TRIBUTARY_STRIPE_API_BASE="+w.rail.URL, "TRIBUTARY_SECRET="+r.Config.Secret)
	return w
}

func (w *worker) start() {
	t := w.run.t
	t.Helper()
	log, err := os.Create(w.log)
	require.NoError(t, err)
	defer log.Close()
	w.cmd.Stderr = log
	require.NoError(t, w.cmd.Start())
	go func() { _ = w.cmd.Wait(); close(w.dead) }()
	t.Cleanup(w.end)
	if w.kill.point == atSomeTime {
		time.AfterFunc(time.Duration(w.kill.n)*time.Millisecond, w.die)
	}
}

// through gives the address of a server by way of a line of this worker's.
func (w *worker) through(t *testing.T, address string, line **wire, judge func([]byte) (fate, func())) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	*line, err = newWire(u.Host, judge)
	require.NoError(t, err)
	u.Host = (*line).address()
	return u.String()
}

// die is being killed at its point, from outside.
func (w *worker) die() {
	if !w.isEnded.Load() {
		_ = w.cmd.Process.Kill()
	}
}

// end kills the worker, if it lives, and waits until it is gone, and until the rail is through with what it had sent.
func (w *worker) end() {
	if !w.isDead() {
		w.isEnded.Store(true)
		_ = w.cmd.Process.Kill()
		<-w.dead
	}
	w.rail.Close()
	for _, line := range []*wire{w.redis, w.db} {
		if line != nil {
			line.close()
		}
	}
}

func (w *worker) isDead() bool {
	select {
	case <-w.dead:
		return true
	default:
		return false
	}
}

// wasKilled tells whether the worker was killed at its point: by that signal, and not by the test's own hand.
func (w *worker) wasKilled() bool {
	if !w.isDead() || w.isEnded.Load() {
		return false
	}
	status, ok := w.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func (w *worker) isDue(p killPoint) bool {
	return w.kill.point == p && int(w.hits.Add(1)) == w.kill.n
}

// judgeDatabase sees commits: the driver sends each as a message of its own.
func (w *worker) judgeDatabase(sent []byte) (fate, func()) {
	if !bytes.HasSuffix(sent, []byte("\x03COMMIT")) {
		return arrives, nil
	}
	switch {
	case w.isDue(atCommit):
		return isLost, w.die
	case w.isDue(atCommitted):
		return losesReply, w.die
	}
	return w.run.judgeCommit()
}

// judgeRedis sees what is asked of Redis; that a task is done is what moves the count of those processed.
func (w *worker) judgeRedis(sent []byte) (fate, func()) {
	isAck := bytes.Contains(sent, []byte("asynq:{payouts}:processed:"))
	if w.isDue(atRedis) || isAck && w.isDue(beforeTaskAcked) {
		return isLost, w.die
	}
	return arrives, nil
}

func isTransfer(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/v1/transfers"
}

// serveRail is the simulator as this worker sees it.
func (w *worker) serveRail(rw http.ResponseWriter, r *http.Request) {
	if !isTransfer(r) {
		w.run.sim.ServeHTTP(rw, r)
		return
	}
	w.run.underWay.Add(1)
	defer w.run.underWay.Add(-1)
	body, err := w.run.note(r)
	if err != nil {
		panic(http.ErrAbortHandler) // it broke off: the rail has no request
	}
	again := r.Clone(w.run.t.Context())
	switch {
	case w.isDue(beforeItRuns):
		w.die()
		panic(http.ErrAbortHandler)
	case w.isDue(untilItRunsLate):
		again.Body = body()
		w.run.keepBack(again)
		w.die()
		panic(http.ErrAbortHandler)
	case w.isDue(afterItRan):
		again.Body = body()
		w.run.arrive(again)
		w.die()
		panic(http.ErrAbortHandler)
	}
	r.Body = body()
	w.run.sim.ServeHTTP(rw, r)
	w.run.strike(w)
	if w.isDue(afterTheAnswer) {
		_ = http.NewResponseController(rw).Flush()
		w.die()
	}
}

// logs gives what the run's workers said, for whoever has to find out.
func (r *run) logs() string {
	var b strings.Builder
	for i, w := range r.crew {
		text, _ := os.ReadFile(w.log)
		fmt.Fprintf(&b, "--- worker %d, %s\n%s", i+1, w.kill.point, text[max(0, len(text)-4000):])
	}
	return b.String()
}
