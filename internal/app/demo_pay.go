package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tributary/internal/payout"
	"tributary/models"
)

const (
	pollEvery = 20 * time.Millisecond
	pollLimit = 30 * time.Second
)

// closeMonth turns the clock past the hold and the month's end and lets the workers close it.
func (d *demo) closeMonth(ctx context.Context) error {
	d.clock.TurnTo(time.Date(2011, 1, 2, 9, 0, 0, 0, time.UTC))
	var err error
	if d.workers, err = d.NewWorkers(); err != nil {
		return err
	}
	if err := d.workers.Start(); err != nil {
		return err
	}
	// Lines make periods, so the queue must be empty before anybody asks which periods are over.
	err = until(ctx, "the accrual", func() (bool, error) {
		waiting, err := d.Commission.ProgramsToAccrue(ctx)
		return len(waiting) == 0, err
	})
	if err != nil {
		return err
	}
	if err := d.workers.CheckPeriods(ctx); err != nil {
		return err
	}
	return until(ctx, "the close", func() (bool, error) {
		due, err := d.Commission.DuePeriods(ctx)
		return len(due) == 0, err
	})
}

// until polls the database: the demo watches the workers from outside, as a person would.
func until(ctx context.Context, what string, done func() (bool, error)) error {
	limit := time.NewTimer(pollLimit)
	defer limit.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if ok, err := done(); err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return fmt.Errorf("%s did not happen in %s", what, pollLimit)
		case <-tick.C:
		}
	}
}

// pay plans, approves by a second person, runs short of funds once, and goes on, through a refusal and a lost answer.
func (d *demo) pay(ctx context.Context) error {
	defer d.workers.Stop()
	var period models.Period
	if err := d.DB.Read(ctx).Where("program_id = ? AND state = ?", d.program.ID, models.PeriodStateClosed).Order("starts_at DESC").Take(&period).Error; err != nil {
		return fmt.Errorf("read period: %w", err)
	}
	var batch models.PayoutBatch
	err := models.InTx(ctx, d.DB, func(tx *models.Tx) error {
		var err error
		batch, err = d.Payouts.Plan(tx, d.owner, period.ID)
		return err
	})
	if err != nil {
		return err
	}
	d.report.BatchID, d.report.PeriodKey = batch.ID, period.PeriodKey
	if err := d.fund(ctx, batch.TotalMinor/2); err != nil {
		return err
	}
	err = models.InTx(ctx, d.DB, func(tx *models.Tx) error {
		if _, err := d.Payouts.Approve(tx, d.finance, batch.ID, payout.HashText(batch.ContentHash)); err != nil {
			return err
		}
		_, err := d.Payouts.Execute(tx, d.finance, batch.ID)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.awaitBatch(ctx, batch.ID, models.BatchStatePaused); err != nil {
		return err
	}
	d.report.PausedForFunds = true
	if err := d.spoil(ctx); err != nil {
		return err
	}
	if err := d.fund(ctx, batch.TotalMinor); err != nil {
		return err
	}
	err = models.InTx(ctx, d.DB, func(tx *models.Tx) error {
		_, err := d.Payouts.Resume(tx, d.finance, batch.ID)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.loseAnAnswer(ctx, batch.ID); err != nil {
		return err
	}
	return d.awaitBatch(ctx, batch.ID, models.BatchStateClosed)
}

func (d *demo) awaitBatch(ctx context.Context, id models.ID, state models.BatchState) error {
	return until(ctx, "the batch becoming "+string(state), func() (bool, error) {
		b, err := d.Payouts.Batch(ctx, d.finance, id)
		return b.State == state, err
	})
}

// fund puts money into the simulator's platform balance.
func (d *demo) fund(ctx context.Context, minor int64) error {
	return d.simulate(ctx, "fund", url.Values{"amount": {fmt.Sprint(max(minor, 1))}, "currency": {"gbp"}})
}

// simulate asks for something over a test route of the simulator.
func (d *demo) simulate(ctx context.Context, route string, form url.Values) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Config.StripeAPIBase+"/v1/test/"+route, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+d.Config.StripeKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("simulator, %s: %w", route, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("simulator, %s: %s", route, response.Status)
	}
	return nil
}
