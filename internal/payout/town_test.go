package payout_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/commission"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

const (
	acmeKey    = "sk_test_acme"
	acmeKeyTwo = "sk_test_acme_rolled" // of the same platform
	rivalKey   = "sk_test_rival"
	ownSecret  = "whsec_own"
)

// town is a Stripe with several platforms, each a simulator of its own behind its secret key, and a service whose merchants
// may have keys of their own. The stage's own simulator is the instance's platform.
type town struct {
	*stage
	sims   map[string]*stripesim.Server // by key
	before atomic.Pointer[func(*http.Request)]
	log    *bytes.Buffer
}

func newTown(t *testing.T) *town {
	t.Helper()
	c := &town{stage: newStage(t), sims: map[string]*stripesim.Server{}, log: &bytes.Buffer{}}
	c.sims[simKey] = c.sim
	for _, key := range []string{acmeKey, rivalKey} {
		sim, err := stripesim.New(stripesim.Options{Now: c.Clock.Now, SecretKey: key, Audit: true})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, sim.Check()); sim.Close() })
		c.sims[key] = sim
	}
	c.server.Config.Handler = c
	c.opens(t, "a secret of at least 32 characters")
	return c
}

// opens makes the service anew, with the secret that it seals with.
func (c *town) opens(t *testing.T, secret string) {
	t.Helper()
	vault, err := access.NewVault(secret)
	require.NoError(t, err)
	c.payouts = payout.New(c.DB, map[models.RailName]payout.Rail{models.RailNameStripe: c.rail}, slog.New(slog.NewTextHandler(c.log, nil)))
	c.payouts.UseOwnKeys(vault, func(key, _ string) (payout.Rail, error) {
		return stripeconnect.New(stripeconnect.Config{Key: key, APIBase: c.server.URL, Gate: &testkit.NoLimits{}})
	})
}

// ServeHTTP hands a request on to the platform whose key it carries.
func (c *town) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if before := c.before.Load(); before != nil {
		(*before)(r)
	}
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if key == acmeKeyTwo {
		key = acmeKey
		r.Header.Set("Authorization", "Bearer "+key)
	}
	sim, ok := c.sims[key]
	if !ok {
		sim = c.sim // which does not know the key
	}
	sim.ServeHTTP(w, r)
}

// of gives the town as another merchant sees it, with a program like the first one's.
func (c *town) of(t *testing.T, slug string) *town {
	t.Helper()
	scene := *c.Scene
	other := &town{stage: &stage{Scene: &scene, sim: c.sim, server: c.server, rail: c.rail, payouts: c.payouts}, sims: c.sims, log: c.log}
	c.Do(func(tx *models.Tx) error {
		m, err := c.Programs.CreateMerchant(tx, slug, slug)
		if err != nil {
			return err
		}
		scene.Owner = access.System("owner", m.ID)
		scene.Program, err = c.Programs.Apply(tx, scene.Owner, program.Spec{Slug: "main", Name: "Main", Currency: "GBP", TimeZone: "UTC",
			Domains: []string{"acme.example"}, AutoApprove: true, Payout: program.PayoutSpec{Minimum: "10.00", SoloApprovalLimit: "50.00"}})
		if err != nil {
			return err
		}
		_, err = c.Commission.Publish(tx, scene.Owner, scene.Program.ID, commission.PlanSpec{EffectiveFrom: tx.Now.AddDate(-1, 0, 0), MaxTotal: "20%",
			Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "10%"}}}})
		return err
	})
	other.checker = access.System("checker", scene.Owner.MerchantID)
	return other
}

// set gives the merchant a key of its own.
func (c *town) set(t *testing.T, by access.Caller, in payout.KeyInput) (models.StripeCredential, error) {
	t.Helper()
	seen := c.payouts.CheckKey(t.Context(), by, in)
	var kept models.StripeCredential
	err := models.InTx(t.Context(), c.DB, func(tx *models.Tx) (err error) {
		kept, err = c.payouts.SetKey(tx, by, seen)
		return err
	})
	return kept, err
}

func (c *town) mustSet(t *testing.T, key string) models.StripeCredential {
	t.Helper()
	kept, err := c.set(t, c.Owner, payout.KeyInput{SecretKey: key, WebhookSecret: ownSecret})
	require.NoError(t, err)
	return kept
}

func (c *town) remove(t *testing.T) error {
	t.Helper()
	seen := c.payouts.CheckRemoval(t.Context(), c.Owner)
	return models.InTx(t.Context(), c.DB, func(tx *models.Tx) error {
		_, err := c.payouts.RemoveKey(tx, c.Owner, seen)
		return err
	})
}

// joins enrolls a partner whose account at the platform of the key can be paid to.
func (c *town) joins(t *testing.T, name, key string) (models.Enrollment, models.PayoutAccount) {
	t.Helper()
	e := c.Enroll(name, models.ID{})
	_, account, err := c.payouts.Onboard(t.Context(), c.Owner, e.ID, "https://acme.example/again", "https://acme.example/done")
	require.NoError(t, err)
	require.NoError(t, c.sims[key].SetCapability(account.Destination, "active"))
	require.NoError(t, c.payouts.RefreshAccount(t.Context(), models.RailNameStripe, account.Destination))
	return e, c.account(t, account.ID)
}

func (c *town) account(t *testing.T, id models.ID) models.PayoutAccount {
	t.Helper()
	var a models.PayoutAccount
	require.NoError(t, c.DB.Read(t.Context()).Where("id = ?", id).Take(&a).Error)
	return a
}

// started is a batch with one ready payout, and the platform of the key has the funds.
func (c *town) started(t *testing.T, name, key string) (models.PayoutBatch, models.Enrollment, models.Payout) {
	t.Helper()
	e, _ := c.joins(t, name, key)
	c.Clock.Advance(49 * time.Hour)
	c.Sell(name, "1000.00")
	b := c.plan(t, c.CloseMonth())
	require.NoError(t, c.sims[key].Fund("gbp", 100_000))
	c.execute(b)
	return b, e, c.payoutOf(t, b, e)
}
