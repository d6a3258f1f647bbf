package models

import (
	"fmt"
	"strings"
)

// lastly gathers plain inserts, which are sent together, and with them what the audit log says of the transaction.
type lastly struct {
	text   []byte
	tables []string
}

// WriteLastly lets plain bulk inserts wait from here on: they are sent in one go just before the commit, for transactions in
// which the way to the server and back costs more than the rows. What they violate is an error of the whole transaction, and
// reads and other writes of the transaction do not see their rows. In SQLite, which has no way to go, nothing waits.
func (tx *Tx) WriteLastly() {
	if tx.mysql && tx.last == nil {
		tx.last = &lastly{}
	}
}

// takes tells whether a statement may wait: one whose rows need not be counted, and that is not too long.
func (l *lastly) takes(in Insert, text []byte) bool {
	return l != nil && !in.SkipExisting && len(in.AddTo) == 0 && len(l.text)+len(text) < maxBulkBytes
}

func (l *lastly) add(in Insert, text []byte) {
	if len(l.text) > 0 {
		l.text = append(l.text, ';')
	}
	l.text, l.tables = append(l.text, text...), append(l.tables, in.Table)
}

// send sends what waits.
func (l *lastly) send(tx *Tx) error {
	if l == nil || len(l.text) == 0 {
		return nil
	}
	if _, err := execText(tx, string(l.text), nil); err != nil {
		return fmt.Errorf("insert into %s: %w", strings.Join(l.tables, ", "), err)
	}
	l.text, l.tables = l.text[:0], nil
	return nil
}
