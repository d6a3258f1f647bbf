package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tributary/internal/fault"
	"tributary/models"
)

// How often and how long a mail is tried: after 1, 2, 4, ... and at most 60 minutes, some four hours in all.
const (
	MaxTries    = 10
	sendTimeout = 45 * time.Second
	sendLease   = 2 * time.Minute // longer than sending can take
	firstWait   = time.Minute
	longestWait = time.Hour
)

// The refusals of Send.
var (
	ErrMissing = fault.NotFoundf("MAIL_NOT_FOUND", "mail")
	ErrNotYet  = fault.New(fault.Unavailable, "MAIL_NOT_YET", "the mail is under way or to be tried later")
)

// reasonTooLate is why a mail was given up that nobody could use any more.
const reasonTooLate = "MAIL_TOO_LATE"

// Send sends a mail that waits; one that is done is left as it is. A failure that may pass is tried again later, under a ring
// of its own, and is no error here. Codes MAIL_NOT_FOUND, MAIL_NOT_YET.
func (s *Service) Send(ctx context.Context, id models.ID) error {
	row, err := s.claim(ctx, id)
	if err != nil || row.State != models.MailStateWaiting {
		return err
	}
	message, err := s.compose(row)
	if err == nil {
		sending, cancel := context.WithTimeout(ctx, sendTimeout)
		err = s.mailer.Send(sending, message)
		cancel()
	}
	return s.settle(context.WithoutCancel(ctx), row, err)
}

// claim takes a mail for as long as sending may take, so that no other process sends it beside us. The row it gives waits
// only when it is ours to send.
func (s *Service) claim(ctx context.Context, id models.ID) (models.Mail, error) {
	var row models.Mail
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		row = models.Mail{}
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			if models.IsMissing(err) {
				return ErrMissing
			}
			return fmt.Errorf("read mail: %w", err)
		}
		switch {
		case row.State != models.MailStateWaiting:
			return nil
		case tx.Now.Before(row.NextTryAt):
			return ErrNotYet
		case row.UseBefore != nil && !tx.Now.Before(*row.UseBefore):
			return s.end(tx, &row, models.MailStateFailed, reasonTooLate)
		}
		mine := tx.Model(&models.Mail{}).Where("id = ? AND state = ? AND tries = ?", row.ID, models.MailStateWaiting, row.Tries).
			Updates(map[string]any{"tries": row.Tries + 1, "next_try_at": tx.Now.Add(sendLease)})
		row.Tries++
		return models.MustAffectOne(mine, ErrNotYet)
	})
	return row, err
}

// settle records what became of a try.
func (s *Service) settle(ctx context.Context, row models.Mail, failure error) error {
	if failure != nil {
		s.log.Warn("a mail is not sent", "mail", row.ID.String(), "kind", string(row.Kind), "try", row.Tries, "error", failure)
	}
	return models.InTx(ctx, s.db, func(tx *models.Tx) error {
		switch {
		case failure == nil:
			return s.end(tx, &row, models.MailStateSent, "")
		case fault.KindOf(failure) == fault.Unavailable && row.Tries < MaxTries:
			again := tx.Now.Add(min(firstWait<<(row.Tries-1), longestWait))
			later := tx.Model(&models.Mail{}).Where("id = ? AND state = ? AND tries = ?", row.ID, models.MailStateWaiting, row.Tries).Update("next_try_at", again)
			if later.Error != nil || later.RowsAffected == 0 { // somebody else has it by now
				return later.Error
			}
			return models.RingAt(tx, again, models.TaskMailSend, row.ID)
		}
		return s.end(tx, &row, models.MailStateFailed, fault.CodeOf(failure))
	})
}

// end closes a mail and removes what it says.
func (s *Service) end(tx *models.Tx, row *models.Mail, state models.MailState, reason string) error {
	row.State = state
	changes := map[string]any{"state": state, "reason": reason, "sealed": []byte{}}
	if state == models.MailStateSent {
		changes["sent_at"] = tx.Now
	}
	return tx.Model(&models.Mail{}).Where("id = ? AND state = ?", row.ID, models.MailStateWaiting).Updates(changes).Error
}

// compose puts a mail in words. Code SEALED_UNREADABLE when it was sealed under another secret.
func (s *Service) compose(row models.Mail) (Message, error) {
	text, err := s.vault.Open(row.Sealed, about(row.ID))
	if err != nil {
		return Message{}, err
	}
	var words Words
	if err := json.Unmarshal([]byte(text), &words); err != nil {
		return Message{}, fmt.Errorf("decode letter: %w", err)
	}
	return s.render(row, words)
}
