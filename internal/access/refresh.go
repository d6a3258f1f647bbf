package access

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"tributary/internal/fault"
	"tributary/models"
)

// The refusals of a refresh token.
var (
	ErrSessionEnded  = fault.New(fault.Unauthenticated, "SESSION_ENDED", "the session is over; sign in again")
	ErrSessionReused = fault.New(fault.Unauthenticated, "SESSION_REUSED", "the refresh token was used before, so that its session is ended; sign in again")
)

// Refresh takes a refresh token and gives the session its next pair of tokens. A token counts once: whoever comes with one
// that was used before, be it a thief or its owner after the thief, ends the session for both. Codes SESSION_ENDED, SESSION_REUSED.
func (s *Service) Refresh(ctx context.Context, token string, from Origin) (Session, error) {
	var session Session
	var refusal error
	err := models.InTx(ctx, s.db, func(tx *models.Tx) (err error) {
		session, refusal, err = s.refresh(tx, token, from)
		return err
	})
	if err == nil {
		err = refusal // apart, so that the end of a session is committed
	}
	return session, err
}

func (s *Service) refresh(tx *models.Tx, token string, from Origin) (session Session, refusal, err error) {
	row, used, err := lockSessionOf(tx, token)
	switch {
	case models.IsMissing(err):
		return session, ErrSessionEnded, nil
	case err != nil:
		return session, nil, err
	case used:
		return session, ErrSessionReused, endWhere(tx, "id = ?", row.ID)
	case row.EndedAt != nil || !row.ExpiresAt.After(tx.Now):
		return session, ErrSessionEnded, nil
	}
	use := tx.Model(&models.RefreshToken{}).Where("token_hash = ? AND used_at IS NULL", models.HashOf([]byte(token))).Update("used_at", tx.Now)
	if err := models.MustAffectOne(use, models.ErrRetry); err != nil {
		return session, nil, fmt.Errorf("use refresh token: %w", err)
	}
	row.ExpiresAt = tx.Now.Add(SessionIdle)
	if end := row.CreatedAt.Add(SessionLife); row.ExpiresAt.After(end) {
		row.ExpiresAt = end
	}
	err = tx.Model(&models.Session{}).Where("id = ?", row.ID).Updates(map[string]any{"used_at": tx.Now, "expires_at": row.ExpiresAt,
		"address": from.address(), "user_agent": from.userAgent()}).Error
	if err != nil {
		return session, nil, fmt.Errorf("prolong session: %w", err)
	}
	var user models.User
	if err := tx.Where("id = ?", row.UserID).Take(&user).Error; err != nil {
		return session, nil, fmt.Errorf("read user: %w", err)
	}
	session, err = s.issue(tx, user, row)
	return session, nil, err
}

// SignOut ends the session of a refresh token, whether or not the token was used before. One that is unknown, or whose
// session is over, changes nothing.
func (s *Service) SignOut(tx *models.Tx, token string) error {
	row, _, err := lockSessionOf(tx, token)
	if models.IsMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return endWhere(tx, "id = ?", row.ID)
}

// lockSessionOf finds the session of a refresh token, keeps others from it, and tells whether the token was used.
func lockSessionOf(tx *models.Tx, token string) (row models.Session, used bool, err error) {
	hash := models.HashOf([]byte(token))
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = (SELECT session_id FROM refresh_tokens WHERE token_hash = ?)", hash).Take(&row).Error
	if err != nil {
		return row, false, fmt.Errorf("read session: %w", err)
	}
	var known models.RefreshToken // read under the lock: others may have used it while we waited
	if err := tx.Where("token_hash = ?", hash).Take(&known).Error; err != nil {
		return row, false, fmt.Errorf("read refresh token: %w", err)
	}
	return row, known.UsedAt != nil, nil
}
