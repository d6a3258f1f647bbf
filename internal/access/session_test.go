package access_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

func (s *scene) refresh(token string) (access.Session, error) {
	return s.service.Refresh(s.t.Context(), token, access.Origin{})
}

func (s *scene) mustRefresh(session access.Session) access.Session {
	s.t.Helper()
	next, err := s.refresh(session.RefreshToken)
	require.NoError(s.t, err)
	return next
}

func TestASessionIsRefreshed(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	s.employ(shop, s.user("ann@example.com").ID, models.StaffRoleOwner)
	first := s.signIn("ann@example.com")
	s.clock.Advance(access.AccessLife)
	require.False(t, s.works(first.Token))

	second := s.mustRefresh(first)
	require.Equal(t, first.Caller, second.Caller, "it is the same session")
	require.NotEqual(t, first.RefreshToken, second.RefreshToken)
	require.True(t, s.works(second.Token))
	require.Equal(t, s.clock.Now().Add(access.SessionIdle), second.RefreshExpiresAt.UTC())

	s.clock.Advance(access.SessionIdle - time.Second)
	third := s.mustRefresh(second)
	s.clock.Advance(access.SessionIdle)
	_, err := s.refresh(third.RefreshToken)
	require.Equal(t, "SESSION_ENDED", fault.CodeOf(err), "it was not refreshed for too long")
	_, err = s.refresh("made up")
	require.Equal(t, "SESSION_ENDED", fault.CodeOf(err))
}

func TestASessionEndsHoweverOftenItIsRefreshed(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	session := s.signIn("ann@example.com")
	end := s.clock.Now().Add(access.SessionLife)
	for s.clock.Now().Before(end.Add(-time.Minute)) {
		s.clock.Set(minTime(s.clock.Now().Add(access.SessionIdle-time.Second), end.Add(-time.Minute)))
		session = s.mustRefresh(session)
	}
	require.Equal(t, end, session.RefreshExpiresAt.UTC())
	require.Equal(t, end, session.ExpiresAt.UTC(), "an access token does not outlive its session")
	s.clock.Advance(time.Minute)
	_, err := s.refresh(session.RefreshToken)
	require.Equal(t, "SESSION_ENDED", fault.CodeOf(err))
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func TestARefreshTokenThatWasUsedEndsTheSession(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	other, stolen := s.signIn("ann@example.com"), s.signIn("ann@example.com")
	latest := s.mustRefresh(s.mustRefresh(stolen))
	for range 2 {
		_, err := s.refresh(stolen.RefreshToken)
		require.Equal(t, "SESSION_REUSED", fault.CodeOf(err))
		require.False(t, s.works(latest.Token), "its access token stops at once")
	}
	_, err := s.refresh(latest.RefreshToken)
	require.Equal(t, "SESSION_ENDED", fault.CodeOf(err), "whoever has the newest token is out too")
	require.True(t, s.works(s.mustRefresh(other).Token), "another session of the user goes on")
}

func TestOneOfManyRacingRefreshesWins(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	session := s.signIn("ann@example.com")
	const racers = 8
	errs := make([]error, racers)
	var race sync.WaitGroup
	for i := range racers {
		race.Go(func() { _, errs[i] = s.refresh(session.RefreshToken) })
	}
	race.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, access.ErrSessionReused)
	}
	require.Equal(t, 1, won)
	require.False(t, s.works(session.Token), "that many came with it is told by its end")
}

func TestSessionsAreEnded(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	ann := s.user("ann@example.com")
	s.user("bob@example.com")
	s.employ(shop, ann.ID, models.StaffRoleOwner)
	bob := s.signIn("bob@example.com")
	open := func() access.Session { return s.mustRefresh(s.signIn("ann@example.com")) }
	gone := func(session access.Session) {
		t.Helper()
		require.False(t, s.works(session.Token))
		_, err := s.refresh(session.RefreshToken)
		require.Equal(t, "SESSION_ENDED", fault.CodeOf(err))
	}
	kept := open()
	used := s.signIn("ann@example.com")
	latest := s.mustRefresh(used)

	left := open()
	s.inTx(func(tx *models.Tx) error { return s.service.SignOut(tx, left.RefreshToken) })
	gone(left)
	s.inTx(func(tx *models.Tx) error { return s.service.SignOut(tx, used.RefreshToken) })
	gone(latest)
	s.inTx(func(tx *models.Tx) error { return s.service.SignOut(tx, "made up") })

	ended := open()
	for range 2 {
		s.inTx(func(tx *models.Tx) error {
			row, err := s.service.EndSession(tx, kept.Caller, ended.Caller.SessionID)
			require.NotNil(t, row.EndedAt)
			return err
		})
	}
	gone(ended)
	for _, id := range []models.ID{bob.Caller.SessionID, models.NewID()} {
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
			_, err := s.service.EndSession(tx, kept.Caller, id)
			return err
		})
		require.ErrorIs(t, err, access.ErrSessionMissing)
	}

	s.employ(shop, s.user("olivia@example.com").ID, models.StaffRoleOwner)
	olivia := s.as("olivia@example.com", "")
	s.inTx(func(tx *models.Tx) error { _, err := s.service.Dismiss(tx, olivia, ann.ID); return err })
	gone(kept)
	s.employ(shop, ann.ID, models.StaffRoleOwner)
	gone(kept)

	kept = open()
	s.inTx(func(tx *models.Tx) error { return s.service.EndSessions(tx, ann.ID) })
	gone(kept)
	require.True(t, s.works(bob.Token))
}

func TestSessionsAreListedAndBounded(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	s.user("bob@example.com")
	s.signIn("bob@example.com")
	in := access.SignInInput{Email: "ann@example.com", Password: password, From: access.Origin{Address: "::ffff:192.0.2.7", UserAgent: "a browser\xff"}}
	oldest, err := s.service.SignIn(t.Context(), in)
	require.NoError(t, err)
	list := func() []models.Session {
		rows, err := s.service.Sessions(t.Context(), oldest.Caller)
		require.NoError(t, err)
		return rows
	}
	rows := list()
	require.Len(t, rows, 1)
	require.Equal(t, oldest.Caller.SessionID, rows[0].ID)
	require.Equal(t, "192.0.2.7", rows[0].Address)
	require.Equal(t, "a browser\uFFFD", rows[0].UserAgent)
	for range access.MaxSessions - 1 {
		s.clock.Advance(time.Second)
		s.signIn("ann@example.com")
	}
	require.Len(t, list(), access.MaxSessions)
	require.True(t, s.works(oldest.Token))
	s.clock.Advance(time.Second)
	newest := s.signIn("ann@example.com")
	rows = list()
	require.Len(t, rows, access.MaxSessions)
	require.Equal(t, newest.Caller.SessionID, rows[0].ID)
	require.False(t, s.works(oldest.Token), "the one that was not used for longest is ended")
}

func TestAPasswordIsChanged(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	mine, other := s.signIn("ann@example.com"), s.signIn("ann@example.com")
	hash, err := s.service.HashPassword("another long password")
	require.NoError(t, err)
	change := func(by access.Caller, seen access.PasswordCheck) error {
		return models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
			_, err := s.service.ChangePassword(tx, by, seen, hash)
			return err
		})
	}
	check := func(by access.Caller, word string) access.PasswordCheck {
		return s.service.CheckPassword(t.Context(), by, word)
	}
	for code, by := range map[string]access.Caller{"UNAUTHENTICATED": {}, "FORBIDDEN": access.System("job", models.NewID()), "PASSWORD_WRONG": mine.Caller} {
		require.Equal(t, code, fault.CodeOf(change(by, check(by, "not the password"))))
	}
	require.True(t, s.works(other.Token))
	seen := check(mine.Caller, password)
	require.NoError(t, change(mine.Caller, seen))
	require.True(t, s.works(mine.Token))
	require.False(t, s.works(other.Token))
	require.Equal(t, "PASSWORD_WRONG", fault.CodeOf(change(mine.Caller, seen)), "it is another one by now")
	_, err = s.service.SignIn(t.Context(), access.SignInInput{Email: "ann@example.com", Password: password})
	require.True(t, errors.Is(err, access.ErrSignIn))
	_, err = s.service.SignIn(t.Context(), access.SignInInput{Email: "ann@example.com", Password: "another long password"})
	require.NoError(t, err)
}
