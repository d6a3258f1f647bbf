package mail

import (
	"context"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tributary/internal/fault"
	"tributary/models"
)

// The refusals of a mail server and of its settings.
var (
	ErrURL         = fault.InvalidField("TRIBUTARY_SMTP_URL", "SMTP_URL_INVALID", "a mail server is smtp://user:password@host:port, or smtps:// for TLS from the first byte")
	ErrFrom        = fault.InvalidField("TRIBUTARY_MAIL_FROM", "MAIL_FROM_INVALID", "mails need the address they come from, for example Acme <no-reply@acme.example>")
	ErrUnavailable = fault.New(fault.Unavailable, "MAIL_UNAVAILABLE", "the mail server cannot be reached or is busy")
	ErrRefused     = fault.New(fault.Precondition, "MAIL_REFUSED", "the mail server refuses the mail for good")
)

// dialTimeout is for each step of the conversation; the context bounds the whole.
const dialTimeout = 15 * time.Second

// SMTP sends through a mail server, over TLS: from the first byte (smtps) or by STARTTLS, without which nothing is sent. Only
// a server on the same machine is spoken to in the clear. A connection is for one mail.
type SMTP struct {
	host    string
	options []gomail.Option
	from    *mail.Address
	now     models.Clock
}

// NewSMTP reads where the server is, with who signs in there, and the address mails come from. It connects to nothing.
// Codes SMTP_URL_INVALID, MAIL_FROM_INVALID.
func NewSMTP(address, from string, now models.Clock) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, ErrURL // the cause would tell the password
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, ErrFrom.Because(err)
	}
	s := &SMTP{host: u.Hostname(), from: sender, now: now}
	if u.Scheme == "smtps" {
		s.options = append(s.options, gomail.WithSSLPort(false))
	} else {
		s.options = append(s.options, gomail.WithTLSPortPolicy(policyOf(s.host)))
	}
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil || port < 1 || port > 65535 {
			return nil, ErrURL
		}
		s.options = append(s.options, gomail.WithPort(port))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthPlain), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	s.options = append(s.options, gomail.WithTimeout(dialTimeout))
	return s, nil
}

// policyOf tells whether a conversation that begins in the clear must go on over TLS.
func policyOf(host string) gomail.TLSPolicy {
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return gomail.NoTLS
	}
	return gomail.TLSMandatory
}

// Send has one conversation with the server. Codes MAIL_UNAVAILABLE, MAIL_REFUSED.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	letter, err := s.message(m)
	if err != nil {
		return ErrRefused.Because(err)
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, letter)
	var refused *gomail.SendError
	switch {
	case err == nil:
		return nil
	case letter.IsDelivered(): // it was taken, and the conversation ended badly after that
		return nil
	case errors.As(err, &refused) && refused.ErrorCode() >= 500 && !refused.IsTemp():
		return ErrRefused.Because(err)
	}
	return ErrUnavailable.Because(err)
}

func (s *SMTP) message(m Message) (*gomail.Msg, error) {
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(s.from)
	if err := letter.To(m.To); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	letter.SetMessageIDWithValue(m.ID + "@" + domain)
	letter.SetDateWithValue(s.now())
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.Subject(m.Subject)
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return letter, nil
}
