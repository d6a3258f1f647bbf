package payout

import (
	"time"

	"tributary/internal/ledger"
	"tributary/models"
)

// settle records that the transfer exists: what was in transit, or had been given up and is payable again, becomes
// clearing until the batch is reconciled, or paid out where it is closed already.
func settle(tx *models.Tx, p models.Payout, event PayoutEvent, transferID string) error {
	from, to := models.AccountInTransit, models.AccountClearing
	if !p.Reserved { // only then can its batch be closed
		b, err := lockBatch(tx, p.BatchID)
		if err != nil {
			return err
		}
		from, to = models.AccountPayable, paidInto(b)
	}
	legs := []ledger.Leg{{OwnerID: p.EnrollmentID, Account: from, Minor: -p.AmountMinor}, {OwnerID: p.ProgramID, Account: to, Minor: p.AmountMinor}}
	err := transition(tx, p, event, map[string]any{"transfer_id": transferID, "found_late": event == PayoutFoundLate, "reserved": false, "reason": "", "settled_at": tx.Now, "next_try_at": nil},
		&entry{key: "settle:" + p.ID.String(), legs: legs})
	if err != nil {
		return err
	}
	return finishIfDone(tx, p.BatchID)
}

// What was turned away before execution is soon sent again, each time after twice as long: the rail's limits slow all calls
// down by themselves, so this wait is only for what keeps being turned away alone.
const (
	notExecutedWait = 2 * time.Second
	maxDoublings    = 8
)

func waitFor(attempts int) time.Duration { return backoff[min(max(attempts, 1), len(backoff))-1] }

// refuse records a definitive refusal of this generation: nothing moved, and nothing will under its key.
func (s *Service) refuse(tx *models.Tx, p models.Payout, r Refusal) (models.AttemptOutcome, error) {
	switch r.Kind {
	case RefusedNotExecuted:
		next := tx.Now.Add(notExecutedWait << min(max(p.Attempts-1, 0), maxDoublings))
		columns := map[string]any{"next_try_at": next}
		if !r.Call.Replayed { // no attempt of the generation got as far as its key: the rail has yet to see it
			columns["first_attempt_at"] = nil
		}
		if err := transition(tx, p, PayoutTurned, columns, nil); err != nil {
			return "", err
		}
		return models.AttemptOutcomeNotExecuted, models.RingAt(tx, next, models.TaskPayoutSend, p.ID)
	case RefusedFunds, RefusedSetup:
		err := transition(tx, p, PayoutBlocked, nextGeneration(tx, p, r.Call.ErrorCode), nil)
		if err != nil {
			return "", err
		}
		reason := PauseFunds
		if r.Kind == RefusedSetup {
			reason = PauseSetup
		}
		return models.AttemptOutcomeRefused, pause(tx, p.BatchID, reason)
	default:
		if err := transition(tx, p, PayoutRefused, notReserved(tx, r.Call.ErrorCode), released(p)); err != nil {
			return "", err
		}
		return models.AttemptOutcomeRefused, finishIfDone(tx, p.BatchID)
	}
}

// review leaves a payout to a person: nothing is released, and nothing is sent by itself any more.
func (s *Service) review(tx *models.Tx, p models.Payout, reason string) error {
	s.log.Error("payout needs review", "payout", p.ID.String(), "reason", reason)
	return transition(tx, p, PayoutDisputed, map[string]any{"reason": reason, "next_try_at": nil}, nil)
}

// doubt keeps a payout whose outcome is not known: nothing is released, the same call is made again later.
func (s *Service) doubt(tx *models.Tx, p models.Payout) error {
	return transition(tx, p, PayoutDoubted, map[string]any{"next_try_at": tx.Now.Add(waitFor(p.Attempts)), "reason": ReasonUnknown}, nil)
}

// Why a batch is paused.
const (
	PauseFunds   = "AWAITING_FUNDS"   // the platform's balance is short
	PauseSetup   = "RAIL_SETUP"       // credentials or parameters are refused
	PauseStopped = "PAYOUTS_STOPPED"  // somebody stopped payouts; starting them goes on
	PauseExpired = "APPROVAL_EXPIRED" // payouts were stopped for so long that somebody must approve it again
)

// pause pauses a batch that is executing; any other is left as it is.
func pause(tx *models.Tx, batchID models.ID, reason string) error {
	b, err := lockBatch(tx, batchID)
	if err != nil || b.State != models.BatchStateExecuting {
		return err
	}
	return moveBatch(tx, &b, BatchStopped, map[string]any{"pause_reason": reason})
}

// nextGeneration are the columns that open a new generation, with a key of its own.
func nextGeneration(tx *models.Tx, p models.Payout, reason string) map[string]any {
	return map[string]any{"generation": p.Generation + 1, "attempts": 0, "first_attempt_at": nil, "next_try_at": tx.Now, "reason": reason}
}
