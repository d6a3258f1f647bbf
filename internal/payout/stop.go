package payout

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The refusals of stopping and starting.
var (
	ErrStopped    = fault.New(fault.Precondition, "PAYOUTS_STOPPED", "payouts are stopped")
	ErrNotStopped = fault.New(fault.Precondition, "PAYOUTS_NOT_STOPPED", "payouts are not stopped")
)

// everyMerchant is the scope of a stop of the whole instance.
var everyMerchant models.ID

// Stop keeps the merchant's payouts from being sent until Start: batches that are executing pause, and what a worker has
// in hand when this commits is the last that leaves. Lists are still read. Codes UNAUTHENTICATED, FORBIDDEN,
// PAYOUTS_STOPPED, REASON_MISSING, REASON_TOO_LONG.
func (s *Service) Stop(tx *models.Tx, by access.Caller, reason string) (models.PayoutStop, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.PayoutStop{}, err
	}
	return s.stop(tx, merchantID, by.Name, reason)
}

// StopAll is Stop for every merchant, for whoever runs the instance.
// Codes PAYOUTS_STOPPED, REASON_MISSING, REASON_TOO_LONG.
func (s *Service) StopAll(tx *models.Tx, who, reason string) (models.PayoutStop, error) {
	return s.stop(tx, everyMerchant, who, reason)
}

// Start ends the merchant's stop; batches that it paused go on, unless the whole instance is stopped.
// Codes UNAUTHENTICATED, FORBIDDEN, PAYOUTS_NOT_STOPPED.
func (s *Service) Start(tx *models.Tx, by access.Caller) (models.PayoutStop, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.PayoutStop{}, err
	}
	return s.start(tx, merchantID, by.Name)
}

// StartAll ends the stop of the instance; merchants that are stopped stay so. Code PAYOUTS_NOT_STOPPED.
func (s *Service) StartAll(tx *models.Tx, who string) (models.PayoutStop, error) {
	return s.start(tx, everyMerchant, who)
}

// StopFor gives what keeps a merchant's payouts from being sent, the instance's stop first; nil when nothing does.
// Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) StopFor(ctx context.Context, by access.Caller) (*models.PayoutStop, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return nil, err
	}
	return stopOf(s.db.Read(ctx), merchantID)
}

func stopOf(db *gorm.DB, merchantID models.ID) (*models.PayoutStop, error) {
	var stop models.PayoutStop
	err := db.Where("active_scope_id IN ?", []models.ID{everyMerchant, merchantID}).Order("active_scope_id").Take(&stop).Error
	if models.IsMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read payout stops: %w", err)
	}
	return &stop, nil
}

func mustRun(tx *models.Tx, merchantID models.ID) error {
	stop, err := stopOf(tx.DB, merchantID)
	if err == nil && stop != nil {
		return ErrStopped
	}
	return err
}

// inScope are the batches that a scope covers.
func inScope(tx *models.Tx, scope models.ID) *gorm.DB {
	if scope == everyMerchant {
		return tx.Where("1 = 1")
	}
	return tx.Where(ofMerchant, scope)
}

func (s *Service) stop(tx *models.Tx, scope models.ID, who, reason string) (models.PayoutStop, error) {
	reason, err := reasonIn(reason)
	if err != nil {
		return models.PayoutStop{}, err
	}
	stop := models.PayoutStop{ID: models.NewID(), ScopeID: scope, ActiveScopeID: &scope, Reason: reason, StoppedBy: who, StoppedAt: tx.Now}
	if err := tx.Create(&stop).Error; err != nil {
		if models.IsDuplicate(err) {
			return stop, ErrStopped
		}
		return stop, fmt.Errorf("create payout stop: %w", err)
	}
	s.log.Warn("payouts are stopped", "scope", scope.String(), "by", who)
	var running []models.ID
	err = inScope(tx, scope).Model(&models.PayoutBatch{}).Where("state = ?", models.BatchStateExecuting).Order("id").Pluck("id", &running).Error
	for _, id := range running {
		err = errors.Join(err, pause(tx, id, PauseStopped))
	}
	return stop, err
}

func (s *Service) start(tx *models.Tx, scope models.ID, who string) (models.PayoutStop, error) {
	stop, err := takeOne[models.PayoutStop](tx.Where("active_scope_id = ?", scope), "stop")
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return stop, ErrNotStopped
	}
	if err != nil {
		return stop, err
	}
	update := tx.Model(&models.PayoutStop{}).Where("id = ? AND active_scope_id = ?", stop.ID, scope).
		Updates(map[string]any{"active_scope_id": nil, "started_by": who, "started_at": tx.Now})
	if err := models.MustAffectOne(update, ErrNotStopped); err != nil {
		return stop, err
	}
	stop.ActiveScopeID, stop.StartedBy, stop.StartedAt = nil, who, &tx.Now
	s.log.Warn("payouts are started again", "scope", scope.String(), "by", who)
	var waiting []models.PayoutBatch
	err = inScope(tx, scope).Where("state = ? AND pause_reason = ?", models.BatchStatePaused, PauseStopped).
		Where(`NOT EXISTS (SELECT 1 FROM payout_stops s JOIN programs p ON p.merchant_id = s.active_scope_id OR s.active_scope_id = ?
			WHERE p.id = payout_batches.program_id)`, everyMerchant).Order("id").Find(&waiting).Error
	for i := range waiting {
		err = errors.Join(err, resumeYoung(tx, &waiting[i]))
	}
	return stop, err
}

// resumeYoung goes on with a batch that payouts were stopped under, if its approval still holds.
func resumeYoung(tx *models.Tx, b *models.PayoutBatch) error {
	if !isExpired(*b, tx.Now) {
		return resume(tx, b)
	}
	b.PauseReason = PauseExpired
	err := tx.Model(&models.PayoutBatch{}).Where("id = ? AND state = ?", b.ID, models.BatchStatePaused).Update("pause_reason", b.PauseReason).Error
	if err != nil {
		return fmt.Errorf("pause batch: %w", err)
	}
	return tellBatch(tx, *b, BatchStopped)
}
