package commission

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/tree"
	"tributary/models"
)

const (
	inMerchant = "program_id IN (SELECT id FROM programs WHERE merchant_id = ?)"
	ofMerchant = "enrollment_id IN (SELECT id FROM enrollments WHERE merchant_id = ?)"
	ofPartner  = "enrollment_id IN (SELECT id FROM enrollments WHERE partner_id = ?)"
	inPartner  = "program_id IN (SELECT program_id FROM enrollments WHERE partner_id = ?)"

	rootOfMerchant = "root_id IN (SELECT id FROM enrollments WHERE merchant_id = ?)"
	rootOfPartner  = "root_id IN (SELECT id FROM enrollments WHERE partner_id = ?)"
)

// seen narrows a read to what the caller may see: the condition on its merchant id when it holds the scope there, or
// the condition on its partner id.
func (s *Service) seen(ctx context.Context, by access.Caller, scope access.Scope, merchant, partner string) (*gorm.DB, error) {
	query := s.db.Read(ctx)
	if by.Has(scope) {
		return query.Where(merchant, by.MerchantID), nil
	}
	partnerID, err := by.Partner()
	if err != nil {
		return nil, err
	}
	return query.Where(partner, partnerID), nil
}

func takeSeen[T any](query *gorm.DB, id models.ID, missing *fault.Error) (T, error) {
	var row T
	err := query.Where("id = ?", id).Take(&row).Error
	if models.IsMissing(err) {
		return row, missing
	}
	if err != nil {
		return row, fmt.Errorf("read by id: %w", err)
	}
	return row, nil
}

// LinesOfEnrollment lists the lines an enrollment earned, for its merchant or its own partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) LinesOfEnrollment(ctx context.Context, by access.Caller, enrollmentID models.ID, filter LineFilter, page models.Page) (models.Slice[models.Commission], error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, inMerchant, ofPartner)
	if err != nil {
		return models.Slice[models.Commission]{}, err
	}
	if filter.PeriodID.IsZero() {
		page = page.Through(linesOfEnrollment[page.Order.Column])
	}
	return models.FetchPage[models.Commission](filter.narrow(query).Where("enrollment_id = ?", enrollmentID), "id", page)
}

// LinesOfStatement lists the lines that an enrollment earned in one period: what its statement sums up.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) LinesOfStatement(ctx context.Context, by access.Caller, periodID, enrollmentID models.ID, page models.Page) (models.Slice[models.Commission], error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, inMerchant, ofPartner)
	if err != nil {
		return models.Slice[models.Commission]{}, err
	}
	return models.FetchPage[models.Commission](query.Where("period_id = ? AND enrollment_id = ?", periodID, enrollmentID), "id", page)
}

// EarnedBelow sums, for each of many enrollments, every line that its downline now earned, down to depth levels, in
// minor units of the program's currency and one statement. An enrollment that the caller may not see sums to nothing.
// Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) EarnedBelow(ctx context.Context, by access.Caller, ids []models.ID, depth int) (map[models.ID]int64, error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, rootOfMerchant, rootOfPartner)
	if err != nil {
		return nil, err
	}
	var sums []struct {
		RootID models.ID
		Minor  int64
	}
	err = query.Table("(?) AS below", tree.Below(s.db.Read(ctx), ids, depth)).
		Joins("JOIN commissions ON commissions.enrollment_id = below.child_id").
		Group("root_id").Select("root_id, SUM(amount_minor) AS minor").Scan(&sums).Error
	if err != nil {
		return nil, fmt.Errorf("sum earnings below: %w", err)
	}
	found := make(map[models.ID]int64, len(sums))
	for _, sum := range sums {
		found[sum.RootID] = sum.Minor
	}
	return found, nil
}

// LinesOfSource gives the lines of many conversions, named by their first revision, in one statement and in the
// order they were made: all for the merchant, a partner's own for the partner. Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) LinesOfSource(ctx context.Context, by access.Caller, sourceIDs []models.ID) ([]models.Commission, error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, inMerchant, ofPartner)
	if err != nil {
		return nil, err
	}
	var rows []models.Commission
	if err := query.Where("source_id IN ?", sourceIDs).Order("source_id, ordinal").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return rows, nil
}

// Line finds a line. Codes UNAUTHENTICATED, FORBIDDEN, COMMISSION_NOT_FOUND.
func (s *Service) Line(ctx context.Context, by access.Caller, id models.ID) (models.Commission, error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, inMerchant, ofPartner)
	if err != nil {
		return models.Commission{}, err
	}
	return takeSeen[models.Commission](query, id, fault.NotFoundf("COMMISSION_NOT_FOUND", "commission"))
}

// Periods lists a program's periods, of one state or of any when it is empty, for its merchant or a partner in it.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Periods(ctx context.Context, by access.Caller, programID models.ID, state models.PeriodState, page models.Page) (models.Slice[models.Period], error) {
	query, err := s.seen(ctx, by, access.ProgramsRead, inMerchant, inPartner)
	if err != nil {
		return models.Slice[models.Period]{}, err
	}
	return models.FetchPage[models.Period](models.Only(query, "state", state).Where("program_id = ?", programID), "id", page.Through(periodsOfProgram[page.Order.Column]))
}

// Period finds a period. Codes UNAUTHENTICATED, FORBIDDEN, PERIOD_NOT_FOUND.
func (s *Service) Period(ctx context.Context, by access.Caller, id models.ID) (models.Period, error) {
	query, err := s.seen(ctx, by, access.ProgramsRead, inMerchant, inPartner)
	if err != nil {
		return models.Period{}, err
	}
	return takeSeen[models.Period](query, id, fault.NotFoundf("PERIOD_NOT_FOUND", "period"))
}

// PeriodByKey finds a program's period by its key. Codes UNAUTHENTICATED, FORBIDDEN, PERIOD_NOT_FOUND.
func (s *Service) PeriodByKey(ctx context.Context, by access.Caller, programID models.ID, key string) (models.Period, error) {
	merchantID, err := by.Can(access.ProgramsRead)
	if err != nil {
		return models.Period{}, err
	}
	var p models.Period
	err = s.db.Read(ctx).Where("program_id = ? AND period_key = ?", programID, key).Where(inMerchant, merchantID).Take(&p).Error
	if models.IsMissing(err) {
		return p, fault.NotFoundf("PERIOD_NOT_FOUND", "period")
	}
	if err != nil {
		return p, fmt.Errorf("read period: %w", err)
	}
	return p, nil
}

// PlanVersion finds a plan version of the caller's merchant. Codes UNAUTHENTICATED, FORBIDDEN, PLAN_NOT_FOUND.
func (s *Service) PlanVersion(ctx context.Context, by access.Caller, id models.ID) (models.PlanVersion, error) {
	merchantID, err := by.Can(access.ProgramsRead)
	if err != nil {
		return models.PlanVersion{}, err
	}
	return takeSeen[models.PlanVersion](s.db.Read(ctx).Where(inMerchant, merchantID), id, fault.NotFoundf("PLAN_NOT_FOUND", "plan version"))
}

// StatementsOfEnrollment lists an enrollment's statements in the order of their periods' ids, for its merchant or
// its own partner. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) StatementsOfEnrollment(ctx context.Context, by access.Caller, enrollmentID models.ID, page models.Page) (models.Slice[models.Statement], error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, ofMerchant, ofPartner)
	if err != nil {
		return models.Slice[models.Statement]{}, err
	}
	return models.FetchPage[models.Statement](query.Where("enrollment_id = ?", enrollmentID), "period_id", page)
}

// StatementsOfPeriod lists a period's statements in the order of their enrollments' ids: all for the merchant, a
// partner's own for the partner. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) StatementsOfPeriod(ctx context.Context, by access.Caller, periodID models.ID, page models.Page) (models.Slice[models.Statement], error) {
	query, err := s.seen(ctx, by, access.PayoutsRead, ofMerchant, ofPartner)
	if err != nil {
		return models.Slice[models.Statement]{}, err
	}
	return models.FetchPage[models.Statement](query.Where("period_id = ?", periodID), "enrollment_id", page)
}
