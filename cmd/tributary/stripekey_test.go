package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAMerchantsStripeKeyIsSetAndRemoved(t *testing.T) {
	t.Parallel()
	s := shell{t, t.TempDir()}
	file := filepath.Join(s.folder, "plan.yaml")
	require.NoError(t, os.WriteFile(file, []byte(planFile), 0o600))
	s.must("program", "apply", "--merchant", "acme", file)
	const key = "sk_test_embedded" // what the simulator inside the program takes
	secret := "TRIBUTARY_SECRET=" + strings.Repeat("s", 32)
	with := func(args []string, environment ...string) answer { return s.runWith(environment, args...) }
	set, remove := []string{"stripe-key", "set", "--merchant", "acme", "--as", "olivia"}, []string{"stripe-key", "remove", "--merchant", "acme"}
	own := []string{"TRIBUTARY_MERCHANT_STRIPE_KEY=" + key, "TRIBUTARY_MERCHANT_STRIPE_WEBHOOK_SECRET=whsec_1"}
	for code, environment := range map[string][]string{
		"STRIPE_KEY_INVALID":     {secret},
		"WEBHOOK_SECRET_INVALID": {secret, own[0]},
		"KEY_NOT_KEPT":           own,
		"LIVE_KEY_EMBEDDED":      {secret, "TRIBUTARY_MERCHANT_STRIPE_KEY=sk_live_1", own[1]},
		"STRIPE_KEY_REFUSED":     {secret, "TRIBUTARY_MERCHANT_STRIPE_KEY=sk_test_other", own[1]},
	} {
		refused := with(set, environment...)
		require.Equal(t, 1, refused.code)
		require.Contains(t, refused.log, code)
	}
	done := with(set, append(own, secret)...)
	require.Zero(t, done.code, done.log)
	require.Contains(t, done.out, "test key that ends in dded, of acct_")
	require.Contains(t, done.out, "/webhooks/stripe/merchant_")
	require.NotContains(t, done.out+done.log, key)

	done = with(remove, secret)
	require.Zero(t, done.code, done.log)
	require.Contains(t, done.out, "dded is forgotten")
	require.Contains(t, with(remove, secret).log, "STRIPE_CREDENTIALS_NOT_FOUND")
}
