package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/app"
	"tributary/internal/program"
	"tributary/internal/testkit"
	"tributary/internal/tracking"
	"tributary/models"
)

// asProgram turns this test binary into the program itself, so that the commands are run as processes without another
// build.
const asProgram = "TRIBUTARY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// programIn is a call of the program with everything embedded in one folder, and nothing of the test's own surroundings:
// a server that happens to be configured is not touched.
func programIn(ctx context.Context, folder string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Args[0], args...)
	command.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TRIBUTARY_ADDR=127.0.0.1:0", "TRIBUTARY_DATA_DIR=" + folder}
	return command
}

// migratedFolder is the data folder of a program that has run before.
func migratedFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	testkit.MigratedFile(t, filepath.Join(folder, "tributary.db"))
	return folder
}

// shell runs the program with everything embedded in one folder.
type shell struct {
	t      *testing.T
	folder string
}

type answer struct {
	code int
	out  string
	log  string
}

func (s shell) run(args ...string) answer { return s.runWith(nil, args...) }

func (s shell) runWith(environment []string, args ...string) answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	command := programIn(ctx, s.folder, args...)
	command.Env = append(command.Env, environment...)
	var out, log bytes.Buffer
	command.Stdout, command.Stderr = &out, &log
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	return answer{command.ProcessState.ExitCode(), out.String(), log.String()}
}

func (s shell) must(args ...string) answer {
	s.t.Helper()
	a := s.run(args...)
	require.Zero(s.t, a.code, "%v: %s%s", args, a.out, a.log)
	return a
}

func (s shell) refused(code string, args ...string) {
	s.t.Helper()
	a := s.run(args...)
	require.Equal(s.t, 1, a.code, "%v: %s", args, a.out)
	require.Contains(s.t, a.log, "tributary: "+code, "%v", args)
}

const planFile = `
program: {slug: main, name: Main, currency: GBP, time_zone: UTC, domains: [acme.example], auto_approve: true,
  payout: {minimum: "10.00", solo_approval_limit: "50.00"}}
plan: {effective_from: 2020-01-01T00:00:00Z, max_total: 20%, rules: [{id: sales, percent: 10%}]}
`

// closedPeriod leaves a merchant in the folder whose partners earned in a month that is closed: ada through Stripe, bob
// by hand, eve with no account.
func closedPeriod(t *testing.T, funded int64) shell {
	t.Helper()
	s := shell{t, migratedFolder(t)}
	clock := testkit.NewClock()
	a, err := app.Open(t.Context(), app.Config{Addr: "127.0.0.1:0", DataDir: s.folder}, clock.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer a.Close()
	p, _, err := app.ApplyFor(t.Context(), a, "acme", []byte(planFile))
	require.NoError(t, err)
	owner := access.System("test", p.MerchantID)
	for _, name := range []string{"ada", "bob", "eve"} {
		earn(t, a, owner, p, name)
	}
	clock.Set(time.Date(2026, 2, 2, 9, 0, 0, 0, time.UTC))
	due, err := a.Commission.DuePeriods(t.Context())
	require.NoError(t, err)
	if len(due) == 0 {
		_, err = a.Commission.Accrue(t.Context(), p.ID)
		require.NoError(t, err)
		due, err = a.Commission.DuePeriods(t.Context())
		require.NoError(t, err)
	}
	require.Len(t, due, 1)
	_, err = a.Commission.Close(t.Context(), due[0].ID)
	require.NoError(t, err)
	if funded > 0 {
		require.NoError(t, a.Stripe.Fund("gbp", funded))
	}
	return s
}

func earn(t *testing.T, a *app.App, owner access.Caller, p models.Program, name string) {
	t.Helper()
	var e models.Enrollment
	require.NoError(t, models.InTx(t.Context(), a.DB, func(tx *models.Tx) error {
		in := program.EnrollInput{ProgramID: p.ID, Email: name + "@partners.example", Name: name, Country: "GB"}
		var err error
		if e, err = a.Program.Enroll(tx, owner, in); err != nil {
			return err
		}
		if _, err := a.Program.CreateLink(tx, owner, program.CreateLinkInput{EnrollmentID: e.ID, DestinationURL: "https://acme.example/", Code: "link-" + name}); err != nil {
			return err
		}
		_, err = a.Tracking.RecordConversion(tx, owner, p.ID, tracking.ConversionInput{ExternalID: name, OccurredAt: tx.Now, Currency: "GBP", Amount: "1000.00", LinkCode: "link-" + name})
		return err
	}))
	switch name {
	case "ada":
		page, account, err := a.Payouts.Onboard(t.Context(), owner, e.ID, "http://127.0.0.1/", "http://127.0.0.1/")
		require.NoError(t, err)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		response, err := client.Get(page)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.NoError(t, a.Payouts.RefreshAccount(t.Context(), models.RailNameStripe, account.Destination))
	case "bob":
		require.NoError(t, models.InTx(t.Context(), a.DB, func(tx *models.Tx) error {
			if _, err := a.Payouts.SetBankReference(tx, owner, e.ID, "GB00 TEST 1234"); err != nil {
				return err
			}
			return tx.Model(&models.Enrollment{}).Where("id = ?", e.ID).Update("rail", models.RailNameManual).Error
		}))
	}
}

// field gives what follows a word at the beginning of a line.
func field(t *testing.T, out, word string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + word + ` +(\S+)`).FindStringSubmatch(out)
	require.Len(t, found, 2, out)
	return found[1]
}

func TestAMonthIsPaidFromTheCommandLine(t *testing.T) {
	t.Parallel()
	s := closedPeriod(t, 100_000)
	of := []string{"--merchant", "acme", "--program", "main"}
	s.refused("PERIOD_NOT_FOUND", append([]string{"payout", "plan", "--period", "2025-12"}, of...)...)
	s.refused("MERCHANT_NOT_FOUND", "payout", "plan", "--merchant", "nobody", "--program", "main")
	s.refused("PROGRAM_NOT_FOUND", "payout", "plan", "--merchant", "acme", "--program", "other")
	planned := s.must(append([]string{"payout", "plan"}, of...)...).out
	batch, hash := field(t, planned, "batch"), field(t, planned, "hash")
	require.Contains(t, planned, "2 payouts, 200.00 GBP")
	require.Contains(t, planned, "has not set up a payout account")
	s.refused("BATCH_EXISTS", append([]string{"payout", "plan"}, of...)...)

	s.refused("BATCH_STATE", "payout", "run", batch)
	s.refused("BATCH_CHANGED", "payout", "approve", batch, "--hash", "00", "--as", "felix")
	s.refused("APPROVER_IS_MAKER", "payout", "approve", batch, "--hash", hash)
	s.refused("ID_MALFORMED", "payout", "approve", "nonsense", "--hash", hash)
	s.refused("BATCH_NOT_FOUND", "payout", "approve", models.NewID().Format(models.PrefixBatch), "--hash", hash)
	s.must("payout", "approve", batch, "--hash", hash, "--as", "felix")
	s.refused("BATCH_STATE", "payout", "resume", batch)

	s.must("payout", "stop", "--merchant", "acme", "--reason", "looks odd")
	s.must("payout", "stop", "--all", "--reason", "looks odd")
	s.refused("PAYOUTS_STOPPED", "payout", "run", batch)
	s.must("payout", "start", "--all")
	s.refused("PAYOUTS_STOPPED", "payout", "run", batch)
	s.must("payout", "start", "--merchant", "acme")
	s.refused("PAYOUTS_NOT_STOPPED", "payout", "start", "--all")

	paid := s.must("payout", "run", batch, "--work")
	require.Contains(t, paid.out, "TRANSFERRED")
	s.refused("BATCH_NOT_FINISHED", "payout", "reconcile", batch)

	file := strings.Split(strings.TrimSpace(s.must("payout", "file", batch).out), "\n")
	require.Len(t, file, 2)
	require.Contains(t, file[1], "GB00 TEST 1234,100.00,GBP")
	byHand := strings.Split(file[1], ",")[0]
	s.refused("PAYOUT_MANUAL", "payout", "hold", byHand, "--reason", "x")
	s.refused("PAYOUT_MANUAL", "payout", "decide", byHand, "--kind", "release", "--reason", "x")
	s.refused("FINDING_NOT_FOUND", "payout", "settle", models.NewID().Format(models.PrefixFinding), "--reason", "x")
	s.refused("FINDING_NOT_FOUND", "payout", "settle", models.NewID().Format(models.PrefixFinding), "--correct", "--reason", "x")
	s.refused("DECISION_NOT_FOUND", "payout", "confirm", models.NewID().Format(models.PrefixDecision))
	s.refused("DECISION_NOT_FOUND", "payout", "decline", models.NewID().Format(models.PrefixDecision))
	s.refused("REFERENCE_INVALID", "payout", "mark-paid", byHand, "--reference", "")
	require.Contains(t, s.must("payout", "mark-paid", byHand, "--reference", "BANK-1").out, byHand)
	s.refused("PAYOUT_STATE", "payout", "mark-paid", byHand, "--reference", "BANK-1")

	require.Contains(t, s.must("payout", "reconcile", batch).out, "CLOSED")
	s.must("payout", "reconcile", batch)
	s.refused("BATCH_STATE", "payout", "cancel", batch)
	shown := s.must("payout", "show", batch).out
	require.Contains(t, shown, byHand)
	require.Contains(t, s.must(append([]string{"payout", "list"}, of...)...).out, batch+"  CLOSED")
	require.Contains(t, s.must("payout", "mark-unpaid", byHand, "--reason", "returned by the bank").out, byHand+" is REVERSED")
	s.must("verify")
	me, err := user.Current()
	require.NoError(t, err)
	requireActors(t, s, "cli:"+me.Username, "cli:felix")
}

func requireActors(t *testing.T, s shell, maker, approver string) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Addr: "127.0.0.1:0", DataDir: s.folder}, time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer a.Close()
	var b models.PayoutBatch
	require.NoError(t, a.DB.Read(t.Context()).Take(&b).Error)
	require.Equal(t, maker, b.Maker)
	require.Equal(t, approver, b.Approver)
	require.NoError(t, a.Stripe.Check())
	require.Len(t, a.Stripe.Transfers(), 1)
}

func TestARunWithoutFundsSaysSoAndACanceledBatchIsPlannedAgain(t *testing.T) {
	t.Parallel()
	s := closedPeriod(t, 0)
	plan := []string{"payout", "plan", "--merchant", "acme", "--program", "main", "--period", "2026-01"}
	first := field(t, s.must(plan...).out, "batch")
	require.Contains(t, s.must("payout", "cancel", first).out, "CANCELED")
	again := s.must(plan...).out
	batch := field(t, again, "batch")
	require.NotEqual(t, first, batch)
	s.must("payout", "approve", batch, "--hash", field(t, again, "hash"), "--as", "felix")
	s.refused("BATCH_PAUSED", "payout", "run", batch, "--work")
	s.refused("BATCH_PAUSED", "payout", "resume", batch, "--work")
	s.must("verify")
}

func TestStaffIsAddedFromTheCommandLine(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	file := filepath.Join(s.folder, "plan.yaml")
	require.NoError(t, os.WriteFile(file, []byte(planFile), 0o600))
	s.must("program", "apply", "--merchant", "acme", file)
	add := func(merchant, role string) []string {
		return []string{"staff", "add", "--merchant", merchant, "--email", "olivia@acme.example", "--name", "Olivia", "--role", role}
	}
	s.refused("MERCHANT_NOT_FOUND", add("nobody", "owner")...)
	s.refused("ROLE_UNKNOWN", add("acme", "king")...)
	added := s.must(add("acme", "owner")...).out
	invitation := added[strings.LastIndex(added, " ")+1 : len(added)-1]
	const password = "a password of her own"
	join := func(token, password, code string) {
		t.Helper()
		joined := s.runWith([]string{"TRIBUTARY_INVITE_TOKEN=" + token, "TRIBUTARY_STAFF_PASSWORD=" + password}, "staff", "join")
		require.Equal(t, code != "", joined.code != 0, joined.log)
		require.Contains(t, joined.log, code)
	}
	join(invitation, "short", "PASSWORD_INVALID")
	join("nonsense", password, "INVITE_INVALID")
	join(invitation, password, "")
	join(invitation, "another password", "INVITE_INVALID")
	require.Contains(t, s.must(add("acme", "finance")...).out, "keeps its password")

	a, err := app.Open(t.Context(), app.Config{Addr: "127.0.0.1:0", DataDir: s.folder}, time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer a.Close()
	session, err := a.Access.SignIn(t.Context(), access.SignInInput{Email: "olivia@acme.example", Password: password, Merchant: "acme"})
	require.NoError(t, err)
	require.True(t, session.Caller.Has(access.PayoutsWrite))
	require.False(t, session.Caller.Has(access.KeysWrite), "the later role replaced the first")
}

func TestABadCommandLineFails(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	for _, args := range [][]string{{"payout"}, {"payout", "approve", "batch_x"}, {"payout", "run"}, {"staff", "add"}, {"no-such"}} {
		require.NotZero(t, s.run(args...).code, "%v", args)
	}
}
