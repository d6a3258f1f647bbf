package program

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/models"
)

const maxURLBytes = 2000

// CreateLinkInput asks for a link. An empty code is made.
type CreateLinkInput struct {
	EnrollmentID   models.ID
	DestinationURL string
	Code           string
}

// CreateLink gives an active enrollment a link to a page on one of the program's domains. Codes UNAUTHENTICATED,
// FORBIDDEN, ENROLLMENT_NOT_FOUND, ENROLLMENT_NOT_ACTIVE, CODE_INVALID, CODE_TAKEN, DESTINATION_INVALID.
func (s *Service) CreateLink(tx *models.Tx, by access.Caller, in CreateLinkInput) (models.Link, error) {
	e, p, err := s.sharing(tx, by, in.EnrollmentID)
	if err != nil {
		return models.Link{}, err
	}
	destination, err := checkDestination(p, in.DestinationURL)
	if err != nil {
		return models.Link{}, err
	}
	code, err := codeOr("code", in.Code)
	if err != nil {
		return models.Link{}, err
	}
	link := models.Link{ID: models.NewID(), ProgramID: p.ID, EnrollmentID: e.ID, Code: code, DestinationURL: destination, Active: true, CreatedAt: tx.Now}
	if err := createCoded(tx, &link); err != nil {
		return link, err
	}
	return link, emitLink(tx, notify.LinkCreated, link)
}

// CreateCouponInput asks for a coupon. An empty code is made.
type CreateCouponInput struct {
	EnrollmentID models.ID
	Code         string
}

// CreateCoupon gives an active enrollment a coupon; coupon codes are upper case. Codes UNAUTHENTICATED, FORBIDDEN,
// ENROLLMENT_NOT_FOUND, ENROLLMENT_NOT_ACTIVE, CODE_INVALID, CODE_TAKEN.
func (s *Service) CreateCoupon(tx *models.Tx, by access.Caller, in CreateCouponInput) (models.Coupon, error) {
	e, p, err := s.sharing(tx, by, in.EnrollmentID)
	if err != nil {
		return models.Coupon{}, err
	}
	code, err := codeOr("code", in.Code)
	if err != nil {
		return models.Coupon{}, err
	}
	coupon := models.Coupon{ID: models.NewID(), ProgramID: p.ID, EnrollmentID: e.ID, Code: strings.ToUpper(code), Active: true, CreatedAt: tx.Now}
	if err := createCoded(tx, &coupon); err != nil {
		return coupon, err
	}
	return coupon, emitCoupon(tx, notify.CouponCreated, coupon)
}

func createCoded(tx *models.Tx, row any) error {
	if err := tx.Create(row).Error; err != nil {
		if models.IsDuplicate(err) {
			return ErrCodeTaken
		}
		return fmt.Errorf("create code: %w", err)
	}
	return nil
}

func (s *Service) sharing(tx *models.Tx, by access.Caller, enrollmentID models.ID) (models.Enrollment, models.Program, error) {
	e, err := OwnEnrollment(tx, by, access.PartnersWrite, enrollmentID)
	if err != nil {
		return e, models.Program{}, err
	}
	if e.Status != models.EnrollmentStatusActive {
		return e, models.Program{}, ErrNotActive
	}
	p, err := takeOne[models.Program](tx.Where("id = ?", e.ProgramID), "program")
	return e, p, err
}

func checkDestination(p models.Program, text string) (string, error) {
	refusal := fault.InvalidField("destinationUrl", "DESTINATION_INVALID", "a link leads to an http or https page on one of the program's domains")
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return "", refusal
	}
	var domains []string
	if err := json.Unmarshal([]byte(p.Domains), &domains); err != nil {
		return "", fmt.Errorf("decode domains: %w", err)
	}
	host := strings.ToLower(u.Hostname())
	allowed := slices.ContainsFunc(domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
	destination := u.String()
	if !allowed || len(destination) > maxURLBytes { // it grows where letters have to be escaped
		return "", refusal
	}
	return destination, nil
}
