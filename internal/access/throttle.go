package access

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/models"
)

// MaxDelay is the longest that somebody is kept waiting for the next attempt: who is kept out by others gets in between.
const MaxDelay = 15 * time.Minute

// A throttle says how many attempts are free, and from when on earlier ones are forgotten. After the free ones comes a delay
// of firstDelay, and twice as much after each further one, up to MaxDelay.
type throttle struct {
	name   string
	free   int
	forget time.Duration
}

const firstDelay = time.Second

// The throttles. An attempt that succeeds is given back, except where success is what there shall not be much of.
var (
	signInsOfAddress   = throttle{"sign-in by address", 5, 24 * time.Hour}
	signInsOfNetwork   = throttle{"sign-in by network", 50, time.Hour}
	strangersOfNetwork = throttle{"stranger by network", 50, time.Hour}
	refreshesOfNetwork = throttle{"refresh by network", 50, time.Hour}
	secretsOfUser      = throttle{"password or code by user", 5, 24 * time.Hour}
)

// of gives the subject that a throttle counts for; only its hash is stored.
func (t throttle) of(whose string) subject {
	return subject{throttle: t, key: models.HashOf([]byte(t.name + "\n" + whose))}
}

// from counts for the network that a request comes from, and nothing where there is none, as at the command line.
func (t throttle) from(o Origin) []subject {
	if o.Address == "" {
		return nil
	}
	return []subject{t.of(o.Network())}
}

func (t throttle) delayAfter(attempts int) time.Duration {
	delay := firstDelay
	for range attempts - t.free - 1 {
		if delay *= 2; delay >= MaxDelay {
			return MaxDelay
		}
	}
	return delay
}

// subject is what attempts are counted of: an e-mail address, a network, a user.
type subject struct {
	throttle
	key models.Hash
}

func throttled(wait time.Duration) error {
	seconds := int64((wait + time.Second - 1) / time.Second)
	refusal := fault.New(fault.Unavailable, "SIGN_IN_THROTTLED", "too many attempts; try again in %d seconds", seconds)
	refusal.RetryAfter = time.Duration(seconds) * time.Second
	return refusal
}

// attempt counts an attempt before it is made, so that many at once are no more than many in a row. While one of the
// subjects has to wait it is refused and not counted. Code SIGN_IN_THROTTLED.
func (s *Service) attempt(ctx context.Context, subjects []subject) error {
	if len(subjects) == 0 {
		return nil
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		rows, err := lockThrottles(tx, subjects)
		if err != nil {
			return err
		}
		for _, sub := range subjects {
			if wait := rows[sub.key].OpensAt.Sub(tx.Now); wait > 0 {
				return throttled(wait)
			}
		}
		for _, sub := range subjects {
			row := rows[sub.key]
			if !row.ForgetsAt.After(tx.Now) {
				row.Attempts = 0
			}
			row.Attempts++
			change := map[string]any{"attempts": row.Attempts, "forgets_at": tx.Now.Add(sub.forget)}
			if row.Attempts > sub.free {
				change["opens_at"] = tx.Now.Add(sub.delayAfter(row.Attempts))
			}
			if err := tx.Model(&models.Throttle{}).Where("subject = ?", sub.key).Updates(change).Error; err != nil {
				return fmt.Errorf("count attempt: %w", err)
			}
		}
		return nil
	})
}

// lockThrottles makes sure that each subject has its row, and locks the rows in the order of their keys.
func lockThrottles(tx *models.Tx, subjects []subject) (map[models.Hash]models.Throttle, error) {
	keys := make([]models.Hash, len(subjects))
	for i, sub := range subjects {
		keys[i] = sub.key
	}
	var found []models.Throttle
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("subject IN ?", keys).Order("subject").Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("read throttles: %w", err)
	}
	rows := make(map[models.Hash]models.Throttle, len(keys))
	for _, row := range found {
		rows[row.Subject] = row
	}
	for _, key := range keys {
		if _, known := rows[key]; known {
			continue
		}
		row := models.Throttle{Subject: key, OpensAt: tx.Now, ForgetsAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			if models.IsDuplicate(err) {
				return nil, models.ErrRetry // somebody counted the first attempt after we looked
			}
			return nil, fmt.Errorf("create throttle: %w", err)
		}
		rows[key] = row
	}
	return rows, nil
}

// giveBack takes an attempt of each subject back: it succeeded.
func giveBack(tx *models.Tx, subjects []subject) error {
	for _, sub := range subjects {
		err := tx.Model(&models.Throttle{}).Where("subject = ? AND attempts > 0", sub.key).
			Updates(map[string]any{"attempts": gorm.Expr("attempts - 1"), "opens_at": tx.Now}).Error
		if err != nil {
			return fmt.Errorf("give attempt back: %w", err)
		}
	}
	return nil
}

// forget takes all attempts of a subject back.
func forget(tx *models.Tx, sub subject) error {
	if err := tx.Where("subject = ?", sub.key).Delete(&models.Throttle{}).Error; err != nil {
		return fmt.Errorf("forget attempts: %w", err)
	}
	return nil
}

// AdmitStranger counts somebody without a login who asks for one, by its network. It is for whoever hashes a password or
// writes to an address for strangers; success is not given back. Code SIGN_IN_THROTTLED.
func (s *Service) AdmitStranger(ctx context.Context, from Origin) error {
	return s.attempt(ctx, strangersOfNetwork.from(from))
}
