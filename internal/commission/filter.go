package commission

import (
	"gorm.io/gorm"

	"tributary/models"
)

// LineFilter says which lines a list has: those that satisfy all of it. What is left zero does not narrow it.
type LineFilter struct {
	Kind     models.CommissionKind
	PeriodID models.ID
	Occurred models.Span
}

func (f LineFilter) narrow(query *gorm.DB) *gorm.DB {
	query = models.Only(models.Only(query, "kind", f.Kind), "period_id", f.PeriodID)
	return f.Occurred.Narrow(query, "occurred_at")
}

// The orders that lists may have beside that of recording.
var (
	LinesByOccurrence = &models.Sort[models.Commission]{Column: "occurred_at", Value: func(c models.Commission) any { return c.OccurredAt }}
	PeriodsByKey      = &models.Sort[models.Period]{Column: "period_key", Value: func(p models.Period) any { return p.PeriodKey }}

	linesOfEnrollment = map[string]string{"": "commissions_enrollment", "occurred_at": "commissions_occurred"}
	periodsOfProgram  = map[string]string{"period_key": "periods_key"}
)
