package program_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/mail"
	"tributary/internal/program"
	"tributary/models"
)

func (s *scene) invite(by access.Caller, enrollment models.ID) (string, error) {
	s.t.Helper()
	s.letters.got = nil
	_, err := try(s.t, s.db, func(tx *models.Tx) (models.Enrollment, error) { return s.service.InvitePartner(tx, by, enrollment) })
	if err != nil {
		return "", err
	}
	return s.letters.got[0].Token, nil
}

// letters keeps what the service writes.
type letters struct{ got []mail.Letter }

func (l *letters) Write(_ *models.Tx, letter mail.Letter) error {
	l.got = append(l.got, letter)
	return nil
}

func TestPartnersAreWrittenToByTheirMerchant(t *testing.T) {
	s := newScene(t)
	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com", Name: "Ann"})
	_, err := s.invite(s.owner, e.ID)
	require.NoError(t, err)
	invitation := s.letters.got[0]
	require.Equal(t, models.MailKindPartnerInvitation, invitation.Kind)
	require.Equal(t, []string{"ann@example.com", "Ann", "Shop", "Main program"}, []string{invitation.To, invitation.Name, invitation.Merchant, invitation.Program})
	require.Equal(t, s.db.Now().AddDate(0, 0, 14), invitation.UseBefore)

	bob := s.mustSignUp("bob@example.com")
	require.Equal(t, models.MailKindVerifyEmail, s.letters.got[1].Kind)
	joined := must(t, s.db, func(tx *models.Tx) (models.Enrollment, error) {
		return s.service.Join(tx, bob, s.program.ID, models.ID{})
	})
	require.Equal(t, models.EnrollmentStatusPending, joined.Status)
	must(t, s.db, func(tx *models.Tx) (models.Enrollment, error) { return s.service.Decide(tx, s.owner, joined.ID, true) })
	require.Len(t, s.letters.got, 3)
	require.Equal(t, []any{models.MailKindEnrolled, "bob@example.com", "Main program"}, []any{s.letters.got[2].Kind, s.letters.got[2].To, s.letters.got[2].Program})
}

// The partner of a login has the login's address, also after it changed; an address that a merchant registered for somebody
// else is not taken over so.
func TestAPartnerFollowsTheAddressOfItsLogin(t *testing.T) {
	s := newScene(t)
	ann := s.mustSignUp("ann@example.com")
	hash, err := s.access.HashPassword("a long password")
	require.NoError(t, err)
	require.NoError(t, models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
		return tx.Model(&models.User{}).Where("id = ?", ann.UserID).Update("password_hash", hash).Error
	}))
	move := func(email string) error {
		seen := s.access.CheckPassword(t.Context(), ann, "a long password")
		s.clock.Advance(access.MailEvery)
		_, err := try(t, s.db, func(tx *models.Tx) (models.User, error) { return s.access.ChangeEmail(tx, ann, seen, email) })
		require.NoError(t, err)
		link := s.letters.got[len(s.letters.got)-2]
		require.Equal(t, email, link.To)
		_, err = try(t, s.db, func(tx *models.Tx) (models.User, error) { return s.service.ConfirmEmail(tx, link.Token) })
		return err
	}
	require.NoError(t, move("new@example.com"))
	var partner models.Partner
	require.NoError(t, s.db.Read(t.Context()).Where("id = ?", ann.PartnerID).Take(&partner).Error)
	require.Equal(t, "new@example.com", partner.Email)
	s.mustEnroll(program.EnrollInput{Email: "eve@example.com"})
	requireCode(t, "EMAIL_TAKEN", move("eve@example.com"))
}

func TestPartnersSignUpAndSeeTheirOwn(t *testing.T) {
	s := newScene(t)
	ann, bob := s.mustSignUp(" Ann@Example.com"), s.mustSignUp("bob@example.com")
	_, err := s.signUp("ann@example.com", "")
	requireCode(t, "EMAIL_TAKEN", err)
	_, err = s.signUp("nobody", "")
	requireCode(t, "EMAIL_INVALID", err)

	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com"})
	require.Equal(t, ann.PartnerID, e.PartnerID, "a merchant enrolls the partner that exists")
	mine, err := s.service.Enrollment(t.Context(), ann, e.ID)
	require.NoError(t, err)
	require.Equal(t, e.ID, mine.ID)
	_, err = s.service.Enrollment(t.Context(), bob, e.ID)
	requireCode(t, "ENROLLMENT_NOT_FOUND", err)
	link, err := s.link(ann, program.CreateLinkInput{EnrollmentID: e.ID, DestinationURL: "https://example.com"})
	require.NoError(t, err)
	require.Equal(t, e.ID, link.EnrollmentID)
	_, err = s.coupon(bob, e.ID, "")
	requireCode(t, "ENROLLMENT_NOT_FOUND", err)

	for caller, want := range map[*access.Caller]int{&ann: 1, &bob: 0} {
		list, err := s.service.EnrollmentsOf(t.Context(), *caller, models.Page{})
		require.NoError(t, err)
		require.Len(t, list.Rows, want)
		programs, err := s.service.Programs(t.Context(), *caller, models.Page{})
		require.NoError(t, err)
		require.Len(t, programs.Rows, want)
	}
	_, err = s.service.Program(t.Context(), ann, s.program.ID)
	require.NoError(t, err)
	_, err = s.service.Program(t.Context(), bob, s.program.ID)
	requireCode(t, "PROGRAM_NOT_FOUND", err)
	_, err = s.service.Enrollments(t.Context(), ann, s.program.ID, models.Page{})
	requireCode(t, "FORBIDDEN", err)
	_, err = s.invite(s.owner, e.ID)
	require.ErrorIs(t, err, program.ErrClaimed)
}

func TestAnInvitationTakesOverThePartner(t *testing.T) {
	s := newScene(t)
	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com"})
	_, err := s.signUp("ann@example.com", "")
	require.ErrorIs(t, err, program.ErrInviteNeeded)
	token, err := s.invite(s.owner, e.ID)
	require.NoError(t, err)
	spare, err := s.invite(s.owner, e.ID)
	require.NoError(t, err)
	require.NotEqual(t, token, spare)
	var stored int64
	require.NoError(t, s.db.Read(t.Context()).Model(&models.PartnerInvite{}).Where("token_hash = ?", models.HashOf([]byte(token))).Count(&stored).Error)
	require.EqualValues(t, 1, stored, "kept as a hash")

	_, err = s.signUp("ann@example.com", token+"x")
	require.ErrorIs(t, err, program.ErrInvite)
	_, err = s.signUp("thief@example.com", token)
	require.ErrorIs(t, err, program.ErrInvite, "it is for one address only")
	ann, err := s.signUp("ann@example.com", token)
	require.NoError(t, err, "the failed tries left nothing behind")
	require.Equal(t, e.PartnerID, ann.PartnerID)
	for _, used := range []string{token, spare} {
		_, err = s.signUp("other@example.com", used)
		require.ErrorIs(t, err, program.ErrInvite)
	}
	_, err = s.service.Enrollment(t.Context(), ann, e.ID)
	require.NoError(t, err)
}

func TestAnInvitationLastsFourteenDays(t *testing.T) {
	s := newScene(t)
	const life = 14 * 24 * time.Hour
	for email, c := range map[string]struct {
		wait time.Duration
		code string
	}{"late@example.com": {life, "INVITE_INVALID"}, "intime@example.com": {life - time.Microsecond, ""}} {
		e := s.mustEnroll(program.EnrollInput{Email: email})
		token, err := s.invite(s.owner, e.ID)
		require.NoError(t, err)
		s.clock.Advance(c.wait)
		_, err = s.signUp(email, token)
		if c.code == "" {
			require.NoError(t, err)
			continue
		}
		requireCode(t, c.code, err)
	}
}
