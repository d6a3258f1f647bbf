package export

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/models"
)

// conversions lists those that occurred in the period, every revision, in the order they occurred in.
var conversions = listing{
	scope: access.ConversionsRead,
	header: slices.Concat([]string{"conversion_id", "source", "external_id", "kind", "revision", "state", "occurred_at", "received_at"}, partnerColumns,
		[]string{"amount", "tax", "shipping", "discount", "currency", "source_amount", "source_currency", "country", "coupon"}),
	count: func(query *gorm.DB, of subject) (int64, error) {
		var n int64
		return n, occurred(query, of).Model(&models.Conversion{}).Count(&n).Error
	},
	read: readConversions,
}

// occurred narrows a query to the conversions of the period.
func occurred(query *gorm.DB, of subject) *gorm.DB {
	return query.Where("program_id = ? AND occurred_at >= ? AND occurred_at < ?", of.program.ID, of.period.StartsAt, of.period.EndsAt)
}

func readConversions(query *gorm.DB, of subject, after place, most int) (page, error) {
	seek := occurred(query, of)
	if !after.isStart() {
		at := time.UnixMicro(after.Minor).UTC()
		seek = seek.Where("(occurred_at > ? OR (occurred_at = ? AND id > ?))", at, at, after.First)
	}
	var looked []models.Conversion
	err := seek.Omit("items", "metadata").Order("occurred_at, id").Limit(most).Find(&looked).Error
	if err != nil {
		return page{}, fmt.Errorf("read conversions: %w", err)
	}
	p := page{looked: len(looked)}
	if len(looked) == 0 {
		return p, nil
	}
	end := looked[len(looked)-1]
	p.last = place{First: end.ID, Minor: end.OccurredAt.UnixMicro()}
	ids := make([]models.ID, len(looked))
	for i, c := range looked {
		ids[i] = models.Or(c.EnrollmentID)
	}
	names, err := nameEnrollments(query, ids)
	if err != nil {
		return p, err
	}
	for _, c := range looked {
		gross := func(minor int64) string {
			if c.State == models.ConversionStateAwaitingRate {
				return ""
			}
			return amount(minor, of.program.Currency)
		}
		p.rows = append(p.rows, slices.Concat(
			[]string{c.ID.Format(models.PrefixConversion), c.Source, c.ExternalID, c.Kind, strconv.Itoa(c.Revision), string(c.State), instant(c.OccurredAt), instant(c.ReceivedAt)},
			names.of(models.Or(c.EnrollmentID)),
			[]string{gross(c.AmountMinor), gross(c.TaxMinor), gross(c.ShippingMinor), gross(c.DiscountMinor), string(of.program.Currency),
				amount(c.SourceAmountMinor, c.SourceCurrency), string(c.SourceCurrency), c.Country, c.Coupon}))
	}
	return p, nil
}
