// Package app is the composition root: configuration, wiring, HTTP routes, and the order of start and stop.
//
// It does not own any rule. Invariants: it alone makes clocks; whatever is not configured is replaced by a stand-in
// and said in the log.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tributary/graph"
	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/commission"
	"tributary/internal/embedded"
	"tributary/internal/export"
	"tributary/internal/mail"
	"tributary/internal/notify"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/stripesim"
	"tributary/internal/tracking"
	"tributary/models"
	"tributary/workers"
)

// App is the wired program.
type App struct {
	Config     Config
	Log        *slog.Logger
	Clock      models.Clock
	DB         *models.DB
	Access     *access.Service
	Program    *program.Service
	Tracking   *tracking.Service
	Commission *commission.Service
	Payouts    *payout.Service
	Audit      *audit.Service
	Notify     *notify.Service
	Exports    *export.Service
	Mail       *mail.Service
	Stripe     *embedded.Stripe // nil when Stripe is configured
	Redis      *embedded.Redis  // nil when Redis is configured
	streams    *graph.Streams
	standIn    *mail.StandIn // nil when a mail server is configured
	mailer     mail.Mailer
	budget     graph.Budget // of the API; nil without limits
	rail       payout.Rail
	openOwn    payout.OpenRail
	vault      *access.Vault // nil when the secret is a throw-away one: what it sealed would be lost with the process
	proxies    proxies
	stops      []func()
}

// Open wires everything but starts no listener and no worker. The database is migrated only when it is the embedded
// one; another must have been migrated. Without a clock it is the machine's, and payouts are sent only while the database's
// agrees with it.
func Open(ctx context.Context, c Config, clock models.Clock, log *slog.Logger) (*App, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.BaseURL == "" {
		c.BaseURL = "http://" + c.Addr
	}
	isOwnClock := clock == nil
	if isOwnClock {
		clock = time.Now
	}
	a := &App{Config: c, Log: log, Clock: clock}
	for _, step := range []func(context.Context) error{a.openSecret, a.openDatabase, a.openRedis, a.openStripe, a.openRail, a.openBudget, a.openMail} {
		if err := step(ctx); err != nil {
			a.Close()
			return nil, err
		}
	}
	if err := a.wire(); err != nil {
		a.Close()
		return nil, err
	}
	var err error
	if a.proxies, err = parseProxies(a.Config.TrustedProxies); err != nil {
		a.Close()
		return nil, err
	}
	countries, err := a.Config.countries()
	if err != nil {
		a.Close()
		return nil, err
	}
	a.Payouts.OnlyCountries(countries)
	a.Payouts.UseOwnKeys(a.vault, a.openOwn)
	a.Access.UseVault(a.vault)
	if isOwnClock {
		a.Payouts.HoldClockAgainst(a.DB.Skew)
	}
	return a, nil
}

// wire makes the services over what is open.
func (a *App) wire() error {
	sealing, err := access.NewVault(a.Config.Secret) // a throw-away secret will do: a mail that it sealed is sent by this process or not at all
	if err != nil {
		return err
	}
	a.Mail = mail.New(a.DB, sealing, a.mailer, a.Config.BaseURL, a.Log)
	a.Access = access.New(a.DB, a.Config.Secret)
	a.Access.UseMail(a.Mail)
	a.Audit = audit.New(a.DB)
	a.Program = program.New(a.DB, a.Access)
	a.Tracking = tracking.New(a.DB, a.Config.Secret)
	a.Commission = commission.New(a.DB)
	allowed, err := notify.ParseNetworks(a.Config.WebhooksAllow)
	if err != nil {
		return err
	}
	a.Notify = notify.New(a.DB, a.vault, allowed)
	a.streams = graph.NewStreams()
	a.Payouts = payout.New(a.DB, map[models.RailName]payout.Rail{models.RailNameStripe: a.rail}, a.Log)
	a.Exports, err = export.New(a.DB, a.Config.Secret, a.Config.BaseURL)
	return err
}

// Close ends the stand-ins and the database, last opened first.
func (a *App) Close() {
	for i := len(a.stops) - 1; i >= 0; i-- {
		a.stops[i]()
	}
	a.stops = nil
}

func (a *App) openSecret(context.Context) error {
	if a.Config.Secret != "" {
		var err error
		a.vault, err = access.NewVault(a.Config.Secret)
		return err
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	a.Config.Secret = hex.EncodeToString(raw)
	a.Log.Warn("TRIBUTARY_SECRET is not set: sign-ins end with this process")
	return nil
}

func (a *App) openDatabase(ctx context.Context) error {
	address, isOwn := a.Config.DatabaseURL, a.Config.DatabaseURL == ""
	if isOwn {
		if err := os.MkdirAll(a.Config.DataDir, 0o700); err != nil {
			return fmt.Errorf("make data folder: %w", err)
		}
		address = "sqlite:" + filepath.Join(a.Config.DataDir, "tributary.db")
		a.Log.Warn("TRIBUTARY_DATABASE_URL is not set: using the embedded database", "folder", a.Config.DataDir)
	}
	db, err := models.Open(address, a.Clock, a.Log)
	if err != nil {
		return err
	}
	a.DB = db
	a.stops = append(a.stops, func() { _ = db.Close() })
	if isOwn {
		_, err = models.Migrate(ctx, db)
	}
	return err
}

func (a *App) openRedis(context.Context) error {
	if a.Config.RedisURL != "" {
		return nil
	}
	r, err := embedded.StartRedis()
	if err != nil {
		return err
	}
	a.Redis, a.Config.RedisURL = r, r.URL()
	a.stops = append(a.stops, r.Stop)
	a.Log.Warn("TRIBUTARY_REDIS_URL is not set: using an in-process Redis")
	return nil
}

func (a *App) openStripe(context.Context) error {
	if a.Config.StripeKey != "" {
		return nil
	}
	if err := os.MkdirAll(a.Config.DataDir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	const key, secret = "sk_test_embedded", "whsec_embedded"
	s, err := embedded.StartStripe(stripesim.Options{Now: a.Clock, SecretKey: key, WebhookURL: a.Config.BaseURL + "/webhooks/stripe",
		WebhookSecret: secret, StateFile: filepath.Join(a.Config.DataDir, "stripe.json"), Logger: a.Log})
	if err != nil {
		return err
	}
	a.Stripe, a.Config.StripeKey, a.Config.StripeAPIBase, a.Config.StripeWebhookSecret = s, key, s.URL(), secret
	a.stops = append(a.stops, s.Stop)
	a.Log.Warn("TRIBUTARY_STRIPE_KEY is not set: using the Stripe simulator, no money moves", "address", s.URL())
	return nil
}

// openMail reads how mails leave; no connection is made before there is one to send.
func (a *App) openMail(context.Context) (err error) {
	if a.Config.SMTPURL != "" {
		a.mailer, err = mail.NewSMTP(a.Config.SMTPURL, a.Config.MailFrom, a.Clock)
		return err
	}
	a.standIn = mail.NewStandIn(a.Log)
	a.mailer = a.standIn
	where := "the log"
	if a.showsMail() {
		where = a.Config.BaseURL + devMailPath
	}
	a.Log.Warn("TRIBUTARY_SMTP_URL is not set: mails are shown and not sent", "at", where)
	return nil
}

// NewWorkers makes the task server; the caller starts and stops it.
func (a *App) NewWorkers() (*workers.Server, error) {
	return workers.New(workers.Options{DB: a.DB, Redis: a.Config.RedisURL, Program: a.Program, Commission: a.Commission, Payouts: a.Payouts, Access: a.Access, Mail: a.Mail, Audit: a.Audit, Notify: a.Notify, Exports: a.Exports, Sends: a.Config.sends(), Log: a.Log})
}

// ErrNotMigrated is returned when the database lacks this release's migrations.
var ErrNotMigrated = errors.New("the database is not migrated: run tributary migrate")

// RequireSchema refuses a database that is not migrated.
func (a *App) RequireSchema(ctx context.Context) error {
	ready, err := models.SchemaReady(ctx, a.DB)
	if err == nil && !ready {
		return ErrNotMigrated
	}
	return err
}
