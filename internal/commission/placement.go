package commission

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"tributary/internal/access"
	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// The refusals of placement agreements.
var (
	ErrPlacementUnknown = fault.InvalidField("placement", "PLACEMENT_UNKNOWN", "neither the plan that holds now nor a later one has this placement")
	ErrPlacementSpan    = fault.InvalidField("endsAt", "PLACEMENT_SPAN", "an agreement ends after it begins")
	ErrPlacementClosed  = fault.InvalidField("startsAt", "PLACEMENT_PERIOD_CLOSED", "that period is closed; nothing in it changes any more")
	ErrPlacementMissing = fault.NotFoundf("PLACEMENT_NOT_FOUND", "placement agreement").On("placementId")
)

// AgreePlacement lets an enrollment earn the fee of one of the plan's placements in every period in which the agreement
// is active, in proportion to its days; a zero end is open. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND,
// PLACEMENT_UNKNOWN, PLACEMENT_SPAN, PLACEMENT_PERIOD_CLOSED.
func (s *Service) AgreePlacement(tx *models.Tx, by access.Caller, enrollmentID models.ID, placement string, startsAt, endsAt time.Time) (models.PlacementAgreement, error) {
	merchantID, err := by.Can(access.PartnersWrite)
	if err != nil {
		return models.PlacementAgreement{}, err
	}
	e, err := takeSeen[models.Enrollment](tx.Where("merchant_id = ?", merchantID), enrollmentID, fault.NotFoundf("ENROLLMENT_NOT_FOUND", "enrollment").On("enrollmentId"))
	if err != nil {
		return models.PlacementAgreement{}, err
	}
	p, err := program.OwnProgram(tx, by, access.PartnersWrite, e.ProgramID)
	if err != nil {
		return models.PlacementAgreement{}, err
	}
	a := models.PlacementAgreement{ID: models.NewID(), ProgramID: p.ID, EnrollmentID: e.ID, Placement: placement, StartsAt: models.Instant(startsAt),
		EndsAt: models.OpenEnd, Actor: by.Name, CreatedAt: tx.Now}
	if !endsAt.IsZero() {
		a.EndsAt = models.Instant(endsAt)
	}
	if !a.StartsAt.Before(a.EndsAt) {
		return a, ErrPlacementSpan
	}
	if err := s.offers(tx, p, placement); err != nil {
		return a, err
	}
	if err := stillOpen(tx, p, a.StartsAt); err != nil {
		return a, err
	}
	if err := tx.Create(&a).Error; err != nil {
		return a, fmt.Errorf("create placement agreement: %w", err)
	}
	return a, ensurePeriod(tx, p, a.StartsAt)
}

// ensurePeriod makes the period that contains an instant, so that it is closed also when no line falls into it.
func ensurePeriod(tx *models.Tx, p models.Program, at time.Time) error {
	cal, err := newCalendar(tx, p)
	if err != nil {
		return err
	}
	_, err = cal.periodFor(tx, at)
	return err
}

// ensureNext makes the period after one that closes, while an agreement goes on into it.
func ensureNext(tx *models.Tx, p models.Program, closed models.Period) error {
	var going int64
	err := tx.Model(&models.PlacementAgreement{}).Where("program_id = ? AND ends_at > ? AND starts_at < ends_at", p.ID, closed.EndsAt).Count(&going).Error
	if err != nil {
		return fmt.Errorf("count placement agreements: %w", err)
	}
	if going == 0 {
		return nil
	}
	return ensurePeriod(tx, p, closed.EndsAt)
}

// offers tells whether a plan that holds now or later has the placement.
func (s *Service) offers(tx *models.Tx, p models.Program, placement string) error {
	plans, err := s.timeline(tx.DB, p)
	if err != nil {
		return err
	}
	now, _, _ := plans.holding(tx.Now, engine.Customer{})
	for _, plan := range plans.plans {
		if slices.ContainsFunc(plan.Placements, func(o engine.Placement) bool { return o.ID == placement }) {
			return nil
		}
		if plan == now {
			break
		}
	}
	return ErrPlacementUnknown
}

// stillOpen locks the program's last closed period against a close, and refuses an instant before its end.
func stillOpen(tx *models.Tx, p models.Program, at time.Time) error {
	var open []models.Period
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND state = ?", p.ID, models.PeriodStateOpen).Order("id").Find(&open).Error
	if err != nil {
		return fmt.Errorf("lock open periods: %w", err)
	}
	cal, err := newCalendar(tx, p)
	if err != nil {
		return err
	}
	if at.Before(cal.closedThrough) {
		return ErrPlacementClosed
	}
	return nil
}

// EndPlacement ends an agreement at an instant, which may be ahead. Nothing that a closed period paid changes.
// Codes UNAUTHENTICATED, FORBIDDEN, PLACEMENT_NOT_FOUND, PLACEMENT_SPAN, PLACEMENT_PERIOD_CLOSED.
func (s *Service) EndPlacement(tx *models.Tx, by access.Caller, id models.ID, endsAt time.Time) (models.PlacementAgreement, error) {
	merchantID, err := by.Can(access.PartnersWrite)
	if err != nil {
		return models.PlacementAgreement{}, err
	}
	a, err := takeSeen[models.PlacementAgreement](tx.Where(inMerchant, merchantID), id, ErrPlacementMissing)
	if err != nil {
		return a, err
	}
	p, err := program.OwnProgram(tx, by, access.PartnersWrite, a.ProgramID)
	if err != nil {
		return a, err
	}
	endsAt = models.Instant(endsAt)
	if !a.StartsAt.Before(endsAt) {
		return a, ErrPlacementSpan
	}
	for _, at := range []time.Time{endsAt, a.EndsAt} { // neither the new end nor the old one lies in what is paid
		if err := stillOpen(tx, p, at); err != nil {
			return a, ErrPlacementClosed.On("endsAt")
		}
	}
	update := tx.Model(&models.PlacementAgreement{}).Where("id = ? AND ends_at = ?", a.ID, a.EndsAt).Update("ends_at", endsAt)
	a.EndsAt = endsAt
	return a, models.MustAffectOne(update, models.ErrRetry)
}

// PlacementsOfEnrollment lists an enrollment's agreements, for its merchant or its own partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) PlacementsOfEnrollment(ctx context.Context, by access.Caller, enrollmentID models.ID, page models.Page) (models.Slice[models.PlacementAgreement], error) {
	query, err := s.seen(ctx, by, access.PartnersRead, inMerchant, ofPartner)
	if err != nil {
		return models.Slice[models.PlacementAgreement]{}, err
	}
	return models.FetchPage[models.PlacementAgreement](query.Where("enrollment_id = ?", enrollmentID), "id", page)
}
