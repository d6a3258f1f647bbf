package program

import (
	"regexp"
	"strings"

	"gorm.io/gorm"

	"tributary/internal/fault"
	"tributary/models"
)

// EnrollmentFilter says which enrollments a list has: those that satisfy all of it. What is left zero does not narrow it.
type EnrollmentFilter struct {
	Status      models.EnrollmentStatus
	GroupCode   string
	Tag         string
	Joined      models.Span
	NamePrefix  string // of the partner, letter by letter
	EmailPrefix string // of the partner, in any case
}

// narrow keeps what satisfies the filter. Codes GROUP_CODE_INVALID, TAG_INVALID.
func (f EnrollmentFilter) narrow(query, partners *gorm.DB, programID models.ID) (*gorm.DB, error) {
	if f.GroupCode != "" {
		if !codeShape.MatchString(f.GroupCode) {
			return nil, fault.InvalidField("filter.groupCode", "GROUP_CODE_INVALID", codeRule)
		}
		query = query.Where("group_id IN (SELECT id FROM partner_groups WHERE program_id = ? AND code = ?)", programID, f.GroupCode)
	}
	if f.Tag != "" {
		if !tagShape.MatchString(f.Tag) {
			return nil, fault.InvalidField("filter.tag", "TAG_INVALID", tagRule)
		}
		query = query.Where("INSTR(tags, ?) > 0", `"`+f.Tag+`"`)
	}
	if f.NamePrefix != "" || f.EmailPrefix != "" {
		named := models.Starting(partners.Model(&models.Partner{}).Select("id"), "name", f.NamePrefix, models.LastLetter)
		query = query.Where("partner_id IN (?)", models.Starting(named, "email", strings.ToLower(f.EmailPrefix), models.LastLetter))
	}
	return f.Joined.Narrow(models.Only(query, "status", f.Status), "created_at"), nil
}

// index names the index that leads to what the filter leaves, in the page's order if it can.
func (f EnrollmentFilter) index(page models.Page) string {
	switch {
	case f.GroupCode != "" || f.NamePrefix != "" || f.EmailPrefix != "":
		return "" // the other table leads
	case f.Status != "" && page.Order.Column == "":
		return "enrollments_status"
	case f.Status != "":
		return "" // whichever of the two leaves less
	}
	return enrollmentsOfProgram[page.Order.Column]
}

// The orders that lists may have beside that of recording.
var (
	EnrollmentsByJoining = &models.Sort[models.Enrollment]{Column: "created_at", Value: func(e models.Enrollment) any { return e.CreatedAt }}
	EnrollmentsByCode    = &models.Sort[models.Enrollment]{Column: "code", Value: func(e models.Enrollment) any { return e.Code }}

	enrollmentsOfProgram = map[string]string{"": "enrollments_listed", "created_at": "enrollments_joined", "code": "enrollments_code"}
)

// ShareFilter says which links or coupons a list has: those that satisfy all of it. What is left zero does not narrow it.
type ShareFilter struct {
	Active     *bool
	CodePrefix string
}

var codePrefixShape = regexp.MustCompile(`^[A-Za-z0-9_-]{0,40}$`)

// narrow keeps what satisfies the filter. Code CODE_INVALID.
func (f ShareFilter) narrow(query *gorm.DB) (*gorm.DB, error) {
	if !codePrefixShape.MatchString(f.CodePrefix) {
		return nil, fault.InvalidField("filter.codePrefix", "CODE_INVALID", codeRule)
	}
	if f.Active != nil {
		query = query.Where("active = ?", *f.Active)
	}
	return models.Starting(query, "code", f.CodePrefix, models.LastASCII), nil
}
