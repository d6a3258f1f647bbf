package access_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/models"
)

// letters keeps what the service writes.
type letters struct {
	mu  sync.Mutex
	got []mail.Letter
}

func (l *letters) Write(_ *models.Tx, letter mail.Letter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, letter)
	return nil
}

// last is the latest letter, or none.
func (l *letters) last() mail.Letter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.got) == 0 {
		return mail.Letter{}
	}
	return l.got[len(l.got)-1]
}

// code runs fn in a transaction and gives the code of its refusal.
func (s *scene) code(fn func(tx *models.Tx) error) string {
	s.t.Helper()
	err := models.InTx(s.t.Context(), s.db, fn)
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}

// register is somebody who signed up and has a link waiting.
func (s *scene) register(email string) (user models.User) {
	s.t.Helper()
	s.inTx(func(tx *models.Tx) (err error) {
		user, err = s.service.Register(tx, email, "Ann", s.hash)
		return err
	})
	return user
}

func (s *scene) confirm(token string) string {
	s.t.Helper()
	return s.code(func(tx *models.Tx) error { _, err := s.service.ConfirmEmail(tx, token); return err })
}

// enters tells whether a password opens the login of an address.
func (s *scene) enters(email, word string) bool {
	s.t.Helper()
	_, err := s.service.SignIn(s.t.Context(), access.SignInInput{Email: email, Password: word})
	return err == nil
}

func (s *scene) stored(id models.ID) (user models.User) {
	s.t.Helper()
	require.NoError(s.t, s.db.Read(s.t.Context()).Where("id = ?", id).Take(&user).Error)
	return user
}

func TestWhoSignsUpConfirmsTheAddress(t *testing.T) {
	s := newScene(t)
	ann := s.register("ann@example.com")
	require.Nil(t, s.stored(ann.ID).EmailVerifiedAt)
	link := s.letters.last()
	require.Equal(t, []any{models.MailKindVerifyEmail, "ann@example.com", s.db.Now().Add(access.VerifyLife)}, []any{link.Kind, link.To, link.UseBefore})
	var kept models.EmailProof
	require.NoError(t, s.db.Read(t.Context()).Take(&kept).Error)
	require.Equal(t, models.HashOf([]byte(link.Token)), kept.TokenHash, "only its hash is kept")

	require.Equal(t, "TOKEN_INVALID", s.confirm(""))
	require.Equal(t, "TOKEN_INVALID", s.confirm(link.Token+"x"))
	require.Empty(t, s.confirm(link.Token))
	require.Equal(t, s.db.Now(), *s.stored(ann.ID).EmailVerifiedAt)
	require.Equal(t, "TOKEN_INVALID", s.confirm(link.Token), "once")
	require.NotNil(t, s.user("bob@example.com").EmailVerifiedAt, "who is let in by the server needs no link")
}

func TestALinkWorksForADayAndIsReplaced(t *testing.T) {
	s := newScene(t)
	ann := s.register("ann@example.com")
	first := s.letters.last().Token
	again := func() string {
		return s.code(func(tx *models.Tx) error {
			_, err := s.service.RequestVerification(tx, access.Caller{Name: "user:ann", UserID: ann.ID})
			return err
		})
	}
	s.clock.Advance(access.MailEvery - time.Microsecond)
	require.Equal(t, "MAIL_TOO_SOON", again())
	s.clock.Advance(time.Microsecond)
	require.Empty(t, again())
	second := s.letters.last().Token
	require.Equal(t, "TOKEN_INVALID", s.confirm(first), "another took its place")
	s.clock.Advance(access.VerifyLife)
	require.Equal(t, "TOKEN_INVALID", s.confirm(second), "it is out of date")
	require.Empty(t, again())
	s.clock.Advance(access.VerifyLife - time.Microsecond)
	require.Empty(t, s.confirm(s.letters.last().Token))
	sent := len(s.letters.got)
	require.Empty(t, again(), "there is nothing to confirm")
	require.Len(t, s.letters.got, sent)
	for code, by := range map[string]access.Caller{"UNAUTHENTICATED": {}, "FORBIDDEN": access.System("job", models.NewID())} {
		require.Equal(t, code, s.code(func(tx *models.Tx) error { _, err := s.service.RequestVerification(tx, by); return err }))
	}
}

func TestOneOfManyWhoAskAtOnceGetsALink(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_ = models.InTx(t.Context(), s.db, func(tx *models.Tx) error { return s.service.RequestPasswordReset(tx, "ann@example.com") })
		})
	}
	all.Wait()
	var proofs int64
	require.NoError(t, s.db.Read(t.Context()).Model(&models.EmailProof{}).Count(&proofs).Error)
	require.EqualValues(t, 1, proofs)
	working := 0
	for _, l := range s.letters.got {
		if s.code(func(tx *models.Tx) error { _, err := s.service.ResetPassword(tx, l.Token, s.hash); return err }) == "" {
			working++
		}
	}
	require.Equal(t, 1, working)
}

// Who signed up with the address of somebody else may look around, and no more.
func TestAnUnconfirmedAddressMayDoLittle(t *testing.T) {
	s := newScene(t)
	shop := s.merchant("shop")
	ann := s.register("ann@example.com")
	s.employ(shop, ann.ID, models.StaffRoleOwner)
	key := func() string {
		by := s.as("ann@example.com", "")
		return s.code(func(tx *models.Tx) error { _, _, err := s.service.CreateAPIKey(tx, by, "key", nil); return err })
	}
	hire := func() string {
		by := s.as("ann@example.com", "")
		return s.code(func(tx *models.Tx) error {
			_, err := s.service.Employ(tx, by, access.EmployInput{Email: "bob@example.com", Name: "Bob", Role: models.StaffRoleAnalyst})
			return err
		})
	}
	require.True(t, s.as("ann@example.com", "").Has(access.ProgramsRead))
	require.Equal(t, "EMAIL_UNVERIFIED", key())
	require.Equal(t, "EMAIL_UNVERIFIED", hire())
	require.Empty(t, s.confirm(s.letters.got[0].Token))
	require.Empty(t, key())
	require.Empty(t, hire())
	require.NoError(t, access.System("job", shop).MustBeVerified())
}

// A role is for who reads the address's mails, not for who took the address first.
func TestAnInvitationTakesAnUnconfirmedLoginFromWhoMadeIt(t *testing.T) {
	s := newScene(t)
	shop, other := s.merchant("shop"), s.merchant("other")
	owner := s.user("olivia@shop.example")
	s.employ(shop, owner.ID, models.StaffRoleOwner)
	squatter := s.register("ann@example.com")
	by := s.as("olivia@shop.example", "")
	hire := func(email string) string {
		return s.code(func(tx *models.Tx) error {
			_, err := s.service.Employ(tx, by, access.EmployInput{Email: email, Name: "Ann", Role: models.StaffRoleFinance})
			return err
		})
	}
	require.Empty(t, hire("ann@example.com"))
	invitation := s.letters.last()
	require.Equal(t, []any{models.MailKindStaffInvitation, "ann@example.com", "shop"}, []any{invitation.Kind, invitation.To, invitation.Merchant})
	require.False(t, s.enters("ann@example.com", password), "the password of who signed up opens nothing")
	require.Empty(t, s.stored(squatter.ID).PasswordHash)
	hash, err := s.service.HashPassword("another long password")
	require.NoError(t, err)
	require.Empty(t, s.code(func(tx *models.Tx) error { _, err := s.service.AcceptInvite(tx, invitation.Token, hash); return err }))
	require.True(t, s.enters("ann@example.com", "another long password"))
	require.NotNil(t, s.stored(squatter.ID).EmailVerifiedAt)

	s.employ(other, s.register("eve@example.com").ID, models.StaffRoleOwner)
	require.Equal(t, "INVITE_OPEN", hire("eve@example.com"), "whoever reads its mails would get the other merchant")
	require.True(t, s.enters("eve@example.com", password))
	s.user("bob@example.com")
	require.Empty(t, hire("bob@example.com"))
	require.Equal(t, []any{models.MailKindStaffAdded, ""}, []any{s.letters.last().Kind, s.letters.last().Token})
	sent := len(s.letters.got)
	require.Empty(t, hire("bob@example.com"))
	require.Len(t, s.letters.got, sent, "who is staff already is not told again")
}

func TestAnAddressIsChangedOnceTheNewOneIsConfirmed(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	s.user("bob@example.com")
	ann := s.as("ann@example.com", "")
	change := func(email, word string) string {
		seen := s.service.CheckPassword(t.Context(), ann, word)
		return s.code(func(tx *models.Tx) error { _, err := s.service.ChangeEmail(tx, ann, seen, email); return err })
	}
	require.Equal(t, "PASSWORD_WRONG", change("new@example.com", "not the password"))
	require.Equal(t, "EMAIL_INVALID", change("nobody", password))
	require.Equal(t, "EMAIL_TAKEN", change("bob@example.com", password))
	require.Equal(t, "EMAIL_TAKEN", change("ann@example.com", password))
	require.Empty(t, s.letters.got)

	require.Empty(t, change(" New@example.com", password))
	require.Len(t, s.letters.got, 2)
	link, told := s.letters.got[0], s.letters.got[1]
	require.Equal(t, []any{models.MailKindEmailChange, "new@example.com"}, []any{link.Kind, link.To})
	require.Equal(t, []any{models.MailKindEmailChangeAsked, "ann@example.com", "new@example.com", ""}, []any{told.Kind, told.To, told.Email, told.Token})
	require.True(t, s.enters("ann@example.com", password), "nothing changed yet")
	require.Equal(t, "MAIL_TOO_SOON", change("third@example.com", password))
	require.Empty(t, s.confirm(link.Token))
	require.False(t, s.enters("ann@example.com", password))
	require.True(t, s.enters("new@example.com", password))
	require.Equal(t, []any{models.MailKindEmailChanged, "ann@example.com"}, []any{s.letters.last().Kind, s.letters.last().To})

	s.clock.Advance(access.MailEvery)
	require.Empty(t, change("carol@example.com", password))
	token := s.letters.got[len(s.letters.got)-2].Token
	s.user("carol@example.com")
	require.Equal(t, "EMAIL_TAKEN", s.confirm(token), "somebody else has it by now")
	require.True(t, s.enters("new@example.com", password))
}
