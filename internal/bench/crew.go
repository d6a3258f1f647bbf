package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"syscall"

	"tributary/internal/embedded"
)

// crew is worker processes of this binary.
type crew struct{ members []*member }

type member struct {
	*exec.Cmd
	log bytes.Buffer
}

// spawn starts the workers of a run. A process works on as many payouts at once as its share of what may be under way,
// and half as many again, as the program itself would choose.
func spawn(ctx context.Context, r run, database, redis, stripe string) (*crew, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	perSecond, inFlight := payLimit, payLimit
	if !r.limited {
		perSecond, inFlight = 100_000, ceilingInFlight
	}
	settings := []string{"TRIBUTARY_ADDR=127.0.0.1:0", "TRIBUTARY_DATABASE_URL=" + database, "TRIBUTARY_REDIS_URL=" + redis,
		"TRIBUTARY_STRIPE_KEY=" + payKey, "TRIBUTARY_STRIPE_API_BASE=" + stripe, "TRIBUTARY_SECRET=" + paySecret}
	for name, n := range map[string]int{"STRIPE_CALLS_PER_SECOND": perSecond, "STRIPE_TRANSFERS_PER_SECOND": perSecond, "STRIPE_READS_PER_SECOND": perSecond,
		"STRIPE_IN_FLIGHT": inFlight, "PAYOUT_CONCURRENCY": (inFlight*3/2 + r.workers - 1) / r.workers} {
		settings = append(settings, fmt.Sprintf("TRIBUTARY_%s=%d", name, n))
	}
	c := &crew{}
	for range r.workers {
		m := &member{Cmd: exec.CommandContext(ctx, binary, "work")}
		m.Env = append(os.Environ(), settings...)
		m.Stderr = &m.log
		if err := m.Start(); err != nil {
			c.kill()
			return nil, fmt.Errorf("start a worker: %w", err)
		}
		c.members = append(c.members, m)
	}
	return c, nil
}

const maxSaid = 2000

// stop lets the workers end and gives the end of their logs where one did not end well.
func (c *crew) stop() error {
	var failed []error
	for _, m := range c.members {
		_ = m.Process.Signal(syscall.SIGTERM) // one that has ended already is told by Wait
	}
	for _, m := range c.members {
		if err := m.Wait(); err != nil {
			said := m.log.Bytes()
			failed = append(failed, fmt.Errorf("a worker: %w: %s", err, said[max(0, len(said)-maxSaid):]))
		}
	}
	return errors.Join(failed...)
}

// kill ends whatever is left.
func (c *crew) kill() {
	for _, m := range c.members {
		if m.ProcessState == nil {
			_ = m.Process.Kill()
			_ = m.Wait()
		}
	}
}

// peakMiB gives the most memory that any of them held; they must have ended.
func (c *crew) peakMiB() int64 {
	var most int64
	for _, m := range c.members {
		if usage, ok := m.ProcessState.SysUsage().(*syscall.Rusage); ok {
			most = max(most, usage.Maxrss/1024)
		}
	}
	return most
}

// benchRedis gives the address of a database on the Redis that was named for measurements, or of a Redis in this process.
func benchRedis(o Options, database int) (string, func(), error) {
	if o.Redis != "" {
		address, err := url.Parse(o.Redis)
		if err != nil {
			return "", nil, fmt.Errorf("read the address of Redis: %w", err)
		}
		address.Path = fmt.Sprintf("/%d", database)
		return address.String(), func() {}, nil
	}
	r, err := embedded.StartRedis()
	if err != nil {
		return "", nil, err
	}
	return r.URL(), r.Stop, nil
}
