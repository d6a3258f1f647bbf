package commission

import (
	"fmt"
	"time"

	"tributary/internal/commission/engine"
	"tributary/internal/money"
	"tributary/models"
)

// hold says when the line matures, by the plan or by its rule, and why it settles in its period.
func (x *explainer) hold(r *engine.Rule) {
	line := &x.e.Line
	h := ExplainedHold{OccurredAt: line.OccurredAt, MaturesAt: line.MaturesAt, PeriodKey: x.period.PeriodKey, Late: line.MaturesAt.Before(x.period.StartsAt)}
	switch {
	case r == nil && line.Kind == models.CommissionKindManual:
		h.Text = "a line by hand matures at once"
	case r == nil || line.Kind == models.CommissionKindTier:
		h.Text = "it matures with its period's last instant"
	case r.MinAge > x.plan.Hold:
		h.Days = days(r.MinAge)
		h.Text = fmt.Sprintf("it matures %d days after the conversion, as the rule asks", h.Days)
	default:
		h.Days = days(x.plan.Hold)
		h.Text = fmt.Sprintf("it matures %d days after the conversion, as the plan holds it", h.Days)
	}
	if h.Late {
		h.Text += fmt.Sprintf("; the period of that instant was closed when the line was made, so it is in %s, the first that was open", h.PeriodKey)
	} else {
		h.Text += fmt.Sprintf("; period %s contains that instant", h.PeriodKey)
	}
	x.e.Hold = h
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }

// adjustments lists the later lines that adjust this one, each with its cause, and what they come to together.
func (x *explainer) adjustments() {
	line := &x.e.Line
	_, sum := sumOf(x.past.lines, line)
	x.e.ComesTo, x.e.Waiting = x.amount(sum), len(x.past.waiting)
	for i := range x.past.lines {
		l := x.past.lines[i]
		if l.Ordinal <= line.Ordinal || !sameStanding(&l, line) {
			continue
		}
		cause := models.Or(l.CauseID)
		a := ExplainedAdjustment{Line: l, Refund: x.past.refund(cause), Revision: x.past.revision(cause), Amount: x.amount(l.AmountMinor)}
		a.Cause = causeText(a)
		x.e.Adjustments = append(x.e.Adjustments, a)
	}
}

func causeText(a ExplainedAdjustment) string {
	switch {
	case a.Refund != nil && a.Refund.Kind == models.RefundKindVoid:
		return fmt.Sprintf("void %s", a.Refund.ExternalID)
	case a.Refund != nil && a.Refund.Kind == models.RefundKindChargeback:
		return fmt.Sprintf("chargeback %s", a.Refund.ExternalID)
	case a.Refund != nil && a.Refund.Kind == models.RefundKindChargebackWon:
		return fmt.Sprintf("chargeback %s, won", a.Refund.ExternalID)
	case a.Refund != nil:
		return fmt.Sprintf("refund %s", a.Refund.ExternalID)
	case a.Line.Kind == models.CommissionKindRefund:
		return "refunds that came before there were lines"
	case a.Revision != nil:
		return fmt.Sprintf("revision %d", a.Revision.Revision)
	}
	return "by hand"
}

// payment reads the statement of the line's period, and the payout that the line is a part of: the first from that
// period on that is paid or under way, or the last that was not.
func (x *explainer) payment() error {
	line, pay := &x.e.Line, &x.e.Payment
	var statements []models.Statement
	if err := x.query.Where("period_id = ? AND enrollment_id = ?", line.PeriodID, line.EnrollmentID).Find(&statements).Error; err != nil {
		return fmt.Errorf("read statement: %w", err)
	}
	if len(statements) > 0 {
		pay.Statement = &statements[0]
	}
	var payouts []models.Payout
	err := x.query.Table("payouts").Joins("JOIN payout_batches b ON b.id = payouts.batch_id").Joins("JOIN periods q ON q.id = b.period_id").
		Where("payouts.enrollment_id = ? AND q.starts_at >= ?", line.EnrollmentID, x.period.StartsAt).
		Select("payouts.*").Order("q.starts_at, b.run").Limit(maxPayoutsRead).Find(&payouts).Error
	if err != nil {
		return fmt.Errorf("read payouts: %w", err)
	}
	for i := range payouts {
		pay.Payout = &payouts[i]
		if !leftBehind[payouts[i].State] {
			break
		}
	}
	if pay.Payout != nil {
		var b models.PayoutBatch
		if err := x.query.Where("id = ?", pay.Payout.BatchID).Take(&b).Error; err != nil {
			return fmt.Errorf("read batch: %w", err)
		}
		pay.Batch = &b
	}
	x.sayPayment(pay)
	return nil
}

const maxPayoutsRead = 100

// leftBehind are the states in which a balance stays payable, and goes into the next payout.
var leftBehind = map[models.PayoutState]bool{models.PayoutStateHeld: true, models.PayoutStateCarried: true, models.PayoutStateCanceled: true}

func (x *explainer) sayPayment(pay *ExplainedPayment) {
	switch {
	case pay.Payout != nil:
		x.sayPayout(pay)
	case x.period.State == models.PeriodStateOpen:
		pay.Text = fmt.Sprintf("not paid yet: period %s is open; it ends %s and is paid after its close", x.period.PeriodKey, instant(x.period.EndsAt))
	case pay.Statement != nil && pay.Statement.ClosingMinor == 0:
		pay.Text = fmt.Sprintf("settled: with period %s nothing was owed any more", x.period.PeriodKey)
	default:
		pay.Text = fmt.Sprintf("not paid yet: period %s is closed, and no payout is planned so far", x.period.PeriodKey)
	}
}

func (x *explainer) sayPayout(pay *ExplainedPayment) {
	p := pay.Payout
	amount := money.New(p.AmountMinor, p.Currency)
	pay.Reason = p.Reason
	if p.CorrectedMinor != 0 {
		pay.Paid, pay.Text = true, fmt.Sprintf("paid as a part of %s, which people corrected by %s to what the rail moved", amount, money.New(p.CorrectedMinor, p.Currency))
		return
	}
	switch p.State {
	case models.PayoutStateTransferred:
		pay.Paid, pay.Text = true, fmt.Sprintf("paid on %s, as a part of %s", instant(*p.SettledAt), amount)
	case models.PayoutStatePartlyReversed, models.PayoutStateReversed:
		pay.Paid, pay.Text = true, fmt.Sprintf("paid as a part of %s, of which %s came back", amount, money.New(p.ReversedMinor, p.Currency))
	case models.PayoutStateHeld:
		pay.Text = "not paid yet: the payout is held"
	case models.PayoutStateCarried:
		pay.Text = "not paid yet: the balance is carried"
	case models.PayoutStateCanceled:
		pay.Text = "not paid yet: the payout was canceled, and the balance waits for the next"
	case models.PayoutStatePlanned:
		pay.Text = fmt.Sprintf("not paid yet: a payout of %s is planned, and waits for approval", amount)
	case models.PayoutStateNeedsReview:
		pay.Text = fmt.Sprintf("not paid yet: a person must decide about the payout of %s", amount)
	default:
		pay.Text = fmt.Sprintf("not paid yet: a payout of %s is under way", amount)
	}
}

// Say gives the sentence about the payment, with the payout's reason as reasonOf says it.
func (p ExplainedPayment) Say(reasonOf func(reason string) string) string {
	if p.Reason == "" {
		return p.Text
	}
	return p.Text + ": " + reasonOf(p.Reason)
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
