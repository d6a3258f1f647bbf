package app

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"tributary/internal/money"
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
	NotPaid          []Fate
	Doubts           []Doubt
	Compared         models.ReconRun // the batch with Stripe, the last time
	PausedForFunds   bool
	Explained        ExplainedLine // how one of the lines came about
	Proof            Verified
	Replays          []ReplayedPeriod
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
	} {
		if err := db.Raw(q.sql, q.arg).Scan(q.into).Error; err != nil {
			return fmt.Errorf("read report: %w", err)
		}
	}
	if err := d.tellFates(ctx); err != nil {
		return err
	}
	var err error
	if r.Explained, err = d.explainOne(ctx); err != nil {
		return err
	}
	if r.Proof, err = Verify(ctx, d.App, ""); err != nil {
		return err
	}
	r.Replays, err = Replay(ctx, d.App, ReplayRequest{Merchant: "gift-shop", Program: d.program.Slug})
	return err
}

// explainOne explains the seller's line of the largest order that tiers priced, somebody above earned from, and of which
// a part came back.
func (d *demo) explainOne(ctx context.Context) (ExplainedLine, error) {
	var line models.Commission
	err := d.DB.Read(ctx).Where("program_id = ? AND kind = ? AND level = 0", d.program.ID, models.CommissionKindEarned).
		Where("rate_ppm = 0 AND rule_id = 'sales'"). // one rate for all would be an override
		Where("EXISTS (SELECT 1 FROM commissions up WHERE up.source_id = commissions.source_id AND up.kind = ? AND up.level = 1)", models.CommissionKindRefund).
		Order("basis_minor DESC, occurred_at, id").Take(&line).Error
	if err != nil {
		return ExplainedLine{}, fmt.Errorf("read a line to explain: %w", err)
	}
	e, err := d.Commission.Explain(ctx, d.owner, line.ID)
	return explained(e), err
}

// Print writes the report for a merchant to read.
func (r Report) Print(w io.Writer, address string) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
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
	p("\nOne of them, explained (tributary explain ID does it for any)\n")
	r.Explained.Print(indented{w})
	p("\nPayouts")
	p("  %-26s %6d   %16s", "paid through Stripe", r.PaidCount, gbp(r.PaidMinor))
	if r.PausedForFunds {
		p("  The platform balance ran short once: the batch paused, was funded, and went on.")
	}
	p("  Stripe lists %d transfers of this batch; compared in both directions, %d differ.", r.Compared.TransferCount, r.Compared.FindingCount)
	r.printFates(p)
	p("\nLedger")
	if r.Proof.Holds() {
		p("  PROVEN: %d journals, %d entries, %d commission lines; every invariant holds.", r.Proof.Journals, r.Proof.Entries, r.Proof.Lines)
		p("          %d audit entries in %d blocks, all as they were sealed.", r.Proof.Audit.Entries, r.Proof.Audit.Blocks)
	}
	for _, f := range r.Proof.Findings {
		p("  BROKEN: %s: %s", f.Check, f.Detail)
	}
	p("\nReplay")
	for _, period := range r.Replays {
		fmt.Fprint(w, "  ")
		period.Print(w)
	}
	p("\nSign-ins, password %q", demoPassword)
	for _, s := range r.SignIns[:min(4, len(r.SignIns))] {
		p("  %-32s %s", s.Email, s.Role)
	}
	p("\n%s\nOrders: UCI Online Retail data set, Daqing Chen, doi 10.24432/C5BW33, CC BY 4.0.", address)
}

func gbp(minor int64) string { return money.New(minor, retailCurrency).String() }

// indented puts two spaces before every line that has something; each write must be whole lines.
type indented struct{ io.Writer }

func (i indented) Write(text []byte) (int, error) {
	for line := range bytes.Lines(text) {
		if len(line) > 1 {
			line = append([]byte("  "), line...)
		}
		if _, err := i.Writer.Write(line); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}
