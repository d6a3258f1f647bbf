package program

import (
	"tributary/internal/notify"
	"tributary/models"
)

func emitProgram(tx *models.Tx, kind notify.Type, p models.Program) error {
	return notify.Emit(tx, p.ID, notify.Event{Type: kind, Data: notify.ProgramData{ProgramID: p.ID.Format(models.PrefixProgram), Slug: p.Slug, Name: p.Name,
		CurrencyCode: p.Currency, TimeZone: p.TimeZone}})
}

func emitEnrollment(tx *models.Tx, kind notify.Type, e models.Enrollment) error {
	return notify.Emit(tx, e.ProgramID, notify.Event{Type: kind, EnrollmentID: e.ID, Data: notify.EnrollmentData{EnrollmentID: e.ID.Format(models.PrefixEnrollment),
		Status: e.Status, Code: e.Code, ArePayoutsHeld: e.PayoutHeldAt != nil, PayoutRail: e.Rail}})
}

// ofStatus is what it is called that an enrollment has come into a status for the first time.
var ofStatus = map[models.EnrollmentStatus]notify.Type{
	models.EnrollmentStatusPending:  notify.EnrollmentRequested,
	models.EnrollmentStatusActive:   notify.EnrollmentApproved,
	models.EnrollmentStatusDeclined: notify.EnrollmentDeclined,
}

// ofChange is what it is called that a change of sponsor has come into a state.
var ofChange = map[models.SponsorChangeState]notify.Type{
	models.SponsorChangeStateRequested: notify.SponsorRequested,
	models.SponsorChangeStateApproved:  notify.SponsorApproved,
	models.SponsorChangeStateDeclined:  notify.SponsorDeclined,
	models.SponsorChangeStateCanceled:  notify.SponsorCanceled,
	models.SponsorChangeStateApplied:   notify.SponsorApplied,
	models.SponsorChangeStateRefused:   notify.SponsorRefused,
}

func emitChange(tx *models.Tx, c models.SponsorChange) error {
	return notify.Emit(tx, c.ProgramID, notify.Event{Type: ofChange[c.State], EnrollmentID: c.ChildID, Data: notify.SponsorChangeData{
		SponsorChangeID: c.ID.Format(models.PrefixSponsoring), EnrollmentID: c.ChildID.Format(models.PrefixEnrollment),
		SponsorID: c.SponsorID.Format(models.PrefixEnrollment), State: c.State, EffectiveAt: c.EffectiveAt, RefusalCode: c.RefusalCode}})
}

func emitLink(tx *models.Tx, kind notify.Type, l models.Link) error {
	return notify.Emit(tx, l.ProgramID, notify.Event{Type: kind, EnrollmentID: l.EnrollmentID, Data: notify.LinkData{LinkID: l.ID.Format(models.PrefixLink),
		EnrollmentID: l.EnrollmentID.Format(models.PrefixEnrollment), Code: l.Code, DestinationURL: l.DestinationURL, Active: l.Active}})
}

func emitCoupon(tx *models.Tx, kind notify.Type, c models.Coupon) error {
	return notify.Emit(tx, c.ProgramID, notify.Event{Type: kind, EnrollmentID: c.EnrollmentID, Data: notify.CouponData{CouponID: c.ID.Format(models.PrefixCoupon),
		EnrollmentID: c.EnrollmentID.Format(models.PrefixEnrollment), Code: c.Code, Active: c.Active}})
}
