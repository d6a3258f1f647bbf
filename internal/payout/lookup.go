package payout

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tributary/models"
)

// What is too old to be sent again is looked for once an hour. It is given up to a person only when two complete lists
// in a row do not hold it, and both were read long after the last attempt: a request may still be under way, and after
// an error of the rail's own its repair may carry the request out days later.
//
// What the rail gives no complete list for decides nothing, however long that lasts. After silentAfter it is an alarm, and
// two people may say that it was paid without a list: should that be wrong, a later comparison misses the transfer, and nothing
// was sent a second time. That it was not paid needs a list for ever.
const (
	lookUpEvery     = time.Hour
	absentAfter     = 24 * time.Hour
	absentAfterFail = 72 * time.Hour // when an attempt was answered with a 5xx
	silentAfter     = 72 * time.Hour // from the first attempt
)

// lookUp asks the rail what became of a payout that is too old to be sent again.
func (s *Service) lookUp(ctx context.Context, rail Rail, p models.Payout) error {
	found, err := rail.Find(ctx, orderOf(p))
	if err != nil {
		return errors.Join(err, s.unlisted(context.WithoutCancel(ctx), p, err))
	}
	return models.InTx(context.WithoutCancel(ctx), s.db, func(tx *models.Tx) error {
		if len(found) == 0 {
			return s.absent(tx, p)
		}
		return s.adopt(tx, p, found)
	})
}

// unlisted says so aloud when the rail has not given a list for long; it is looked for again in its turn.
func (s *Service) unlisted(ctx context.Context, p models.Payout, cause error) error {
	if p.FirstAttemptAt == nil || s.db.Now().Sub(*p.FirstAttemptAt) < silentAfter {
		return nil
	}
	s.log.Error("a payout is not known for days, and the rail gives no list", "payout", p.ID.String(), "first_attempt", p.FirstAttemptAt, "error", cause)
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		return transition(tx, p, PayoutUnlisted, map[string]any{"reason": ReasonSilent}, nil)
	})
}

// adopt takes what the rail lists for a payout as its outcome, if that is the one transfer that was asked for.
func (s *Service) adopt(tx *models.Tx, p models.Payout, found []Receipt) error {
	if left := standing(found); len(left) == 1 && matches(p, left[0]) {
		return settle(tx, p, PayoutFound, left[0].TransferID)
	}
	return s.review(tx, p, ReasonDiffers)
}

// standing leaves out of several transfers of one payout those that came back whole: they paid nobody.
func standing(found []Receipt) []Receipt {
	if len(found) < 2 {
		return found
	}
	left := slices.DeleteFunc(slices.Clone(found), isUndone)
	if len(left) == 0 {
		return found[:1]
	}
	return left
}

// stands tells whether any of the transfers of a payout did not come back whole.
func stands(found []Receipt) bool {
	return slices.ContainsFunc(found, func(r Receipt) bool { return !isUndone(r) })
}

func isUndone(r Receipt) bool { return r.ReversedMinor > 0 && r.ReversedMinor == r.Amount.Minor }

func (s *Service) absent(tx *models.Tx, p models.Payout) error {
	quiet, err := isQuiet(tx, p)
	if err != nil {
		return err
	}
	reason := ReasonUnknown
	if quiet {
		if p.Reason == ReasonUnseen {
			return s.review(tx, p, ReasonNotFound)
		}
		reason = ReasonUnseen
	}
	return transition(tx, p, PayoutUnseen, map[string]any{"reason": reason, "next_try_at": tx.Now.Add(lookUpEvery)}, nil)
}

// isQuiet tells whether the last attempt of a payout is so long ago that what a list does not hold is not under way.
func isQuiet(tx *models.Tx, p models.Payout) (bool, error) {
	var attempts []models.PayoutAttempt
	if err := tx.Where("payout_id = ?", p.ID).Find(&attempts).Error; err != nil {
		return false, fmt.Errorf("read attempts: %w", err)
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
	return tx.Now.Sub(last) >= wait, nil
}
