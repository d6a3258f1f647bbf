package payout

import (
	"context"
	"fmt"
	"time"

	"tributary/models"
)

// Undecided is how many payouts of one state nobody knows to be paid or not, over all merchants.
type Undecided struct {
	State  models.PayoutState
	Count  int64
	Oldest time.Duration // since the first attempt of the oldest; 0 when there is none
}

// Undecided counts payouts whose outcome is not known, and those that are left to people: for whoever watches the instance.
func (s *Service) Undecided(ctx context.Context) ([]Undecided, error) {
	var all []Undecided
	for _, state := range []models.PayoutState{models.PayoutStateUnknown, models.PayoutStateNeedsReview} {
		u := Undecided{State: state}
		query := s.db.Read(ctx).Model(&models.Payout{}).Where("state = ?", state)
		if err := query.Count(&u.Count).Error; err != nil {
			return nil, fmt.Errorf("count undecided payouts: %w", err)
		}
		if u.Count > 0 {
			var first []time.Time
			err := s.db.Read(ctx).Model(&models.Payout{}).Where("state = ? AND first_attempt_at IS NOT NULL", state).
				Order("first_attempt_at").Limit(1).Pluck("first_attempt_at", &first).Error
			if err != nil {
				return nil, fmt.Errorf("read the oldest undecided payout: %w", err)
			}
			if len(first) > 0 {
				u.Oldest = s.db.Now().Sub(first[0])
			}
		}
		all = append(all, u)
	}
	return all, nil
}
