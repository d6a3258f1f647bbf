package tracking

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

const (
	inMerchant = "program_id IN (SELECT id FROM programs WHERE merchant_id = ?)"
	ofPartner  = "enrollment_id IN (SELECT id FROM enrollments WHERE partner_id = ?)"
	onPartner  = "conversion_id IN (SELECT id FROM conversions WHERE " + ofPartner + ")"
)

// seen narrows a read to what the caller may see: its merchant's rows, or those that satisfy the condition on its
// partner id.
func (s *Service) seen(ctx context.Context, by access.Caller, partnerCondition string) (*gorm.DB, error) {
	query := s.db.Read(ctx)
	if by.Has(access.ConversionsRead) {
		return query.Where(inMerchant, by.MerchantID), nil
	}
	partnerID, err := by.Partner()
	if err != nil {
		return nil, err
	}
	return query.Where(partnerCondition, partnerID), nil
}

func takeSeen[T any](query *gorm.DB, err error, noun string, id models.ID) (T, error) {
	var row T
	if err != nil {
		return row, err
	}
	if err := query.Where("id = ?", id).Take(&row).Error; err != nil {
		if models.IsMissing(err) {
			return row, fault.NotFoundf(strings.ToUpper(noun)+"_NOT_FOUND", noun)
		}
		return row, fmt.Errorf("read %s: %w", noun, err)
	}
	return row, nil
}

func pageSeen[T any](query *gorm.DB, err error, programID models.ID, page models.Page) (models.Slice[T], error) {
	if err != nil {
		return models.Slice[T]{}, err
	}
	return models.FetchPage[T](query.Where("program_id = ?", programID), "id", page)
}

func listSeen[T any](query *gorm.DB, err error, column string, ids []models.ID) ([]T, error) {
	if err != nil {
		return nil, err
	}
	var rows []T
	if err := query.Where(column+" IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list by %s: %w", column, err)
	}
	return rows, nil
}

// Clicks lists a program's clicks: all for its merchant, a partner's own for the partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Clicks(ctx context.Context, by access.Caller, programID models.ID, filter ClickFilter, page models.Page) (models.Slice[models.Click], error) {
	query, err := s.seen(ctx, by, ofPartner)
	if err != nil {
		return models.Slice[models.Click]{}, err
	}
	if filter.LinkID.IsZero() && by.Has(access.ConversionsRead) {
		page = page.Through(clicksOfProgram[page.Order.Column])
	}
	return pageSeen[models.Click](filter.narrow(query), nil, programID, page)
}

// ClicksOfLink lists the visits through one link, for its merchant or the partner whose it is.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) ClicksOfLink(ctx context.Context, by access.Caller, linkID models.ID, page models.Page) (models.Slice[models.Click], error) {
	query, err := s.seen(ctx, by, ofPartner)
	if err != nil {
		return models.Slice[models.Click]{}, err
	}
	return models.FetchPage[models.Click](query.Where("link_id = ?", linkID), "id", page)
}

// Click finds a click. Codes UNAUTHENTICATED, FORBIDDEN, CLICK_NOT_FOUND.
func (s *Service) Click(ctx context.Context, by access.Caller, id models.ID) (models.Click, error) {
	query, err := s.seen(ctx, by, ofPartner)
	return takeSeen[models.Click](query, err, "click", id)
}

// Conversions lists a program's conversions, every revision: all for its merchant, a partner's own for the partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID, KIND_INVALID.
func (s *Service) Conversions(ctx context.Context, by access.Caller, programID models.ID, filter ConversionFilter, page models.Page) (models.Slice[models.Conversion], error) {
	query, err := s.seen(ctx, by, ofPartner)
	if err != nil {
		return models.Slice[models.Conversion]{}, err
	}
	if by.Has(access.ConversionsRead) { // what a partner has is few
		page = page.Through(filter.index(page))
	}
	query, err = filter.narrow(query)
	return pageSeen[models.Conversion](query, err, programID, page)
}

// ConversionsOf lists the conversions that an enrollment won, every revision, for its merchant or its own partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID, KIND_INVALID.
func (s *Service) ConversionsOf(ctx context.Context, by access.Caller, enrollmentID models.ID, filter ConversionFilter, page models.Page) (models.Slice[models.Conversion], error) {
	query, err := s.seen(ctx, by, ofPartner)
	if err != nil {
		return models.Slice[models.Conversion]{}, err
	}
	if query, err = filter.narrow(query); err != nil {
		return models.Slice[models.Conversion]{}, err
	}
	return models.FetchPage[models.Conversion](query.Where("enrollment_id = ?", enrollmentID), "id", page.Through(conversionsOfEnrollment[page.Order.Column]))
}

// Conversion finds one revision of a conversion. Codes UNAUTHENTICATED, FORBIDDEN, CONVERSION_NOT_FOUND.
func (s *Service) Conversion(ctx context.Context, by access.Caller, id models.ID) (models.Conversion, error) {
	query, err := s.seen(ctx, by, ofPartner)
	return takeSeen[models.Conversion](query, err, "conversion", id)
}

// ConversionsByID gives those of many conversions that the caller may see, in one statement.
// Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) ConversionsByID(ctx context.Context, by access.Caller, ids []models.ID) ([]models.Conversion, error) {
	query, err := s.seen(ctx, by, ofPartner)
	return listSeen[models.Conversion](query, err, "id", ids)
}

// Attributions gives the attributions of many conversions, named by their first revision, in one statement.
// Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) Attributions(ctx context.Context, by access.Caller, rootIDs []models.ID) ([]models.Attribution, error) {
	query, err := s.seen(ctx, by, ofPartner)
	return listSeen[models.Attribution](query, err, "conversion_id", rootIDs)
}

// Refunds lists a program's refunds: all for its merchant, those on a partner's own conversions for the partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Refunds(ctx context.Context, by access.Caller, programID models.ID, page models.Page) (models.Slice[models.Refund], error) {
	query, err := s.seen(ctx, by, onPartner)
	return pageSeen[models.Refund](query, err, programID, page)
}

// Refund finds a refund. Codes UNAUTHENTICATED, FORBIDDEN, REFUND_NOT_FOUND.
func (s *Service) Refund(ctx context.Context, by access.Caller, id models.ID) (models.Refund, error) {
	query, err := s.seen(ctx, by, onPartner)
	return takeSeen[models.Refund](query, err, "refund", id)
}

// RefundsOf gives the refunds of many conversions, named by their first revision, in one statement, in the order
// they were recorded. Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) RefundsOf(ctx context.Context, by access.Caller, rootIDs []models.ID) ([]models.Refund, error) {
	query, err := s.seen(ctx, by, onPartner)
	if err != nil {
		return nil, err
	}
	return listSeen[models.Refund](query.Order("id"), nil, "conversion_id", rootIDs)
}

// Customers gives many of the caller's merchant's customers in one statement. Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) Customers(ctx context.Context, by access.Caller, ids []models.ID) ([]models.Customer, error) {
	merchantID, err := by.Can(access.ConversionsRead)
	if err != nil {
		return nil, err
	}
	return listSeen[models.Customer](s.db.Read(ctx).Where(inMerchant, merchantID), nil, "id", ids)
}
