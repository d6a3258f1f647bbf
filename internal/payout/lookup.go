package payout

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tributary/models"
)

// What is too old to be sent again is looked for once an hour. It is given up to a person only when two complete lists
// in a row do not hold it, and both were read long after the last attempt: a request may still be under way, and after
// an error of the rail's own its repair may carry the request out days later.
const (
	lookUpEvery     = time.Hour
	absentAfter     = 24 * time.Hour
	absentAfterFail = 72 * time.Hour // when an attempt was answered with a 5xx
)

// lookUp asks the rail what became of a payout that is too old to be sent again.
func (s *Service) lookUp(ctx context.Context, rail Rail, p models.Payout) error {
	found, err := rail.Find(ctx, orderOf(p))
	if err != nil {
		return err
	}
	return models.InTx(context.WithoutCancel(ctx), s.db, func(tx *models.Tx) error {
		if len(found) == 0 {
			return s.absent(tx, p)
		}
		return s.adopt(tx, p, found)
	})
}

// adopt takes what the rail lists for a payout as its outcome, if that is the one transfer that was asked for.
func (s *Service) adopt(tx *models.Tx, p models.Payout, found []Receipt) error {
	if len(found) == 1 && matches(p, found[0]) {
		return s.settle(tx, p, found[0].TransferID)
	}
	return s.review(tx, p, ReasonDiffers)
}

func (s *Service) absent(tx *models.Tx, p models.Payout) error {
	var attempts []models.PayoutAttempt
	if err := tx.Where("payout_id = ? AND generation = ?", p.ID, p.Generation).Find(&attempts).Error; err != nil {
		return fmt.Errorf("read attempts: %w", err)
	}
	wait, last := absentAfter, p.CreatedAt
	for _, a := range attempts {
		if a.SentAt.After(last) {
			last = a.SentAt
		}
		if a.HttpStatus >= http.StatusInternalServerError {
			wait = absentAfterFail
		}
	}
	reason := ReasonUnknown
	if tx.Now.Sub(last) >= wait {
		if p.Reason == ReasonUnseen {
			return s.review(tx, p, ReasonNotFound)
		}
		reason = ReasonUnseen
	}
	return transition(tx, p, models.PayoutStateUnknown, map[string]any{"reason": reason, "next_try_at": tx.Now.Add(lookUpEvery)})
}
