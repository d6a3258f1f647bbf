package tracking

import (
	"gorm.io/gorm"

	"tributary/internal/fault"
	"tributary/models"
)

// ConversionFilter says which conversions a list has: those that satisfy all of it. What is left zero does not narrow it.
type ConversionFilter struct {
	State        models.ConversionState
	Kind         string
	ExternalID   string
	EnrollmentID models.ID
	Occurred     models.Span
}

// narrow keeps what satisfies the filter. Code KIND_INVALID.
func (f ConversionFilter) narrow(query *gorm.DB) (*gorm.DB, error) {
	if f.Kind != "" && !kindShape.MatchString(f.Kind) {
		return nil, fault.InvalidField("filter.kind", "KIND_INVALID", "a kind has 1 to 40 capital letters, digits and _")
	}
	query = models.Only(query, "state", f.State)
	query = models.Only(query, "external_id", f.ExternalID)
	query = models.Only(query, "enrollment_id", f.EnrollmentID)
	query = models.Only(query, "kind", f.Kind)
	return f.Occurred.Narrow(query, "occurred_at"), nil
}

// index names the index that leads to what the filter leaves of a program's conversions, in the page's order if it can.
func (f ConversionFilter) index(page models.Page) string {
	switch {
	case f.ExternalID != "":
		return "conversions_external"
	case !f.EnrollmentID.IsZero():
		return conversionsOfEnrollment[page.Order.Column]
	case f.State != "" && page.Order.Column == "":
		return "conversions_state"
	case f.State != "":
		return "" // whichever of the two leaves less
	}
	return conversionsOfProgram[page.Order.Column]
}

// ClickFilter says which clicks a list has: those that satisfy all of it. What is left zero does not narrow it.
type ClickFilter struct {
	LinkID  models.ID
	Clicked models.Span
}

func (f ClickFilter) narrow(query *gorm.DB) *gorm.DB {
	return f.Clicked.Narrow(models.Only(query, "link_id", f.LinkID), "clicked_at")
}

// The orders that lists may have beside that of recording.
var (
	ConversionsByOccurrence = &models.Sort[models.Conversion]{Column: "occurred_at", Value: func(c models.Conversion) any { return c.OccurredAt }}
	ClicksByTime            = &models.Sort[models.Click]{Column: "clicked_at", Value: func(c models.Click) any { return c.ClickedAt }}
)

// The indexes that have what a list is of in each order, by its column.
var (
	conversionsOfProgram    = map[string]string{"": "conversions_listed", "occurred_at": "conversions_occurred"}
	conversionsOfEnrollment = map[string]string{"": "conversions_enrollment", "occurred_at": "conversions_won"}
	clicksOfProgram         = map[string]string{"": "clicks_listed", "clicked_at": "clicks_clicked"}
)
