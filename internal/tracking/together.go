package tracking

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tributary/internal/access"
	"tributary/models"
)

// The bounds of recording together.
const (
	maxTogether  = 64                    // conversions of one transaction
	togetherWait = 2 * time.Second       // how long one waits for the transaction before, which may wait for a lock; then it goes alone
	maxBoarding  = 20 * time.Millisecond // how long a transaction waits for a crowd
)

// Single is a conversion that a request records by itself.
type Single struct {
	By        access.Caller
	ProgramID models.ID
	Input     ConversionInput
	Origin    models.Origin // of the request, for the audit log; its Action is the operation of the idempotency key
	Key       string        // of idempotency
	Request   models.Hash   // by which the same request is known again
	Answer    func(ConversionResult) any
}

// RecordTogether records a conversion in one transaction with those that other requests record in the same program at the
// moment, since a transaction costs much more than a row: while one is under way, the next gather. Each is its own in the audit log
// and has its own key. It returns when all of it is committed. It tells false, and has done nothing, for what must be done alone
// (with Once and RecordConversion): what is refused, what has a key that is known, and everything when the transaction fails.
func (s *Service) RecordTogether(ctx context.Context, one Single) (ConversionResult, bool) {
	merchantID, err := one.By.Can(access.ConversionsWrite)
	if err != nil {
		return ConversionResult{}, false
	}
	p := &passenger{Single: one, turn: make(chan turn, 1)}
	key := laneKey{merchantID, one.ProgramID}
	if s.lanes.enter(key, p, s.db.Now()) {
		return s.lead(ctx, key, p)
	}
	patience := time.NewTimer(togetherWait)
	defer patience.Stop()
	var t turn
	select {
	case t = <-p.turn:
	case <-patience.C:
		t = s.lanes.leave(key, p)
	case <-ctx.Done():
		t = s.lanes.leave(key, p)
	}
	if t == turnLead {
		return s.lead(ctx, key, p)
	}
	return p.result, t == turnRecorded
}

// lead records the passenger's group, and hands on to the next.
func (s *Service) lead(ctx context.Context, key laneKey, p *passenger) (ConversionResult, bool) {
	begun := s.db.Now()
	group := s.lanes.board(key, p)
	var once sync.Once
	depart := func() {
		once.Do(func() {
			now := s.db.Now()
			s.lanes.depart(key, len(group), now.Sub(begun), now)
		})
	}
	defer func() { // whatever happens
		depart()
		s.lanes.land(key, s.db.Now())
	}()
	s.recordGroup(ctx, group, depart)
	return p.result, <-p.turn == turnRecorded
}

// recordGroup records the conversions of a group and tells each passenger. One who gives up does not end the others' transaction. It
// calls depart when only the writing is left.
func (s *Service) recordGroup(ctx context.Context, group []*passenger, depart func()) {
	isCommitted := false
	defer func() { // whatever happens
		for _, p := range group {
			if isCommitted && p.result.Err == nil {
				p.turn <- turnRecorded
			} else {
				p.turn <- turnAlone
			}
		}
	}()
	end, ok := ctx.Deadline()
	ctx = context.WithoutCancel(ctx)
	if ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end)
		defer cancel()
	}
	inputs, origins := make([]ConversionInput, len(group)), make([]models.Origin, len(group))
	for i, p := range group {
		inputs[i], origins[i] = p.Input, p.Origin
	}
	first := group[0]
	err := models.InTx(models.WithOrigin(ctx, first.Origin), s.db, func(tx *models.Tx) error {
		tx.WriteLastly()
		results, err := record(tx, first.By, first.ProgramID, inputs, origins)
		if err != nil {
			return err
		}
		var answers []access.Answered
		for i, p := range group {
			if p.result = results[i]; p.result.Err == nil {
				answers = append(answers, access.Answered{Key: p.Key, Hash: p.Request, Answer: p.Answer(p.result)})
			}
		}
		if err := access.Remember(tx, first.By, first.Origin.Action, answers); err != nil {
			return fmt.Errorf("remember answers: %w", err)
		}
		depart()
		return nil
	})
	isCommitted = err == nil
}
