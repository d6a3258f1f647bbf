package program

import (
	"fmt"
	"strings"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/tree"
	"tributary/models"
)

// The refusals around changes of sponsor, beside those of tree.SetSponsor.
var (
	ErrChangeOpen    = fault.New(fault.Conflict, "SPONSOR_CHANGE_OPEN", "a change of this enrollment's sponsor is under way already").On("enrollmentId")
	ErrChangePast    = fault.InvalidField("effectiveAt", "SPONSOR_CHANGE_PAST", "a sponsor changes now or later, never in the past")
	ErrChangeFar     = fault.InvalidField("effectiveAt", "SPONSOR_CHANGE_TOO_FAR", "a sponsor changes within %d days", maxChangeDays)
	ErrChangeState   = fault.New(fault.Precondition, "SPONSOR_CHANGE_STATE", "the change of sponsor is not in a state that allows this")
	ErrChangeMissing = fault.NotFoundf("SPONSOR_CHANGE_NOT_FOUND", "change of sponsor")
	ErrOwnRequest    = fault.New(fault.Forbidden, "REQUESTER_IS_APPROVER", "somebody else than who asked must decide")
	ErrKeyDecides    = fault.New(fault.Forbidden, "APPROVER_NOT_A_PERSON", "an API key decides only on what the partner asked for")
)

const maxChangeDays = 366

// SponsorRequest asks for another sponsor, named by id or by the code it shares.
type SponsorRequest struct {
	EnrollmentID models.ID
	SponsorID    models.ID
	SponsorCode  string
	EffectiveAt  time.Time // zero: as soon as it is approved
	Reason       string
}

// RequestSponsorChange asks to give an enrollment another sponsor from an instant on, now or within 366 days: the
// merchant for any of its enrollments, the partner for its own active one. One request per enrollment is open at a time.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, ENROLLMENT_NOT_ACTIVE, REASON_MISSING, REASON_TOO_LONG,
// SPONSOR_CHANGE_PAST, SPONSOR_CHANGE_TOO_FAR, SPONSOR_CHANGE_OPEN, and those of tree.Check.
func (s *Service) RequestSponsorChange(tx *models.Tx, by access.Caller, in SponsorRequest) (models.SponsorChange, error) {
	e, err := OwnEnrollment(tx, by, access.PartnersWrite, in.EnrollmentID)
	if err != nil {
		return models.SponsorChange{}, err
	}
	byPartner := !by.Has(access.PartnersWrite)
	if byPartner && e.Status != models.EnrollmentStatusActive {
		return models.SponsorChange{}, ErrNotActive
	}
	if in.Reason = strings.TrimSpace(in.Reason); in.Reason == "" {
		return models.SponsorChange{}, ErrReasonMissing
	}
	if in.EffectiveAt.IsZero() {
		in.EffectiveAt = tx.Now
	}
	switch {
	case in.EffectiveAt.Before(tx.Now):
		return models.SponsorChange{}, ErrChangePast
	case in.EffectiveAt.After(tx.Now.AddDate(0, 0, maxChangeDays)):
		return models.SponsorChange{}, ErrChangeFar
	}
	c, p, err := s.draftChange(tx, by, e, in)
	if err != nil {
		return c, err
	}
	c.ByPartner = byPartner
	if err := tree.Check(tx.DB, edgeOf(p, c, tx.Now)); err != nil {
		return c, err
	}
	return c, createChange(tx, &c)
}

// draftChange reads what a request names.
func (s *Service) draftChange(tx *models.Tx, by access.Caller, e models.Enrollment, in SponsorRequest) (models.SponsorChange, models.Program, error) {
	c := models.SponsorChange{ID: models.NewID(), ProgramID: e.ProgramID, MerchantID: e.MerchantID, ChildID: e.ID, OpenChildID: &e.ID,
		EffectiveAt: models.Instant(in.EffectiveAt), Reason: in.Reason, State: models.SponsorChangeStateRequested, RequestedBy: by.Name, RequestedAt: tx.Now}
	if err := checkReason(in.Reason); err != nil {
		return c, models.Program{}, err
	}
	query, field := tx.Where("id = ? AND program_id = ?", in.SponsorID, e.ProgramID), "sponsorId"
	if in.SponsorCode != "" {
		field = "sponsorCode"
		if !codeShape.MatchString(in.SponsorCode) {
			return c, models.Program{}, fault.NotFoundf("ENROLLMENT_NOT_FOUND", "enrollment").On(field)
		}
		query = tx.Where("program_id = ? AND code = ?", e.ProgramID, in.SponsorCode)
	}
	sponsor, err := takeOne[models.Enrollment](query, "enrollment")
	if err != nil {
		return c, models.Program{}, on(field, err)
	}
	c.SponsorID = sponsor.ID
	p, err := takeOne[models.Program](tx.Where("id = ?", e.ProgramID), "program")
	return c, p, err
}

func createChange(tx *models.Tx, c *models.SponsorChange) error {
	if err := tx.Create(c).Error; err != nil {
		if models.IsDuplicate(err) {
			return ErrChangeOpen
		}
		return fmt.Errorf("create change of sponsor: %w", err)
	}
	return emitChange(tx, *c)
}

// ChangeSponsor gives an enrollment another sponsor at once, without a second person: it is for an owner or admin in
// person, and leaves the same record as a request that was approved. Codes UNAUTHENTICATED, FORBIDDEN,
// ENROLLMENT_NOT_FOUND, REASON_TOO_LONG, SPONSOR_CHANGE_OPEN, SPONSOR_SAME, and those of tree.SetSponsor.
func (s *Service) ChangeSponsor(tx *models.Tx, by access.Caller, id, sponsorID models.ID, reason string) (models.SponsorChange, error) {
	e, err := managed(tx, by, access.PartnersWrite, id)
	if err != nil {
		return models.SponsorChange{}, err
	}
	if by.IsKey() {
		return models.SponsorChange{}, access.ErrForbidden
	}
	c, p, err := s.draftChange(tx, by, e, SponsorRequest{SponsorID: sponsorID, EffectiveAt: tx.Now, Reason: reason})
	if err != nil {
		return c, err
	}
	c.State, c.DecidedBy, c.DecidedAt = models.SponsorChangeStateApproved, by.Name, &tx.Now
	if err := createChange(tx, &c); err != nil {
		return c, err
	}
	if err := place(tx, p, c); err != nil {
		return c, err
	}
	return c, moveChange(tx, &c, models.SponsorChangeStateApplied, map[string]any{"applied_at": tx.Now})
}
