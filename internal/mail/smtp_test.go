package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"

	"tributary/internal/fault"
)

// postOffice is a mail server that keeps what it is sent.
type postOffice struct {
	mu      sync.Mutex
	taken   []taken
	overTLS []bool
	refusal *smtp.SMTPError // of the recipient
	users   map[string]string
	address string
	roots   *x509.CertPool
}

// taken is one mail as it came in.
type taken struct{ from, to, raw string }

// openPostOffice listens on loopback; with TLS it offers STARTTLS, or begins with it.
func openPostOffice(t *testing.T, withTLS, fromFirstByte bool) *postOffice {
	t.Helper()
	o := &postOffice{users: map[string]string{"acme": "a pass/word"}}
	server := smtp.NewServer(o)
	server.Domain, server.AllowInsecureAuth = "localhost", true
	if withTLS {
		server.TLSConfig = o.certify(t)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.address = listener.Addr().String()
	if fromFirstByte {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-ended })
	return o
}

func (o *postOffice) certify(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	o.roots = x509.NewCertPool()
	o.roots.AddCert(certificate)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func (o *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &counter{office: o, conn: c}, nil
}

// counter is one conversation.
type counter struct {
	office *postOffice
	conn   *smtp.Conn
	mail   taken
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if c.office.users[user] != password {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	c.mail.from = from
	return nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.mail.to = to
	if c.office.refusal != nil {
		return c.office.refusal
	}
	return nil
}

func (c *counter) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	c.mail.raw = string(raw)
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	_, isTLS := c.conn.TLSConnectionState()
	c.office.taken, c.office.overTLS = append(c.office.taken, c.mail), append(c.office.overTLS, isTLS)
	return err
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

var hello = Message{ID: "0190", To: "ann@partners.example", Subject: "Grüße, Ann", Text: "Hello Ann,\n\nhttps://acme.example/account#do=x&token=" + strings.Repeat("t", 90) + "\n", HTML: "<p>Hello</p>"}

func TestAMailReachesAMailServer(t *testing.T) {
	office := openPostOffice(t, false, false)
	s, err := NewSMTP("smtp://acme:a%20pass%2Fword@"+office.address, "Acme <no-reply@acme.example>", time.Now)
	require.NoError(t, err)
	require.NoError(t, s.Send(t.Context(), hello))
	require.Len(t, office.taken, 1)
	got := office.taken[0]
	require.Equal(t, "no-reply@acme.example", got.from)
	require.Equal(t, "ann@partners.example", got.to)
	read, err := mail.ReadMessage(strings.NewReader(got.raw))
	require.NoError(t, err)
	require.Equal(t, "<0190@acme.example>", read.Header.Get("Message-ID"))
	require.Equal(t, "=?UTF-8?q?Gr=C3=BC=C3=9Fe,_Ann?=", read.Header.Get("Subject"))
	require.Equal(t, `"Acme" <no-reply@acme.example>`, read.Header.Get("From"))
	require.Contains(t, read.Header.Get("Content-Type"), "multipart/alternative")

	wrong, err := NewSMTP("smtp://acme:wrong@"+office.address, "no-reply@acme.example", time.Now)
	require.NoError(t, err)
	require.Equal(t, fault.Unavailable, fault.KindOf(wrong.Send(t.Context(), hello)), "a setting that is mended sends it after all")
	require.Len(t, office.taken, 1)
}

func TestARefusalIsForGoodOrPassing(t *testing.T) {
	office := openPostOffice(t, false, false)
	s, err := NewSMTP("smtp://"+office.address, "no-reply@acme.example", time.Now)
	require.NoError(t, err)
	for code, want := range map[int]string{550: "MAIL_REFUSED", 451: "MAIL_UNAVAILABLE"} {
		office.refusal = &smtp.SMTPError{Code: code, Message: "not here"}
		require.Equal(t, want, fault.CodeOf(s.Send(t.Context(), hello)))
	}
	nobody, err := NewSMTP("smtp://127.0.0.1:1", "no-reply@acme.example", time.Now)
	require.NoError(t, err)
	require.Equal(t, "MAIL_UNAVAILABLE", fault.CodeOf(nobody.Send(t.Context(), hello)))
}

// Away from the own machine nothing is said in the clear, whatever the server offers.
func TestNothingLeavesWithoutTLS(t *testing.T) {
	send := func(office *postOffice, options ...gomail.Option) error {
		s, err := NewSMTP("smtp://"+office.address, "no-reply@acme.example", time.Now)
		require.NoError(t, err)
		s.options = append(s.options, gomail.WithTLSPolicy(policyOf("mail.acme.example")))
		s.options = append(s.options, options...)
		return s.Send(t.Context(), hello)
	}
	plain := openPostOffice(t, false, false)
	require.Equal(t, "MAIL_UNAVAILABLE", fault.CodeOf(send(plain)), "no STARTTLS")
	require.Empty(t, plain.taken)
	secure := openPostOffice(t, true, false)
	require.Equal(t, "MAIL_UNAVAILABLE", fault.CodeOf(send(secure)), "a certificate that nobody vouches for")
	require.Empty(t, secure.taken)
	require.NoError(t, send(secure, gomail.WithTLSConfig(&tls.Config{RootCAs: secure.roots, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12})))
	require.Equal(t, []bool{true}, secure.overTLS)

	first := openPostOffice(t, true, true)
	s, err := NewSMTP("smtps://"+first.address, "no-reply@acme.example", time.Now)
	require.NoError(t, err)
	require.Error(t, s.Send(t.Context(), hello), "loopback or not, smtps checks who is there")
	s.options = append(s.options, gomail.WithTLSConfig(&tls.Config{RootCAs: first.roots, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}))
	require.NoError(t, s.Send(t.Context(), hello))
	require.Equal(t, []bool{true}, first.overTLS)
}

func TestOnlyTheOwnMachineIsSpokenToInTheClear(t *testing.T) {
	for host, want := range map[string]gomail.TLSPolicy{"localhost": gomail.NoTLS, "127.0.0.1": gomail.NoTLS, "::1": gomail.NoTLS,
		"mail.acme.example": gomail.TLSMandatory, "10.0.0.1": gomail.TLSMandatory, "localhost.acme.example": gomail.TLSMandatory} {
		require.Equal(t, want, policyOf(host), host)
	}
}

func TestSettingsOfAMailServer(t *testing.T) {
	for address, code := range map[string]string{"smtp://mail.example": "", "smtps://u:p@mail.example:465/": "", "smtp://[::1]:25": "",
		"": "SMTP_URL_INVALID", "mail.example:25": "SMTP_URL_INVALID", "http://mail.example": "SMTP_URL_INVALID", "smtp://": "SMTP_URL_INVALID",
		"smtp://mail.example:0": "SMTP_URL_INVALID", "smtp://mail.example:65536": "SMTP_URL_INVALID", "smtp://mail.example/x": "SMTP_URL_INVALID",
		"smtp://mail.example?tls=no": "SMTP_URL_INVALID", "smtp://u:se cret@mail.example:x": "SMTP_URL_INVALID"} {
		_, err := NewSMTP(address, "no-reply@acme.example", time.Now)
		if code == "" {
			require.NoError(t, err, address)
			continue
		}
		require.Equal(t, code, fault.CodeOf(err), address)
		require.NotContains(t, err.Error(), "se cret")
	}
	for _, from := range []string{"", "nobody", "a@b\r\nBcc: c@d"} {
		_, err := NewSMTP("smtp://mail.example", from, time.Now)
		require.Equal(t, "MAIL_FROM_INVALID", fault.CodeOf(err), from)
	}
}

func TestNoWordAddsAHeader(t *testing.T) {
	office := openPostOffice(t, false, false)
	s, err := NewSMTP("smtp://"+office.address, "no-reply@acme.example", time.Now)
	require.NoError(t, err)
	evil := hello
	evil.Subject = "Hello\r\nBcc: eve@evil.example\r\n\r\nbody"
	require.NoError(t, s.Send(t.Context(), evil))
	read, err := mail.ReadMessage(strings.NewReader(office.taken[0].raw))
	require.NoError(t, err)
	require.Empty(t, read.Header.Get("Bcc"))
	evil.To = "ann@partners.example>\r\nRCPT TO:<eve@evil.example"
	require.Equal(t, "MAIL_REFUSED", fault.CodeOf(s.Send(t.Context(), evil)))
	require.Len(t, office.taken, 1)
}
