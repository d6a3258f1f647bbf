package payout

import (
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/money"
	"tributary/models"
)

// around reads what a stretch of a plan is compared with, in a fixed number of statements.
func (v *Preview) around(query *gorm.DB, part []planned) (around, error) {
	a := around{past: map[models.ID]past{}, owners: map[place][]models.ID{}}
	var err error
	if a.last, err = v.lastPaid(query, &part[len(part)-1].enrollment.ID); err != nil {
		return a, err
	}
	var ids []models.ID
	destinations := map[models.RailName][]string{}
	for _, c := range part {
		if c.isPaid() {
			ids = append(ids, c.enrollment.ID)
			destinations[c.rail] = append(destinations[c.rail], c.destination())
		}
	}
	if len(ids) == 0 {
		return a, nil
	}
	var sums []struct {
		EnrollmentID models.ID
		Count, Minor int64
	}
	err = query.Model(&models.Payout{}).Where("enrollment_id IN ? AND state IN ?", ids, paidStates).Group("enrollment_id").
		Select("enrollment_id, COUNT(*) AS count, SUM(amount_minor) AS minor").Scan(&sums).Error
	if err != nil {
		return a, fmt.Errorf("sum earlier payouts: %w", err)
	}
	for _, sum := range sums {
		a.past[sum.EnrollmentID] = past{sum.Count, sum.Minor}
	}
	for rail, texts := range destinations {
		var owners []models.PayoutAccount
		err := query.Where("rail = ? AND destination IN ? AND merchant_id = ?", rail, texts, v.Program.MerchantID).Find(&owners).Error
		if err != nil {
			return a, fmt.Errorf("read who is paid to the same place: %w", err)
		}
		for _, o := range owners {
			at := place{rail, o.Destination}
			a.owners[at] = append(a.owners[at], o.PartnerID)
		}
	}
	return a, nil
}

var paidStates = []models.PayoutState{models.PayoutStateTransferred, models.PayoutStatePartlyReversed, models.PayoutStateReversed}

// lastPaid gives whom the batch before paid, from the enrollment that was looked at last through another, nil for the rest.
func (v *Preview) lastPaid(query *gorm.DB, through *models.ID) ([]Mover, error) {
	if v.Last == nil {
		return nil, nil
	}
	query = query.Model(&models.Payout{}).Where("batch_id = ? AND state IN ? AND enrollment_id > ?", v.Last.ID, paidStates, v.through)
	if through != nil {
		query = query.Where("enrollment_id <= ?", *through)
		v.through = *through
	}
	var rows []struct {
		EnrollmentID models.ID
		Minor        int64
	}
	if err := query.Order("enrollment_id").Select("enrollment_id, amount_minor AS minor").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read payouts of the last batch: %w", err)
	}
	paid := make([]Mover, len(rows))
	for i, r := range rows {
		paid[i] = Mover{EnrollmentID: r.EnrollmentID, Amount: money.New(r.Minor, v.Last.Currency)}
	}
	return paid, nil
}
