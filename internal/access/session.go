package access

import (
	"context"
	"fmt"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// How long a sign-in lasts: an access token for AccessLife, and the session as long as it is refreshed within SessionIdle,
// but no longer than SessionLife.
const (
	AccessLife  = 15 * time.Minute
	SessionIdle = 30 * 24 * time.Hour
	SessionLife = 90 * 24 * time.Hour
)

// MaxSessions is how many sessions a user has at once: one more ends the one that was not used for longest.
const MaxSessions = 50

// Session is a signed-in user with the tokens that prove it.
type Session struct {
	Token            string // the access token
	ExpiresAt        time.Time
	RefreshToken     string
	RefreshExpiresAt time.Time
	Caller           Caller
	User             models.User
}

// ErrSessionMissing is returned for a session that is not the caller's.
var ErrSessionMissing = fault.NotFoundf("SESSION_NOT_FOUND", "session")

// open begins a session.
func (s *Service) open(tx *models.Tx, user models.User, merchantID models.ID, from Origin) (Session, error) {
	row := models.Session{ID: models.NewID(), UserID: user.ID, MerchantID: merchantID.Ref(), Address: from.address(), UserAgent: from.userAgent(),
		CreatedAt: tx.Now, UsedAt: tx.Now, ExpiresAt: tx.Now.Add(SessionIdle)}
	if err := tx.Create(&row).Error; err != nil {
		return Session{}, fmt.Errorf("create session: %w", err)
	}
	if err := endSurplus(tx, user.ID); err != nil {
		return Session{}, err
	}
	return s.issue(tx, user, row)
}

// issue gives a session its next pair of tokens.
func (s *Service) issue(tx *models.Tx, user models.User, row models.Session) (Session, error) {
	caller, err := callerOf(tx.DB, tx.Now, row.ID, user.ID)
	if err != nil {
		return Session{}, err
	}
	refresh, err := newToken()
	if err != nil {
		return Session{}, err
	}
	next := models.RefreshToken{TokenHash: models.HashOf([]byte(refresh)), SessionID: row.ID, ExpiresAt: row.ExpiresAt}
	if err := tx.Create(&next).Error; err != nil {
		return Session{}, fmt.Errorf("create refresh token: %w", err)
	}
	expires := tx.Now.Add(AccessLife)
	if expires.After(row.ExpiresAt) {
		expires = row.ExpiresAt
	}
	token, err := s.signer.sign(user.ID, row.ID, tx.Now, expires)
	if err != nil {
		return Session{}, err
	}
	return Session{Token: token, ExpiresAt: expires, RefreshToken: refresh, RefreshExpiresAt: row.ExpiresAt, Caller: caller, User: user}, nil
}

// endSurplus ends the sessions of a user beyond MaxSessions.
func endSurplus(tx *models.Tx, userID models.ID) error {
	var surplus []models.ID
	err := tx.Model(&models.Session{}).Where("user_id = ? AND ended_at IS NULL AND expires_at > ?", userID, tx.Now).
		Order("used_at DESC, id DESC").Offset(MaxSessions).Limit(MaxSessions).Pluck("id", &surplus).Error
	if err != nil {
		return fmt.Errorf("read sessions: %w", err)
	}
	if len(surplus) == 0 {
		return nil
	}
	return endWhere(tx, "id IN ?", surplus)
}

// EndSessions ends all sessions of a user: their access tokens and refresh tokens stop at once.
func (s *Service) EndSessions(tx *models.Tx, userID models.ID) error {
	return endWhere(tx, "user_id = ?", userID)
}

// endWhere ends the sessions that a condition names, as far as they go on.
func endWhere(tx *models.Tx, condition string, values ...any) error {
	err := tx.Model(&models.Session{}).Where("ended_at IS NULL").Where(condition, values...).Update("ended_at", tx.Now).Error
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// EndSession ends one of the caller's own sessions, which may be the one it calls with; ending one that is over changes
// nothing. Codes UNAUTHENTICATED, FORBIDDEN, SESSION_NOT_FOUND.
func (s *Service) EndSession(tx *models.Tx, by Caller, id models.ID) (models.Session, error) {
	userID, err := by.User()
	if err != nil {
		return models.Session{}, err
	}
	if err := endWhere(tx, "id = ? AND user_id = ?", id, userID); err != nil {
		return models.Session{}, err
	}
	var row models.Session
	if err := tx.Where("id = ? AND user_id = ?", id, userID).Take(&row).Error; err != nil {
		if models.IsMissing(err) {
			return row, ErrSessionMissing
		}
		return row, fmt.Errorf("read session: %w", err)
	}
	return row, nil
}

// Sessions lists the caller's sessions that go on, at most MaxSessions, the one that was used last first; none for who is
// no user.
func (s *Service) Sessions(ctx context.Context, by Caller) ([]models.Session, error) {
	if by.UserID.IsZero() {
		return nil, nil
	}
	var rows []models.Session
	err := s.db.Read(ctx).Where("user_id = ? AND ended_at IS NULL AND expires_at > ?", by.UserID, s.db.Now()).
		Order("used_at DESC, id DESC").Limit(MaxSessions).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return rows, nil
}
