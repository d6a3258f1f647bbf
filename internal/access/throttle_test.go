package access_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// tries signs in with a password that is wrong, and gives the code and the wait that is asked for.
func (s *scene) tries(email, address string) (string, time.Duration) {
	s.t.Helper()
	_, err := s.service.SignIn(s.t.Context(), access.SignInInput{Email: email, Password: "wrong", From: access.Origin{Address: address}})
	var refusal *fault.Error
	require.ErrorAs(s.t, err, &refusal)
	return refusal.Code, refusal.RetryAfter
}

func TestWrongPasswordsMakeAnAddressWait(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	for _, email := range []string{"ann@example.com", "nobody@example.com"} { // whether or not it has a login
		for range 5 {
			code, _ := s.tries(email, "")
			require.Equal(t, "SIGN_IN_FAILED", code)
		}
		wait := time.Second
		for range 15 {
			code, _ := s.tries(email, "")
			require.Equal(t, "SIGN_IN_FAILED", code, "the wait is over")
			for range 3 {
				code, after := s.tries(email, "")
				require.Equal(t, "SIGN_IN_THROTTLED", code)
				require.Equal(t, wait, after, "what is refused does not prolong the wait")
			}
			s.clock.Advance(wait - time.Microsecond)
			code, after := s.tries(email, "")
			require.Equal(t, "SIGN_IN_THROTTLED", code)
			require.Equal(t, time.Second, after, "told in whole seconds")
			s.clock.Advance(time.Microsecond)
			wait = min(2*wait, access.MaxDelay)
		}
		require.Equal(t, access.MaxDelay, wait)
	}
	session := s.signIn("ann@example.com")
	require.NotEmpty(t, session.Token, "the owner gets in between, and is forgiven")
	for range 5 {
		code, _ := s.tries("ann@example.com", "")
		require.Equal(t, "SIGN_IN_FAILED", code)
	}
	s.signIn("ann@example.com")
}

func TestAttemptsAreForgotten(t *testing.T) {
	s := newScene(t)
	for range 6 {
		s.tries("ann@example.com", "")
	}
	s.clock.Advance(24*time.Hour - time.Microsecond)
	s.tries("ann@example.com", "")
	code, wait := s.tries("ann@example.com", "")
	require.Equal(t, "SIGN_IN_THROTTLED", code)
	require.Equal(t, 2*time.Second, wait)
	s.clock.Advance(24 * time.Hour)
	require.NoError(t, s.service.Sweep(t.Context()))
	var left int64
	require.NoError(t, s.db.Read(t.Context()).Model(&models.Throttle{}).Count(&left).Error)
	require.Zero(t, left)
	for range 5 {
		s.tries("ann@example.com", "")
	}
	code, _ = s.tries("ann@example.com", "")
	require.Equal(t, "SIGN_IN_FAILED", code)
}

func TestWrongPasswordsMakeANetworkWait(t *testing.T) {
	for name, c := range map[string]struct{ from, same, other string }{
		"IPv4":            {"192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"},
		"IPv6, by its 64": {"2001:db8::1", "2001:db8:0:0:ffff::9", "2001:db8:0:1::1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.user("ann@example.com")
			in := access.SignInInput{Email: "ann@example.com", Password: password, From: access.Origin{Address: c.from}}
			for i := range 50 {
				code, _ := s.tries(fmt.Sprintf("user-%d@example.com", i), c.from)
				require.Equal(t, "SIGN_IN_FAILED", code)
				_, err := s.service.SignIn(t.Context(), in)
				require.NoError(t, err, "a sign-in that succeeds is not counted")
			}
			code, _ := s.tries("no address", c.same)
			require.Equal(t, "SIGN_IN_FAILED", code)
			_, err := s.service.SignIn(t.Context(), in)
			require.Equal(t, "SIGN_IN_THROTTLED", fault.CodeOf(err))
			code, _ = s.tries("ann@example.com", c.other)
			require.Equal(t, "SIGN_IN_FAILED", code)
			s.clock.Advance(time.Second)
			_, err = s.service.SignIn(t.Context(), in)
			require.NoError(t, err)
		})
	}
}

// Attempts are counted before they are made, so that many at once are no more than many in a row.
func TestParallelAttemptsAreCounted(t *testing.T) {
	s := newScene(t)
	const racers = 12
	codes := make([]string, racers)
	var race sync.WaitGroup
	for i := range racers {
		race.Go(func() {
			_, err := s.service.SignIn(t.Context(), access.SignInInput{Email: "ann@example.com", Password: "wrong"})
			codes[i] = fault.CodeOf(err)
		})
	}
	race.Wait()
	tried := 0
	for _, code := range codes {
		if code == "SIGN_IN_FAILED" {
			tried++
		} else {
			require.Equal(t, "SIGN_IN_THROTTLED", code)
		}
	}
	require.Equal(t, 6, tried, "five that are free, and the one that begins the wait")
}

func TestStrangersAndRefreshesAreThrottledByNetwork(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	session := s.signIn("ann@example.com")
	from := access.Origin{Address: "192.0.2.1"}
	for name, try := range map[string]func() error{
		"strangers": func() error { return s.service.AdmitStranger(t.Context(), from) },
		"refreshes": func() error {
			_, err := s.service.Refresh(t.Context(), "made up", from)
			if errors.Is(err, access.ErrSessionEnded) {
				return nil
			}
			return err
		},
	} {
		for range 51 {
			require.NoError(t, try(), name)
		}
		require.Equal(t, "SIGN_IN_THROTTLED", fault.CodeOf(try()), name)
	}
	_, err := s.service.Refresh(t.Context(), session.RefreshToken, from)
	require.Equal(t, "SIGN_IN_THROTTLED", fault.CodeOf(err))
	s.clock.Advance(time.Second)
	session, err = s.service.Refresh(t.Context(), session.RefreshToken, from)
	require.NoError(t, err, "the token was not used up by the refusal")
	for range 60 {
		session, err = s.service.Refresh(t.Context(), session.RefreshToken, from)
		require.NoError(t, err, "what succeeds is not counted")
	}
	require.NoError(t, s.service.AdmitStranger(t.Context(), access.Origin{}), "no network, no count")
}

func TestASignedInUserCannotGuessThePassword(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	session := s.signIn("ann@example.com")
	check := func(word string) string {
		seen := s.service.CheckPassword(t.Context(), session.Caller, word)
		err := models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
			_, err := s.service.ChangePassword(tx, session.Caller, seen, s.hash)
			return err
		})
		if err == nil {
			return ""
		}
		return fault.CodeOf(err)
	}
	for range 6 {
		require.Equal(t, "PASSWORD_WRONG", check("wrong"))
	}
	require.Equal(t, "SIGN_IN_THROTTLED", check(password))
	s.clock.Advance(time.Second)
	require.Empty(t, check(password))
}
