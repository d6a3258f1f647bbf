package app

import (
	"context"
	"fmt"
	"io"

	"tributary/internal/ledger"
	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/models"
)

// Report is what a demo run came to; all amounts are minor units of the program's currency.
type Report struct {
	PeriodKey        string
	BatchID          models.ID
	Orders           int64
	Attributed       int64
	SalesMinor       int64
	Refunds          int64
	RefundedMinor    int64
	UnmatchedReturns int64
	CommissionMinor  int64
	Levels           []LevelTotal
	Top              []PartnerTotal
	PaidCount        int64
	PaidMinor        int64
	NotPaid          []NotPaid
	PausedForFunds   bool
	Proof            ledger.Proof
	SignIns          []SignIn
}

// LevelTotal is what one level of the tree earned, net of refunds.
type LevelTotal struct {
	Level int
	Lines int64
	Minor int64
}

// PartnerTotal is what one partner earned.
type PartnerTotal struct {
	Name  string
	Lines int64
	Minor int64
}

// NotPaid is a payout that was not made, and why.
type NotPaid struct {
	Name   string
	State  models.PayoutState
	Reason string
	Minor  int64
}

// SignIn is a login of the demo.
type SignIn struct{ Email, Role string }

func (d *demo) write(ctx context.Context) error {
	r := &d.report
	r.SignIns = append([]SignIn{{demoOwner, "owner"}, {demoFinance, "finance"}}, r.SignIns...)
	db := d.DB.Read(ctx)
	for _, q := range []struct {
		sql  string
		into any
		arg  models.ID
	}{
		{"SELECT COUNT(*) FROM conversions WHERE program_id = ?", &r.Orders, d.program.ID},
		{"SELECT COUNT(*) FROM conversions WHERE program_id = ? AND enrollment_id IS NOT NULL", &r.Attributed, d.program.ID},
		{"SELECT COALESCE(SUM(amount_minor), 0) FROM conversions WHERE program_id = ?", &r.SalesMinor, d.program.ID},
		{"SELECT COALESCE(SUM(amount_minor), 0) FROM refunds WHERE program_id = ?", &r.RefundedMinor, d.program.ID},
		{"SELECT COALESCE(SUM(amount_minor), 0) FROM commissions WHERE program_id = ?", &r.CommissionMinor, d.program.ID},
		{"SELECT level, COUNT(*) AS `lines`, SUM(amount_minor) AS minor FROM commissions WHERE program_id = ? GROUP BY level ORDER BY level", &r.Levels, d.program.ID},
		{`SELECT p.name, COUNT(*) AS ` + "`lines`" + `, SUM(c.amount_minor) AS minor FROM commissions c JOIN enrollments e ON e.id = c.enrollment_id
		  JOIN partners p ON p.id = e.partner_id WHERE c.program_id = ? GROUP BY p.name ORDER BY minor DESC LIMIT 5`, &r.Top, d.program.ID},
		{"SELECT COUNT(*) FROM payouts WHERE batch_id = ? AND state = 'TRANSFERRED'", &r.PaidCount, r.BatchID},
		{"SELECT COALESCE(SUM(amount_minor), 0) FROM payouts WHERE batch_id = ? AND state = 'TRANSFERRED'", &r.PaidMinor, r.BatchID},
		{`SELECT p.name, x.state, x.reason, x.amount_minor AS minor FROM payouts x JOIN partners p ON p.id = x.partner_id
		  WHERE x.batch_id = ? AND x.state <> 'TRANSFERRED' ORDER BY p.name`, &r.NotPaid, r.BatchID},
	} {
		if err := db.Raw(q.sql, q.arg).Scan(q.into).Error; err != nil {
			return fmt.Errorf("read report: %w", err)
		}
	}
	var err error
	r.Proof, err = ledger.Verify(ctx, d.DB)
	return err
}

// Print writes the report for a merchant to read.
func (r Report) Print(w io.Writer, address string) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	gbp := func(minor int64) string { return money.New(minor, retailCurrency).String() }
	p("\nGift Shop Partners, orders of 1 to 5 December 2010, settled in %s\n", r.PeriodKey)
	p("  %-26s %6d   %16s", "orders", r.Orders, gbp(r.SalesMinor))
	p("  %-26s %6d", "  sent by partners", r.Attributed)
	p("  %-26s %6d   %16s", "returns, refunded", r.Refunds, gbp(-r.RefundedMinor))
	p("  %-26s %6d   (no earlier line matches; nothing is guessed)", "returns, unmatched", r.UnmatchedReturns)
	p("\nCommissions                          %16s", gbp(r.CommissionMinor))
	for _, l := range r.Levels {
		p("  level %-20d %6d   %16s", l.Level, l.Lines, gbp(l.Minor))
	}
	p("\nTop partners")
	for _, t := range r.Top {
		p("  %-26s %6d   %16s", t.Name, t.Lines, gbp(t.Minor))
	}
	p("\nPayouts")
	p("  %-26s %6d   %16s", "paid through Stripe", r.PaidCount, gbp(r.PaidMinor))
	for _, n := range r.NotPaid {
		p("  %-26s %6s   %16s   %s", n.Name, string(n.State), gbp(n.Minor), payout.ReasonSentence(n.Reason))
	}
	if r.PausedForFunds {
		p("  The platform balance ran short once: the batch paused, was funded, and went on.")
	}
	p("\nLedger")
	if r.Proof.Holds() {
		p("  PROVEN: %d journals, %d entries, %d commission lines; every invariant holds.", r.Proof.Journals, r.Proof.Entries, r.Proof.Lines)
	}
	for _, f := range r.Proof.Findings {
		p("  BROKEN: %s: %s", f.Check, f.Detail)
	}
	p("\nSign-ins, password %q", demoPassword)
	for _, s := range r.SignIns[:min(4, len(r.SignIns))] {
		p("  %-32s %s", s.Email, s.Role)
	}
	p("\n%s\nOrders: UCI Online Retail data set, Daqing Chen, doi 10.24432/C5BW33, CC BY 4.0.", address)
}
