package models

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// The bounds of one multi-row statement. MySQL is sent text, and its gain is spent after 1,000 rows; SQLite takes
// 32,766 placeholders.
const (
	maxBulkRows         = 1000
	maxBulkPlaceholders = 32_000
	maxBulkBytes        = 1 << 20 // far below any server's max_allowed_packet; one row may exceed it
	rowSlack            = 8       // by how much a row may be longer than the first before the text is moved
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
	// Origins are of what each row is, where a transaction does several requests' work; without any, all are of the transaction's.
	// Not together with AddTo and SkipExisting.
	Origins []Origin
}

// BulkInsert is BulkWrite for rows that exist as values: each holds one per column.
func BulkInsert(tx *Tx, in Insert, rows [][]any) (int64, error) {
	watch, err := watchOf(tx, in)
	if err != nil {
		return 0, err
	}
	written, err := bulkWrite(tx, in, watch, len(rows), func(i int, row *Row) {
		for _, v := range rows[i] {
			row.Any(v)
		}
	})
	if err != nil {
		return written, err
	}
	return written, watch.noteValues(written, rows)
}

// BulkWrite writes n rows in as few statements as the dialect's limits allow; fill puts the i-th row's values, one per
// column and in their order. It returns how many rows the database says it wrote (upserts count as the dialect counts
// them).
func BulkWrite(tx *Tx, in Insert, n int, fill func(i int, row *Row)) (int64, error) {
	watch, err := watchOf(tx, in)
	if err != nil {
		return 0, err
	}
	written, err := bulkWrite(tx, in, watch, n, fill)
	if err != nil {
		return written, err
	}
	return written, watch.noteCount(written, n)
}

func bulkWrite(tx *Tx, in Insert, watch *bulkWatch, n int, fill func(i int, row *Row)) (int64, error) {
	w := bulkWriter{tx: tx, in: in, head: in.head(tx.mysql), tail: in.tail(tx.mysql), row: Row{isMySQL: tx.mysql, watch: watch}}
	w.limit, w.all = maxBulkRows, n
	if !tx.mysql {
		w.limit = min(maxBulkRows, maxBulkPlaceholders/len(in.Columns))
	}
	for i := range n {
		if err := w.add(i, fill); err != nil {
			return w.written, err
		}
	}
	return w.written, w.flush()
}

// bulkWriter gathers the rows of one statement.
type bulkWriter struct {
	tx         *Tx
	in         Insert
	head, tail string
	row        Row
	rows       int
	limit      int
	all        int // rows there are, of all statements
	written    int64
}

// left is how many rows follow the i-th.
func (w *bulkWriter) left(i int) int { return w.all - i - 1 }

func (w *bulkWriter) add(i int, fill func(i int, row *Row)) error {
	if w.rows == 0 {
		w.row.text = append(w.row.text[:0], w.head...)
		w.row.args = w.row.args[:0]
	} else {
		w.row.text = append(w.row.text, ',')
	}
	w.row.values = 0
	w.row.watch.begin(i)
	begun := len(w.row.text)
	w.row.text = append(w.row.text, '(')
	fill(i, &w.row)
	w.row.text = append(w.row.text, ')')
	if w.rows == 0 { // the others will be about as long
		w.row.text = slices.Grow(w.row.text, min(maxBulkBytes, (len(w.row.text)-begun+rowSlack)*min(w.limit, w.left(i))))
	}
	if w.row.values != len(w.in.Columns) {
		return fmt.Errorf("insert into %s: %d values for %d columns", w.in.Table, w.row.values, len(w.in.Columns))
	}
	if w.rows++; w.rows == w.limit || len(w.row.text) > maxBulkBytes {
		return w.flush()
	}
	return nil
}

func (w *bulkWriter) flush() error {
	if w.rows == 0 {
		return nil
	}
	w.row.text = append(w.row.text, w.tail...)
	if w.tx.last.takes(w.in, w.row.text) {
		w.tx.last.add(w.in, w.row.text)
		w.written += int64(w.rows)
		w.rows = 0
		return nil
	}
	result, err := execText(w.tx, string(w.row.text), w.row.args)
	if err != nil {
		return fmt.Errorf("insert %d rows into %s: %w", w.rows, w.in.Table, err)
	}
	n, err := result.RowsAffected()
	w.written += n
	w.rows = 0
	return err
}

// execText sends a statement past GORM, which would parse it, and prepare it on the server to be used once.
func execText(tx *Tx, text string, args []any) (sql.Result, error) {
	pool := tx.Statement.ConnPool
	if prepared, ok := pool.(*gorm.PreparedStmtTX); ok {
		pool = prepared.Tx
	}
	r := recorderOf(tx.Context())
	if r != nil && r.lost != nil {
		return nil, r.lost
	}
	result, err := pool.ExecContext(tx.Context(), text, args...)
	r.lose(err)
	return result, err
}

func (in Insert) head(isMySQL bool) string {
	verb := "INSERT INTO "
	if in.SkipExisting && isMySQL {
		verb = "INSERT IGNORE INTO "
	} else if in.SkipExisting {
		verb = "INSERT OR IGNORE INTO "
	}
	return verb + in.Table + " (" + strings.Join(in.Columns, ",") + ") VALUES "
}

func (in Insert) tail(isMySQL bool) string {
	if len(in.AddTo) == 0 {
		return ""
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
		return " ON DUPLICATE KEY UPDATE " + strings.Join(sets, ", ")
	}
	return " ON CONFLICT (" + strings.Join(in.Keys, ",") + ") DO UPDATE SET " + strings.Join(sets, ", ")
}
