package payout

import (
	"context"
	"fmt"
	"strings"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

const maxReasonRunes = 200

// The refusals of decisions.
var (
	ErrReasonMissing   = fault.InvalidField("reason", "REASON_MISSING", "say why, for the record")
	ErrReasonLong      = fault.InvalidField("reason", "REASON_TOO_LONG", "a reason has at most %d characters", maxReasonRunes)
	ErrDecisionKind    = fault.InvalidField("kind", "DECISION_KIND", "this is not decided by two people")
	ErrTransferMissing = fault.InvalidField("transferId", "TRANSFER_MISSING", "name the rail's transfer that paid it, and only then")
	ErrDecisionOpen    = fault.New(fault.Conflict, "DECISION_OPEN", "a decision waits for a second person")
	ErrDecisionState   = fault.New(fault.Precondition, "DECISION_STATE", "it is decided already").On("decisionId")
	ErrDecisionStale   = fault.New(fault.Precondition, "DECISION_STALE", "it is not about what is the case now; decline it").On("decisionId")
	ErrOwnDecision     = fault.New(fault.Forbidden, "DECIDER_IS_REQUESTER", "somebody else must confirm it")
	ErrKeyDecision     = fault.New(fault.Forbidden, "DECIDER_NOT_A_PERSON", "people decide this, not an API key")
	ErrTooEarly        = fault.New(fault.Precondition, "DECISION_TOO_EARLY", "a request of it may still be under way at the rail")
	ErrStillThere      = fault.New(fault.Precondition, "TRANSFER_EXISTS", "the rail has a transfer of it that did not come back")
	ErrTransferNot     = fault.New(fault.Precondition, "TRANSFER_NOT_FOUND", "the rail has no such transfer of it, or another amount or destination, or it came back whole and another stands")
)

func reasonIn(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch n := len([]rune(text)); {
	case n == 0:
		return "", ErrReasonMissing
	case n > maxReasonRunes:
		return "", ErrReasonLong
	}
	return text, nil
}

// DecisionInput asks for a decision about a payout. TransferID is of a PAID only.
type DecisionInput struct {
	PayoutID   models.ID
	Kind       models.DecisionKind
	TransferID string
	Reason     string
}

// decidable are the states that a decision may be asked for in.
var decidable = map[models.DecisionKind][]models.PayoutState{
	models.DecisionKindRetry:   payouts(models.PayoutStateNeedsReview),
	models.DecisionKindPaid:    payouts(models.PayoutStateNeedsReview, models.PayoutStateUnknown),
	models.DecisionKindRelease: payouts(models.PayoutStateNeedsReview, models.PayoutStateReady),
}

// RequestDecision is the first person's part: RETRY, PAID or RELEASE a payout that no operation ends. Nothing happens
// before a second person confirms. A RETRY is only for a payout that two lists did not hold.
// Codes UNAUTHENTICATED, FORBIDDEN, PAYOUT_NOT_FOUND, DECIDER_NOT_A_PERSON, DECISION_KIND, TRANSFER_MISSING, PAYOUT_STATE,
// PAYOUT_NOT_MANUAL, DECISION_OPEN, REASON_MISSING, REASON_TOO_LONG.
func (s *Service) RequestDecision(tx *models.Tx, by access.Caller, in DecisionInput) (models.PayoutDecision, error) {
	p, err := ownPayout(tx, by, in.PayoutID)
	if err != nil {
		return models.PayoutDecision{}, err
	}
	d := models.PayoutDecision{ID: models.NewID(), MerchantID: p.MerchantID, BatchID: p.BatchID, PayoutID: &p.ID, OpenSubjectID: &p.ID,
		Generation: p.Generation, Kind: in.Kind, TransferID: strings.TrimSpace(in.TransferID), Reason: in.Reason}
	if _, known := decidable[in.Kind]; !known {
		return d, ErrDecisionKind
	}
	if (d.Kind == models.DecisionKindPaid) != (d.TransferID != "") || len(d.TransferID) > maxReferenceRunes {
		return d, ErrTransferMissing
	}
	if p.Rail == models.RailNameManual {
		return d, ErrManual
	}
	if err := mayDecide(p, d.Kind); err != nil {
		return d, err
	}
	return ask(tx, by, d)
}

func mayDecide(p models.Payout, kind models.DecisionKind) error {
	for _, state := range decidable[kind] {
		if p.State == state && (kind != models.DecisionKindRetry || p.Reason == ReasonNotFound) {
			return nil
		}
	}
	return ErrPayoutState
}

// ask opens a decision; one at a time is open for a subject.
func ask(tx *models.Tx, by access.Caller, d models.PayoutDecision) (models.PayoutDecision, error) {
	if by.IsKey() {
		return d, ErrKeyDecision
	}
	var err error
	if d.Reason, err = reasonIn(d.Reason); err != nil {
		return d, err
	}
	d.State, d.RequestedBy, d.RequestedAt = models.DecisionStateOpen, by.Name, tx.Now
	if err := tx.Create(&d).Error; err != nil {
		if models.IsDuplicate(err) {
			return d, ErrDecisionOpen
		}
		return d, fmt.Errorf("create decision: %w", err)
	}
	return d, tellDecision(tx, d)
}

// decided writes down what one person did with a payout, and gives the payout as it is now.
func (s *Service) decided(tx *models.Tx, by access.Caller, p models.Payout, kind models.DecisionKind, reason string) (models.Payout, error) {
	d := models.PayoutDecision{ID: models.NewID(), MerchantID: p.MerchantID, BatchID: p.BatchID, PayoutID: &p.ID, Generation: p.Generation,
		Kind: kind, State: models.DecisionStateConfirmed, Reason: reason, RequestedBy: by.Name, RequestedAt: tx.Now, DecidedBy: by.Name, DecidedAt: &tx.Now}
	if err := tx.Create(&d).Error; err != nil {
		return p, fmt.Errorf("create decision: %w", err)
	}
	if err := tellDecision(tx, d); err != nil {
		return p, err
	}
	return takeOne[models.Payout](tx.Where("id = ?", p.ID), "payout")
}

// DeclineDecision ends a decision without anything else, by its requester or anybody else.
// Codes UNAUTHENTICATED, FORBIDDEN, DECISION_NOT_FOUND, DECIDER_NOT_A_PERSON, DECISION_STATE.
func (s *Service) DeclineDecision(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error) {
	d, err := ownDecision(tx, by, id)
	if err != nil {
		return d, err
	}
	if by.IsKey() {
		return d, ErrKeyDecision
	}
	return d, decide(tx, by, &d, models.DecisionStateDeclined)
}

func ownDecision(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error) {
	merchantID, err := by.Can(access.PayoutsWrite)
	if err != nil {
		return models.PayoutDecision{}, err
	}
	return takeOne[models.PayoutDecision](tx.Where("id = ? AND merchant_id = ?", id, merchantID), "decision")
}

// decide is the compare-and-set of a decision that is open.
func decide(tx *models.Tx, by access.Caller, d *models.PayoutDecision, to models.DecisionState) error {
	update := tx.Model(&models.PayoutDecision{}).Where("id = ? AND state = ?", d.ID, models.DecisionStateOpen).
		Updates(map[string]any{"state": to, "open_subject_id": nil, "decided_by": by.Name, "decided_at": tx.Now})
	if err := models.MustAffectOne(update, ErrDecisionState); err != nil {
		return err
	}
	d.State, d.OpenSubjectID, d.DecidedBy, d.DecidedAt = to, nil, by.Name, &tx.Now
	return tellDecision(tx, *d)
}

// DecisionsOfBatch lists what people decided about a batch's payouts and findings, oldest first.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) DecisionsOfBatch(ctx context.Context, by access.Caller, batchID models.ID, page models.Page) (models.Slice[models.PayoutDecision], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.PayoutDecision]{}, err
	}
	return models.FetchPage[models.PayoutDecision](s.db.Read(ctx).Where("batch_id = ? AND merchant_id = ?", batchID, merchantID), "id", page)
}

// OpenDecisions gives those decisions about payouts and findings that wait for a second person; there is at most one about each.
// Codes UNAUTHENTICATED, FORBIDDEN.
func (s *Service) OpenDecisions(ctx context.Context, by access.Caller, subjectIDs []models.ID) ([]models.PayoutDecision, error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return nil, err
	}
	var rows []models.PayoutDecision
	if err := s.db.Read(ctx).Where("open_subject_id IN ? AND merchant_id = ?", subjectIDs, merchantID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read open decisions: %w", err)
	}
	return rows, nil
}

// AttemptsOf lists the calls that were made for a payout, oldest first. For the merchant.
// Codes UNAUTHENTICATED, FORBIDDEN, PAGE_SIZE_INVALID.
func (s *Service) AttemptsOf(ctx context.Context, by access.Caller, payoutID models.ID, page models.Page) (models.Slice[models.PayoutAttempt], error) {
	merchantID, err := by.Can(access.PayoutsRead)
	if err != nil {
		return models.Slice[models.PayoutAttempt]{}, err
	}
	query := s.db.Read(ctx).Where("payout_id = ? AND payout_id IN (SELECT id FROM payouts WHERE merchant_id = ?)", payoutID, merchantID)
	return models.FetchPage[models.PayoutAttempt](query, "id", page)
}
