package export

import (
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/money"
	"tributary/models"
)

// commissions lists the lines of the period by enrollment and amount, which is the order of their index.
var commissions = listing{
	scope: access.PayoutsRead,
	header: slices.Concat([]string{"commission_id"}, partnerColumns, []string{"kind", "conversion_id", "corrects_id", "rule", "level", "basis", "rate_percent",
		"amount", "currency", "occurred_at", "matures_at", "created_at"}),
	count: func(query *gorm.DB, of subject) (int64, error) {
		var n int64
		return n, query.Model(&models.Commission{}).Where("period_id = ?", of.period.ID).Count(&n).Error
	},
	read: readCommissions,
}

func readCommissions(query *gorm.DB, of subject, after place, most int) (page, error) {
	lines := query.Where("period_id = ?", of.period.ID)
	if !after.isStart() {
		lines = lines.Where("enrollment_id > ? OR (enrollment_id = ? AND (amount_minor > ? OR (amount_minor = ? AND id > ?)))",
			after.First, after.First, after.Minor, after.Minor, after.Second)
	}
	var rows []models.Commission
	if err := lines.Omit("facts").Order("enrollment_id, amount_minor, id").Limit(most).Find(&rows).Error; err != nil {
		return page{}, fmt.Errorf("read lines: %w", err)
	}
	p := page{looked: len(rows)}
	if len(rows) == 0 {
		return p, nil
	}
	ids := make([]models.ID, len(rows))
	for i, l := range rows {
		ids[i] = l.EnrollmentID
	}
	names, err := nameEnrollments(query, ids)
	if err != nil {
		return p, err
	}
	for _, l := range rows {
		conversion := ""
		if l.OfConversion() {
			conversion = l.SourceID.Format(models.PrefixConversion)
		}
		p.rows = append(p.rows, slices.Concat([]string{l.ID.Format(models.PrefixCommission)}, names.of(l.EnrollmentID),
			[]string{string(l.Kind), conversion, optionalID(l.CorrectsID, models.PrefixCommission), l.RuleID, strconv.Itoa(l.Level), amount(l.BasisMinor, l.Currency),
				money.Rate(l.RatePpm).Percent(), amount(l.AmountMinor, l.Currency), string(l.Currency), instant(l.OccurredAt), instant(l.MaturesAt), instant(l.CreatedAt)}))
	}
	last := rows[len(rows)-1]
	p.last = place{First: last.EnrollmentID, Second: last.ID, Minor: last.AmountMinor}
	return p, nil
}
