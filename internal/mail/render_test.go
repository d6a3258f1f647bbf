package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/mail"
	"tributary/models"
)

var kinds = []models.MailKind{models.MailKindVerifyEmail, models.MailKindEmailChange, models.MailKindEmailChangeAsked, models.MailKindEmailChanged,
	models.MailKindPasswordReset, models.MailKindPasswordChanged, models.MailKindStaffInvitation, models.MailKindStaffAdded,
	models.MailKindPartnerInvitation, models.MailKindEnrolled}

// sent writes and sends a letter, and gives it as it went out.
func (s *scene) send(l mail.Letter) mail.Message {
	s.t.Helper()
	row := s.write(l)
	require.NoError(s.t, s.service.Send(s.t.Context(), row.ID))
	require.Equal(s.t, models.MailStateSent, s.last().State, s.last().Reason)
	return s.carrier.sent[len(s.carrier.sent)-1]
}

func TestEveryKindHasItsWords(t *testing.T) {
	s := newScene(t)
	withLink := 0
	for _, kind := range kinds {
		got := s.send(mail.Letter{Kind: kind, To: "ann@partners.example", UseBefore: s.db.Now().Add(24 * time.Hour),
			Words: mail.Words{Name: "Ann", Merchant: "Acme", Program: "Main", Email: "other@partners.example", Token: "to-ken"}})
		require.NotEmpty(t, got.Subject, kind)
		require.NotContains(t, got.Subject, "\n")
		require.True(t, strings.HasPrefix(got.Text, "Hello Ann,\n\n"), got.Text)
		require.NotContains(t, got.Text, "no value")
		if strings.Contains(got.Text, "to-ken") {
			withLink++
			require.Contains(t, got.Text, "6 January 2026, 09:00 UTC", "who gets a link is told how long it works: %s", kind)
		}
	}
	require.Equal(t, 5, withLink)
}

func TestNamesStayOnTheirLine(t *testing.T) {
	s := newScene(t)
	got := s.send(mail.Letter{Kind: models.MailKindStaffInvitation, To: "ann@partners.example", UseBefore: s.db.Now().Add(time.Hour),
		Words: mail.Words{Name: "Ann\u202e\r\n\r\nhttps://evil.example/", Merchant: "<b>Acme</b>\r\nBcc: eve@evil.example", Token: "t"}})
	require.Equal(t, "<b>Acme</b> Bcc: eve@evil.example invites you", got.Subject)
	require.Contains(t, got.Text, "Hello Ann https://evil.example/,\n")
	require.NotContains(t, got.HTML, "<b>")
	require.Equal(t, 1, strings.Count(got.HTML, "<a "))
	long := s.send(mail.Letter{Kind: models.MailKindPasswordChanged, To: "ann@partners.example", Words: mail.Words{Name: strings.Repeat("ü", 81)}})
	require.Contains(t, long.Text, "Hello "+strings.Repeat("ü", 79)+"…,")
	whole := s.send(mail.Letter{Kind: models.MailKindPasswordChanged, To: "ann@partners.example", Words: mail.Words{Name: strings.Repeat("ü", 80)}})
	require.Contains(t, whole.Text, "Hello "+strings.Repeat("ü", 80)+",")
}

// The longest names there may be fit where they are sealed.
func TestTheLongestWordsFit(t *testing.T) {
	s := newScene(t)
	name := strings.Repeat("<", 200)
	s.send(mail.Letter{Kind: models.MailKindPartnerInvitation, To: strings.Repeat("a", 240) + "@b.example", UseBefore: s.db.Now().Add(time.Hour),
		Words: mail.Words{Name: name, Merchant: name, Program: name, Email: strings.Repeat("a", 250), Token: strings.Repeat("t", 43)}})
}
