package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

// authenticator is what a user has at hand.
type authenticator struct {
	*scene
	secret string
	codes  []string // for when it is lost
}

// code is what it shows in so long; it shows another one every 30 seconds.
func (a authenticator) code(in time.Duration) string {
	a.t.Helper()
	code, err := totp.GenerateCode(a.secret, a.clock.Now().Add(in))
	require.NoError(a.t, err)
	return code
}

// next is a code that did not count before.
func (a authenticator) next() string {
	a.clock.Advance(30 * time.Second)
	return a.code(0)
}

func (s *scene) useVault() {
	vault, err := access.NewVault("a secret of at least 32 characters")
	require.NoError(s.t, err)
	s.service.UseVault(vault)
}

// turnOn gives a user TOTP.
func (s *scene) turnOn(by access.Caller) authenticator {
	s.t.Helper()
	s.useVault()
	a := authenticator{scene: s}
	seen := s.service.CheckPassword(s.t.Context(), by, password)
	s.inTx(func(tx *models.Tx) error {
		made, err := s.service.StartTOTP(tx, by, seen)
		a.secret = made.Secret
		return err
	})
	s.inTx(func(tx *models.Tx) (err error) {
		a.codes, err = s.service.ConfirmTOTP(tx, by, a.code(0))
		return err
	})
	return a
}

func (s *scene) confirmSession(by access.Caller, code string) string {
	s.t.Helper()
	return s.code(func(tx *models.Tx) error { _, err := s.service.ConfirmSession(tx, by, code); return err })
}

func TestTOTPIsTurnedOn(t *testing.T) {
	s := newScene(t)
	ann := s.user("ann@example.com")
	by := s.signIn("ann@example.com").Caller
	start := func(word string) (made access.NewTOTP, code string) {
		seen := s.service.CheckPassword(t.Context(), by, word)
		code = s.code(func(tx *models.Tx) (err error) {
			made, err = s.service.StartTOTP(tx, by, seen)
			return err
		})
		return made, code
	}
	_, code := start(password)
	require.Equal(t, "TOTP_NOT_KEPT", code)
	s.useVault()
	_, code = start("wrong")
	require.Equal(t, "PASSWORD_WRONG", code)
	confirm := func(code string) string {
		return s.code(func(tx *models.Tx) error { _, err := s.service.ConfirmTOTP(tx, by, code); return err })
	}
	require.Equal(t, "TOTP_NOT_STARTED", confirm("123456"))
	first, code := start(password)
	require.Empty(t, code)
	made, code := start(password)
	require.Empty(t, code)
	require.NotEqual(t, first.Secret, made.Secret)
	require.True(t, strings.HasPrefix(made.URL, "otpauth://totp/Tributary:ann@example.com?"), made.URL)
	require.Contains(t, made.URL, "secret="+made.Secret)
	require.Equal(t, "TOTP_OFF", s.confirmSession(by, "123456"), "a secret that was not confirmed counts for nothing")
	s.signIn("ann@example.com")

	require.Equal(t, "TOTP_INVALID", confirm(authenticator{scene: s, secret: first.Secret}.code(0)), "its secret was replaced")
	a := authenticator{scene: s, secret: made.Secret}
	for _, wrong := range []string{"", "12345", "1234567", a.code(-time.Minute), a.code(time.Minute)} {
		require.Equal(t, "TOTP_INVALID", confirm(wrong), wrong)
	}
	require.Empty(t, confirm(" "+a.code(0)+" "))
	require.Equal(t, "TOTP_ON", confirm(a.code(30*time.Second)))
	_, code = start(password)
	require.Equal(t, "TOTP_ON", code)

	var row models.TOTP
	require.NoError(t, s.db.Read(t.Context()).Where("user_id = ?", ann.ID).Take(&row).Error)
	require.NotContains(t, string(row.Secret), made.Secret, "it is sealed")
	on, left, err := s.service.HasTOTP(t.Context(), ann.ID)
	require.NoError(t, err)
	require.True(t, on)
	require.Equal(t, access.RecoveryCodes, left)
}

func TestACodeCountsOnce(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	by := s.signIn("ann@example.com").Caller
	a := s.turnOn(by)
	require.Equal(t, "TOTP_INVALID", s.confirmSession(by, a.code(0)), "it confirmed TOTP")
	ahead := a.code(30 * time.Second)
	require.Empty(t, s.confirmSession(by, ahead), "a clock may be ahead by one code")
	s.clock.Advance(30 * time.Second)
	require.Equal(t, "TOTP_INVALID", s.confirmSession(by, ahead))
	s.clock.Advance(time.Minute)
	require.Equal(t, "TOTP_INVALID", s.confirmSession(by, a.code(-time.Minute)), "two codes behind")
	require.Empty(t, s.confirmSession(by, a.code(-30*time.Second)), "or behind by one")
	require.Empty(t, s.confirmSession(by, a.code(0)))
	require.Equal(t, "TOTP_INVALID", s.confirmSession(by, a.code(-30*time.Second)), "none that is older than one that counted")

	require.Len(t, a.codes, access.RecoveryCodes)
	require.Regexp(t, "^[a-z2-7]{4}(-[a-z2-7]{4}){3}$", a.codes[0])
	require.Empty(t, s.confirmSession(by, strings.ToUpper(strings.ReplaceAll(a.codes[0], "-", " "))))
	require.Equal(t, "TOTP_INVALID", s.confirmSession(by, a.codes[0]))
	require.Empty(t, s.confirmSession(by, a.codes[1]))
	_, left, err := s.service.HasTOTP(t.Context(), by.UserID)
	require.NoError(t, err)
	require.Equal(t, access.RecoveryCodes-2, left)

	s.user("bob@example.com")
	bob := s.signIn("bob@example.com").Caller
	s.turnOn(bob)
	require.Equal(t, "TOTP_INVALID", s.confirmSession(bob, a.codes[2]), "somebody else's")
}

func TestWhoHasTOTPGivesACodeAtSignIn(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	a := s.turnOn(s.signIn("ann@example.com").Caller)
	signIn := func(word, code string) (access.Session, string) {
		session, err := s.service.SignIn(t.Context(), access.SignInInput{Email: "ann@example.com", Password: word, TOTPCode: code})
		if err == nil {
			return session, ""
		}
		return session, fault.CodeOf(err)
	}
	_, code := signIn(password, "")
	require.Equal(t, "TOTP_REQUIRED", code)
	_, code = signIn("wrong", "")
	require.Equal(t, "SIGN_IN_FAILED", code, "who does not know the password does not learn that there is TOTP")
	session, code := signIn(password, a.next())
	require.Empty(t, code)
	require.True(t, session.Caller.HasConfirmed(s.clock.Now()))
	_, code = signIn(password, a.codes[0])
	require.Empty(t, code)

	for range 5 {
		_, code = signIn(password, "000000")
		require.Equal(t, "TOTP_INVALID", code)
	}
	_, code = signIn(password, "000000")
	require.Equal(t, "TOTP_INVALID", code)
	_, code = signIn(password, a.next())
	require.Empty(t, code, "the wait was over by then")
	for range 6 {
		require.NoError(t, s.service.Admit(t.Context(), session.Caller))
		require.Equal(t, "TOTP_INVALID", s.confirmSession(session.Caller, "000000"))
	}
	require.Equal(t, "SIGN_IN_THROTTLED", fault.CodeOf(s.service.Admit(t.Context(), session.Caller)))
	_, code = signIn(password, a.code(30*time.Second))
	require.Equal(t, "SIGN_IN_THROTTLED", code, "one count for both places")
}

func TestTOTPIsTurnedOff(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	by := s.signIn("ann@example.com").Caller
	a := s.turnOn(by)
	off := func(word, code string) string {
		seen := s.service.CheckPassword(t.Context(), by, word)
		return s.code(func(tx *models.Tx) error { _, err := s.service.DisableTOTP(tx, by, seen, code); return err })
	}
	require.Equal(t, "PASSWORD_WRONG", off("wrong", a.next()))
	require.Equal(t, "TOTP_INVALID", off(password, "000000"))
	require.Empty(t, off(password, a.code(0)), "what was refused used no code up")
	require.Equal(t, "TOTP_OFF", off(password, a.next()))
	require.Equal(t, "TOTP_OFF", s.confirmSession(by, a.codes[0]))
	session := s.signIn("ann@example.com")
	require.False(t, session.Caller.HasConfirmed(s.clock.Now()))
}

func TestDecisionsMayNeedAConfirmedSession(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	s.employ(shop, s.user("ann@example.com").ID, models.StaffRoleOwner)
	s.employ(shop, s.user("bob@example.com").ID, models.StaffRoleOwner)
	ann, bob := s.signIn("ann@example.com"), s.signIn("bob@example.com")
	_, text, err := s.createKey(ann.Caller, "server", access.PayoutsWrite)
	require.NoError(t, err)
	may := func(credential string) string {
		by, err := s.service.Authenticate(t.Context(), credential)
		require.NoError(t, err)
		return s.code(by.MustBeConfirmed)
	}
	require.Empty(t, may(ann.Token))
	a := s.turnOn(bob.Caller)
	require.Empty(t, may(bob.Token), "confirming TOTP confirms the session")
	s.clock.Advance(access.ConfirmLife - time.Second)
	require.Empty(t, may(bob.Token))
	bob = s.mustRefresh(bob)
	require.Empty(t, may(bob.Token), "a refresh neither ends nor prolongs it")
	s.clock.Advance(time.Second)
	require.Equal(t, "TOTP_REQUIRED", may(bob.Token), "who has TOTP confirms, whatever the merchant says")
	require.Empty(t, s.confirmSession(bob.Caller, a.next()))
	require.Empty(t, may(bob.Token))
	ann = s.mustRefresh(ann)
	require.Empty(t, may(ann.Token))
	require.Empty(t, may(text))

	s.inTx(func(tx *models.Tx) error {
		return tx.Model(&models.Merchant{}).Where("id = ?", shop).Update("totp_for_payouts", true).Error
	})
	require.Equal(t, "TOTP_REQUIRED", may(ann.Token))
	require.Equal(t, "TOTP_REQUIRED", may(text), "a key has no session")
	require.Empty(t, may(bob.Token))
	operator, err := access.Operator("felix", shop)
	require.NoError(t, err)
	require.Empty(t, s.code(operator.MustBeConfirmed), "whoever runs the program is trusted")
	require.False(t, access.Caller{}.HasConfirmed(s.clock.Now()))
}
