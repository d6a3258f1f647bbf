package program

import (
	"context"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/tree"
	"tributary/models"
)

const ofPartner = "child_id IN (SELECT id FROM enrollments WHERE partner_id = ?)"

func seenChange(query *gorm.DB, by access.Caller, scope access.Scope, id models.ID) (models.SponsorChange, error) {
	if by.Has(scope) {
		return takeChange(query.Where("id = ? AND merchant_id = ?", id, by.MerchantID))
	}
	partnerID, err := by.Partner()
	if err != nil {
		return models.SponsorChange{}, err
	}
	return takeChange(query.Where("id = ? AND "+ofPartner, id, partnerID))
}

// SponsorChange finds a change of sponsor: one of the caller's merchant, or of the partner's own enrollments.
// Codes UNAUTHENTICATED, FORBIDDEN, SPONSOR_CHANGE_NOT_FOUND.
func (s *Service) SponsorChange(ctx context.Context, by access.Caller, id models.ID) (models.SponsorChange, error) {
	return seenChange(s.db.Read(ctx), by, access.PartnersRead, id)
}

// SponsorChanges lists a program's changes of sponsor, in the order they were asked for: all for its merchant, those of
// its own enrollment for a partner; of one state, or of any when it is empty. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) SponsorChanges(ctx context.Context, by access.Caller, programID models.ID, state models.SponsorChangeState, page models.Page) (models.Slice[models.SponsorChange], error) {
	query := s.db.Read(ctx).Where("program_id = ?", programID)
	if state != "" {
		query = query.Where("state = ?", state)
	}
	if by.Has(access.PartnersRead) {
		return models.FetchPage[models.SponsorChange](query.Where("merchant_id = ?", by.MerchantID), "id", page)
	}
	partnerID, err := by.Partner()
	if err != nil {
		return models.Slice[models.SponsorChange]{}, err
	}
	return models.FetchPage[models.SponsorChange](query.Where(ofPartner, partnerID), "id", page)
}

// SponsorHistory lists the sponsors an enrollment had and has, for its merchant, in the order they were recorded.
// Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, PAGE_SIZE_INVALID.
func (s *Service) SponsorHistory(ctx context.Context, by access.Caller, enrollmentID models.ID, page models.Page) (models.Slice[models.SponsorEdge], error) {
	merchantID, err := by.Can(access.PartnersRead)
	if err != nil {
		return models.Slice[models.SponsorEdge]{}, err
	}
	if _, err := takeOne[models.Enrollment](s.db.Read(ctx).Where("id = ? AND merchant_id = ?", enrollmentID, merchantID), "enrollment"); err != nil {
		return models.Slice[models.SponsorEdge]{}, err
	}
	return tree.History(s.db.Read(ctx), enrollmentID, page)
}
