package workers

import (
	"time"

	"github.com/hibiken/asynq"

	"tributary/models"
)

// The scheduled tasks. Doubles and gaps of them are harmless: each asks the database what is due.
const (
	taskAccrualSweep   = "accrual:sweep"
	taskPeriodCheck    = "period:check"
	taskSponsorSweep   = "sponsorsweep:run"
	taskEventSweep     = "eventsweep:run"
	taskDeliveryPrune  = "deliveryprune:run"
	taskPayoutSweep    = "payoutsweep:run"
	taskReconcileSweep = "reconcilesweep:run"
	taskReconcileNight = "reconcilenight:run"
	taskAccessSweep    = "accesssweep:run"
	taskReplay         = "replay:run"
	taskAuditSeal      = "audit:seal"
	taskExportPrune    = "exportprune:run"
	taskMailNight      = "mailnight:run"
)

const (
	queueDefault   = "default"
	queuePayouts   = "payouts"
	queueMails     = "mails"  // a slow mail server keeps nobody else waiting
	queueEvents    = "events" // numbering and fan-out, of which one is enough in a process
	queueWebhooks  = "webhooks"
	queueExports   = "exports"
	queueLong      = "long"          // one task at a time in a process, so that it keeps nobody else waiting
	taskTimeout    = 3 * time.Minute // above a payout's claim lease
	sweepTimeout   = time.Hour
	longTimeout    = 6 * time.Hour // of what shows its progress and is taken over when it stops
	taskRetries    = 10
	shutdownWait   = 60 * time.Second
	maxBatchRing   = 500
	ringAgainMin   = 2 * time.Minute // longer than a task may take to be answered
	ringAgainMax   = 10 * time.Minute
	concurrency    = 4 // of the default queue
	mailsAtOnce    = 2
	minSends       = 4
	webhooksAtOnce = 64 // endpoints sent to at once in a process: each may hang for as long as one call
	exportsAtOnce  = 2
)

// schedule is every periodic task of the system.
var schedule = []struct {
	every string
	task  string
	queue string
}{
	{"@every 2s", taskAccrualSweep, queueDefault},
	{"@every 5s", taskAuditSeal, queueDefault},
	{"@every 2s", taskEventSweep, queueEvents},
	{"@every 5m", taskPeriodCheck, queueDefault},
	{"30 3 * * *", taskDeliveryPrune, queueLong},
	{"@every 1m", taskSponsorSweep, queueDefault},
	{"@every 1m", taskPayoutSweep, queueDefault}, // not behind the payouts that wait to be sent
	{"@every 10m", taskReconcileSweep, queueDefault},
	{"@every 1h", taskAccessSweep, queueDefault},
	{"@every 10m", taskExportPrune, queueExports},
	{"30 2 * * *", taskReplay, queueLong},
	{"30 3 * * *", taskMailNight, queueMails},
	{"30 4 * * *", taskReconcileNight, queueLong},
}

// timeoutOf gives how long a scheduled task of a queue may take.
func timeoutOf(queue string) time.Duration {
	if queue == queueLong {
		return longTimeout
	}
	return sweepTimeout
}

// optionsFor gives how a task is put on its queue; the timeout is that of all but the long ones.
func optionsFor(task, id string, timeout time.Duration) []asynq.Option {
	queue, retries := queueDefault, taskRetries
	switch task {
	case models.TaskPayoutSend, models.TaskPayoutReconcile:
		queue = queuePayouts
	case models.TaskMailSend:
		queue = queueMails
	case models.TaskWebhookDeliver:
		queue = queueWebhooks
	case models.TaskExport:
		queue, timeout, retries = queueExports, longTimeout, 0 // as of what-ifs
	case models.TaskWhatIf:
		queue, timeout, retries = queueLong, longTimeout, 0 // the outbox rings again while it is not answered
	}
	return []asynq.Option{asynq.Queue(queue), asynq.TaskID(id), asynq.Timeout(timeout), asynq.MaxRetry(retries)}
}
