package graph_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"

	"tributary/graph"
	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/mail"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/models"
)

// served is a scene with the handler in front of it.
type served struct {
	*testkit.Scene
	Payouts *payout.Service
	Streams *graph.Streams
	rail    *fakeRail
	handler http.Handler
	url     string
	key     string // of the scene's merchant
	mail    *mail.Service
	letters *mail.StandIn
	// authenticators are the secrets of users with TOTP, by address.
	authenticators map[string]string
	log            *bytes.Buffer
}

// quiet streams do nothing by themselves while a test runs.
var quiet = graph.Pace{Init: time.Minute, Ping: time.Minute, Check: time.Minute}

func serve(t testing.TB) *served { return serveAt(t, quiet, nil) }

// serveWithin serves under a budget.
func serveWithin(t testing.TB, budget graph.Budget) *served { return serveAt(t, quiet, budget) }

// serveAt serves with streams at a pace.
func serveAt(t testing.TB, pace graph.Pace, budget graph.Budget) *served {
	t.Helper()
	s := &served{Scene: testkit.NewScene(t), Streams: graph.NewQuickStreams(pace), rail: &fakeRail{}, log: &bytes.Buffer{}, authenticators: map[string]string{}}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	s.Payouts = payout.New(s.DB, map[models.RailName]payout.Rail{models.RailNameStripe: s.rail}, log)
	s.Payouts.OnlyCountries(payout.Countries{"GB": models.ServiceAgreementRecipient})
	vault, err := access.NewVault("a secret for tests, long enough...")
	require.NoError(t, err)
	s.Access.UseVault(vault)
	s.letters = mail.NewStandIn(slog.New(slog.DiscardHandler))
	s.mail = mail.New(s.DB, vault, s.letters, "https://acme.example", log)
	s.Access.UseMail(s.mail)
	s.Payouts.UseOwnKeys(vault, func(string, string) (payout.Rail, error) { return s.rail, nil })
	s.handler = graph.NewHandler(graph.Services{DB: s.DB, Access: s.Access, Program: s.Programs,
		Tracking: s.Tracking, Commission: s.Commission, Payouts: s.Payouts, Audit: audit.New(s.DB), Notify: s.Notify, Exports: s.Exports, Streams: s.Streams, Origins: []string{"app.example"}, Budget: budget, Log: log})
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	t.Cleanup(s.Streams.Close)
	s.url = server.URL
	s.key = s.keyFor(s.Owner, access.AllScopes...)
	return s
}

func (s *served) keyFor(by access.Caller, scopes ...access.Scope) string {
	s.T.Helper()
	var secret string
	s.Do(func(tx *models.Tx) (err error) {
		_, secret, err = s.Access.CreateAPIKey(tx, by, access.APIKeyInput{Name: "test", Scopes: scopes})
		return err
	})
	return secret
}

// otherMerchant gives the key of a second tenant.
func (s *served) otherMerchant() (access.Caller, string) {
	s.T.Helper()
	var by access.Caller
	s.Do(func(tx *models.Tx) error {
		m, err := s.Programs.CreateMerchant(tx, "rival", "Rival Ltd")
		by = access.System("rival", m.ID)
		return err
	})
	return by, s.keyFor(by, access.AllScopes...)
}

// staffToken makes a staff member of the scene's merchant and signs it in.
func (s *served) staffToken(email string, role models.StaffRole) string {
	s.T.Helper()
	hash := s.cheapHash()
	s.Do(func(tx *models.Tx) error {
		user, err := s.Access.CreateUser(tx, email, "Staff", hash)
		if err != nil {
			return err
		}
		return s.Access.AddStaff(tx, s.Owner.MerchantID, user.ID, role)
	})
	return s.signIn(email)
}

const testPassword = "a long password"

// cheapHash is a hash of the password that costs little to check: the cost is a part of the hash.
func (s *served) cheapHash() string {
	s.T.Helper()
	hash, err := argon2id.CreateHash(testPassword, &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	require.NoError(s.T, err)
	return hash
}

func (s *served) signIn(email string) string {
	s.T.Helper()
	return s.session(email).Token
}

func (s *served) session(email string) access.Session {
	s.T.Helper()
	in := access.SignInInput{Email: email, Password: testPassword}
	if _, has := s.authenticators[email]; has {
		in.TOTPCode = s.nextCode(email)
	}
	session, err := s.Access.SignIn(s.T.Context(), in)
	require.NoError(s.T, err)
	return session
}

// apply brings the scene's program to its specification with a change.
func (s *served) apply(change func(*program.Spec)) {
	s.T.Helper()
	spec := program.Spec{Slug: "main", Name: "Main", Currency: "GBP", TimeZone: "UTC", Domains: []string{"acme.example"}, AutoApprove: true,
		Payout: program.PayoutSpec{Minimum: "10.00", SoloApprovalLimit: "50.00"}}
	change(&spec)
	s.Do(func(tx *models.Tx) (err error) {
		s.Program, err = s.Programs.Apply(tx, s.Owner, spec)
		return err
	})
}

// partnerToken claims the partner of an enrollment and signs it in.
func (s *served) partnerToken(e models.Enrollment, email string) string {
	s.T.Helper()
	hash := s.cheapHash()
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.InvitePartner(tx, s.Owner, e.ID)
		return err
	})
	invitation := s.mailed(email)
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.SignUpPartner(tx, email, "Partner", hash, invitation)
		return err
	})
	return s.signIn(email)
}

// mailed sends what waits to be sent, and gives the token of the latest link to an address.
func (s *served) mailed(email string) string {
	s.T.Helper()
	var waiting []models.Mail
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("state = ?", models.MailStateWaiting).Order("id").Find(&waiting).Error)
	for _, m := range waiting {
		require.NoError(s.T, s.mail.Send(s.T.Context(), m.ID))
	}
	for _, m := range s.letters.Kept() {
		if m.To != email || m.Link == "" {
			continue
		}
		_, said, _ := strings.Cut(m.Link, "#")
		values, err := url.ParseQuery(said)
		require.NoError(s.T, err)
		return values.Get("token")
	}
	require.Fail(s.T, "no link was mailed to "+email)
	return ""
}

func (s *served) coupon(e models.Enrollment) models.Coupon {
	s.T.Helper()
	var c models.Coupon
	s.Do(func(tx *models.Tx) (err error) {
		c, err = s.Programs.CreateCoupon(tx, s.Owner, program.CreateCouponInput{EnrollmentID: e.ID})
		return err
	})
	return c
}

type answer struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	status int
	header http.Header
	text   string
}

func (a answer) code() any {
	if len(a.Errors) == 0 {
		return nil
	}
	return a.Errors[0].Extensions["code"]
}

// at walks into the data by names and indexes.
func (a answer) at(t *testing.T, path ...any) any {
	t.Helper()
	var here any = a.Data
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, ok := here.(map[string]any)
			require.True(t, ok, "no object at %v in %s", path, a.text)
			here = object[step]
		case int:
			list, ok := here.([]any)
			require.True(t, ok && len(list) > step, "no entry at %v in %s", path, a.text)
			here = list[step]
		}
	}
	return here
}

func (s *served) ask(credential, query string, variables map[string]any) answer {
	s.T.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(s.T, err)
	request, err := http.NewRequestWithContext(s.T.Context(), http.MethodPost, s.url, bytes.NewReader(body))
	require.NoError(s.T, err)
	request.Header.Set("Content-Type", "application/json")
	if credential != "" {
		request.Header.Set("Authorization", "Bearer "+credential)
	}
	return s.send(request)
}

// post sends a body as it is, from nobody.
func (s *served) post(body string) answer {
	s.T.Helper()
	request, err := http.NewRequestWithContext(s.T.Context(), http.MethodPost, s.url, strings.NewReader(body))
	require.NoError(s.T, err)
	request.Header.Set("Content-Type", "application/json")
	return s.send(request)
}

// quoted is a text as JSON writes it.
func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func (s *served) send(request *http.Request) answer {
	s.T.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.T, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.T, err)
	a := answer{status: response.StatusCode, header: response.Header, text: string(text)}
	require.NoError(s.T, json.Unmarshal(text, &a), a.text)
	return a
}

// must asks for an answer without errors.
func (s *served) must(credential, query string, variables map[string]any) answer {
	s.T.Helper()
	a := s.ask(credential, query, variables)
	require.Empty(s.T, a.Errors, a.text)
	return a
}
