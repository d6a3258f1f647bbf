package program

import (
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/models"
)

const (
	maxTermsBytes     = 200_000
	maxGroupNameRunes = 100
)

// on names the field of a typed error; other errors pass.
func on(field string, err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.On(field)
	}
	return err
}

func checkTerms(body string) error {
	if len(body) > maxTermsBytes {
		return fault.InvalidField("terms", "TERMS_TOO_LONG", "terms have at most %d bytes", maxTermsBytes)
	}
	return nil
}

func (s *Service) publishTerms(tx *models.Tx, p models.Program, body string) (int, error) {
	body = strings.TrimSpace(body)
	if body == "" {
		return p.TermsVersion, nil
	}
	if err := checkTerms(body); err != nil {
		return 0, err
	}
	sum := models.HashOf([]byte(body))
	var latest models.Terms
	err := tx.Where("program_id = ?", p.ID).Order("version DESC").Take(&latest).Error
	if err != nil && !models.IsMissing(err) {
		return 0, fmt.Errorf("read terms: %w", err)
	}
	if err == nil && latest.BodyHash == sum {
		return latest.Version, nil
	}
	next := models.Terms{ID: models.NewID(), ProgramID: p.ID, Version: latest.Version + 1, Body: body, BodyHash: sum, PublishedAt: tx.Now}
	if err := tx.Create(&next).Error; err != nil {
		if models.IsDuplicate(err) {
			return 0, models.ErrRetry // somebody published this version after we looked
		}
		return 0, fmt.Errorf("publish terms: %w", err)
	}
	if err := tx.Model(&models.Program{}).Where("id = ?", p.ID).Update("terms_version", next.Version).Error; err != nil {
		return 0, fmt.Errorf("point to terms: %w", err)
	}
	return next.Version, notify.Emit(tx, p.ID, notify.Event{Type: notify.TermsPublished, Data: notify.TermsData{Version: next.Version}})
}

// AcceptTerms records that the enrollment accepts a version of its program's terms; accepting again changes nothing.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, TERMS_NOT_FOUND.
func (s *Service) AcceptTerms(tx *models.Tx, by access.Caller, enrollmentID models.ID, version int) (models.TermsAcceptance, error) {
	e, err := OwnEnrollment(tx, by, access.PartnersWrite, enrollmentID)
	if err != nil {
		return models.TermsAcceptance{}, err
	}
	terms, err := takeOne[models.Terms](tx.Where("program_id = ? AND version = ?", e.ProgramID, version), "terms")
	if err != nil {
		return models.TermsAcceptance{}, err
	}
	row := models.TermsAcceptance{EnrollmentID: e.ID, TermsID: terms.ID, AcceptedAt: tx.Now, Actor: by.Name}
	written, err := models.BulkInsert(tx, models.Insert{Table: row.TableName(), SkipExisting: true,
		Columns: []string{"enrollment_id", "terms_id", "accepted_at", "actor"}}, [][]any{{row.EnrollmentID, row.TermsID, row.AcceptedAt, row.Actor}})
	if err != nil || written == 0 {
		return row, err
	}
	return row, notify.Emit(tx, e.ProgramID, notify.Event{Type: notify.TermsAccepted, EnrollmentID: e.ID, Data: notify.TermsData{Version: version}})
}

// LatestTerms gives the latest terms of many programs that have any, in one statement, for callers that see the programs.
func LatestTerms(query *gorm.DB, programIDs []models.ID) ([]models.Terms, error) {
	var rows []models.Terms
	err := query.Where("program_id IN ? AND version = (SELECT terms_version FROM programs WHERE programs.id = program_terms.program_id)", programIDs).
		Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read terms: %w", err)
	}
	return rows, nil
}

// AcceptedVersions gives the latest version of the terms that each of many enrollments accepted, in one statement, for
// callers that see the enrollments; who accepted none is not in it.
func AcceptedVersions(query *gorm.DB, enrollmentIDs []models.ID) (map[models.ID]int, error) {
	var rows []struct {
		EnrollmentID models.ID
		Version      int
	}
	err := query.Model(&models.TermsAcceptance{}).Joins("JOIN program_terms ON program_terms.id = terms_acceptances.terms_id").
		Where("enrollment_id IN ?", enrollmentIDs).Group("enrollment_id").Select("enrollment_id, MAX(version) AS version").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read acceptances: %w", err)
	}
	found := make(map[models.ID]int, len(rows))
	for _, r := range rows {
		found[r.EnrollmentID] = r.Version
	}
	return found, nil
}

func checkGroups(groups []GroupSpec) error {
	for i, g := range groups {
		if !codeShape.MatchString(g.Code) {
			return fault.InvalidField(fmt.Sprintf("groups.%d.code", i), "CODE_INVALID", codeRule)
		}
		if len([]rune(g.Name)) > maxGroupNameRunes {
			return fault.InvalidField(fmt.Sprintf("groups.%d.name", i), "NAME_TOO_LONG", "the name of a group has at most %d characters", maxGroupNameRunes)
		}
	}
	return nil
}

func (s *Service) applyGroups(tx *models.Tx, programID models.ID, groups []GroupSpec) error {
	if err := checkGroups(groups); err != nil {
		return err
	}
	for _, g := range groups {
		row := models.Group{ID: models.NewID(), ProgramID: programID, Code: g.Code, Name: orDefault(g.Name, g.Code), CreatedAt: tx.Now}
		_, err := models.BulkInsert(tx, models.Insert{Table: row.TableName(), SkipExisting: true,
			Columns: []string{"id", "program_id", "code", "name", "created_at"}}, [][]any{{row.ID, row.ProgramID, row.Code, row.Name, row.CreatedAt}})
		if err != nil {
			return err
		}
	}
	return nil
}
