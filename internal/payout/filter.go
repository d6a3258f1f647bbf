package payout

import (
	"gorm.io/gorm"

	"tributary/models"
)

// Filter says which payouts a list has: those that satisfy all of it. What is left zero does not narrow it.
type Filter struct {
	State        models.PayoutState
	EnrollmentID models.ID
	AmountMinor  models.Range // in the payouts' currency
}

func (f Filter) narrow(query *gorm.DB) *gorm.DB {
	query = models.Only(models.Only(query, "state", f.State), "enrollment_id", f.EnrollmentID)
	return f.AmountMinor.Narrow(query, "amount_minor")
}

// ByAmount orders payouts by their amount.
var ByAmount = &models.Sort[models.Payout]{Column: "amount_minor", Value: func(p models.Payout) any { return p.AmountMinor }}

var payoutsOfBatch = map[string]string{"amount_minor": "payouts_amount"}
