package models

import (
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// MaxCount is how many rows of a list are counted; of a longer one, MaxCount+1 are.
const MaxCount = 10_000

// Whole is all that a page is a stretch of, to be counted.
type Whole struct {
	query *gorm.DB
	known *int // the page was all
}

// Known gives how many rows there are where the page told so.
func (w *Whole) Known() (int, bool) {
	if w.known == nil {
		return 0, false
	}
	return *w.known, true
}

// CountAll counts the rows of many lists in one statement.
func CountAll(db *gorm.DB, lists []*Whole) (map[*Whole]int, error) {
	counts := make([]string, len(lists))
	queries := make([]any, len(lists))
	for i, list := range lists {
		counts[i] = fmt.Sprintf("SELECT %d AS place, COUNT(*) AS n FROM (?) AS list%d", i, i)
		queries[i] = list.query.Select("1").Limit(MaxCount + 1)
	}
	var rows []struct{ Place, N int }
	if err := db.Raw(strings.Join(counts, " UNION ALL "), queries...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count rows: %w", err)
	}
	found := make(map[*Whole]int, len(lists))
	for _, row := range rows {
		found[lists[row.Place]] = row.N
	}
	return found, nil
}
