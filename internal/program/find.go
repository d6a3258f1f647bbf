package program

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// takeOne reads one row; a missing one is the noun's NOT_FOUND.
func takeOne[T any](query *gorm.DB, noun string) (T, error) {
	var row T
	if err := query.Take(&row).Error; err != nil {
		if models.IsMissing(err) {
			return row, fault.NotFoundf(strings.ToUpper(noun)+"_NOT_FOUND", noun)
		}
		return row, fmt.Errorf("read %s: %w", noun, err)
	}
	return row, nil
}

// Program finds a program of the caller's merchant, or one in which the caller is enrolled.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND.
func (s *Service) Program(ctx context.Context, by access.Caller, id models.ID) (models.Program, error) {
	query := s.db.Read(ctx).Where("id = ?", id)
	if by.Has(access.ProgramsRead) {
		return takeOne[models.Program](query.Where("merchant_id = ?", by.MerchantID), "program")
	}
	partnerID, err := by.Partner()
	if err != nil {
		return models.Program{}, err
	}
	return takeOne[models.Program](query.Where("id IN (SELECT program_id FROM enrollments WHERE partner_id = ?)", partnerID), "program")
}

// ProgramBySlug finds a program of the caller's merchant. Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND.
func (s *Service) ProgramBySlug(ctx context.Context, by access.Caller, slug string) (models.Program, error) {
	merchantID, err := by.Can(access.ProgramsRead)
	if err != nil {
		return models.Program{}, err
	}
	if err := checkSlug("slug", slug); err != nil { // and MySQL refuses to compare other letters with a column of ASCII
		return models.Program{}, fault.NotFoundf("PROGRAM_NOT_FOUND", "program")
	}
	return takeOne[models.Program](s.db.Read(ctx).Where("merchant_id = ? AND slug = ?", merchantID, slug), "program")
}

// Programs lists the caller's merchant's programs, or those a partner is in.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Programs(ctx context.Context, by access.Caller, page models.Page) (models.Slice[models.Program], error) {
	query := s.db.Read(ctx)
	if by.Has(access.ProgramsRead) {
		return models.FetchPage[models.Program](query.Where("merchant_id = ?", by.MerchantID), "id", page)
	}
	partnerID, err := by.Partner()
	if err != nil {
		return models.Slice[models.Program]{}, err
	}
	return models.FetchPage[models.Program](query.Where("id IN (SELECT program_id FROM enrollments WHERE partner_id = ?)", partnerID), "id", page)
}

// OwnProgram finds a program inside a transaction for a caller who must hold the scope.
// Codes UNAUTHENTICATED, FORBIDDEN, PROGRAM_NOT_FOUND.
func OwnProgram(tx *models.Tx, by access.Caller, scope access.Scope, id models.ID) (models.Program, error) {
	merchantID, err := by.Can(scope)
	if err != nil {
		return models.Program{}, err
	}
	return takeOne[models.Program](tx.Where("id = ? AND merchant_id = ?", id, merchantID), "program")
}

// OwnEnrollment finds an enrollment inside a transaction: one of the caller's merchant when it holds the scope, or
// the partner's own. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND.
func OwnEnrollment(tx *models.Tx, by access.Caller, scope access.Scope, id models.ID) (models.Enrollment, error) {
	return seenEnrollment(tx.DB, by, scope, id)
}

func seenEnrollment(query *gorm.DB, by access.Caller, scope access.Scope, id models.ID) (models.Enrollment, error) {
	if by.Has(scope) {
		return takeOne[models.Enrollment](query.Where("id = ? AND merchant_id = ?", id, by.MerchantID), "enrollment")
	}
	partnerID, err := by.Partner()
	if err != nil {
		return models.Enrollment{}, err
	}
	return takeOne[models.Enrollment](query.Where("id = ? AND partner_id = ?", id, partnerID), "enrollment")
}

// Enrollment finds an enrollment the caller may see. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND.
func (s *Service) Enrollment(ctx context.Context, by access.Caller, id models.ID) (models.Enrollment, error) {
	return seenEnrollment(s.db.Read(ctx), by, access.PartnersRead, id)
}

// Enrollments lists a program's enrollments for its merchant, in the order they joined.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID, GROUP_CODE_INVALID, TAG_INVALID.
func (s *Service) Enrollments(ctx context.Context, by access.Caller, programID models.ID, filter EnrollmentFilter, page models.Page) (models.Slice[models.Enrollment], error) {
	merchantID, err := by.Can(access.PartnersRead)
	if err != nil {
		return models.Slice[models.Enrollment]{}, err
	}
	query, err := filter.narrow(s.db.Read(ctx).Where("program_id = ? AND merchant_id = ?", programID, merchantID), s.db.Read(ctx), programID)
	if err != nil {
		return models.Slice[models.Enrollment]{}, err
	}
	return models.FetchPage[models.Enrollment](query, "id", page.Through(filter.index(page)))
}

// EnrollmentsOf lists the calling partner's own enrollments. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) EnrollmentsOf(ctx context.Context, by access.Caller, page models.Page) (models.Slice[models.Enrollment], error) {
	partnerID, err := by.Partner()
	if err != nil {
		return models.Slice[models.Enrollment]{}, err
	}
	return models.FetchPage[models.Enrollment](s.db.Read(ctx).Where("partner_id = ?", partnerID), "id", page)
}

// ByID reads many rows of one noun in one statement, for callers that checked access on the parent.
func ByID[T any](query *gorm.DB, ids []models.ID) ([]T, error) {
	var rows []T
	if err := query.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read by id: %w", err)
	}
	return rows, nil
}

// LinksOf lists an enrollment's links.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, PAGE_SIZE_INVALID, CODE_INVALID.
func (s *Service) LinksOf(ctx context.Context, by access.Caller, enrollmentID models.ID, filter ShareFilter, page models.Page) (models.Slice[models.Link], error) {
	return sharedBy[models.Link](ctx, s, by, enrollmentID, filter, page)
}

// CouponsOf lists an enrollment's coupons.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, PAGE_SIZE_INVALID, CODE_INVALID.
func (s *Service) CouponsOf(ctx context.Context, by access.Caller, enrollmentID models.ID, filter ShareFilter, page models.Page) (models.Slice[models.Coupon], error) {
	return sharedBy[models.Coupon](ctx, s, by, enrollmentID, filter, page)
}

func sharedBy[T any](ctx context.Context, s *Service, by access.Caller, enrollmentID models.ID, filter ShareFilter, page models.Page) (models.Slice[T], error) {
	if _, err := s.Enrollment(ctx, by, enrollmentID); err != nil {
		return models.Slice[T]{}, err
	}
	query, err := filter.narrow(s.db.Read(ctx).Where("enrollment_id = ?", enrollmentID))
	if err != nil {
		return models.Slice[T]{}, err
	}
	return models.FetchPage[T](query, "id", page)
}
