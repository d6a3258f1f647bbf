package workers

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/export"
	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/internal/notify"
	"tributary/internal/stripesim"
	"tributary/models"
)

// Every handler is run on work that waits for it, and then again: the second run must leave the database as it is.
func TestEveryHandlerMayRunTwice(t *testing.T) {
	d := newDock(t)
	e, sponsor := d.Enroll("eve", models.ID{}), d.Enroll("sam", models.ID{})
	d.Sell("eve", "10.00")
	d.twice(taskAccrualSweep, nil)
	d.twice(taskEventSweep, nil)
	d.toldOnce()
	require.EqualValues(t, 100, d.Balance(e.ID, models.AccountAccrued))
	d.Do(func(tx *models.Tx) error {
		return tx.Create(&models.SponsorChange{ID: models.NewID(), ProgramID: d.Program.ID, MerchantID: d.Program.MerchantID, ChildID: e.ID, OpenChildID: &e.ID,
			SponsorID: sponsor.ID, EffectiveAt: tx.Now, State: models.SponsorChangeStateApproved, RequestedBy: "a", DecidedBy: "b", RequestedAt: tx.Now}).Error
	})
	d.twice(taskSponsorSweep, nil)
	d.Do(func(tx *models.Tx) error {
		_, err := d.Commission.RequestWhatIf(tx, d.Owner, commission.WhatIfInput{ProgramID: d.Program.ID, PeriodKey: "2026-01", Plan: commission.PlanSpec{
			EffectiveFrom: tx.Now, MaxTotal: "20%", Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "20%"}}}}})
		return err
	})
	asked := d.outbox()[0]
	require.Equal(t, models.TaskWhatIf, asked.Task)
	d.twice(asked.Task, payload{OutboxID: asked.ID, SubjectID: asked.SubjectID})
	require.Empty(t, d.outbox())
	d.Clock.Set(time.Date(2026, 2, 2, 9, 0, 0, 0, time.UTC))
	d.twice(taskPeriodCheck, nil)
	require.EqualValues(t, 100, d.Balance(e.ID, models.AccountPayable))

	var made models.Export
	d.Do(func(tx *models.Tx) (err error) {
		var period models.Period
		if err := tx.Where("state = ?", models.PeriodStateClosed).Take(&period).Error; err != nil {
			return err
		}
		made, err = d.Exports.Request(tx, d.Owner, models.ExportKindStatements, period.ID)
		return err
	})
	ask := d.outbox()[0]
	require.Equal(t, models.TaskExport, ask.Task)
	d.twice(ask.Task, payload{OutboxID: ask.ID, SubjectID: made.ID})
	d.Clock.Advance(export.KeptFor)
	d.twice(taskExportPrune, nil)

	b := d.approved()
	d.execute(b)
	d.Do(func(tx *models.Tx) error { return tx.Where("1 = 1").Delete(&models.OutboxItem{}).Error })
	d.twice(taskPayoutSweep, nil)
	ring := d.outbox()[0]
	require.Equal(t, models.TaskPayoutSend, ring.Task)
	d.twice(ring.Task, payload{OutboxID: ring.ID, SubjectID: ring.SubjectID})
	require.Len(t, d.sim.Transfers(), 1)

	ring = d.outbox()[0]
	require.Equal(t, models.TaskPayoutReconcile, ring.Task)
	d.twice(ring.Task, payload{OutboxID: ring.ID, SubjectID: ring.SubjectID})
	require.Empty(t, d.outbox())
	now, err := d.payouts.Batch(t.Context(), d.Owner, b.ID)
	require.NoError(t, err)
	require.Equal(t, models.BatchStateClosed, now.State)

	request := httptest.NewRequest(http.MethodPost, "/v1/transfers/"+d.sim.Transfers()[0].ID+"/reversals", strings.NewReader("amount=3000"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth("sk_test_dock", "")
	answer := httptest.NewRecorder()
	d.sim.ServeHTTP(answer, request)
	require.Equal(t, http.StatusOK, answer.Code)
	d.Clock.Advance(24 * time.Hour)
	d.twice(taskReconcileNight, nil)

	require.NoError(t, d.payouts.KeepEvent(t.Context(), models.StripeEvent{EventID: "evt_1", EventType: "payout.paid", Payload: `{"type":"payout.paid"}`}))
	ring = d.outbox()[0]
	require.Equal(t, models.TaskStripeEvent, ring.Task)
	d.twice(ring.Task, payload{OutboxID: ring.ID, SubjectID: ring.SubjectID})
	require.Empty(t, d.outbox())

	d.Do(func(tx *models.Tx) error {
		return d.mail.Write(tx, mail.Letter{Kind: models.MailKindPasswordChanged, To: "eve@partners.example", Words: mail.Words{Name: "Eve"}})
	})
	ring = d.outbox()[0]
	require.Equal(t, models.TaskMailSend, ring.Task)
	d.twice(ring.Task, payload{OutboxID: ring.ID, SubjectID: ring.SubjectID})
	require.Empty(t, d.outbox())
	require.Len(t, d.letters.Kept(), 1)
	d.Clock.Advance(91 * 24 * time.Hour)
	d.twice(taskMailNight, nil)
}

// toldOnce delivers an event to an endpoint that fails, and forgets one that ended long ago.
func (d *dock) toldOnce() {
	d.T.Helper()
	r := httptest.NewServer(http.NotFoundHandler())
	defer r.Close()
	var e models.WebhookEndpoint
	d.Do(func(tx *models.Tx) (err error) {
		e, _, err = d.Notify.CreateEndpoint(tx, d.Owner, notify.EndpointInput{ProgramID: d.Program.ID, URL: r.URL})
		return err
	})
	d.twice(taskEventSweep, nil)
	ring := d.outbox()[0]
	require.Equal(d.T, models.TaskWebhookDeliver, ring.Task)
	d.twice(ring.Task, payload{OutboxID: ring.ID, SubjectID: ring.SubjectID})
	require.Empty(d.T, d.outbox())
	d.Do(func(tx *models.Tx) error {
		if _, err := d.Notify.Park(tx, d.Owner, e.ID); err != nil {
			return err
		}
		longAgo := tx.Now.AddDate(-1, 0, 0)
		return tx.Create(&models.WebhookDelivery{ID: models.NewID(), EndpointID: e.ID, State: models.DeliveryStateFailed, FinishedAt: &longAgo}).Error
	})
	d.twice(taskDeliveryPrune, nil)
}

func (d *dock) twice(task string, body any) {
	d.T.Helper()
	before := d.dump()
	d.Clock.Advance(time.Microsecond)
	require.NoError(d.T, d.run(task, body))
	d.requireLogged(task)
	once := d.dump()
	require.NotEqual(d.T, before, once, "%s had work to do", task)
	require.NoError(d.T, d.run(task, body))
	require.Equal(d.T, once, d.dump(), "%s did it once", task)
}

// requireLogged tells that what a task just changed is in the audit log, by its name.
func (d *dock) requireLogged(task string) {
	d.T.Helper()
	var entries []models.AuditEntry
	require.NoError(d.T, d.DB.Read(d.T.Context()).Where("recorded_at = ?", d.Clock.Now()).Find(&entries).Error)
	// Of an event that concerns no payout, of mails, of payouts that are only asked for again, of replays, and of telling what is
	// noted already, nothing is noted.
	if !slices.Contains([]string{models.TaskStripeEvent, models.TaskMailSend, taskMailNight, taskPayoutSweep, taskReplay, taskEventSweep,
		models.TaskWebhookDeliver, taskDeliveryPrune}, task) {
		require.NotEmpty(d.T, entries, task)
	}
	for _, e := range entries {
		require.Equal(d.T, []string{"system:" + task, task}, []string{e.Actor, e.Action})
		require.NotEmpty(d.T, e.RequestID)
		require.Equal(d.T, d.Program.MerchantID, e.MerchantID, "%s %s", task, e.Entity)
	}
}

func TestTheAuditLogIsSealedByATask(t *testing.T) {
	d := newDock(t)
	var open int64
	unsealed := func() int64 {
		require.NoError(t, d.DB.Read(t.Context()).Model(&models.AuditEntry{}).Where("block IS NULL").Count(&open).Error)
		return open
	}
	require.Positive(t, unsealed())
	require.NoError(t, d.run(taskAuditSeal, nil))
	require.Zero(t, unsealed())
	sealed := d.dump()
	require.NoError(t, d.run(taskAuditSeal, nil))
	require.Equal(t, sealed, d.dump())
}

func TestTheReconcileSweepClosesWhatWaits(t *testing.T) {
	d := newDock(t)
	b := d.approved()
	d.execute(b)
	ring := d.outbox()[0]
	require.NoError(t, d.run(ring.Task, payload{OutboxID: ring.ID, SubjectID: ring.SubjectID}))
	d.Do(func(tx *models.Tx) error { return tx.Where("1 = 1").Delete(&models.OutboxItem{}).Error }) // its request is lost
	d.twice(taskReconcileSweep, nil)
	now, err := d.payouts.Batch(t.Context(), d.Owner, b.ID)
	require.NoError(t, err)
	require.Equal(t, models.BatchStateClosed, now.State)
}

// A task whose subject does not exist can never succeed: it ends, and its row goes.
func TestATaskOfAnUnknownSubjectEnds(t *testing.T) {
	d := newDock(t)
	tasks := []string{models.TaskPayoutSend, models.TaskPayoutReconcile, models.TaskStripeEvent, models.TaskWhatIf, models.TaskExport, models.TaskMailSend}
	d.Do(func(tx *models.Tx) error {
		for _, task := range tasks {
			if err := models.Ring(tx, task, models.NewID()); err != nil {
				return err
			}
		}
		return nil
	})
	rows := d.outbox()
	require.Len(t, rows, len(tasks))
	for _, row := range rows {
		require.NoError(t, d.run(row.Task, payload{OutboxID: row.ID, SubjectID: row.SubjectID}), row.Task)
	}
	require.Empty(t, d.outbox())
	err := d.server.mux().ProcessTask(t.Context(), asynq.NewTask(models.TaskPayoutSend, []byte("nonsense")))
	require.ErrorIs(t, err, asynq.SkipRetry, "what cannot be read is not tried again")
}

// A failure that may pass leaves the row, so that the task is rung again whatever becomes of it in Redis.
func TestAPassingFailureKeepsItsRow(t *testing.T) {
	d := newDock(t)
	b := d.approved()
	d.execute(b)
	send := d.outbox()[0]
	require.NoError(t, d.run(send.Task, payload{OutboxID: send.ID, SubjectID: send.SubjectID}))
	reconcile := d.outbox()[0]
	d.sim.Script(stripesim.Fault{Kind: stripesim.RateLimited, Method: "GET", Path: "/v1/transfers", Count: 1})
	require.Error(t, d.run(reconcile.Task, payload{OutboxID: reconcile.ID, SubjectID: reconcile.SubjectID}))
	require.Equal(t, []models.OutboxItem{reconcile}, d.outbox())
	require.NoError(t, d.run(reconcile.Task, payload{OutboxID: reconcile.ID, SubjectID: reconcile.SubjectID}))
	require.Empty(t, d.outbox())
}

func TestWhichErrorsPass(t *testing.T) {
	for kind, passes := range map[fault.Kind]bool{fault.Internal: true, fault.Unavailable: true, fault.Invalid: false, fault.NotFound: false,
		fault.Conflict: false, fault.Precondition: false, fault.Forbidden: false, fault.Unauthenticated: false} {
		require.Equal(t, passes, isPassing(fault.New(kind, "CODE", "text")), kind.String())
	}
	require.True(t, isPassing(context.DeadlineExceeded))
	require.True(t, isPassing(errors.New("the database is away")))
}

// Every night the periods are replayed; what differs is an error in the log, and the record shows it.
func TestTheNightlyReplayTellsWhatDiffers(t *testing.T) {
	d := newDock(t)
	var log bytes.Buffer
	d.server.log = slog.New(slog.NewTextHandler(&log, nil))
	d.Enroll("eve", models.ID{})
	d.Sell("eve", "10.00")
	d.CloseMonth()
	d.twice(taskReplay, nil)
	require.Empty(t, log.String())
	d.Clock.Advance(24 * time.Hour)
	d.twice(taskReplay, nil)
	d.LeaveOut(models.ID{}, "a line is changed on purpose")
	change := func(minor int64) {
		d.Do(func(tx *models.Tx) error {
			return tx.Model(&models.Commission{}).Where("program_id = ?", d.Program.ID).Update("amount_minor", minor).Error
		})
	}
	change(101)
	d.Clock.Advance(24 * time.Hour)
	d.twice(taskReplay, nil)
	require.Contains(t, log.String(), "level=ERROR")
	require.Contains(t, log.String(), "period=2026-01 differences=2 stored=101 recomputed=100 first=\"AMOUNT: it comes to 1.00 GBP, and 1.01 GBP is stored\"")
	change(100)
	var runs []models.ReplayRun
	require.NoError(t, d.DB.Read(t.Context()).Order("id").Find(&runs).Error)
	require.Len(t, runs, 3)
	require.Equal(t, []int64{0, 0, 2}, []int64{runs[0].Differences, runs[1].Differences, runs[2].Differences})
}
