package program

import (
	"fmt"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/models"
)

// ErrRailUnknown is returned for a way to pay that there is none of.
var ErrRailUnknown = fault.InvalidField("rail", "RAIL_UNKNOWN", "there is no such way to pay")

// SetRail says over which rail an enrollment is paid from the next plan on, empty for its program's. A change is not paid to
// for two days, like one of the destination; payouts that are planned already go on. The same again changes nothing.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, RAIL_UNKNOWN.
func (s *Service) SetRail(tx *models.Tx, by access.Caller, id models.ID, rail models.RailName) (models.Enrollment, error) {
	e, err := managed(tx, by, access.PayoutsWrite, id)
	if err != nil {
		return e, err
	}
	if rail != "" && rail != models.RailNameStripe && rail != models.RailNameManual {
		return e, ErrRailUnknown
	}
	if e.Rail == rail {
		return e, nil
	}
	e.Rail, e.RailChangedAt = rail, &tx.Now
	err = tx.Model(&models.Enrollment{}).Where("id = ?", id).Updates(map[string]any{"rail": rail, "rail_changed_at": tx.Now}).Error
	if err != nil {
		return e, fmt.Errorf("set rail: %w", err)
	}
	return e, emitEnrollment(tx, notify.EnrollmentUpdated, e)
}
