package payout_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/models"
)

func TestMerchantsPayFromPlatformsOfTheirOwn(t *testing.T) {
	c := newTown(t)
	begun := c.Clock.Now()
	rival, plain := c.of(t, "rival"), c.of(t, "plain")
	c.mustSet(t, acmeKey)
	rival.mustSet(t, rivalKey)
	for key, m := range map[string]*town{acmeKey: c, rivalKey: rival, simKey: plain} {
		b, e, p := m.started(t, "ada-"+key, key)
		require.NoError(t, m.payouts.Send(t.Context(), p.ID))
		require.Equal(t, models.PayoutStateTransferred, m.payoutOf(t, b, e).State, key)
		run, err := m.payouts.Reconcile(t.Context(), b.ID)
		require.NoError(t, err)
		require.Equal(t, 1, run.TransferCount, "the batch is looked for at its own platform")
		require.Zero(t, run.FindingCount)
		require.Equal(t, models.BatchStateClosed, m.batch(t, b.ID).State)
	}
	for key := range maps.Keys(c.sims) {
		require.Len(t, c.sims[key].Transfers(), 1, key)
		require.EqualValues(t, 10_000, c.sims[key].Transfers()[0].Amount, key)
	}
	all, err := c.payouts.ReconcileSince(t.Context(), begun, func(lost payout.Stray) { require.Fail(t, lost.TransferID) })
	require.NoError(t, err)
	require.Equal(t, payout.Since{Transfers: 3}, all, "each platform is listed, and once")
	require.NotContains(t, c.log.String(), acmeKey)
}

// An account of another platform is none, whoever's database row names it.
func TestAnothersAccountDoesNotExistUnderMyKey(t *testing.T) {
	c := newTown(t)
	rival := c.of(t, "rival")
	c.mustSet(t, acmeKey)
	rival.mustSet(t, rivalKey)
	_, theirs := rival.joins(t, "eve", rivalKey)
	require.True(t, theirs.Ready)
	b, e, p := c.started(t, "ada", acmeKey)
	c.Do(func(tx *models.Tx) error { // as if somebody had got it in
		if err := tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", e.PartnerID).Update("destination", theirs.Destination).Error; err != nil {
			return err
		}
		return tx.Model(&models.Payout{}).Where("id = ?", p.ID).Update("destination", theirs.Destination).Error
	})
	require.NoError(t, c.payouts.Send(t.Context(), p.ID))
	held := c.payoutOf(t, b, e)
	require.Equal(t, models.PayoutStateHeld, held.State)
	require.EqualValues(t, 10_000, c.Balance(e.ID, models.AccountPayable))
	for key, sim := range c.sims {
		require.Empty(t, sim.Transfers(), key)
	}
	require.NoError(t, c.payouts.RefreshAccount(t.Context(), models.RailNameStripe, theirs.Destination))
	require.True(t, rival.account(t, theirs.ID).Ready, "each row is read with the key of its own merchant")
	var mine models.PayoutAccount
	require.NoError(t, c.DB.Read(t.Context()).Where("partner_id = ?", e.PartnerID).Take(&mine).Error)
	require.Equal(t, "gone", mine.Status)
	require.False(t, mine.Ready)
}

func TestAKeyIsSealedAndNeverToldAgain(t *testing.T) {
	c := newTown(t)
	rival := c.of(t, "rival")
	kept := c.mustSet(t, acmeKey)
	require.Equal(t, "acme", kept.LastFour)
	require.Equal(t, c.Owner.Name, kept.SetBy)
	require.False(t, kept.Livemode)
	told, err := c.payouts.Key(t.Context(), c.Owner)
	require.NoError(t, err)
	require.Empty(t, told.SecretKey)
	require.Empty(t, told.WebhookSecret)
	none, err := rival.payouts.Key(t.Context(), rival.Owner)
	require.NoError(t, err)
	require.Nil(t, none)

	var row models.StripeCredential
	require.NoError(t, c.DB.Read(t.Context()).Take(&row).Error)
	require.NotContains(t, string(row.SecretKey), "acme")
	require.NotContains(t, string(row.WebhookSecret), "own")
	secret, err := c.payouts.WebhookSecret(t.Context(), c.Owner.MerchantID)
	require.NoError(t, err)
	require.Equal(t, ownSecret, secret)
	_, err = c.payouts.WebhookSecret(t.Context(), rival.Owner.MerchantID)
	require.ErrorIs(t, err, payout.ErrNoCredentials)

	// What was sealed for one merchant opens for no other, nor in the place of the other secret.
	moved := row
	moved.MerchantID, moved.VersionID = rival.Owner.MerchantID, models.NewID()
	c.Do(func(tx *models.Tx) error { return tx.Create(&moved).Error })
	e := rival.Enroll("eve", models.ID{})
	_, _, err = rival.payouts.Onboard(t.Context(), rival.Owner, e.ID, "https://acme.example/", "https://acme.example/")
	require.ErrorIs(t, err, payout.ErrKeyUnreadable)
	c.Do(func(tx *models.Tx) error {
		return tx.Model(&models.StripeCredential{}).Where("merchant_id = ?", c.Owner.MerchantID).Update("webhook_secret", row.SecretKey).Error
	})
	_, err = c.payouts.WebhookSecret(t.Context(), c.Owner.MerchantID)
	require.ErrorIs(t, err, payout.ErrKeyUnreadable)
}

// A key that cannot be read is no reason to pay with the instance's.
func TestWithAnUnreadableKeyNothingIsPaid(t *testing.T) {
	c := newTown(t)
	c.mustSet(t, acmeKey)
	b, e, p := c.started(t, "ada", acmeKey)
	c.opens(t, "another secret of 32 characters..")
	require.ErrorIs(t, c.payouts.Send(t.Context(), p.ID), payout.ErrKeyUnreadable)
	_, err := c.payouts.Reconcile(t.Context(), b.ID)
	require.ErrorIs(t, err, payout.ErrKeyUnreadable)
	require.Equal(t, models.PayoutStateReady, c.payoutOf(t, b, e).State)
	require.Zero(t, c.payoutOf(t, b, e).Attempts)
	for key, sim := range c.sims {
		require.Empty(t, sim.Transfers(), key)
	}
	c.mustSet(t, acmeKeyTwo) // set again, it goes on
	require.NoError(t, c.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, c.payoutOf(t, b, e).State)
	require.Len(t, c.sims[acmeKey].Transfers(), 1)
}

func TestKeysThatAreRefused(t *testing.T) {
	c := newTown(t)
	in := func(key, webhook string) payout.KeyInput {
		return payout.KeyInput{SecretKey: key, WebhookSecret: webhook}
	}
	people := map[models.StaffRole]access.Caller{}
	c.Do(func(tx *models.Tx) error {
		for _, role := range []models.StaffRole{models.StaffRoleOwner, models.StaffRoleAdmin, models.StaffRoleFinance} {
			user, err := c.Access.CreateUser(tx, strings.ToLower(string(role))+"@acme.example", "Staff", "x")
			if err != nil {
				return err
			}
			people[role] = access.Caller{Name: "user:" + user.ID.String(), UserID: user.ID, MerchantID: c.Owner.MerchantID}
			if err := c.Access.AddStaff(tx, c.Owner.MerchantID, user.ID, role); err != nil {
				return err
			}
		}
		return nil
	})
	elsewhere := people[models.StaffRoleOwner]
	elsewhere.MerchantID = c.of(t, "rival").Owner.MerchantID
	for name, r := range map[string]struct {
		by   access.Caller
		in   payout.KeyInput
		want error
	}{
		"nobody":              {access.Caller{}, in(acmeKey, ownSecret), access.ErrUnauthenticated},
		"an admin":            {people[models.StaffRoleAdmin], in(acmeKey, ownSecret), access.ErrForbidden},
		"finance":             {people[models.StaffRoleFinance], in(acmeKey, ownSecret), access.ErrForbidden},
		"an owner elsewhere":  {elsewhere, in(acmeKey, ownSecret), access.ErrForbidden},
		"an API key":          {access.Caller{Name: "apikey:1", MerchantID: c.Owner.MerchantID}, in(acmeKey, ownSecret), access.ErrForbidden},
		"a partner":           {access.Caller{Name: "user:1", UserID: models.NewID(), PartnerID: models.NewID()}, in(acmeKey, ownSecret), access.ErrForbidden},
		"no key":              {c.Owner, in("", ownSecret), payout.ErrKeyShape},
		"a publishable key":   {c.Owner, in("pk_test_1", ownSecret), payout.ErrKeyShape},
		"a key and more":      {c.Owner, in(acmeKey+"\n", ownSecret), payout.ErrKeyShape},
		"an overlong key":     {c.Owner, in("sk_test_"+strings.Repeat("a", 241), ownSecret), payout.ErrKeyShape},
		"no webhook secret":   {c.Owner, in(acmeKey, ""), payout.ErrWebhookShape},
		"a list with a gap":   {c.Owner, in(acmeKey, ownSecret+",,"+ownSecret), payout.ErrWebhookShape},
		"an overlong list":    {c.Owner, in(acmeKey, ownSecret+",whsec_"+strings.Repeat("a", 240)), payout.ErrWebhookShape},
		"a key for a webhook": {c.Owner, in(acmeKey, acmeKey), payout.ErrWebhookShape},
		"withdrawn at Stripe": {c.Owner, in("sk_test_nobody", ownSecret), payout.ErrKeyRefused},
	} {
		_, err := c.set(t, r.by, r.in)
		require.ErrorIs(t, err, r.want, name)
	}
	if !c.DB.IsMySQL() {
		_, err := c.set(t, c.Owner, in("rk_live_acme", ownSecret))
		require.ErrorIs(t, err, payout.ErrLiveEmbedded)
	}
	c.payouts.UseOwnKeys(nil, nil)
	_, err := c.set(t, c.Owner, in(acmeKey, ownSecret))
	require.ErrorIs(t, err, payout.ErrNoVault)
	var kept int64
	require.NoError(t, c.DB.Read(t.Context()).Model(&models.StripeCredential{}).Count(&kept).Error)
	require.Zero(t, kept)

	c.opens(t, "a secret of at least 32 characters")
	set, err := c.set(t, people[models.StaffRoleOwner], in(acmeKey, ownSecret))
	require.NoError(t, err)
	require.Equal(t, people[models.StaffRoleOwner].Name, set.SetBy)
}

// Accounts belong to a platform and a mode: where there are some, the key may be rolled and no more.
func TestWithAccountsAKeyChangesOnlyWithinItsPlatform(t *testing.T) {
	c := newTown(t)
	require.ErrorIs(t, c.remove(t), payout.ErrNoCredentials)
	c.mustSet(t, rivalKey) // without accounts any will do
	c.mustSet(t, acmeKey)
	require.NoError(t, c.remove(t))
	c.mustSet(t, acmeKey)
	b, e, p := c.started(t, "ada", acmeKey)

	other := payout.KeyInput{SecretKey: rivalKey, WebhookSecret: ownSecret}
	_, err := c.set(t, c.Owner, other)
	requireField(t, err, payout.ErrOtherPlatform, "secretKey")
	require.ErrorIs(t, c.remove(t), payout.ErrOtherPlatform)
	first := c.mustSet(t, acmeKeyTwo)
	require.Equal(t, "lled", first.LastFour)
	require.NoError(t, c.payouts.Send(t.Context(), p.ID))
	require.Equal(t, models.PayoutStateTransferred, c.payoutOf(t, b, e).State)
	require.Len(t, c.sims[acmeKey].Transfers(), 1)

	c.Do(func(tx *models.Tx) error {
		return tx.Model(&models.StripeCredential{}).Where("1 = 1").Update("livemode", true).Error
	})
	_, err = c.set(t, c.Owner, payout.KeyInput{SecretKey: acmeKey, WebhookSecret: ownSecret})
	requireField(t, err, payout.ErrOtherMode, "secretKey")

	// Who began with the instance's platform stays there too.
	plain := c.of(t, "plain")
	plain.joins(t, "bob", simKey)
	_, err = plain.set(t, plain.Owner, other)
	requireField(t, err, payout.ErrOtherPlatform, "secretKey")
	plain.mustSet(t, simKey)
	require.NoError(t, plain.remove(t))
}

func requireField(t *testing.T, err, want error, field string) {
	t.Helper()
	require.ErrorIs(t, err, want)
	require.Contains(t, err.Error(), "("+field+")")
}

// The check is made outside of the transaction: what changed since is seen in it.
func TestAKeyThatMovesMeanwhileIsSeen(t *testing.T) {
	c := newTown(t)
	keeps := func(seen payout.KeyCheck) error {
		return models.InTx(t.Context(), c.DB, func(tx *models.Tx) error { _, err := c.payouts.SetKey(tx, c.Owner, seen); return err })
	}
	seen := c.payouts.CheckKey(t.Context(), c.Owner, payout.KeyInput{SecretKey: rivalKey, WebhookSecret: ownSecret})
	c.mustSet(t, acmeKey)
	require.ErrorIs(t, keeps(seen), payout.ErrKeyMoved)
	require.NoError(t, c.remove(t))

	seen = c.payouts.CheckKey(t.Context(), c.Owner, payout.KeyInput{SecretKey: rivalKey, WebhookSecret: ownSecret})
	removal := c.payouts.CheckRemoval(t.Context(), c.Owner)
	c.joins(t, "ada", simKey) // the first account, at the instance's platform
	require.ErrorIs(t, keeps(seen), payout.ErrKeyMoved)
	err := models.InTx(t.Context(), c.DB, func(tx *models.Tx) error { _, err := c.payouts.RemoveKey(tx, c.Owner, removal); return err })
	require.ErrorIs(t, err, payout.ErrNoCredentials)
}

// The key changes while Stripe opens an account under the old one: that account is not kept, and the next try opens one
// where the merchant pays from now.
func TestAnAccountIsKeptOnlyUnderTheKeyItWasOpenedWith(t *testing.T) {
	c := newTown(t)
	e := c.Enroll("ada", models.ID{})
	var once atomic.Bool
	before := func(r *http.Request) {
		if r.URL.Path == "/v1/accounts" && once.CompareAndSwap(false, true) {
			c.mustSet(t, acmeKey)
		}
	}
	c.before.Store(&before)
	onboard := func() error {
		_, _, err := c.payouts.Onboard(t.Context(), c.Owner, e.ID, "https://acme.example/", "https://acme.example/")
		return err
	}
	require.ErrorIs(t, onboard(), payout.ErrKeyMoved)
	var accounts int64
	require.NoError(t, c.DB.Read(t.Context()).Model(&models.PayoutAccount{}).Count(&accounts).Error)
	require.Zero(t, accounts)
	require.NoError(t, onboard())
	var kept models.PayoutAccount
	require.NoError(t, c.DB.Read(t.Context()).Take(&kept).Error)
	require.NoError(t, c.sims[acmeKey].SetCapability(kept.Destination, "active"))
	require.NoError(t, c.payouts.RefreshAccount(t.Context(), models.RailNameStripe, kept.Destination))
	require.True(t, c.account(t, kept.ID).Ready)
}

// What one merchant's platform tells is about that merchant only, however it is worded.
func TestEventsOfAPlatformAreAboutItsOwnMerchant(t *testing.T) {
	c := newTown(t)
	rival := c.of(t, "rival")
	_, err := c.set(t, c.Owner, payout.KeyInput{SecretKey: acmeKey, WebhookSecret: "whsec_connect, " + ownSecret}) // one for each endpoint
	require.NoError(t, err)
	rival.mustSet(t, rivalKey)
	_, account := c.joins(t, "ada", acmeKey)
	handler := http.NewServeMux()
	handler.Handle("POST /webhooks/stripe/{merchant}", stripeconnect.MerchantWebhookHandler(c.payouts, c.Clock.Now, turnedAway))
	handler.Handle("POST /webhooks/stripe", stripeconnect.WebhookHandler(stageSecret, c.payouts, c.Clock.Now, turnedAway))
	arrives := func(path, secret string) int {
		payload := eventOf("evt_1", "account.updated", false, `{"id":"`+account.Destination+`","object":"account"}`)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(payload))
		request.Header.Set("Stripe-Signature", stripesim.Sign([]byte(payload), secret, c.Clock.Now()))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Code
	}
	at := func(m *town) string { return "/webhooks/stripe/" + m.Owner.MerchantID.Format(models.PrefixMerchant) }
	require.Equal(t, http.StatusBadRequest, arrives(at(c), stageSecret))
	require.Equal(t, http.StatusBadRequest, arrives("/webhooks/stripe", ownSecret))
	require.Equal(t, http.StatusNotFound, arrives(at(c.of(t, "plain")), ownSecret))
	require.Equal(t, http.StatusNotFound, arrives("/webhooks/stripe/"+models.NewID().Format(models.PrefixMerchant), ownSecret))
	require.Equal(t, http.StatusNotFound, arrives("/webhooks/stripe/acme", ownSecret))

	// One id at three platforms is three events: nobody can use up another's.
	require.NoError(t, c.sims[acmeKey].Deauthorize(account.Destination))
	for _, path := range []struct{ at, secret string }{{at(rival), ownSecret}, {"/webhooks/stripe", stageSecret}, {at(c), ownSecret}, {at(c), ownSecret}} {
		require.Equal(t, http.StatusOK, arrives(path.at, path.secret))
	}
	var kept []models.StripeEvent
	require.NoError(t, c.DB.Read(t.Context()).Order("id").Find(&kept).Error)
	require.Len(t, kept, 3)
	for i, isGone := range []bool{false, false, true} {
		require.NoError(t, c.payouts.HandleEvent(t.Context(), kept[i].ID))
		require.Equal(t, isGone, c.account(t, account.ID).Status == "gone", i)
	}
}
