package commission

import (
	"time"

	"tributary/internal/money"
	"tributary/models"
)

func (p *Plan) ruleByID(id string) *Rule {
	for i := range p.Rules {
		if p.Rules[i].ID == id {
			return &p.Rules[i]
		}
	}
	return nil
}

func moneyRate(l models.Commission) money.Rate { return money.Rate(l.RatePpm) }

// pendingLines gives, by source, the lines that this posting holds and the database does not have yet.
func (p *pricer) pendingLines() map[models.ID][]models.Commission {
	found := map[models.ID][]models.Commission{}
	for _, r := range p.posting.rows {
		l := models.Commission{ID: r[0].(models.ID), EnrollmentID: r[2].(models.ID), SourceID: r[3].(models.ID), Ordinal: r[4].(int),
			Kind: r[5].(models.CommissionKind), PlanVersionID: r[8].(models.ID), RuleID: r[9].(string), Level: r[10].(int),
			ViaID: r[11].(*models.ID), BasisMinor: r[12].(int64), RatePpm: r[13].(int64), AmountMinor: r[15].(int64),
			MaturesAt: r[16].(time.Time), OccurredAt: r[19].(time.Time)}
		found[l.SourceID] = append(found[l.SourceID], l)
	}
	return found
}
