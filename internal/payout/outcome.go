package payout

import (
	"fmt"
	"time"

	"tributary/internal/ledger"
	"tributary/models"
)

// transition is the compare-and-set of a payout that this worker has claimed.
func transition(tx *models.Tx, p models.Payout, to models.PayoutState, more map[string]any) error {
	columns := map[string]any{"state": to, "claim_token": "", "claim_until": nil}
	for k, v := range more {
		columns[k] = v
	}
	update := tx.Model(&models.Payout{}).Where("id = ? AND state = ? AND claim_token = ?", p.ID, p.State, p.ClaimToken).Updates(columns)
	return models.MustAffectOne(update, ErrPayoutState)
}

// settle records that the transfer exists: in transit becomes clearing, until the batch is reconciled.
func (s *Service) settle(tx *models.Tx, p models.Payout, transferID string) error {
	err := transition(tx, p, models.PayoutStateTransferred, map[string]any{"transfer_id": transferID, "reserved": false, "reason": "",
		"settled_at": tx.Now, "next_try_at": nil})
	if err != nil {
		return err
	}
	legs := []ledger.Leg{{OwnerID: p.EnrollmentID, Account: models.AccountInTransit, Minor: -p.AmountMinor},
		{OwnerID: p.ProgramID, Account: models.AccountClearing, Minor: p.AmountMinor}}
	if err := post(tx, models.JournalKindSettle, "settle:"+p.ID.String(), p.ProgramID, p.Currency, legs); err != nil {
		return err
	}
	return finishIfDone(tx, p.BatchID)
}

func waitFor(attempts int) time.Duration { return backoff[min(max(attempts, 1), len(backoff))-1] }

// refuse records a definitive refusal of this generation: nothing moved, and nothing will under its key.
func (s *Service) refuse(tx *models.Tx, p models.Payout, r Refusal) (models.AttemptOutcome, error) {
	switch r.Kind {
	case RefusedNotExecuted:
		next := tx.Now.Add(waitFor(p.Attempts))
		return models.AttemptOutcomeNotExecuted, transition(tx, p, models.PayoutStateReady, map[string]any{"next_try_at": next})
	case RefusedFunds, RefusedSetup:
		err := transition(tx, p, models.PayoutStateReady, map[string]any{"generation": p.Generation + 1, "attempts": 0,
			"first_attempt_at": nil, "next_try_at": tx.Now, "reason": r.Call.ErrorCode})
		if err != nil {
			return "", err
		}
		reason := PauseFunds
		if r.Kind == RefusedSetup {
			reason = PauseSetup
		}
		return models.AttemptOutcomeRefused, pause(tx, p.BatchID, reason)
	default:
		err := transition(tx, p, models.PayoutStateHeld, map[string]any{"reason": r.Call.ErrorCode, "reserved": false,
			"settled_at": tx.Now, "next_try_at": nil})
		if err != nil {
			return "", err
		}
		err = post(tx, models.JournalKindRelease, fmt.Sprintf("release:%s:g%d", p.ID, p.Generation), p.ProgramID, p.Currency,
			move(p.EnrollmentID, models.AccountInTransit, models.AccountPayable, p.AmountMinor))
		if err != nil {
			return "", err
		}
		return models.AttemptOutcomeRefused, finishIfDone(tx, p.BatchID)
	}
}

// review leaves a payout to a person: nothing is released, and nothing is sent by itself any more.
func (s *Service) review(tx *models.Tx, p models.Payout, reason string) error {
	s.log.Error("payout needs review", "payout", p.ID.String(), "reason", reason)
	return transition(tx, p, models.PayoutStateNeedsReview, map[string]any{"reason": reason, "next_try_at": nil})
}

// doubt keeps a payout whose outcome is not known: nothing is released, the same call is made again later.
func (s *Service) doubt(tx *models.Tx, p models.Payout) error {
	return transition(tx, p, models.PayoutStateUnknown, map[string]any{"next_try_at": tx.Now.Add(waitFor(p.Attempts)), "reason": ReasonUnknown})
}

// Why a batch is paused.
const (
	PauseFunds = "AWAITING_FUNDS" // the platform's balance is short
	PauseSetup = "RAIL_SETUP"     // credentials or parameters are refused
)

func pause(tx *models.Tx, batchID models.ID, reason string) error {
	return tx.Model(&models.PayoutBatch{}).Where("id = ? AND state = ?", batchID, models.BatchStateExecuting).
		Updates(map[string]any{"state": models.BatchStatePaused, "pause_reason": reason}).Error
}
