package app

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"tributary/internal/payout"
	"tributary/models"
)

// Fate is what became of a payout, in the words that the product has for it.
type Fate struct {
	Name     string
	State    models.PayoutState
	Reason   string
	Minor    int64
	Sentence string
}

// Doubt is a payout whose answer was lost: what was said of it then and in the end, and what came of each call.
type Doubt struct {
	PayoutID  models.ID
	Then, End Fate
	Calls     []string
}

// spoil lets Stripe stop trusting one partner's account, and lose the answer to another's transfer after it was made.
func (d *demo) spoil(ctx context.Context) error {
	for _, p := range d.partners {
		switch {
		case p.rejected:
			if err := d.simulate(ctx, "accounts/"+p.destination+"/reject", nil); err != nil {
				return err
			}
		case p.unanswered:
			if err := d.simulate(ctx, "faults", url.Values{"kind": {"drop_after"}, "destination": {p.destination}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// loseAnAnswer waits until only the payouts without an answer have no end, notes what is said of them, and turns the
// clock to when they are asked for again.
func (d *demo) loseAnAnswer(ctx context.Context, batchID models.ID) error {
	var lost []models.Payout
	err := until(ctx, "an answer getting lost", func() (bool, error) {
		var open []models.Payout
		err := d.DB.Read(ctx).Where("batch_id = ? AND state IN ?", batchID, []models.PayoutState{models.PayoutStateReady,
			models.PayoutStateSending, models.PayoutStateUnknown}).Find(&open).Error
		lost = lost[:0]
		for _, p := range open {
			if p.State == models.PayoutStateUnknown {
				lost = append(lost, p)
			}
		}
		return len(lost) > 0 && len(lost) == len(open), err
	})
	if err != nil {
		return err
	}
	next := d.clock.Now()
	for _, p := range lost {
		d.report.Doubts = append(d.report.Doubts, Doubt{PayoutID: p.ID, Then: d.fateOf(p)})
		if p.NextTryAt.After(next) {
			next = *p.NextTryAt
		}
	}
	d.clock.TurnTo(next.Add(time.Second))
	return d.Payouts.Sweep(ctx) // a worker does this every minute
}

func (d *demo) fateOf(p models.Payout) Fate {
	f := Fate{State: p.State, Reason: p.Reason, Minor: p.AmountMinor, Sentence: payout.Sentence(p)}
	for _, partner := range d.partners {
		if partner.enrollment.ID == p.EnrollmentID {
			f.Name = partner.name
		}
	}
	return f
}

// tellFates notes what became of each payout of the batch, and how the batch compared with Stripe.
func (d *demo) tellFates(ctx context.Context) error {
	r := &d.report
	var payouts []models.Payout
	err := d.DB.Read(ctx).Joins("JOIN partners ON partners.id = payouts.partner_id").Where("batch_id = ?", r.BatchID).
		Order("payouts.state DESC, partners.name").Find(&payouts).Error
	if err != nil {
		return fmt.Errorf("read payouts: %w", err)
	}
	for _, p := range payouts {
		if p.State != models.PayoutStateTransferred {
			r.NotPaid = append(r.NotPaid, d.fateOf(p))
		}
		for i := range r.Doubts {
			if r.Doubts[i].PayoutID != p.ID {
				continue
			}
			r.Doubts[i].End = d.fateOf(p)
			calls, err := d.Payouts.AttemptsOf(ctx, d.finance, p.ID, models.Page{Size: models.MaxPageSize})
			if err != nil {
				return err
			}
			for _, c := range calls.Rows {
				r.Doubts[i].Calls = append(r.Doubts[i].Calls, payout.AttemptSentence(c))
			}
		}
	}
	runs, err := d.Payouts.Reconciliations(ctx, d.finance, r.BatchID, models.Page{Size: 1, Backward: true})
	if err != nil {
		return err
	}
	for _, run := range runs.Rows {
		r.Compared = run
	}
	return nil
}

// printFates writes a line for each payout with a fate of its own.
func (r Report) printFates(p func(format string, args ...any)) {
	line := func(f Fate) { p("  %-18s %-11s %14s   %s", f.Name, f.State, gbp(f.Minor), f.Sentence) }
	p("\nWhat became of the payouts")
	for _, f := range r.NotPaid {
		line(f)
	}
	for _, doubt := range r.Doubts {
		line(doubt.Then)
		line(doubt.End)
		for i, call := range doubt.Calls {
			p("    call %d: %s", i+1, call)
		}
	}
}
