package access

import (
	"context"
	"fmt"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// How long a link works, and how often somebody gets one.
const (
	VerifyLife = 24 * time.Hour
	ResetLife  = time.Hour
	MailEvery  = 2 * time.Minute
)

// The refusals around links in mails.
var (
	ErrProof       = fault.InvalidField("token", "TOKEN_INVALID", "the link is unknown, used or out of date")
	ErrMailTooSoon = fault.New(fault.Precondition, "MAIL_TOO_SOON", "a mail was sent just now; wait two minutes for another")
)

// askProof makes the token of a proof, in the place of the one that its subject had before. A subject gets one in MailEvery,
// however many ask at once. Code MAIL_TOO_SOON.
func askProof(tx *models.Tx, p models.EmailProof, life time.Duration) (string, time.Time, error) {
	token, err := newToken()
	if err != nil {
		return "", time.Time{}, err
	}
	expires, hash := tx.Now.Add(life), models.HashOf([]byte(token))
	written, err := models.BulkInsert(tx, models.Insert{Table: p.TableName(), SkipExisting: true,
		Columns: []string{"purpose", "subject", "user_id", "email", "token_hash", "asked_at", "expires_at"}},
		[][]any{{p.Purpose, p.Subject, p.UserID, p.Email, hash, tx.Now, expires}})
	if err != nil || written == 1 {
		return token, expires, err
	}
	another := tx.Model(&p).Where("purpose = ? AND subject = ? AND asked_at <= ?", p.Purpose, p.Subject, tx.Now.Add(-MailEvery)).
		Updates(map[string]any{"user_id": p.UserID, "email": p.Email, "token_hash": hash, "asked_at": tx.Now, "expires_at": expires, "used_at": nil})
	return token, expires, models.MustAffectOne(another, ErrMailTooSoon)
}

// useProof takes a token for one of the purposes, once. Code TOKEN_INVALID.
func useProof(tx *models.Tx, token string, purposes ...models.ProofPurpose) (models.EmailProof, error) {
	var p models.EmailProof
	err := tx.Where("token_hash = ? AND purpose IN ? AND user_id IS NOT NULL AND used_at IS NULL AND expires_at > ?",
		models.HashOf([]byte(token)), purposes, tx.Now).Take(&p).Error
	if models.IsMissing(err) {
		return p, ErrProof
	}
	if err != nil {
		return p, fmt.Errorf("read proof: %w", err)
	}
	use := tx.Model(&models.EmailProof{}).Where("token_hash = ? AND used_at IS NULL", p.TokenHash).Update("used_at", tx.Now)
	return p, models.MustAffectOne(use, ErrProof)
}

// bySubject hashes what a proof is asked for.
func bySubject(text string) models.Hash { return models.HashOf([]byte(text)) }

// proofsAtOnce bounds a transaction of PruneProofs.
const proofsAtOnce = 500

// PruneProofs removes the proofs that nobody can use any more.
func (s *Service) PruneProofs(ctx context.Context) error {
	for {
		var over []models.Hash
		err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
			over = nil
			err := tx.Model(&models.EmailProof{}).Where("expires_at <= ?", tx.Now).Order("expires_at").Limit(proofsAtOnce).Pluck("token_hash", &over).Error
			if err != nil || len(over) == 0 {
				return err
			}
			return tx.Where("token_hash IN ?", over).Delete(&models.EmailProof{}).Error
		})
		if err != nil || len(over) < proofsAtOnce {
			return err
		}
	}
}
