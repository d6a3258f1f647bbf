package app

import (
	"errors"
	"strings"
	"time"

	"tributary/internal/fault"
	"tributary/internal/limiter"
	"tributary/internal/notify"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
)

// Config is how the program is set up: by flags, or by environment variables of the same names. What is empty is
// replaced by a stand-in inside the process.
type Config struct {
	Addr                string     `env:"TRIBUTARY_ADDR" default:"127.0.0.1:8080" help:"Where to listen for HTTP."`
	BaseURL             string     `env:"TRIBUTARY_BASE_URL" help:"How the outside reaches this server; http://ADDR when empty."`
	DatabaseURL         string     `env:"TRIBUTARY_DATABASE_URL" help:"mysql://user:password@host:port/name or sqlite:path; a file in the data folder when empty."`
	RedisURL            string     `env:"TRIBUTARY_REDIS_URL" help:"redis://host:port/db; an in-process Redis when empty."`
	StripeKey           string     `env:"TRIBUTARY_STRIPE_KEY" help:"Stripe secret key; an in-process simulator when empty."`
	StripeAPIBase       string     `env:"TRIBUTARY_STRIPE_API_BASE" help:"Where Stripe's API is, when it is not at Stripe."`
	StripeWebhookSecret string     `env:"TRIBUTARY_STRIPE_WEBHOOK_SECRET" help:"Secrets of the Stripe webhook endpoints, one for the own account and one for connected accounts, separated by commas."`
	Rail                RailConfig `embed:""`
	API                 APIConfig  `embed:""`
	PayoutCountries     []string   `env:"TRIBUTARY_PAYOUT_COUNTRIES" help:"Countries in which Stripe accounts may be opened, each with the agreement full or recipient where it is to be asked for: GB,DE:full,US:recipient. All when empty."`
	SMTPURL             string     `env:"TRIBUTARY_SMTP_URL" name:"smtp-url" help:"smtp://user:password@host:port, or smtps://; when empty, mails are shown in the log and at /dev/mail."`
	MailFrom            string     `env:"TRIBUTARY_MAIL_FROM" help:"The address mails come from, for example Acme <no-reply@acme.example>."`
	WebhooksAllow       []string   `env:"TRIBUTARY_WEBHOOKS_ALLOW" help:"Private networks that webhooks and postbacks may go to, such as 10.1.0.0/16,127.0.0.0/8; none when empty."`
	Secret              string     `env:"TRIBUTARY_SECRET" help:"Signs tokens; at least 32 characters. A throw-away one when everything is embedded."`
	TrustedProxies      []string   `env:"TRIBUTARY_TRUSTED_PROXIES" help:"Networks of the proxies in front, as 10.0.0.0/8,192.0.2.1: of requests from there, X-Forwarded-For tells where they come from. Nobody is believed when empty."`
	Origins             []string   `env:"TRIBUTARY_ORIGINS" help:"Hosts of web pages, beside this server's own, that may call the API from a browser: app.example.com,*.example.org."`
	DataDir             string     `env:"TRIBUTARY_DATA_DIR" default:"tributary-data" help:"Folder for the embedded database and simulator."`

	slotLease time.Duration // for tests, in which the dead are many: of a slot at the rail; the limiter's own when 0
}

// RailConfig is how fast and how many at once calls to Stripe leave, over all processes together. What is 0 has the default
// of the mode, which is well below Stripe's own limits (docs/limits.md).
type RailConfig struct {
	Calls     int `env:"TRIBUTARY_STRIPE_CALLS_PER_SECOND" name:"stripe-calls-per-second" help:"Calls of every kind a second; 0: live 50, test 20."`
	Transfers int `env:"TRIBUTARY_STRIPE_TRANSFERS_PER_SECOND" name:"stripe-transfers-per-second" help:"Transfers a second; 0: live 10, test 4."`
	Accounts  int `env:"TRIBUTARY_STRIPE_ACCOUNTS_PER_SECOND" name:"stripe-accounts-per-second" help:"Accounts opened a second; 0: live 10, test 3."`
	Links     int `env:"TRIBUTARY_STRIPE_LINKS_PER_SECOND" name:"stripe-links-per-second" help:"Onboarding pages made a second; 0: live 10, test 4."`
	Reads     int `env:"TRIBUTARY_STRIPE_READS_PER_SECOND" name:"stripe-reads-per-second" help:"Reads a second; 0: live 20, test 10."`
	InFlight  int `env:"TRIBUTARY_STRIPE_IN_FLIGHT" name:"stripe-in-flight" help:"Writes under way at once; 0: 5, or a second's transfers where their rate is set."`
	Sends     int `env:"TRIBUTARY_PAYOUT_CONCURRENCY" name:"payout-concurrency" help:"Payouts worked on at once in one process; 0: what may be under way and half as many again."`
}

// APIConfig is how much may be asked of the API, by each caller. What is 0 has its default (docs/limits.md).
type APIConfig struct {
	Points          int `env:"TRIBUTARY_API_POINTS" name:"api-points" help:"Points that a caller of the API may spend at once, 1000 to 1000000; 0: 2000. A merchant's callers together have five times as many."`
	PointsPerSecond int `env:"TRIBUTARY_API_POINTS_PER_SECOND" name:"api-points-per-second" help:"Points that come back a second, 1 to 1000000; 0: 100."`
}

func (c APIConfig) allowance() limiter.Allowance {
	return limiter.Allowance{Most: c.Points, PerSecond: c.PointsPerSecond}.OrDefaults()
}

const minSecretBytes = 32

// check refuses settings that do not go together. Codes LIVE_KEY_EMBEDDED, WEBHOOK_SECRET_MISSING, SMTP_URL_MISSING,
// SECRET_TOO_SHORT, PROXY_INVALID, COUNTRY_INVALID, AGREEMENT_INVALID, COUNTRY_TWICE, API_POINTS_INVALID,
// WEBHOOKS_ALLOW_INVALID.
func (c Config) check() error {
	if stripeconnect.IsLive(c.StripeKey) {
		switch {
		case c.DatabaseURL == "" || strings.HasPrefix(c.DatabaseURL, "sqlite:") || c.RedisURL == "":
			return fault.InvalidField("TRIBUTARY_STRIPE_KEY", "LIVE_KEY_EMBEDDED", "a live Stripe key needs a real database and a real Redis, not the embedded ones")
		case len(stripeconnect.Secrets(c.StripeWebhookSecret)) == 0:
			return fault.InvalidField("TRIBUTARY_STRIPE_WEBHOOK_SECRET", "WEBHOOK_SECRET_MISSING", "with a live Stripe key, webhooks must be told genuine")
		case c.SMTPURL == "":
			return fault.InvalidField("TRIBUTARY_SMTP_URL", "SMTP_URL_MISSING", "with a live Stripe key, mails must reach people and stay out of the log")
		}
	}
	if len(c.Secret) < minSecretBytes && (c.DatabaseURL != "" || c.Secret != "") {
		return fault.InvalidField("TRIBUTARY_SECRET", "SECRET_TOO_SHORT", "the secret needs at least %d characters", minSecretBytes)
	}
	if err := c.API.allowance().Check(); err != nil {
		return err
	}
	if _, err := parseProxies(c.TrustedProxies); err != nil {
		return err
	}
	if _, err := notify.ParseNetworks(c.WebhooksAllow); err != nil {
		return err
	}
	_, err := c.countries()
	return err
}

func (c Config) countries() (payout.Countries, error) {
	countries, err := payout.ParseCountries(c.PayoutCountries)
	var f *fault.Error
	if errors.As(err, &f) {
		return nil, f.On("TRIBUTARY_PAYOUT_COUNTRIES")
	}
	return countries, err
}
