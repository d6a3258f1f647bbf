package models

import (
	"fmt"
	"strings"
)

// The bounds of one multi-row statement: MySQL takes 65,535 placeholders, and the gain is spent after 1,000 rows.
const (
	maxBulkRows         = 1000
	maxBulkPlaceholders = 32_000
)

// Insert says how a bulk insert treats a row whose key exists.
type Insert struct {
	Table   string
	Columns []string
	// Keys and AddTo turn the insert into "add to the existing row": the columns in AddTo grow by the new value.
	Keys  []string
	AddTo []string
	// SkipExisting leaves rows alone whose unique key exists.
	SkipExisting bool
}

// BulkInsert writes rows in as few statements as the dialect's limits allow. Each row holds one value per column.
// It returns how many rows the database says it wrote (upserts count as the dialect counts them).
func BulkInsert(tx *Tx, in Insert, rows [][]any) (int64, error) {
	perStatement := min(maxBulkRows, maxBulkPlaceholders/len(in.Columns))
	var written int64
	for start := 0; start < len(rows); start += perStatement {
		part := rows[start:min(start+perStatement, len(rows))]
		args := make([]any, 0, len(part)*len(in.Columns))
		for _, row := range part {
			args = append(args, row...)
		}
		result := tx.Exec(in.statement(tx.mysql, len(part)), args...)
		if result.Error != nil {
			return written, fmt.Errorf("insert %d rows into %s: %w", len(part), in.Table, result.Error)
		}
		written += result.RowsAffected
	}
	return written, nil
}

func (in Insert) statement(isMySQL bool, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT ")
	if in.SkipExisting {
		if isMySQL {
			b.WriteString("IGNORE ")
		} else {
			b.WriteString("OR IGNORE ")
		}
	}
	b.WriteString("INTO " + in.Table + " (" + strings.Join(in.Columns, ",") + ") VALUES ")
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(in.Columns)), ",") + ")"
	b.WriteString(strings.TrimSuffix(strings.Repeat(one+",", rows), ","))
	if len(in.AddTo) == 0 {
		return b.String()
	}
	sets := make([]string, len(in.AddTo))
	for i, c := range in.AddTo {
		if isMySQL {
			sets[i] = fmt.Sprintf("%s = %s + VALUES(%s)", c, c, c)
		} else {
			sets[i] = fmt.Sprintf("%s = %s + excluded.%s", c, c, c)
		}
	}
	if isMySQL {
		b.WriteString(" ON DUPLICATE KEY UPDATE ")
	} else {
		b.WriteString(" ON CONFLICT (" + strings.Join(in.Keys, ",") + ") DO UPDATE SET ")
	}
	b.WriteString(strings.Join(sets, ", "))
	return b.String()
}
