package mail_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/mail"
	"tributary/internal/testkit"
	"tributary/models"
)

// carrier is a mailer that does as it is told.
type carrier struct {
	mu      sync.Mutex
	sent    []mail.Message
	failure error
	during  func()
}

func (c *carrier) Send(_ context.Context, m mail.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.during != nil {
		c.during()
	}
	if c.failure == nil {
		c.sent = append(c.sent, m)
	}
	return c.failure
}

type scene struct {
	t       *testing.T
	db      *models.DB
	clock   *testkit.Clock
	carrier *carrier
	log     *bytes.Buffer
	service *mail.Service
}

const secret = "a secret for tests, long enough..."

func newScene(t *testing.T) *scene {
	t.Helper()
	db, clock := testkit.OpenDB(t)
	s := &scene{t: t, db: db, clock: clock, carrier: &carrier{}, log: &bytes.Buffer{}}
	s.service = s.under(secret)
	return s
}

// under is the service of a process with a secret.
func (s *scene) under(secret string) *mail.Service {
	s.t.Helper()
	vault, err := access.NewVault(secret)
	require.NoError(s.t, err)
	return mail.New(s.db, vault, s.carrier, "https://acme.example", slog.New(slog.NewTextHandler(s.log, nil)))
}

func (s *scene) write(l mail.Letter) models.Mail {
	s.t.Helper()
	require.NoError(s.t, models.InTx(s.t.Context(), s.db, func(tx *models.Tx) error { return s.service.Write(tx, l) }))
	return s.last()
}

func (s *scene) last() (row models.Mail) {
	s.t.Helper()
	require.NoError(s.t, s.db.Read(s.t.Context()).Order("id DESC").Take(&row).Error)
	return row
}

// rings are the tasks that were asked for, and when they are due.
func (s *scene) rings() (rows []models.OutboxItem) {
	s.t.Helper()
	require.NoError(s.t, s.db.Read(s.t.Context()).Order("ring_at").Find(&rows).Error)
	return rows
}

func (s *scene) forget() mail.Letter {
	return mail.Letter{Kind: models.MailKindPasswordReset, To: "ann@partners.example", UseBefore: s.db.Now().Add(time.Hour), Words: mail.Words{Name: "Ann", Token: "to-ken"}}
}

func TestAMailIsWrittenWithItsTransactionAndSentOnce(t *testing.T) {
	s := newScene(t)
	undone := models.InTx(t.Context(), s.db, func(tx *models.Tx) error {
		require.NoError(t, s.service.Write(tx, s.forget()))
		return context.Canceled
	})
	require.Error(t, undone)
	require.Empty(t, s.rings(), "what it tells of did not happen")

	row := s.write(s.forget())
	require.Equal(t, models.MailStateWaiting, row.State)
	require.NotContains(t, string(row.Sealed), "to-ken")
	require.Len(t, s.rings(), 1)
	require.Equal(t, []any{models.TaskMailSend, row.ID}, []any{s.rings()[0].Task, s.rings()[0].SubjectID})
	require.NoError(t, s.service.Send(t.Context(), row.ID))
	require.NoError(t, s.service.Send(t.Context(), row.ID), "a task may run twice")
	require.Len(t, s.carrier.sent, 1)
	got := s.carrier.sent[0]
	require.Equal(t, "Set a new password", got.Subject)
	require.Equal(t, row.ID.String(), got.ID)
	link := "https://acme.example/account#do=reset-password&token=to-ken"
	require.Contains(t, got.Text, "\n"+link+"\n")
	require.Contains(t, got.Text, "until 5 January 2026, 10:00 UTC")
	shown := strings.ReplaceAll(link, "&", "&amp;")
	require.Contains(t, got.HTML, `<p><a href="`+shown+`">`+shown+`</a></p>`)
	row = s.last()
	require.Equal(t, models.MailStateSent, row.State)
	require.Empty(t, row.Sealed, "nothing of what it said is kept")
	require.Equal(t, s.db.Now(), *row.SentAt)
	require.Equal(t, "MAIL_NOT_FOUND", fault.CodeOf(s.service.Send(t.Context(), models.NewID())))
	require.NotContains(t, s.log.String(), "to-ken")
}

func TestAFailureIsTriedAgainWithinBounds(t *testing.T) {
	s := newScene(t)
	letter := s.forget()
	letter.UseBefore = time.Time{}
	row := s.write(letter)
	s.carrier.failure = mail.ErrUnavailable
	var waits []time.Duration
	for try := 1; try <= mail.MaxTries; try++ {
		require.NoError(t, s.service.Send(t.Context(), row.ID))
		row = s.last()
		require.Equal(t, try, row.Tries)
		if try == mail.MaxTries {
			break
		}
		require.Equal(t, models.MailStateWaiting, row.State)
		rings := s.rings()
		require.Equal(t, row.NextTryAt, rings[len(rings)-1].RingAt)
		waits = append(waits, row.NextTryAt.Sub(s.db.Now()))
		s.clock.Set(row.NextTryAt.Add(-time.Microsecond))
		require.ErrorIs(t, s.service.Send(t.Context(), row.ID), mail.ErrNotYet, "an early ring stays")
		s.clock.Set(row.NextTryAt)
	}
	require.Equal(t, []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60}, inMinutes(waits))
	require.Equal(t, models.MailStateFailed, row.State)
	require.Equal(t, "MAIL_UNAVAILABLE", row.Reason)
	require.Empty(t, row.Sealed)
	require.NoError(t, s.service.Send(t.Context(), row.ID))
	require.Equal(t, mail.MaxTries, s.last().Tries, "given up for good")
}

func inMinutes(waits []time.Duration) []time.Duration {
	for i := range waits {
		waits[i] /= time.Minute
	}
	return waits
}

func TestWhatCannotBeSentIsGivenUp(t *testing.T) {
	s := newScene(t)
	row := s.write(s.forget())
	s.carrier.failure = mail.ErrRefused
	require.NoError(t, s.service.Send(t.Context(), row.ID))
	require.Equal(t, []any{models.MailStateFailed, "MAIL_REFUSED", 1}, []any{s.last().State, s.last().Reason, s.last().Tries})

	s.carrier.failure = nil
	row = s.write(s.forget())
	s.clock.Advance(time.Hour)
	require.NoError(t, s.service.Send(t.Context(), row.ID))
	require.Equal(t, []any{models.MailStateFailed, "MAIL_TOO_LATE"}, []any{s.last().State, s.last().Reason})

	row = s.write(s.forget())
	require.NoError(t, s.under("another secret").Send(t.Context(), row.ID))
	require.Equal(t, []any{models.MailStateFailed, "SEALED_UNREADABLE"}, []any{s.last().State, s.last().Reason})
	require.Empty(t, s.carrier.sent)
}

func TestALetterForNobodyCostsAsMuchAndIsNotSent(t *testing.T) {
	s := newScene(t)
	letter := s.forget()
	letter.ForNobody = true
	row := s.write(letter)
	require.Equal(t, models.MailStateDropped, row.State)
	require.Empty(t, row.Sealed)
	require.Len(t, s.rings(), 1)
	require.NoError(t, s.service.Send(t.Context(), row.ID))
	require.Empty(t, s.carrier.sent)
}

// A process that dies while it sends leaves a mail that is sent again, under the same id; until then nobody else sends it.
func TestAMailIsSentByOneProcessAtATime(t *testing.T) {
	s := newScene(t)
	row := s.write(s.forget())
	s.carrier.during = func() {
		s.carrier.during = nil
		require.ErrorIs(t, s.service.Send(t.Context(), row.ID), mail.ErrNotYet)
		panic("the process dies")
	}
	require.Panics(t, func() { _ = s.service.Send(t.Context(), row.ID) })
	require.Equal(t, models.MailStateWaiting, s.last().State)
	s.clock.Advance(2 * time.Minute)
	require.NoError(t, s.service.Send(t.Context(), row.ID))
	require.Len(t, s.carrier.sent, 1)
	require.Equal(t, row.ID.String(), s.carrier.sent[0].ID)
}

func TestOldMailsAreForgotten(t *testing.T) {
	s := newScene(t)
	done, waits := s.write(s.forget()), s.write(s.forget())
	require.NoError(t, s.service.Send(t.Context(), done.ID))
	s.clock.Advance(90 * 24 * time.Hour)
	require.NoError(t, s.service.Prune(t.Context()))
	count := func() (n int64) {
		require.NoError(t, s.db.Read(t.Context()).Model(&models.Mail{}).Count(&n).Error)
		return n
	}
	require.EqualValues(t, 2, count(), "90 days to the edge")
	s.clock.Advance(time.Microsecond)
	require.NoError(t, s.service.Prune(t.Context()))
	require.EqualValues(t, 1, count())
	require.Equal(t, waits.ID, s.last().ID)
}
