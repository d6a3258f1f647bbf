package stripesim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"tributary/internal/stripesim"
)

// The judge is Stripe's own library: it checks the signature, the timestamp and the API version.
func TestWebhooksAreWhatStripesLibraryAccepts(t *testing.T) {
	const secret = "whsec_world"
	events := make(chan stripe.Event, 10)
	refuse := make(chan int, 2)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case status := <-refuse:
			w.WriteHeader(status)
			return
		default:
		}
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		_, wrong := webhook.ConstructEvent(payload, r.Header.Get("Stripe-Signature"), "whsec_other")
		event, err := webhook.ConstructEvent(payload, r.Header.Get("Stripe-Signature"), secret)
		if err != nil || wrong == nil {
			event.Type = "refused by the library"
		}
		events <- event
	}))
	t.Cleanup(receiver.Close)
	refuse <- http.StatusInternalServerError
	refuse <- http.StatusInternalServerError // delivered at the third attempt
	w := newWorld(t, stripesim.Options{WebhookURL: receiver.URL, WebhookSecret: secret})
	w.now = time.Now()
	next := func() stripe.Event {
		select {
		case e := <-events:
			return e
		case <-time.After(10 * time.Second):
			t.Fatal("no webhook came")
			return stripe.Event{}
		}
	}
	to := w.account(true)
	for range 2 { // the capability is asked for, then granted
		updated, capability := next(), next()
		require.EqualValues(t, "account.updated", updated.Type)
		require.EqualValues(t, "capability.updated", capability.Type, "two events tell of one change")
		require.Equal(t, to, updated.Account)
		require.Equal(t, to, capability.Account)
	}
	require.NoError(t, w.sim.Fund("gbp", 100))
	made := w.transfer("", to, "g", "100")
	created := next()
	require.EqualValues(t, "transfer.created", created.Type)
	require.Empty(t, created.Account, "the platform's own")
	var transfer stripe.Transfer
	require.NoError(t, json.Unmarshal(created.Data.Raw, &transfer))
	require.Equal(t, made.body["id"], transfer.ID)
	require.EqualValues(t, 100, transfer.Amount)
	require.Equal(t, to, transfer.Destination.ID)
	require.Equal(t, http.StatusOK, w.post("/v1/transfers/"+transfer.ID+"/reversals", "").status)
	require.EqualValues(t, "transfer.reversed", next().Type)
	require.NoError(t, w.sim.Reject(to))
	require.EqualValues(t, "account.updated", next().Type)
	require.EqualValues(t, "capability.updated", next().Type)
	require.NoError(t, w.sim.Deauthorize(to))
	require.EqualValues(t, "account.application.deauthorized", next().Type)
	require.Equal(t, http.StatusForbidden, w.get("/v1/accounts/"+to).status)

	w.sim.Duplicate(1)
	first := w.account(false)
	created, again := next(), next()
	require.Equal(t, created.ID, again.ID, "an event that comes twice has one id")
	require.Equal(t, first, created.Account)
	require.EqualValues(t, "capability.updated", next().Type)
	w.sim.Disorder(1)
	w.account(false)
	require.EqualValues(t, "capability.updated", next().Type, "out of order")
	require.EqualValues(t, "account.updated", next().Type)
}

func TestAnOnboardingLinkWorksOnceAndForMinutes(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	id := w.account(false)
	link := func() string {
		r := w.post("/v1/account_links", "", "account", id, "type", "account_onboarding", "refresh_url", "https://a.example/again", "return_url", "https://a.example/done")
		require.Equal(t, http.StatusOK, r.status, r.text)
		return r.body["url"].(string)
	}
	follow := func(page string) string {
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		response, err := client.Get(page)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.Header.Get("Location")
	}
	old := link()
	w.now = w.now.Add(5 * time.Minute)
	require.Equal(t, "https://a.example/again", follow(old))
	require.Equal(t, "inactive", w.get("/v1/accounts/" + id).body["capabilities"].(map[string]any)["transfers"])
	page := link()
	require.Equal(t, "https://a.example/done", follow(page))
	require.Equal(t, "https://a.example/again", follow(page))
	require.Equal(t, "active", w.get("/v1/accounts/" + id).body["capabilities"].(map[string]any)["transfers"])
	require.Equal(t, "resource_missing", w.post("/v1/account_links", "", "account", "acct_x", "type", "account_onboarding", "refresh_url", "r", "return_url", "r").code())
	require.Equal(t, "parameter_missing", w.post("/v1/account_links", "", "account", id).code())
}
