package payout

import (
	"context"
	"fmt"

	"tributary/internal/access"
	"tributary/models"
)

// Total is what the payouts of a batch in one state, on one rail and for one reason come to, in minor units.
type Total struct {
	State  models.PayoutState
	Rail   models.RailName
	Reason string
	Count  int64
	Minor  int64
}

// Totals sums up a batch in one statement. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND.
func (s *Service) Totals(ctx context.Context, by access.Caller, batchID models.ID) ([]Total, error) {
	if _, err := s.Batch(ctx, by, batchID); err != nil {
		return nil, err
	}
	var rows []Total
	err := s.db.Read(ctx).Model(&models.Payout{}).Where("batch_id = ?", batchID).Group("state, rail, reason").Order("state, rail, reason").
		Select("state, rail, reason, COUNT(*) AS count, SUM(amount_minor) AS minor").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("sum payouts: %w", err)
	}
	return rows, nil
}

// WaitsForRail tells whether the payouts may still move by themselves: on a rail, and without an end.
func (t Total) WaitsForRail() bool {
	switch t.State {
	case models.PayoutStatePlanned, models.PayoutStateReady, models.PayoutStateSending, models.PayoutStateUnknown:
		return t.Rail != models.RailNameManual
	}
	return false
}

// MerchantOfBatch gives the merchant a batch belongs to, for whoever may act for any. Code BATCH_NOT_FOUND.
func (s *Service) MerchantOfBatch(ctx context.Context, id models.ID) (models.ID, error) {
	b, err := takeOne[models.PayoutBatch](s.db.Read(ctx).Where("id = ?", id), "batch")
	if err != nil {
		return models.ID{}, err
	}
	p, err := takeOne[models.Program](s.db.Read(ctx).Where("id = ?", b.ProgramID), "program")
	return p.MerchantID, err
}

// MerchantOfPayout gives the merchant a payout belongs to, for whoever may act for any. Code PAYOUT_NOT_FOUND.
func (s *Service) MerchantOfPayout(ctx context.Context, id models.ID) (models.ID, error) {
	p, err := takeOne[models.Payout](s.db.Read(ctx).Where("id = ?", id), "payout")
	return p.MerchantID, err
}

// MerchantOfDecision gives the merchant a decision belongs to, for whoever may act for any. Code DECISION_NOT_FOUND.
func (s *Service) MerchantOfDecision(ctx context.Context, id models.ID) (models.ID, error) {
	d, err := takeOne[models.PayoutDecision](s.db.Read(ctx).Where("id = ?", id), "decision")
	return d.MerchantID, err
}

// MerchantOfFinding gives the merchant a finding belongs to, for whoever may act for any. Code FINDING_NOT_FOUND.
func (s *Service) MerchantOfFinding(ctx context.Context, id models.ID) (models.ID, error) {
	f, err := takeOne[models.ReconFinding](s.db.Read(ctx).Where("id = ?", id), "finding")
	if err != nil {
		return models.ID{}, err
	}
	run, err := takeOne[models.ReconRun](s.db.Read(ctx).Where("id = ?", f.RunID), "reconciliation")
	if err != nil {
		return models.ID{}, err
	}
	return s.MerchantOfBatch(ctx, run.BatchID)
}

// Findings gives what a reconciliation found. Codes UNAUTHENTICATED, FORBIDDEN, BATCH_NOT_FOUND.
func (s *Service) Findings(ctx context.Context, by access.Caller, run models.ReconRun) ([]models.ReconFinding, error) {
	if _, err := s.Batch(ctx, by, run.BatchID); err != nil {
		return nil, err
	}
	var rows []models.ReconFinding
	if err := s.db.Read(ctx).Where("run_id = ?", run.ID).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	return rows, nil
}
