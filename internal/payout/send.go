package payout

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"tributary/models"
)

const (
	claimLease = 2 * time.Minute  // longer than a call and its recording
	callLimit  = 30 * time.Second // of one call to the rail
)

// backoff is how long to wait before the next call of one generation.
var backoff = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// Send makes one attempt to pay, or to find out what became of an earlier one. It may run any number of times for a
// payout and beside itself: a claim lets one through, and all send the same key with the same content. What is
// final, not due, or not to be sent now is left alone.
func (s *Service) Send(ctx context.Context, payoutID models.ID) error {
	var p models.Payout
	var attempt models.PayoutAttempt
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		var err error
		p, attempt, err = s.begin(tx, payoutID)
		return err
	})
	if err != nil || p.ID.IsZero() {
		return err
	}
	rail := s.rails[p.Rail]
	callCtx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if attempt.ID.IsZero() {
		return s.lookUp(callCtx, rail, p)
	}
	receipt, sendErr := rail.Send(callCtx, orderOf(p))
	// The answer is recorded even when the worker is asked to stop meanwhile.
	record := context.WithoutCancel(ctx)
	return models.InTx(record, s.db, func(tx *models.Tx) error { return s.finish(tx, p, attempt, receipt, sendErr) })
}

// begin claims the payout and commits an attempt, before anything leaves. The zero payout means: nothing to do; the
// zero attempt means: too old to repeat, look it up.
func (s *Service) begin(tx *models.Tx, payoutID models.ID) (models.Payout, models.PayoutAttempt, error) {
	var none models.PayoutAttempt
	p, err := takeOne[models.Payout](tx.Where("id = ?", payoutID), "payout")
	if err != nil {
		return p, none, err
	}
	batch, err := takeOne[models.PayoutBatch](tx.Where("id = ?", p.BatchID), "batch")
	if err != nil {
		return p, none, err
	}
	due := p.NextTryAt != nil && !p.NextTryAt.After(tx.Now)
	mayGo := p.State == models.PayoutStateReady && batch.State == models.BatchStateExecuting || p.State == models.PayoutStateUnknown
	if !due || !mayGo || p.Rail == models.RailNameManual {
		return models.Payout{}, none, nil
	}
	if _, err := s.rail(p.Rail); err != nil {
		return p, none, err // before anything is claimed: nothing could leave
	}
	from := p.State
	p.ClaimToken, p.State = models.NewID().String(), models.PayoutStateSending
	until := tx.Now.Add(claimLease)
	columns := map[string]any{"claim_token": p.ClaimToken, "claim_until": until}
	if from == models.PayoutStateUnknown && p.FirstAttemptAt != nil && tx.Now.Sub(*p.FirstAttemptAt) >= KeyLife {
		columns["next_try_at"] = tx.Now.Add(lookUpEvery)
		p.State = models.PayoutStateUnknown
		return p, none, claim(tx, p, from, columns)
	}
	p.Attempts++
	columns["state"], columns["attempts"] = p.State, p.Attempts
	if p.FirstAttemptAt == nil {
		p.FirstAttemptAt, columns["first_attempt_at"] = &tx.Now, tx.Now
	}
	if err := claim(tx, p, from, columns); err != nil {
		return p, none, err
	}
	order := orderOf(p)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d|%s", order.Key, order.Amount, order.Generation, order.Destination))
	attempt := models.PayoutAttempt{ID: models.NewID(), PayoutID: p.ID, Generation: p.Generation, Seq: p.Attempts, IdemKey: order.Key,
		RequestHash: models.Hash(sum), SentAt: tx.Now}
	if err := tx.Create(&attempt).Error; err != nil {
		return p, attempt, fmt.Errorf("create attempt: %w", err)
	}
	return p, attempt, nil
}

func claim(tx *models.Tx, p models.Payout, from models.PayoutState, columns map[string]any) error {
	update := tx.Model(&models.Payout{}).Where("id = ? AND state = ? AND generation = ?", p.ID, from, p.Generation).Updates(columns)
	return models.MustAffectOne(update, models.ErrRetry)
}

// finish records what came of an attempt, guarded by its claim: whoever lost the claim records nothing.
func (s *Service) finish(tx *models.Tx, p models.Payout, attempt models.PayoutAttempt, receipt Receipt, sendErr error) error {
	repeated, err := wasUnknown(tx, p, attempt)
	if err != nil {
		return err
	}
	var refusal *Refusal
	call, outcome := receipt.Call, models.AttemptOutcomePaid
	switch {
	case sendErr == nil && matches(p, receipt):
		err = s.settle(tx, p, receipt.TransferID)
	case errors.As(sendErr, &refusal) && refusal.Kind == RefusedChanged:
		call = refusal.Call
		outcome, err = models.AttemptOutcomeUnknown, s.review(tx, p, ReasonKeyReused)
	case errors.As(sendErr, &refusal) && (!repeated || refusal.Call.Replayed):
		call = refusal.Call
		outcome, err = s.refuse(tx, p, *refusal)
	default:
		if refusal != nil {
			call = refusal.Call
		}
		outcome, err = models.AttemptOutcomeUnknown, s.doubt(tx, p)
		s.log.Warn("payout outcome unknown", "payout", p.ID.String(), "attempt", attempt.Seq, "error", sendErr)
	}
	if err != nil {
		return err
	}
	return tx.Model(&models.PayoutAttempt{}).Where("id = ?", attempt.ID).Updates(map[string]any{"finished_at": tx.Now, "outcome": outcome,
		"http_status": call.HTTPStatus, "request_id": call.RequestID, "replayed": call.Replayed, "error_code": call.ErrorCode}).Error
}

// wasUnknown tells whether an earlier attempt of the generation has no definite outcome: then an answer given before
// the rail looked at the key says nothing about that one.
func wasUnknown(tx *models.Tx, p models.Payout, attempt models.PayoutAttempt) (bool, error) {
	var open int64
	err := tx.Model(&models.PayoutAttempt{}).Where("payout_id = ? AND generation = ? AND id <> ? AND outcome IN ?", p.ID, p.Generation, attempt.ID,
		[]models.AttemptOutcome{"", models.AttemptOutcomeUnknown}).Count(&open).Error
	return open > 0, err
}

func matches(p models.Payout, r Receipt) bool {
	return r.TransferID != "" && r.Amount.Minor == p.AmountMinor && r.Amount.Currency == p.Currency && r.Destination == p.Destination
}
