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
	"tributary/internal/notify"
	"tributary/internal/program"
	"tributary/models"
)

// How far from now an agreement may begin: every period since then is closed one by one.
const maxPlacementDays = 366

// The refusals of placement agreements.
var (
	ErrPlacementUnknown = fault.InvalidField("placement", "PLACEMENT_UNKNOWN", "neither the plan that holds now nor a later one has this placement")
	ErrPlacementSpan    = fault.InvalidField("endsAt", "PLACEMENT_SPAN", "an agreement does not end before it begins")
	ErrPlacementFar     = fault.InvalidField("startsAt", "PLACEMENT_TOO_FAR", "an agreement begins at most %d days ago and at most %d days ahead", maxPlacementDays, maxPlacementDays)
	ErrPlacementClosed  = fault.InvalidField("startsAt", "PLACEMENT_PERIOD_CLOSED", "that period is closed; nothing in it changes any more")
	ErrPlacementMissing = fault.NotFoundf("PLACEMENT_NOT_FOUND", "placement agreement").On("placementId")
)

// AgreePlacement lets an enrollment earn the fee of one of the plan's placements in every period in which the agreement
// is active, in proportion to its days; the end is models.OpenEnd while it is open. Every agreement earns for itself, also beside another one of
// the same placement. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, PLACEMENT_UNKNOWN, PLACEMENT_SPAN,
// PLACEMENT_TOO_FAR, PLACEMENT_PERIOD_CLOSED.
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
		EndsAt: endOf(endsAt), Actor: by.Name, CreatedAt: tx.Now}
	if !a.StartsAt.Before(a.EndsAt) {
		return a, ErrPlacementSpan
	}
	if a.StartsAt.Before(tx.Now.AddDate(0, 0, -maxPlacementDays)) || a.StartsAt.After(tx.Now.AddDate(0, 0, maxPlacementDays)) {
		return a, ErrPlacementFar
	}
	if err := s.offers(tx, p, placement); err != nil {
		return a, err
	}
	cal, err := lockedCalendar(tx, p)
	if err != nil {
		return a, err
	}
	if a.StartsAt.Before(cal.closedThrough) {
		return a, ErrPlacementClosed
	}
	if err := tx.Create(&a).Error; err != nil {
		return a, fmt.Errorf("create placement agreement: %w", err)
	}
	if err := emitPlacement(tx, notify.PlacementAgreed, a); err != nil {
		return a, err
	}
	_, err = cal.periodFor(tx, a.StartsAt) // it is closed also when no line falls into it
	return a, err
}

// endOf gives the end of an agreement as it is stored.
func endOf(at time.Time) time.Time {
	if at.After(models.OpenEnd) {
		return models.OpenEnd
	}
	return models.Instant(at)
}

// ensureNext makes the period after one that closes, while an agreement goes on into it. Where one begins later, its
// period was made with it.
func ensureNext(tx *models.Tx, p models.Program, closed models.Period) error {
	var going int64
	err := tx.Model(&models.PlacementAgreement{}).Where("program_id = ? AND starts_at < ? AND ends_at > ?", p.ID, closed.EndsAt, closed.EndsAt).Count(&going).Error
	if err != nil {
		return fmt.Errorf("count placement agreements: %w", err)
	}
	if going == 0 {
		return nil
	}
	cal, err := newCalendar(tx, p)
	if err != nil {
		return err
	}
	_, err = cal.periodFor(tx, closed.EndsAt)
	return err
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

// lockedCalendar gives the program's calendar and keeps its open periods from being closed meanwhile.
func lockedCalendar(tx *models.Tx, p models.Program) (*calendar, error) {
	var open []models.Period
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND state = ?", p.ID, models.PeriodStateOpen).Order("id").Find(&open).Error
	if err != nil {
		return nil, fmt.Errorf("lock open periods: %w", err)
	}
	return newCalendar(tx, p)
}

// EndPlacement gives an agreement another end, which may be ahead, or where it begins: then it never was. Nothing that a
// closed period paid changes, so neither the new end nor the old one lies in one.
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
	was := a.EndsAt
	if a.EndsAt = endOf(endsAt); a.EndsAt.Before(a.StartsAt) {
		return a, ErrPlacementSpan
	}
	cal, err := lockedCalendar(tx, p)
	if err != nil {
		return a, err
	}
	if a.EndsAt.Before(cal.closedThrough) || was.Before(cal.closedThrough) {
		return a, ErrPlacementClosed.On("endsAt")
	}
	update := tx.Model(&models.PlacementAgreement{}).Where("id = ? AND ends_at = ?", a.ID, was).Update("ends_at", a.EndsAt)
	if err := models.MustAffectOne(update, models.ErrRetry); err != nil {
		return a, err
	}
	if err := emitPlacement(tx, notify.PlacementEndChanged, a); err != nil || !a.EndsAt.After(was) {
		return a, err
	}
	_, err = cal.periodFor(tx, was) // nobody made it while the agreement ended before
	return a, err
}

// Placement finds an agreement, for its merchant or its own partner. Codes UNAUTHENTICATED, FORBIDDEN, PLACEMENT_NOT_FOUND.
func (s *Service) Placement(ctx context.Context, by access.Caller, id models.ID) (models.PlacementAgreement, error) {
	query, err := s.seen(ctx, by, access.PartnersRead, inMerchant, ofPartner)
	if err != nil {
		return models.PlacementAgreement{}, err
	}
	return takeSeen[models.PlacementAgreement](query, id, ErrPlacementMissing)
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
