package payout

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"golang.org/x/sync/singleflight"
	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// Service plans, pays and reconciles.
type Service struct {
	db        *models.DB
	rails     map[models.RailName]Rail // the manual rail is not in it: people pay there
	log       *slog.Logger
	countries Countries
	own       ownRails

	skew Skew // nil where the clock is turned by hand

	asking singleflight.Group // for a batch's funds, by batch
}

// New makes the service.
func New(db *models.DB, rails map[models.RailName]Rail, log *slog.Logger) *Service {
	return &Service{db: db, rails: rails, log: log}
}

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

const ofMerchant = "program_id IN (SELECT id FROM programs WHERE merchant_id = ?)"

func ownBatch(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutBatch, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.PayoutBatch{}, err
	}
	return takeOne[models.PayoutBatch](tx.Where("id = ? AND "+ofMerchant, id, merchantID), "batch")
}

func ownPayout(tx *models.Tx, by access.Caller, id models.ID) (models.Payout, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.Payout{}, err
	}
	return takeOne[models.Payout](tx.Where("id = ? AND merchant_id = ?", id, merchantID), "payout")
}

// Batches lists a program's batches, of one state or of any when it is empty. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) Batches(ctx context.Context, by access.Caller, programID models.ID, state models.BatchState, page models.Page) (models.Slice[models.PayoutBatch], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.PayoutBatch]{}, err
	}
	return models.FetchPage[models.PayoutBatch](models.Only(s.db.Read(ctx), "state", state).Where("program_id = ? AND "+ofMerchant, programID, merchantID), "id", page)
}

// Batch finds a batch. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND.
func (s *Service) Batch(ctx context.Context, by access.Caller, id models.ID) (models.PayoutBatch, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.PayoutBatch{}, err
	}
	return takeOne[models.PayoutBatch](s.db.Read(ctx).Where("id = ? AND "+ofMerchant, id, merchantID), "batch")
}

// PayoutsOfBatch lists a batch's payouts. Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) PayoutsOfBatch(ctx context.Context, by access.Caller, batchID models.ID, filter Filter, page models.Page) (models.Slice[models.Payout], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.Payout]{}, err
	}
	if filter.State == "" && filter.EnrollmentID.IsZero() {
		page = page.Through(payoutsOfBatch[page.Order.Column])
	}
	return models.FetchPage[models.Payout](filter.narrow(s.db.Read(ctx)).Where("batch_id = ? AND merchant_id = ?", batchID, merchantID), "id", page)
}

// PayoutsOfEnrollment lists an enrollment's payouts, for its merchant or its own partner.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) PayoutsOfEnrollment(ctx context.Context, by access.Caller, enrollmentID models.ID, filter Filter, page models.Page) (models.Slice[models.Payout], error) {
	query, err := s.seenPayouts(ctx, by)
	if err != nil {
		return models.Slice[models.Payout]{}, err
	}
	return models.FetchPage[models.Payout](filter.narrow(query).Where("enrollment_id = ?", enrollmentID), "id", page)
}

// Payout finds a payout, for its merchant or its own partner. Codes UNAUTHENTICATED, FORBIDDEN, PAYOUT_NOT_FOUND.
func (s *Service) Payout(ctx context.Context, by access.Caller, id models.ID) (models.Payout, error) {
	query, err := s.seenPayouts(ctx, by)
	if err != nil {
		return models.Payout{}, err
	}
	return takeOne[models.Payout](query.Where("id = ?", id), "payout")
}

// seenPayouts are those of the caller's merchant, or the calling partner's own.
func (s *Service) seenPayouts(ctx context.Context, by access.Caller) (*gorm.DB, error) {
	if by.Has(access.PayoutsRead) {
		return s.db.Read(ctx).Where("merchant_id = ?", by.MerchantID), nil
	}
	partnerID, err := by.Partner()
	if err != nil {
		return nil, err
	}
	return s.db.Read(ctx).Where("partner_id = ?", partnerID), nil
}
