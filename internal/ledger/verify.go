package ledger

import (
	"context"
	"fmt"

	"tributary/models"
)

// Finding is one row that breaks an invariant.
type Finding struct {
	Check  string `json:"check"`
	Detail string `json:"detail"`
}

// Proof is the outcome of Verify: what was looked at, and what is wrong. It holds when Findings is empty.
type Proof struct {
	Journals int64     `json:"journals"`
	Entries  int64     `json:"entries"`
	Lines    int64     `json:"lines"`
	Findings []Finding `json:"findings"`
}

// Holds tells whether every invariant was kept.
func (p Proof) Holds() bool { return len(p.Findings) == 0 }

const maxFindingsPerCheck = 20

// check is one invariant: a query that gives the offending rows and nothing else. Its columns are two ids, a text,
// and two sums that should have been equal.
type check struct{ name, sql string }

// takenByDebt is the share of a statement's lines, rounded down: lines * ppm / 1,000,000 without a product that overflows
// and without a division that leaves a rest, which the dialects do differently.
const takenByDebt = `((s.lines_minor - s.lines_minor % 1000000) / 1000000 * b.debt_share_ppm +
		 (s.lines_minor % 1000000 * b.debt_share_ppm - s.lines_minor % 1000000 * b.debt_share_ppm % 1000000) / 1000000)`

var checks = []check{
	{"every journal balances, per currency, over at least two entries",
		`SELECT journal_id AS a, journal_id AS b, currency AS what, SUM(amount_minor) AS x, COUNT(*) AS y
		 FROM ledger_entries GROUP BY journal_id, currency HAVING SUM(amount_minor) <> 0 OR COUNT(*) < 2`},
	{"every entry has its journal",
		`SELECT e.journal_id AS a, e.owner_id AS b, e.account AS what, e.amount_minor AS x, 0 AS y
		 FROM ledger_entries e LEFT JOIN journals j ON j.id = e.journal_id WHERE j.id IS NULL`},
	{"every journal has entries",
		`SELECT j.id AS a, j.program_id AS b, j.kind AS what, 0 AS x, 2 AS y
		 FROM journals j LEFT JOIN ledger_entries e ON e.journal_id = j.id WHERE e.journal_id IS NULL`},
	{"an account has one currency",
		`SELECT e.owner_id AS a, e.journal_id AS b, e.currency AS what, e.amount_minor AS x, b.balance_minor AS y
		 FROM ledger_entries e JOIN ledger_balances b ON b.owner_id = e.owner_id AND b.account = e.account
		 WHERE b.currency <> e.currency`},
	{"every balance is the sum of its entries",
		`SELECT b.owner_id AS a, b.program_id AS b, b.account AS what, b.balance_minor AS x, COALESCE(s.total, 0) AS y
		 FROM ledger_balances b LEFT JOIN (SELECT owner_id, account, SUM(amount_minor) AS total FROM ledger_entries
		 GROUP BY owner_id, account) s ON s.owner_id = b.owner_id AND s.account = b.account
		 WHERE b.balance_minor <> COALESCE(s.total, 0)`},
	{"every account with entries has a balance",
		`SELECT e.owner_id AS a, e.owner_id AS b, e.account AS what, SUM(e.amount_minor) AS x, 0 AS y FROM ledger_entries e
		 LEFT JOIN ledger_balances b ON b.owner_id = e.owner_id AND b.account = e.account
		 WHERE b.owner_id IS NULL GROUP BY e.owner_id, e.account`},
	{"commission lines sum to their entries, per journal and enrollment",
		`SELECT t.journal_id AS a, t.owner_id AS b, 'lines' AS what, SUM(t.line_sum) AS x, SUM(t.entry_sum) AS y FROM (
		 SELECT journal_id, enrollment_id AS owner_id, SUM(amount_minor) AS line_sum, 0 AS entry_sum FROM commissions
		 GROUP BY journal_id, enrollment_id
		 UNION ALL SELECT e.journal_id, e.owner_id, 0, e.amount_minor FROM ledger_entries e
		 JOIN journals j ON j.id = e.journal_id WHERE j.kind = 'ACCRUAL' AND e.account = 'ACCRUED') t
		 GROUP BY t.journal_id, t.owner_id HAVING SUM(t.line_sum) <> SUM(t.entry_sum)`},
	{"every statement adds up: opening + lines = closing",
		`SELECT period_id AS a, enrollment_id AS b, 'statement' AS what, opening_minor + lines_minor AS x, closing_minor AS y
		 FROM statements WHERE opening_minor + lines_minor <> closing_minor`},
	{"a closed period's statements hold its lines",
		`SELECT t.period_id AS a, t.enrollment_id AS b, 'period' AS what, SUM(t.line_sum) AS x, SUM(t.said) AS y FROM (
		 SELECT c.period_id, c.enrollment_id, SUM(c.amount_minor) AS line_sum, 0 AS said FROM commissions c
		 JOIN periods p ON p.id = c.period_id WHERE p.state = 'CLOSED' GROUP BY c.period_id, c.enrollment_id
		 UNION ALL SELECT period_id, enrollment_id, 0, lines_minor FROM statements) t
		 GROUP BY t.period_id, t.enrollment_id HAVING SUM(t.line_sum) <> SUM(t.said)`},
	{"accrued is the sum of the lines in open periods",
		`SELECT t.owner_id AS a, t.owner_id AS b, 'accrued' AS what, SUM(t.line_sum) AS x, SUM(t.held) AS y FROM (
		 SELECT c.enrollment_id AS owner_id, SUM(c.amount_minor) AS line_sum, 0 AS held FROM commissions c
		 JOIN periods p ON p.id = c.period_id WHERE p.state = 'OPEN' GROUP BY c.enrollment_id
		 UNION ALL SELECT owner_id, 0, balance_minor FROM ledger_balances WHERE account = 'ACCRUED') t
		 GROUP BY t.owner_id HAVING SUM(t.line_sum) <> SUM(t.held)`},
	{"in transit is the sum of the payouts that reserve it",
		`SELECT t.owner_id AS a, t.owner_id AS b, 'in transit' AS what, SUM(t.due) AS x, SUM(t.held) AS y FROM (
		 SELECT enrollment_id AS owner_id, SUM(amount_minor) AS due, 0 AS held FROM payouts WHERE reserved
		 GROUP BY enrollment_id
		 UNION ALL SELECT owner_id, 0, balance_minor FROM ledger_balances WHERE account = 'IN_TRANSIT') t
		 GROUP BY t.owner_id HAVING SUM(t.due) <> SUM(t.held)`},
	{"what was paid equals the transfers less what came back, per program",
		`SELECT t.program_id AS a, t.program_id AS b, 'paid' AS what, SUM(t.paid) AS x, SUM(t.held) AS y FROM (
		 SELECT program_id, SUM(amount_minor + corrected_minor - reversed_minor) AS paid, 0 AS held FROM payouts
		 WHERE state IN ('TRANSFERRED', 'PARTLY_REVERSED', 'REVERSED') GROUP BY program_id
		 UNION ALL SELECT program_id, 0, balance_minor FROM ledger_balances WHERE account IN ('CLEARING', 'PAID_OUT')) t
		 GROUP BY t.program_id HAVING SUM(t.paid) <> SUM(t.held)`},
	{"a payout is at most the balance it was planned from, or the part of the period's lines that a debt leaves",
		`SELECT p.id AS a, p.enrollment_id AS b, 'payout' AS what, p.amount_minor AS x, p.payable_minor AS y
		 FROM payouts p LEFT JOIN payout_batches b ON b.id = p.batch_id LEFT JOIN statements s ON s.period_id = b.through_period_id
		 AND s.enrollment_id = p.enrollment_id AND s.opening_minor < 0 AND s.lines_minor > 0
		 WHERE (p.reserved OR p.state IN ('TRANSFERRED', 'PARTLY_REVERSED', 'REVERSED')) AND p.amount_minor > p.payable_minor
		 AND (s.period_id IS NULL OR p.amount_minor > s.lines_minor - ` + takenByDebt + `)`},
	{"a period's lines are kept from a debt once, per enrollment",
		`SELECT b.through_period_id AS a, p.enrollment_id AS b, 'kept' AS what, COUNT(*) AS x, 1 AS y
		 FROM payouts p JOIN payout_batches b ON b.id = p.batch_id
		 WHERE (p.reserved OR p.state IN ('TRANSFERRED', 'PARTLY_REVERSED')) AND p.amount_minor > p.payable_minor AND NOT p.found_late
		 GROUP BY b.through_period_id, p.enrollment_id HAVING COUNT(*) > 1`},
	{"nothing is owed twice: what closed periods earned is payable, in transit or paid, per enrollment",
		`SELECT t.owner_id AS a, t.owner_id AS b, 'owed' AS what, SUM(t.earned) AS x, SUM(t.held) AS y FROM (
		 SELECT enrollment_id AS owner_id, SUM(lines_minor) AS earned, 0 AS held FROM statements GROUP BY enrollment_id
		 UNION ALL SELECT owner_id, 0, balance_minor FROM ledger_balances WHERE account IN ('PAYABLE', 'IN_TRANSIT')
		 UNION ALL SELECT enrollment_id, 0, SUM(amount_minor + corrected_minor - reversed_minor) FROM payouts
		 WHERE state IN ('TRANSFERRED', 'PARTLY_REVERSED', 'REVERSED') GROUP BY enrollment_id) t
		 GROUP BY t.owner_id HAVING SUM(t.earned) <> SUM(t.held)`},
}

// Verify proves the ledger: it recomputes everything that is cached and compares everything that is said twice. It
// reads only. An error means that it could not look, not that something is wrong.
func Verify(ctx context.Context, db *models.DB) (Proof, error) {
	var p Proof
	for table, into := range map[string]*int64{"journals": &p.Journals, "ledger_entries": &p.Entries, "commissions": &p.Lines} {
		if err := db.Read(ctx).Table(table).Count(into).Error; err != nil {
			return p, fmt.Errorf("count %s: %w", table, err)
		}
	}
	for _, c := range checks {
		var rows []struct {
			A, B models.ID
			What string
			X, Y int64
		}
		if err := db.Read(ctx).Raw(c.sql+" LIMIT ?", maxFindingsPerCheck).Scan(&rows).Error; err != nil {
			return p, fmt.Errorf("check %q: %w", c.name, err)
		}
		for _, r := range rows {
			p.Findings = append(p.Findings, Finding{Check: c.name,
				Detail: fmt.Sprintf("%s of %s, %s: %d against %d", r.What, r.A, r.B, r.X, r.Y)})
		}
	}
	return p, nil
}
