package program

import (
	"fmt"
	"regexp"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/internal/tree"
	"tributary/models"
)

// The refusals around enrollments.
var (
	ErrNotActive  = fault.New(fault.Precondition, "ENROLLMENT_NOT_ACTIVE", "the enrollment is not active")
	ErrEnrolled   = fault.New(fault.Conflict, "PARTNER_ENROLLED", "the partner is in this program already")
	ErrExternalID = fault.New(fault.Conflict, "EXTERNAL_ID_TAKEN", "this external id belongs to another enrollment").On("externalId")
	ErrNotPending = fault.New(fault.Precondition, "ENROLLMENT_NOT_PENDING", "the enrollment is decided already")
	ErrClaimed    = fault.New(fault.Conflict, "PARTNER_NOT_YOURS", "this partner manages its own profile").On("email")
)

var countryShape = regexp.MustCompile(`^[A-Z]{2}$`)

const (
	maxExternalIDRunes = 190
	maxReasonRunes     = 200
)

// EnrollInput brings a partner into a program. The sponsor is named by id, or by the code it shares.
type EnrollInput struct {
	ProgramID  models.ID
	Email      string
	Name       string
	Country    string // ISO 3166-1 alpha-2, or empty
	ExternalID string
	SponsorID  models.ID
	GroupCode  string
	Code       string
	Tags       []string // the merchant's own words for it
}

// Enroll brings a partner into a program on the merchant's behalf; the partner is made when the address is new.
// It is active at once. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND, EMAIL_INVALID, NAME_MISSING, NAME_TOO_LONG,
// COUNTRY_INVALID, EXTERNAL_ID_INVALID, EXTERNAL_ID_TAKEN, PARTNER_ENROLLED, ENROLLMENT_NOT_FOUND (sponsorId),
// GROUP_NOT_FOUND, CODE_INVALID, CODE_TAKEN, SPONSOR_TOO_DEEP, TOO_MANY_TAGS, TAG_INVALID.
func (s *Service) Enroll(tx *models.Tx, by access.Caller, in EnrollInput) (models.Enrollment, error) {
	p, err := OwnProgram(tx, by, access.PartnersWrite, in.ProgramID)
	if err != nil {
		return models.Enrollment{}, err
	}
	partner, err := s.partnerFor(tx, in.Email, in.Name, in.Country)
	if err != nil {
		return models.Enrollment{}, err
	}
	return s.join(tx, p, partner.ID, models.EnrollmentStatusActive, in, by.Name)
}

// Join lets a signed-in partner ask to join a program; auto-approving programs take it at once. Sponsor codes are
// resolved by SponsorByCode. Codes as of Enroll, less those of the merchant's fields.
func (s *Service) Join(tx *models.Tx, by access.Caller, programID, sponsorID models.ID) (models.Enrollment, error) {
	partnerID, err := by.Partner()
	if err != nil {
		return models.Enrollment{}, err
	}
	p, err := takeOne[models.Program](tx.Where("id = ?", programID), "program")
	if err != nil {
		return models.Enrollment{}, err
	}
	status := models.EnrollmentStatusPending
	if p.AutoApprove {
		status = models.EnrollmentStatusActive
	}
	return s.join(tx, p, partnerID, status, EnrollInput{SponsorID: sponsorID}, by.Name)
}

// SponsorByCode finds who shared a code, for a partner that wants to join. Codes UNAUTHENTICATED, FORBIDDEN,
// ENROLLMENT_NOT_FOUND (sponsorCode).
func (s *Service) SponsorByCode(tx *models.Tx, by access.Caller, programID models.ID, code string) (models.ID, error) {
	if _, err := by.Partner(); err != nil {
		return models.ID{}, err
	}
	if !codeShape.MatchString(code) {
		return models.ID{}, fault.NotFoundf("ENROLLMENT_NOT_FOUND", "enrollment").On("sponsorCode")
	}
	e, err := takeOne[models.Enrollment](tx.Where("program_id = ? AND code = ?", programID, code), "enrollment")
	return e.ID, on("sponsorCode", err)
}

func (s *Service) join(tx *models.Tx, p models.Program, partnerID models.ID, status models.EnrollmentStatus, in EnrollInput, actor string) (models.Enrollment, error) {
	e := models.Enrollment{ID: models.NewID(), ProgramID: p.ID, MerchantID: p.MerchantID, PartnerID: partnerID, Status: status, CreatedAt: tx.Now}
	if status == models.EnrollmentStatusActive {
		e.DecidedAt, e.DecidedBy = &tx.Now, actor
	}
	if len([]rune(in.ExternalID)) > maxExternalIDRunes {
		return e, fault.InvalidField("externalId", "EXTERNAL_ID_INVALID", "an external id has at most %d characters", maxExternalIDRunes)
	}
	if in.ExternalID != "" {
		e.ExternalID = &in.ExternalID
	}
	var err error
	if e.Code, err = codeOr("code", in.Code); err != nil {
		return e, err
	}
	if e.Tags, err = encodeTags(in.Tags); err != nil {
		return e, err
	}
	if e.GroupID, err = groupByCode(tx, p.ID, in.GroupCode); err != nil {
		return e, err
	}
	if err := tx.Create(&e).Error; err != nil {
		if models.IsDuplicate(err) {
			return e, s.whichDuplicate(tx, e)
		}
		return e, fmt.Errorf("create enrollment: %w", err)
	}
	if err := emitEnrollment(tx, ofStatus[status], e); err != nil || in.SponsorID.IsZero() {
		return e, err
	}
	if _, err := takeOne[models.Enrollment](tx.Where("id = ? AND program_id = ?", in.SponsorID, p.ID), "enrollment"); err != nil {
		return e, on("sponsorId", err)
	}
	// An enrollment is born with its sponsor: orders from before it was recorded here follow the same upline.
	return e, tree.SetSponsor(tx, tree.Change{ProgramID: p.ID, ChildID: e.ID, SponsorID: in.SponsorID, MaxDepth: p.MaxDepth,
		EffectiveAt: time.Unix(0, 0).UTC(), Actor: actor, Reason: "recruited"})
}

func (s *Service) whichDuplicate(tx *models.Tx, e models.Enrollment) error {
	var others []models.Enrollment
	if err := tx.Where("program_id = ? AND (partner_id = ? OR external_id = ? OR code = ?)", e.ProgramID, e.PartnerID, e.ExternalID, e.Code).Find(&others).Error; err != nil {
		return fmt.Errorf("read enrollments: %w", err)
	}
	for _, o := range others {
		if o.PartnerID == e.PartnerID {
			return ErrEnrolled
		}
		if e.ExternalID != nil && o.ExternalID != nil && *o.ExternalID == *e.ExternalID {
			return ErrExternalID
		}
	}
	return ErrCodeTaken
}

func (s *Service) partnerFor(tx *models.Tx, email, name, country string) (models.Partner, error) {
	email, err := access.NormalEmail(email)
	if err != nil {
		return models.Partner{}, err
	}
	if name, err = access.NormalName(name); err != nil {
		return models.Partner{}, err
	}
	if country != "" && !countryShape.MatchString(country) {
		return models.Partner{}, fault.InvalidField("country", "COUNTRY_INVALID", "a country is two capital letters of ISO 3166-1")
	}
	var p models.Partner
	err = tx.Where("email = ?", email).Take(&p).Error
	if err == nil || !models.IsMissing(err) {
		return p, err
	}
	p = models.Partner{ID: models.NewID(), Email: email, Name: name, Country: country, CreatedAt: tx.Now}
	if err := tx.Create(&p).Error; err != nil {
		if models.IsDuplicate(err) {
			return p, models.ErrRetry // somebody made the partner after we looked
		}
		return p, fmt.Errorf("create partner: %w", err)
	}
	return p, nil
}

// Decide approves or declines an enrollment that is pending; who is approved is told by mail. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND,
// ENROLLMENT_NOT_PENDING.
func (s *Service) Decide(tx *models.Tx, by access.Caller, id models.ID, approve bool) (models.Enrollment, error) {
	merchantID, err := by.Can(access.PartnersWrite)
	if err != nil {
		return models.Enrollment{}, err
	}
	e, err := takeOne[models.Enrollment](tx.Where("id = ? AND merchant_id = ?", id, merchantID), "enrollment")
	if err != nil {
		return e, err
	}
	status := models.EnrollmentStatusDeclined
	if approve {
		status = models.EnrollmentStatusActive
	}
	update := tx.Model(&models.Enrollment{}).Where("id = ? AND status = ?", id, models.EnrollmentStatusPending).
		Updates(map[string]any{"status": status, "decided_at": tx.Now, "decided_by": by.Name})
	if err := models.MustAffectOne(update, ErrNotPending); err != nil {
		return e, err
	}
	e.Status, e.DecidedAt, e.DecidedBy = status, &tx.Now, by.Name
	if err := emitEnrollment(tx, ofStatus[status], e); err != nil || !approve {
		return e, err
	}
	p, err := takeOne[models.Partner](tx.Where("id = ?", e.PartnerID), "partner")
	if err != nil {
		return e, err
	}
	return e, s.tell(tx, e, p, mail.Letter{Kind: models.MailKindEnrolled})
}
