package export

import (
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/models"
)

// statements lists what the close of the period wrote, by enrollment: the balance before, the lines, the balance after.
var statements = listing{
	scope:  access.PayoutsRead,
	header: slices.Concat([]string{"number", "period"}, partnerColumns, []string{"opening", "lines", "line_count", "closing", "currency"}),
	count: func(query *gorm.DB, of subject) (int64, error) {
		var n int64
		return n, query.Model(&models.Statement{}).Where("period_id = ?", of.period.ID).Count(&n).Error
	},
	read: readStatements,
}

func readStatements(query *gorm.DB, of subject, after place, most int) (page, error) {
	var rows []models.Statement
	err := query.Where("period_id = ? AND enrollment_id > ?", of.period.ID, after.First).Order("enrollment_id").Limit(most).Find(&rows).Error
	if err != nil {
		return page{}, fmt.Errorf("read statements: %w", err)
	}
	p := page{looked: len(rows)}
	if len(rows) == 0 {
		return p, nil
	}
	ids := make([]models.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.EnrollmentID
	}
	names, err := nameEnrollments(query, ids)
	if err != nil {
		return p, err
	}
	for _, row := range rows {
		p.rows = append(p.rows, slices.Concat([]string{strconv.FormatInt(row.Number, 10), of.period.PeriodKey}, names.of(row.EnrollmentID),
			[]string{amount(row.OpeningMinor, row.Currency), amount(row.LinesMinor, row.Currency), strconv.FormatInt(row.LineCount, 10),
				amount(row.ClosingMinor, row.Currency), string(row.Currency)}))
	}
	p.last = place{First: rows[len(rows)-1].EnrollmentID}
	return p, nil
}
