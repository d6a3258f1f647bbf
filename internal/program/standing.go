package program

import (
	"strings"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/models"
)

// The refusals of this file.
var (
	ErrNotSuspended  = fault.New(fault.Precondition, "ENROLLMENT_NOT_SUSPENDED", "the enrollment is not suspended")
	ErrPayoutsHeld   = fault.New(fault.Precondition, "PAYOUTS_HELD", "the enrollment's payouts are held already")
	ErrPayoutsFree   = fault.New(fault.Precondition, "PAYOUTS_NOT_HELD", "the enrollment's payouts are not held")
	ErrReasonMissing = fault.InvalidField("reason", "REASON_MISSING", "say why, for the record")
)

// Suspend makes an active enrollment earn nothing new; what it earned stays, and is held from payouts.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, ENROLLMENT_NOT_ACTIVE.
func (s *Service) Suspend(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
	return restand(tx, by, id, models.EnrollmentStatusActive, models.EnrollmentStatusSuspended, notify.EnrollmentSuspended, ErrNotActive)
}

// Reactivate lets a suspended enrollment earn again, from now on. Codes UNAUTHENTICATED, FORBIDDEN,
// ENROLLMENT_NOT_FOUND, ENROLLMENT_NOT_SUSPENDED.
func (s *Service) Reactivate(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
	return restand(tx, by, id, models.EnrollmentStatusSuspended, models.EnrollmentStatusActive, notify.EnrollmentReactivated, ErrNotSuspended)
}

func restand(tx *models.Tx, by access.Caller, id models.ID, from, to models.EnrollmentStatus, kind notify.Type, refusal error) (models.Enrollment, error) {
	e, err := managed(tx, by, access.PartnersWrite, id)
	if err != nil {
		return e, err
	}
	update := tx.Model(&models.Enrollment{}).Where("id = ? AND status = ?", id, from).Update("status", to)
	if err := models.MustAffectOne(update, refusal); err != nil {
		return e, err
	}
	e.Status = to
	return e, emitEnrollment(tx, kind, e)
}

// HoldPayouts keeps an enrollment out of payout batches from now on, for a reason of 1 to 200 characters; payouts that
// are planned already go on. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, REASON_MISSING, REASON_TOO_LONG,
// PAYOUTS_HELD.
func (s *Service) HoldPayouts(tx *models.Tx, by access.Caller, id models.ID, reason string) (models.Enrollment, error) {
	e, err := managed(tx, by, access.PayoutsWrite, id)
	if err != nil {
		return e, err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return e, ErrReasonMissing
	}
	if err := checkReason(reason); err != nil {
		return e, err
	}
	update := tx.Model(&models.Enrollment{}).Where("id = ? AND payout_held_at IS NULL", id).
		Updates(map[string]any{"payout_held_at": tx.Now, "payout_hold_reason": reason})
	if err := models.MustAffectOne(update, ErrPayoutsHeld); err != nil {
		return e, err
	}
	e.PayoutHeldAt, e.PayoutHoldReason = &tx.Now, reason
	return e, emitEnrollment(tx, notify.EnrollmentHeld, e)
}

// ReleasePayouts ends a hold: the next batch pays the balance. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND,
// PAYOUTS_NOT_HELD.
func (s *Service) ReleasePayouts(tx *models.Tx, by access.Caller, id models.ID) (models.Enrollment, error) {
	e, err := managed(tx, by, access.PayoutsWrite, id)
	if err != nil {
		return e, err
	}
	update := tx.Model(&models.Enrollment{}).Where("id = ? AND payout_held_at IS NOT NULL", id).
		Updates(map[string]any{"payout_held_at": nil, "payout_hold_reason": ""})
	if err := models.MustAffectOne(update, ErrPayoutsFree); err != nil {
		return e, err
	}
	e.PayoutHeldAt, e.PayoutHoldReason = nil, ""
	return e, emitEnrollment(tx, notify.EnrollmentReleased, e)
}

// managed finds an enrollment of the caller's merchant, for a caller who must hold the scope.
func managed(tx *models.Tx, by access.Caller, scope access.Scope, id models.ID) (models.Enrollment, error) {
	merchantID, err := by.Can(scope)
	if err != nil {
		return models.Enrollment{}, err
	}
	return takeOne[models.Enrollment](tx.Where("id = ? AND merchant_id = ?", id, merchantID), "enrollment")
}

func checkReason(reason string) error {
	if len([]rune(reason)) > maxReasonRunes {
		return fault.InvalidField("reason", "REASON_TOO_LONG", "a reason has at most %d characters", maxReasonRunes)
	}
	return nil
}
