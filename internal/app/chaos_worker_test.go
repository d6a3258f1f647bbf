package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// The environment that turns this test binary into a worker process.
const (
	workerVariable = "TRIBUTARY_TEST_WORKER" // the file of its clock
	killVariable   = "TRIBUTARY_TEST_KILL"   // "POINT/N": die at the point's n-th time
)

func TestMain(m *testing.M) {
	if clock := os.Getenv(workerVariable); clock != "" {
		if err := beWorker(clock); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beWorker is the program's own worker mode, with a clock that the test turns, and with a bomb.
func beWorker(clockFile string) error {
	clock, err := openClock(clockFile)
	if err != nil {
		return err
	}
	bomb, err := newBomb(os.Getenv(killVariable))
	if err != nil {
		return err
	}
	http.DefaultTransport.(*http.Transport).DialContext = bomb.dial // the way to the rail is a copy of it
	c := Config{Addr: "127.0.0.1:0", DatabaseURL: os.Getenv("TRIBUTARY_DATABASE_URL"), RedisURL: os.Getenv("TRIBUTARY_REDIS_URL"),
		StripeKey: os.Getenv("TRIBUTARY_STRIPE_KEY"), StripeAPIBase: os.Getenv("TRIBUTARY_STRIPE_API_BASE"), Secret: os.Getenv("TRIBUTARY_SECRET"),
		slotLease: time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	a, err := Open(ctx, c, clock.Now, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer a.Close()
	if err := bomb.watch(a.DB); err != nil {
		return err
	}
	return a.Serve(ctx, false, true)
}

// bomb kills its own process, with a signal that nothing can catch, at the n-th time that a point is passed.
type bomb struct {
	point killPoint
	left  atomic.Int64
}

func newBomb(text string) (*bomb, error) {
	point, n, _ := strings.Cut(text, "/")
	b := &bomb{point: killPoint(point)}
	if point == "" {
		return b, nil
	}
	left, err := strconv.ParseInt(n, 10, 64)
	b.left.Store(left)
	return b, err
}

func (b *bomb) isDue(p killPoint) bool { return b.point == p && b.left.Add(-1) == 0 }

func (b *bomb) pass(p killPoint) {
	if b.isDue(p) {
		die()
	}
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// watch is the part that counts statements.
func (b *bomb) watch(db *models.DB) error {
	on := db.Read(context.Background()).Callback()
	before := func(g *gorm.DB) { b.pass(atStatement) }
	after := func(table string, p killPoint) func(*gorm.DB) {
		return func(g *gorm.DB) {
			if g.Statement.Table == table && g.Error == nil {
				b.pass(p)
			}
		}
	}
	attempts, outbox := models.PayoutAttempt{}.TableName(), models.OutboxItem{}.TableName()
	for _, err := range []error{
		on.Query().Before("gorm:query").Register("bomb:query", before), on.Row().Before("gorm:row").Register("bomb:row", before),
		on.Raw().Before("gorm:raw").Register("bomb:raw", before), on.Create().Before("gorm:create").Register("bomb:create", before),
		on.Update().Before("gorm:update").Register("bomb:update", before), on.Delete().Before("gorm:delete").Register("bomb:delete", before),
		on.Create().After("gorm:create").Register("bomb:attempt", after(attempts, beforeAttemptCommits)),
		on.Update().After("gorm:update").Register("bomb:answer", after(attempts, beforeAnswerCommits)),
		on.Delete().Before("gorm:delete").Register("bomb:bell", after(outbox, beforeTaskAnswered)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// dial is the part that watches what goes to the rail and comes from it.
func (b *bomb) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &railConn{Conn: conn, bomb: b}, nil
}

type railConn struct {
	net.Conn
	bomb      *bomb
	isLeaving bool        // the head of a request for a transfer has left, its body has not
	waiting   atomic.Bool // for the answer to one
}

// Write sends a part of a request: the head comes by itself, then the body.
func (c *railConn) Write(part []byte) (int, error) {
	text := string(part)
	if strings.HasPrefix(text, "POST /v1/transfers ") {
		c.bomb.pass(beforeItLeaves)
		c.isLeaving = true
	}
	n, err := c.Conn.Write(part)
	switch isHead := strings.HasSuffix(text, "\r\n\r\n"); {
	case c.isLeaving && isHead:
		c.bomb.pass(whileItLeaves)
	case c.isLeaving:
		c.isLeaving = false
		c.waiting.Store(true)
		c.bomb.pass(inTheAir)
	}
	return n, err
}

func (c *railConn) Read(answer []byte) (int, error) {
	n, err := c.Conn.Read(answer)
	if n > 0 && c.waiting.CompareAndSwap(true, false) {
		c.bomb.pass(answerInHand)
	}
	return n, err
}
