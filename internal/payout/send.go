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

	asksPerTurn = 5
)

// backoff is how long to wait before the next call of one generation.
var backoff = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// Send makes one attempt to pay, or to find out what became of an earlier one. It may run any number of times for a
// payout and beside itself: a claim lets one through, and all send the same key with the same content. What is
// final, not due, or not to be sent now is left alone. A *Busy means that nothing was done for want of room at the rail.
// Code CLOCK_SKEWED.
func (s *Service) Send(ctx context.Context, payoutID models.ID) error {
	a, err := s.admit(ctx, payoutID)
	if err != nil || !a.isDue {
		return err
	}
	defer a.release()
	t, err := s.take(ctx, payoutID)
	if err != nil || t.next == nothing {
		return err
	}
	callCtx, cancel := context.WithTimeout(a.ctx, callLimit)
	defer cancel()
	if t.next == lookUp {
		return s.lookUp(callCtx, a.rail, t.payout)
	}
	receipt, sendErr := a.rail.Send(callCtx, orderOf(t.payout))
	a.release() // the rail has answered: others need not wait for the record
	// The answer is recorded even when the worker is asked to stop meanwhile.
	record := context.WithoutCancel(ctx)
	return models.InTx(record, s.db, func(tx *models.Tx) error { return s.finish(tx, t.payout, t.attempt, receipt, sendErr) })
}

// take begins until nothing has to be asked before the call.
func (s *Service) take(ctx context.Context, payoutID models.ID) (turn, error) {
	var t turn
	if err := s.mustKeepTime(ctx); err != nil {
		return t, err
	}
	looked := false
	for range asksPerTurn {
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			var err error
			t, err = s.begin(tx, payoutID, looked)
			return err
		})
		if err != nil {
			return t, err
		}
		switch t.next {
		case askFunds:
			err = s.askFunds(ctx, t.payout.BatchID)
		case lookBefore:
			looked = true
			err = s.lookBefore(ctx, t.payout)
		default:
			return t, nil
		}
		if err != nil {
			return t, err
		}
	}
	return turn{}, nil // it is changed as fast as we ask; the sweep comes back to it
}

// turn is what begin found to be next for a payout.
type turn struct {
	next    next
	payout  models.Payout
	attempt models.PayoutAttempt
}

type next int

const (
	nothing    next = iota
	send            // claimed, and an attempt is committed
	lookUp          // claimed; too old to be sent again
	askFunds        // the rail was not asked since the batch was started or resumed, or too long ago
	lookBefore      // an earlier generation was given up without a definite end: it may have come up since
)

// begin claims the payout and commits an attempt, before anything leaves.
func (s *Service) begin(tx *models.Tx, payoutID models.ID, looked bool) (turn, error) {
	p, err := takeOne[models.Payout](tx.Where("id = ?", payoutID), "payout")
	if err != nil {
		return turn{}, err
	}
	batch, err := takeOne[models.PayoutBatch](tx.Where("id = ?", p.BatchID), "batch")
	if err != nil {
		return turn{}, err
	}
	if !mayGo(p, batch, tx.Now) {
		return turn{}, nil
	}
	if isOld(p, tx.Now) {
		p.ClaimToken = models.NewID().String()
		columns := map[string]any{"claim_token": p.ClaimToken, "claim_until": tx.Now.Add(claimLease), "next_try_at": tx.Now.Add(lookUpEvery)}
		return turn{next: lookUp, payout: p}, claim(tx, p, PayoutLooked, columns)
	}
	if stop, err := stopOf(tx.DB, p.MerchantID); err != nil || stop != nil {
		return turn{}, errors.Join(err, pause(tx, batch.ID, PauseStopped))
	}
	if p.State == models.PayoutStateReady {
		ask, err := s.mayLeave(tx, p, batch, looked)
		if err != nil || ask != send {
			return turn{next: ask, payout: p}, err
		}
	}
	return s.attempt(tx, p)
}

// mayLeave looks at a ready payout once more: at what may have changed since it was planned.
func (s *Service) mayLeave(tx *models.Tx, p models.Payout, batch models.PayoutBatch, looked bool) (next, error) {
	open, err := isOpen(tx, p)
	if err != nil {
		return nothing, err
	}
	same, err := hasSameAccount(tx, p)
	switch {
	case err != nil:
		return nothing, err
	case !same && open:
		return nothing, s.review(tx, p, ReasonAccountChanged)
	case !same:
		return nothing, takeOut(tx, p, ReasonAccountChanged)
	case !isAsked(batch, tx.Now):
		return askFunds, nil
	case open && !looked:
		return lookBefore, nil
	}
	return send, nil
}

// attempt claims the payout and commits an attempt. What was sent under the same key before is sent again to the letter, or not at all.
func (s *Service) attempt(tx *models.Tx, p models.Payout) (turn, error) {
	sum := requestHash(orderOf(p))
	same, err := wasSame(tx, p, sum)
	if err != nil {
		return turn{}, err
	}
	if !same {
		return turn{}, s.review(tx, p, ReasonChanged)
	}
	read := p
	p.ClaimToken, p.State = models.NewID().String(), models.PayoutStateSending
	p.Attempts++
	columns := map[string]any{"claim_token": p.ClaimToken, "claim_until": tx.Now.Add(claimLease), "attempts": p.Attempts}
	if p.FirstAttemptAt == nil {
		p.FirstAttemptAt, columns["first_attempt_at"] = &tx.Now, tx.Now
	}
	if err := claim(tx, read, PayoutAttempted, columns); err != nil {
		return turn{}, err
	}
	a := models.PayoutAttempt{ID: models.NewID(), PayoutID: p.ID, Generation: p.Generation, Seq: p.Attempts, IdemKey: orderOf(p).Key,
		RequestHash: sum, SentAt: tx.Now}
	if err := tx.Create(&a).Error; err != nil {
		return turn{}, fmt.Errorf("create attempt: %w", err)
	}
	return turn{next: send, payout: p, attempt: a}, nil
}

func requestHash(o Order) models.Hash {
	return sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d|%s", o.Key, o.Amount, o.Generation, o.Destination))
}

// wasSame tells whether every earlier attempt of the generation sent this request.
func wasSame(tx *models.Tx, p models.Payout, sum models.Hash) (bool, error) {
	if p.Attempts == 0 {
		return true, nil
	}
	var other int64
	err := tx.Model(&models.PayoutAttempt{}).Where("payout_id = ? AND generation = ? AND request_hash <> ?", p.ID, p.Generation, sum).Count(&other).Error
	if err != nil {
		return false, fmt.Errorf("compare with earlier attempts: %w", err)
	}
	return other == 0, nil
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
		err = settle(tx, p, PayoutPaid, receipt.TransferID)
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
	return r.TransferID != "" && r.Amount.Minor == p.AmountMinor+p.CorrectedMinor && r.Amount.Currency == p.Currency && r.Destination == p.Destination
}
