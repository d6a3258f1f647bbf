package access_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

func (s *scene) forget(email string) string {
	s.t.Helper()
	return s.code(func(tx *models.Tx) error { return s.service.RequestPasswordReset(tx, email) })
}

func (s *scene) reset(token, word string) string {
	s.t.Helper()
	hash, err := s.service.HashPassword(word)
	require.NoError(s.t, err)
	return s.code(func(tx *models.Tx) error { _, err := s.service.ResetPassword(tx, token, hash); return err })
}

func TestAForgottenPasswordIsSetAnew(t *testing.T) {
	s := newScene(t)
	ann := s.register("ann@example.com")
	session := s.signIn("ann@example.com")
	s.clock.Advance(time.Minute)
	require.Empty(t, s.forget(" ANN@example.com"))
	link := s.letters.last()
	require.Equal(t, []any{models.MailKindPasswordReset, "ann@example.com", s.db.Now().Add(access.ResetLife), false}, []any{link.Kind, link.To, link.UseBefore, link.ForNobody})
	require.True(t, s.enters("ann@example.com", password), "asking changes nothing")

	require.Equal(t, "TOKEN_INVALID", s.reset(s.letters.got[0].Token, "another long password"), "a link is for one thing")
	s.clock.Advance(access.ResetLife)
	require.Equal(t, "TOKEN_INVALID", s.reset(link.Token, "another long password"))
	require.Empty(t, s.forget("ann@example.com"))
	s.clock.Advance(access.ResetLife - time.Microsecond)
	require.Empty(t, s.reset(s.letters.last().Token, "another long password"))
	require.False(t, s.enters("ann@example.com", password))
	require.True(t, s.enters("ann@example.com", "another long password"))
	_, err := s.refresh(session.RefreshToken)
	require.ErrorIs(t, err, access.ErrSessionEnded, "who was signed in is out")
	require.NotNil(t, s.stored(ann.ID).EmailVerifiedAt, "who has the link reads the mails")
	require.Equal(t, []any{models.MailKindPasswordChanged, "ann@example.com"}, []any{s.letters.last().Kind, s.letters.last().To})
	for _, l := range s.letters.got {
		require.Equal(t, "TOKEN_INVALID", s.reset(l.Token, "a third long password"))
	}
}

// Nobody learns who has a login: the answer, the statements and what is written are the same.
func TestAskingForAPasswordTellsNothing(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	require.Equal(t, "EMAIL_INVALID", s.forget("nobody"))
	for range 2 {
		for _, email := range []string{"ann@example.com", "eve@example.com"} {
			require.Empty(t, s.forget(email))
		}
	}
	require.Len(t, s.letters.got, 2, "an address gets one in a while")
	require.False(t, s.letters.got[0].ForNobody)
	require.True(t, s.letters.got[1].ForNobody)
	require.Equal(t, "eve@example.com", s.letters.got[1].To)
	s.user("eve@example.com")
	require.Equal(t, "TOKEN_INVALID", s.reset(s.letters.got[1].Token, "another long password"), "it was nobody's when it was asked for")
	var proofs []models.EmailProof
	require.NoError(t, s.db.Read(t.Context()).Find(&proofs).Error)
	require.Len(t, proofs, 2)
	s.clock.Advance(access.MailEvery)
	require.Empty(t, s.forget("eve@example.com"))
	require.Empty(t, s.reset(s.letters.last().Token, "another long password"))
}

func TestALinkToAnAddressThatIsNoLongerTheLogins(t *testing.T) {
	s := newScene(t)
	s.user("ann@example.com")
	ann := s.as("ann@example.com", "")
	require.Empty(t, s.forget("ann@example.com"))
	reset := s.letters.last().Token
	seen := s.service.CheckPassword(t.Context(), ann, password)
	s.inTx(func(tx *models.Tx) error {
		_, err := s.service.ChangeEmail(tx, ann, seen, "new@example.com")
		return err
	})
	require.Empty(t, s.confirm(s.letters.got[1].Token))
	require.Equal(t, "TOKEN_INVALID", s.reset(reset, "another long password"))
}

func TestAnInvitationEndsWithAReset(t *testing.T) {
	s := newScene(t)
	shop := access.System("shop", s.merchant("shop"))
	var token string
	s.inTx(func(tx *models.Tx) (err error) {
		_, token, err = s.service.Invite(tx, shop, "ann@example.com", "Ann")
		return err
	})
	require.Empty(t, s.forget("ann@example.com"))
	require.Empty(t, s.reset(s.letters.last().Token, "another long password"))
	require.Equal(t, "INVITE_INVALID", s.code(func(tx *models.Tx) error { _, err := s.service.AcceptInvite(tx, token, s.hash); return err }))
}

func TestProofsThatAreOverAreForgotten(t *testing.T) {
	s := newScene(t)
	require.Empty(t, s.forget("nobody@example.com"))
	s.register("ann@example.com")
	left := func() (n int64) {
		require.NoError(t, s.service.PruneProofs(t.Context()))
		require.NoError(t, s.db.Read(t.Context()).Model(&models.EmailProof{}).Count(&n).Error)
		return n
	}
	s.clock.Advance(access.ResetLife - time.Microsecond)
	require.EqualValues(t, 2, left())
	s.clock.Advance(time.Microsecond)
	require.EqualValues(t, 1, left())
	s.clock.Advance(access.VerifyLife)
	require.Zero(t, left())
}
