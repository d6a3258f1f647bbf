package export

import (
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/models"
)

// conversions lists those that occurred in the period, every revision, in the order they were taken in. There is no index
// by when they occurred: all of the program are looked at, a page in each statement.
var conversions = listing{
	scope: access.ConversionsRead,
	header: slices.Concat([]string{"conversion_id", "source", "external_id", "kind", "revision", "state", "occurred_at", "received_at"}, partnerColumns,
		[]string{"amount", "tax", "shipping", "discount", "currency", "source_amount", "source_currency", "country", "coupon"}),
	count: func(query *gorm.DB, of subject) (int64, error) {
		var n int64
		return n, query.Model(&models.Conversion{}).Where("program_id = ?", of.program.ID).Count(&n).Error
	},
	read: readConversions,
}

func readConversions(query *gorm.DB, of subject, after place, most int) (page, error) {
	var looked []models.Conversion
	err := query.Where("program_id = ? AND id > ?", of.program.ID, after.First).Omit("items", "metadata").Order("id").Limit(most).Find(&looked).Error
	if err != nil {
		return page{}, fmt.Errorf("read conversions: %w", err)
	}
	p := page{looked: len(looked)}
	if len(looked) == 0 {
		return p, nil
	}
	p.last = place{First: looked[len(looked)-1].ID}
	inside := slices.DeleteFunc(looked, func(c models.Conversion) bool {
		return c.OccurredAt.Before(of.period.StartsAt) || !c.OccurredAt.Before(of.period.EndsAt)
	})
	ids := make([]models.ID, len(inside))
	for i, c := range inside {
		ids[i] = models.Or(c.EnrollmentID)
	}
	names, err := nameEnrollments(query, ids)
	if err != nil {
		return p, err
	}
	for _, c := range inside {
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
