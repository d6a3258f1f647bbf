package export

import (
	"fmt"
	"slices"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/models"
)

const ofPeriod = "batch_id IN (SELECT id FROM payout_batches WHERE period_id = ?)"

// payouts lists those of all batches of the period, by batch and enrollment. What bank account is behind one is not in it.
var payouts = listing{
	scope: access.PayoutsRead,
	header: slices.Concat([]string{"payout_id", "batch_id"}, partnerColumns, []string{"rail", "state", "reason", "amount", "reversed", "corrected", "currency",
		"transfer_id", "bank_reference", "created_at", "settled_at"}),
	count: func(query *gorm.DB, of subject) (int64, error) {
		var n int64
		return n, query.Model(&models.Payout{}).Where(ofPeriod, of.period.ID).Count(&n).Error
	},
	read: readPayouts,
}

func readPayouts(query *gorm.DB, of subject, after place, most int) (page, error) {
	sent := query.Where(ofPeriod, of.period.ID)
	if !after.isStart() {
		sent = sent.Where("batch_id > ? OR (batch_id = ? AND enrollment_id > ?)", after.First, after.First, after.Second)
	}
	var rows []models.Payout
	if err := sent.Order("batch_id, enrollment_id").Limit(most).Find(&rows).Error; err != nil {
		return page{}, fmt.Errorf("read payouts: %w", err)
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
		transfer := ""
		if row.TransferID != nil {
			transfer = *row.TransferID
		}
		p.rows = append(p.rows, slices.Concat([]string{row.ID.Format(models.PrefixPayout), row.BatchID.Format(models.PrefixBatch)}, names.of(row.EnrollmentID),
			[]string{string(row.Rail), string(row.State), row.Reason, amount(row.AmountMinor, row.Currency), amount(row.ReversedMinor, row.Currency),
				amount(row.CorrectedMinor, row.Currency), string(row.Currency), transfer, row.BankReference, instant(row.CreatedAt), optionalInstant(row.SettledAt)}))
	}
	last := rows[len(rows)-1]
	p.last = place{First: last.BatchID, Second: last.EnrollmentID}
	return p, nil
}
