package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
)

func TestSettingsThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	live := Config{StripeKey: "sk_live_1", StripeWebhookSecret: "whsec_1,whsec_2", DatabaseURL: "mysql://u:p@h:3306/d", RedisURL: "redis://h:6379", SMTPURL: "smtp://h",
		Secret: "0123456789012345678901234567890123"}
	for name, c := range map[string]struct {
		change func(*Config)
		code   string
	}{
		"all is set":                           {func(*Config) {}, ""},
		"nothing is set":                       {func(c *Config) { *c = Config{} }, ""},
		"a test key, all embedded":             {func(c *Config) { *c = Config{StripeKey: "sk_test_1"} }, ""},
		"live without a database":              {func(c *Config) { c.DatabaseURL = "" }, "LIVE_KEY_EMBEDDED"},
		"live on a file":                       {func(c *Config) { c.DatabaseURL = "sqlite:x" }, "LIVE_KEY_EMBEDDED"},
		"live without Redis":                   {func(c *Config) { c.RedisURL = "" }, "LIVE_KEY_EMBEDDED"},
		"live and restricted":                  {func(c *Config) { c.StripeKey, c.RedisURL = "rk_live_1", "" }, "LIVE_KEY_EMBEDDED"},
		"live without a webhook secret":        {func(c *Config) { c.StripeWebhookSecret = " , " }, "WEBHOOK_SECRET_MISSING"},
		"fewer points than a request may cost": {func(c *Config) { c.API.Points = 999 }, "API_POINTS_INVALID"},
		"more points a second than there are":  {func(c *Config) { c.API.PointsPerSecond = 1_000_001 }, "API_POINTS_INVALID"},
		"live without a mail server":           {func(c *Config) { c.SMTPURL = "" }, "SMTP_URL_MISSING"},
		"a short secret":                       {func(c *Config) { c.Secret = "short" }, "SECRET_TOO_SHORT"},
	} {
		t.Run(name, func(t *testing.T) {
			config := live
			c.change(&config)
			err := config.check()
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, c.code, fault.CodeOf(err))
		})
	}
}
