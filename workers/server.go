package workers

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/commission"
	"tributary/internal/export"
	"tributary/internal/mail"
	"tributary/internal/notify"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/models"
)

// Server runs tasks, keeps the schedule, and rings the outbox.
type Server struct {
	program    *program.Service
	commission *commission.Service
	payouts    *payout.Service
	notify     *notify.Service
	access     *access.Service
	audit      *audit.Service
	exports    *export.Service
	mail       *mail.Service
	outbox     *Outbox
	log        *slog.Logger
	redis      asynq.RedisClientOpt
	inspector  *asynq.Inspector
	sends      int
	patience   time.Duration // how long Stop waits for running tasks before it pushes them back
	servers    []*asynq.Server
	scheduler  *asynq.Scheduler
	client     *asynq.Client
	stop       context.CancelFunc
	ringing    sync.WaitGroup
}

// Options are what the server needs.
type Options struct {
	DB         *models.DB
	Redis      string // redis://host:port/db
	Program    *program.Service
	Commission *commission.Service
	Payouts    *payout.Service
	Notify     *notify.Service
	Access     *access.Service
	Audit      *audit.Service
	Exports    *export.Service
	Mail       *mail.Service
	Sends      int // how many payouts are sent at once in this process; minSends when less
	Log        *slog.Logger
}

// New makes a server; Start runs it.
func New(o Options) (*Server, error) {
	parsed, err := asynq.ParseRedisURI(o.Redis)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	redis, ok := parsed.(asynq.RedisClientOpt)
	if !ok {
		return nil, fmt.Errorf("redis address: %T is not supported", parsed)
	}
	client := asynq.NewClient(redis)
	return &Server{program: o.Program, commission: o.Commission, payouts: o.Payouts, access: o.Access, mail: o.Mail, audit: o.Audit, notify: o.Notify, exports: o.Exports, log: o.Log, redis: redis, sends: max(o.Sends, minSends), patience: shutdownWait, client: client, inspector: asynq.NewInspector(redis),
		outbox: &Outbox{db: o.DB, client: client, log: o.Log, timeout: taskTimeout}}, nil
}

// Start begins to work and returns at once.
func (s *Server) Start() error {
	for queue, atOnce := range s.queues() {
		server := s.serve(atOnce, queue)
		if err := server.Start(s.mux()); err != nil {
			return fmt.Errorf("start workers: %w", err)
		}
		s.servers = append(s.servers, server)
	}
	s.scheduler = asynq.NewScheduler(s.redis, &asynq.SchedulerOpts{Logger: quiet{s.log}, LogLevel: asynq.ErrorLevel})
	for _, e := range schedule {
		task := asynq.NewTask(e.task, nil)
		// Unique keeps schedulers of several processes from piling up; a lost lock only means one more harmless run.
		if _, err := s.scheduler.Register(e.every, task, asynq.Queue(e.queue), asynq.Unique(time.Minute), asynq.MaxRetry(0), asynq.Timeout(timeoutOf(e.queue))); err != nil {
			return fmt.Errorf("schedule %s: %w", e.task, err)
		}
	}
	if err := s.scheduler.Start(); err != nil {
		return fmt.Errorf("start schedule: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.sweepNow(ctx)
	s.ringing.Go(func() { s.outbox.run(ctx) })
	return nil
}

// queues is how many tasks of each queue run at once. Each has its own, so that none keeps another waiting: sending is slow, and
// waits for the rail's limits.
func (s *Server) queues() map[string]int {
	return map[string]int{queueDefault: concurrency, queuePayouts: s.sends, queueMails: mailsAtOnce, queueEvents: 1, queueWebhooks: webhooksAtOnce,
		queueExports: exportsAtOnce, queueLong: 1}
}

func (s *Server) serve(atOnce int, queue string) *asynq.Server {
	return asynq.NewServer(s.redis, asynq.Config{
		Concurrency: atOnce, ShutdownTimeout: s.patience, Logger: quiet{s.log}, LogLevel: asynq.WarnLevel,
		IsFailure: isFailure, RetryDelayFunc: retryDelay,
		Queues: map[string]int{queue: 1}, TaskCheckInterval: 50 * time.Millisecond, DelayedTaskCheckInterval: time.Second,
	})
}

// sweepNow runs every scheduled task once: whatever an earlier process left in the middle is found at once and not at
// the schedule's next tick. Failing to ask is no failure, since the schedule asks again.
func (s *Server) sweepNow(ctx context.Context) {
	for _, e := range schedule {
		_, err := s.client.EnqueueContext(ctx, asynq.NewTask(e.task, nil), asynq.Queue(e.queue), asynq.MaxRetry(0), asynq.Timeout(timeoutOf(e.queue)))
		if err != nil {
			s.log.Warn("first sweep not asked for", "task", e.task, "error", err)
		}
	}
}

// Stop lets running tasks end and then returns. What does not end in time goes back to its queue and may run beside itself.
func (s *Server) Stop() {
	s.stop()
	s.ringing.Wait()
	s.scheduler.Shutdown()
	var ending sync.WaitGroup
	for _, server := range s.servers {
		ending.Go(server.Shutdown)
	}
	ending.Wait()
	_ = s.client.Close()
	_ = s.inspector.Close()
}

// CheckPeriods asks at once whether a period is over, as the schedule does every few minutes.
func (s *Server) CheckPeriods(ctx context.Context) error {
	_, err := s.client.EnqueueContext(ctx, asynq.NewTask(taskPeriodCheck, nil), asynq.Queue(queueDefault), asynq.MaxRetry(0), asynq.Timeout(time.Hour))
	return err
}

// quiet hands asynq's log lines to slog.
type quiet struct{ log *slog.Logger }

func (q quiet) Debug(args ...any) { q.log.Debug(fmt.Sprint(args...)) }
func (q quiet) Info(args ...any)  { q.log.Debug(fmt.Sprint(args...)) }
func (q quiet) Warn(args ...any)  { q.log.Warn(fmt.Sprint(args...)) }
func (q quiet) Error(args ...any) { q.log.Error(fmt.Sprint(args...)) }
func (q quiet) Fatal(args ...any) { q.log.Error(fmt.Sprint(args...)) }
