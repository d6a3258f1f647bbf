package bench

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"tributary/models"
)

const (
	sqlChunk       = 5000 // rows read by one INSERT ... SELECT
	sqlConnections = 2
)

// halfEven is the project's rounding rule as SQL: amount * ppm / 1,000,000, half to even.
func halfEven(amount string, ppm int) string {
	num := fmt.Sprintf("(%s) * %d", amount, ppm)
	return strings.NewReplacer("{n}", num).Replace(
		"(({n}) DIV 1000000 + (2 * (({n}) MOD 1000000) > 1000000 OR (2 * (({n}) MOD 1000000) = 1000000 AND (({n}) DIV 1000000) MOD 2 = 1)))")
}

// linesInSQL is the statement that a person would write instead of the engine, for the plan of the measurements: the
// lines of the conversions between two ids.
func linesInSQL() string {
	const basis = "GREATEST(c.amount_minor - c.tax_minor - c.shipping_minor, 0)"
	seller, first := halfEven(basis, 100_000), halfEven(basis, 20_000)
	second := halfEven(first, 500_000)
	return `INSERT INTO commissions (id, program_id, enrollment_id, source_id, ordinal, kind, plan_version_id, rule_id, level, via_id,
		basis_minor, rate_ppm, currency, amount_minor, matures_at, period_id, journal_id, occurred_at, created_at)
		SELECT CONCAT(SUBSTR(c.id, 1, 15), UNHEX(LPAD(l.n, 2, '0'))), c.program_id,
		ELT(l.n + 1, c.enrollment_id, e1.sponsor_id, e2.sponsor_id), c.id, l.n, 'EARNED', v.id, 'sales', l.n,
		ELT(l.n + 1, NULL, c.enrollment_id, e1.sponsor_id),
		CASE l.n WHEN 2 THEN ` + first + ` ELSE ` + basis + ` END, ELT(l.n + 1, 100000, 20000, 500000), 'EUR',
		CASE l.n WHEN 0 THEN ` + seller + ` WHEN 1 THEN ` + first + ` ELSE ` + second + ` END,
		c.occurred_at + INTERVAL 14 DAY, p.id, v.id, c.occurred_at, c.received_at
		FROM conversions c
		JOIN plan_versions v ON v.program_id = c.program_id
		JOIN periods p ON p.program_id = c.program_id AND p.starts_at <= c.occurred_at + INTERVAL 14 DAY AND p.ends_at > c.occurred_at + INTERVAL 14 DAY
		LEFT JOIN sponsor_edges e1 ON e1.child_id = c.enrollment_id AND e1.valid_from <= c.occurred_at AND e1.valid_to > c.occurred_at
		LEFT JOIN sponsor_edges e2 ON e2.child_id = e1.sponsor_id AND e2.valid_from <= c.occurred_at AND e2.valid_to > c.occurred_at
		JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2) l
		ON l.n = 0 OR (l.n = 1 AND e1.sponsor_id IS NOT NULL) OR (l.n = 2 AND e2.sponsor_id IS NOT NULL)
		WHERE c.id > ? AND c.id <= ? ORDER BY c.id, l.n`
}

// accrueInSQL writes the same lines with nothing but SQL, in chunks over two connections. It writes no journal, no
// balance, and takes nothing off the queue.
func (w *world) accrueInSQL(ctx context.Context) error {
	bounds, err := w.chunks(ctx, "conversions")
	if err != nil {
		return err
	}
	return w.inChunks(ctx, bounds, linesInSQL())
}

// inChunks runs a statement for each pair of neighbouring bounds, each in a transaction.
func (w *world) inChunks(ctx context.Context, bounds []models.ID, statement string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sqlConnections)
	for i := range len(bounds) - 1 {
		group.Go(func() error {
			return models.InTx(ctx, w.db, func(tx *models.Tx) error { return tx.Exec(statement, bounds[i], bounds[i+1]).Error })
		})
	}
	return group.Wait()
}

// chunks gives ids of a table between which there are sqlChunk rows each.
func (w *world) chunks(ctx context.Context, table string) ([]models.ID, error) {
	bounds := []models.ID{{}}
	for {
		var next []models.ID
		err := w.db.Read(ctx).Table(table).Where("id > ?", bounds[len(bounds)-1]).Order("id").Limit(sqlChunk).Pluck("id", &next).Error
		if err != nil || len(next) == 0 {
			return bounds, err
		}
		bounds = append(bounds, next[len(next)-1])
	}
}
