package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hibiken/asynq"

	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/models"
)

// mux routes every task to its service.
func (s *Server) mux() *asynq.ServeMux {
	mux := asynq.NewServeMux()
	mux.Use(asRun)
	mux.HandleFunc(models.TaskPayoutSend, s.forSubject(s.payouts.Send))
	mux.HandleFunc(models.TaskPayoutReconcile, s.forSubject(func(ctx context.Context, id models.ID) error {
		_, err := s.payouts.Reconcile(ctx, id)
		return err
	}))
	mux.HandleFunc(models.TaskStripeEvent, s.forSubject(s.payouts.HandleEvent))
	mux.HandleFunc(models.TaskWhatIf, s.forSubject(s.commission.RunWhatIf))
	mux.HandleFunc(models.TaskMailSend, s.forSubject(s.mail.Send))
	mux.HandleFunc(models.TaskExport, s.forSubject(s.exports.Run))
	mux.HandleFunc(taskExportPrune, s.plain(s.exports.Prune))
	mux.HandleFunc(taskAccrualSweep, s.plain(s.accrue))
	mux.HandleFunc(taskPeriodCheck, s.plain(s.closeDue))
	mux.HandleFunc(taskSponsorSweep, s.plain(s.program.ApplySponsorChanges))
	mux.HandleFunc(models.TaskWebhookDeliver, s.forSubject(s.notify.Deliver))
	mux.HandleFunc(taskEventSweep, s.plain(s.notify.Sweep))
	mux.HandleFunc(taskDeliveryPrune, s.plain(s.notify.Prune))
	mux.HandleFunc(taskPayoutSweep, s.plain(s.payouts.Sweep))
	mux.HandleFunc(taskReconcileSweep, s.plain(s.reconcile))
	mux.HandleFunc(taskReconcileNight, s.plain(s.payouts.ReconcileClosed))
	mux.HandleFunc(taskAccessSweep, s.plain(s.access.Sweep))
	mux.HandleFunc(taskReplay, s.plain(s.replay))
	mux.HandleFunc(taskMailNight, s.plain(s.mailNight))
	mux.HandleFunc(taskAuditSeal, s.plain(func(ctx context.Context) error {
		_, err := s.audit.Seal(ctx)
		return err
	}))
	return mux
}

// asRun names a run of a task as what is behind its changes, for the audit log.
func asRun(next asynq.Handler) asynq.Handler {
	return asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		id, ok := asynq.GetTaskID(ctx)
		if !ok {
			id = models.NewID().String()
		}
		return next.ProcessTask(models.WithOrigin(ctx, models.Origin{Actor: "system:" + t.Type(), Action: t.Type(), RequestID: id}), t)
	})
}

// forSubject runs a service on the task's subject and answers the outbox. Definite refusals end the task; the rest is
// tried again by the queue, and in the end by the outbox.
func (s *Server) forSubject(work func(context.Context, models.ID) error) func(context.Context, *asynq.Task) error {
	return func(ctx context.Context, t *asynq.Task) error {
		var p payload
		if err := json.Unmarshal(t.Payload(), &p); err != nil {
			return fmt.Errorf("decode task: %w: %w", err, asynq.SkipRetry)
		}
		if err := work(ctx, p.SubjectID); err != nil {
			if isPassing(err) {
				return err
			}
			s.log.Warn("task refused", "task", t.Type(), "subject", p.SubjectID.String(), "error", err)
		}
		return s.outbox.answered(context.WithoutCancel(ctx), p.OutboxID)
	}
}

func (s *Server) plain(work func(context.Context) error) func(context.Context, *asynq.Task) error {
	return func(ctx context.Context, t *asynq.Task) error {
		err := work(ctx)
		if err != nil && !isPassing(err) {
			return errors.Join(err, asynq.SkipRetry)
		}
		return err
	}
}

// isPassing tells whether the same task may succeed later: the one place where errors become retry or drop.
func isPassing(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Unavailable || kind == fault.Internal
}

func (s *Server) accrue(ctx context.Context) error {
	programs, err := s.commission.ProgramsToAccrue(ctx)
	for _, id := range programs {
		if _, e := s.commission.Accrue(ctx, id); e != nil {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (s *Server) closeDue(ctx context.Context) error {
	periods, err := s.commission.DuePeriods(ctx)
	for _, p := range periods {
		if _, e := s.commission.Close(ctx, p.ID); e != nil && isPassing(e) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// replay works the periods out again whose turn it is. What it finds is an error in the log for each period, beside the
// record that it keeps.
func (s *Server) replay(ctx context.Context) error {
	return s.commission.ReplayDue(ctx, func(r commission.Replayed) {
		if r.Run.Differences == 0 {
			return
		}
		first := r.Differences[0]
		s.log.Error("a replay differs from the stored lines", "program", r.Run.ProgramID.Format(models.PrefixProgram), "period", r.Period.PeriodKey,
			"differences", r.Run.Differences, "stored", r.Run.StoredMinor, "recomputed", r.Run.RecomputedMinor, "first", string(first.Kind)+": "+first.Detail)
	})
}

// mailNight forgets mails that are old and links that are over.
func (s *Server) mailNight(ctx context.Context) error {
	return errors.Join(s.mail.Prune(ctx), s.access.PruneProofs(ctx))
}

func (s *Server) reconcile(ctx context.Context) error {
	batches, err := s.payouts.Unreconciled(ctx)
	for _, id := range batches {
		if _, e := s.payouts.Reconcile(ctx, id); e != nil {
			err = errors.Join(err, e)
		}
	}
	return err
}
