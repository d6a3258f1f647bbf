package payout

import (
	"fmt"

	"gorm.io/gorm"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// The refusals of settling a finding.
var (
	ErrFindingSettled = fault.New(fault.Precondition, "FINDING_SETTLED", "the finding is settled already").On("findingId")
	ErrFindingKind    = fault.New(fault.Precondition, "FINDING_KIND", "only what is missing or differs is corrected").On("findingId")
	ErrNothingToMove  = fault.New(fault.Precondition, "NOTHING_TO_CORRECT", "what was paid is the same either way; settle it").On("findingId")
	ErrFindingOld     = fault.New(fault.Precondition, "FINDING_OLD", "the batch's latest comparison did not find it").On("findingId")
)

// RequestSettlement is the first person's part of settling a finding: the difference is understood and no longer keeps
// its batch from closing. It is right as it stands: no money moves in the books. Once a second person confirms, the same difference does not count in later
// comparisons; another one of the same payout does. Codes UNAUTHENTICATED, FORBIDDEN, FINDING_NOT_FOUND, FINDING_OLD,
// FINDING_SETTLED, DECIDER_NOT_A_PERSON, DECISION_OPEN, REASON_MISSING, REASON_TOO_LONG.
func (s *Service) RequestSettlement(tx *models.Tx, by access.Caller, findingID models.ID, reason string) (models.PayoutDecision, error) {
	return s.requestOnFinding(tx, by, findingID, models.DecisionKindSettle, reason)
}

func (s *Service) requestOnFinding(tx *models.Tx, by access.Caller, findingID models.ID, kind models.DecisionKind, reason string) (models.PayoutDecision, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.PayoutDecision{}, err
	}
	f, err := takeOne[models.ReconFinding](tx.Where("id = ? AND run_id IN (SELECT id FROM recon_runs WHERE batch_id IN (SELECT id FROM payout_batches WHERE "+
		ofMerchant+"))", findingID, merchantID), "finding")
	if err != nil {
		return models.PayoutDecision{}, err
	}
	run, err := latestRun(tx, f)
	if err != nil {
		return models.PayoutDecision{}, err
	}
	if kind == models.DecisionKindCorrect && (f.PayoutID == nil || f.Kind != FindingMissing && f.Kind != FindingDiffers) {
		return models.PayoutDecision{}, ErrFindingKind
	}
	return ask(tx, by, models.PayoutDecision{ID: models.NewID(), MerchantID: merchantID, BatchID: run.BatchID, PayoutID: f.PayoutID, FindingID: &f.ID,
		OpenSubjectID: &f.ID, Kind: kind, Reason: reason})
}

// latestRun gives the comparison of a finding, if the same difference still counts in the batch's latest one: a batch is
// compared again and again while people talk.
func latestRun(tx *models.Tx, f models.ReconFinding) (models.ReconRun, error) {
	run, err := takeOne[models.ReconRun](tx.Where("id = ?", f.RunID), "reconciliation")
	if err != nil {
		return run, err
	}
	var now []models.ReconFinding
	err = tx.Where("run_id = (SELECT MAX(id) FROM recon_runs WHERE batch_id = ?)", run.BatchID).Find(&now).Error
	if err != nil {
		return run, fmt.Errorf("read findings: %w", err)
	}
	for _, other := range now {
		if isSame(f, other) && (other.ResolvedAt != nil || f.ResolvedAt != nil) {
			return run, ErrFindingSettled
		}
		if isSame(f, other) {
			return run, nil
		}
	}
	return run, ErrFindingOld
}

// settleFinding marks the finding, and asks for the batch to be compared again: it closes when nothing else counts.
func (s *Service) settleFinding(tx *models.Tx, by access.Caller, d models.PayoutDecision) error {
	update := tx.Model(&models.ReconFinding{}).Where("id = ? AND resolved_at IS NULL", models.Or(d.FindingID)).
		Updates(map[string]any{"resolved_by": by.Name, "resolved_reason": d.Reason, "resolved_at": tx.Now})
	if err := models.MustAffectOne(update, ErrDecisionStale); err != nil {
		return err
	}
	return models.RingNow(tx, models.TaskPayoutReconcile, d.BatchID)
}

// keepSettled marks those findings that people settled in an earlier comparison, and counts the others.
func keepSettled(tx *models.Tx, batchID models.ID, findings []models.ReconFinding) (int, error) {
	if len(findings) == 0 {
		return 0, nil
	}
	var settled []models.ReconFinding
	// Every later comparison has noted it again: each is read once.
	err := tx.Distinct("kind", "payout_id", "transfer_id", "detail", "resolved_by", "resolved_reason", "resolved_at").
		Where("resolved_at IS NOT NULL AND run_id IN (SELECT id FROM recon_runs WHERE batch_id = ?)", batchID).Find(&settled).Error
	if err != nil {
		return 0, fmt.Errorf("read settled findings: %w", err)
	}
	left := 0
	for i := range findings {
		left++
		for _, old := range settled {
			if isSame(findings[i], old) {
				findings[i].ResolvedBy, findings[i].ResolvedReason, findings[i].ResolvedAt = old.ResolvedBy, old.ResolvedReason, old.ResolvedAt
				left--
				break
			}
		}
	}
	return left, nil
}

// mustAgree refuses while the latest comparison of one of these batches has a difference that nobody settled: also of a
// closed batch, since what differs there was paid twice, or not at all, or has to be booked.
func mustAgree(tx *models.Tx, batches *gorm.DB) error {
	var open []models.ID
	err := tx.Model(&models.ReconFinding{}).Where("resolved_at IS NULL AND run_id IN (?)",
		tx.Model(&models.ReconRun{}).Where("batch_id IN (?)", batches.Model(&models.PayoutBatch{}).Select("id")).Group("batch_id").Select("MAX(id)")).
		Limit(1).Pluck("id", &open).Error
	if err != nil {
		return fmt.Errorf("find open differences: %w", err)
	}
	if len(open) > 0 {
		return ErrFindingsOpen
	}
	return nil
}

func isSame(a, b models.ReconFinding) bool {
	return a.Kind == b.Kind && models.Or(a.PayoutID) == models.Or(b.PayoutID) && a.TransferID == b.TransferID && a.Detail == b.Detail
}
