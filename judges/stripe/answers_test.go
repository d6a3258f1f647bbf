package stripe_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

var keys atomic.Int64

// call makes one request by hand; body is the form of a POST.
func (b bench) call(t *testing.T, method, path string, form ...string) map[string]any {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(values.Encode()))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Stripe-Version", stripesim.APIVersion)
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", fmt.Sprint("key-", keys.Add(1)))
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	var body map[string]any
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&body))
	return body
}

// Every operation of the simulator answers in the shape of Stripe's, in each state that its objects can have.
func TestEveryAnswerOfTheSimulatorHasStripesShape(t *testing.T) {
	b := newBench(t, stripesim.Options{})
	id := func(body map[string]any) string { t.Helper(); return body["id"].(string) }
	to := id(b.call(t, "POST", "/v1/accounts", "type", "custom", "country", "DE", "metadata[a]", "b"))
	b.call(t, "GET", "/v1/accounts/"+to) // without a capability
	b.call(t, "GET", "/v1/accounts/"+to+"/capabilities/transfers")
	b.call(t, "POST", "/v1/accounts/"+to+"/capabilities/transfers", "requested", "true")
	for _, status := range []string{"inactive", "pending", "active", "unrequested", "active"} {
		require.NoError(t, b.sim.SetCapability(to, status))
		b.call(t, "GET", "/v1/accounts/"+to)
		b.call(t, "GET", "/v1/accounts/"+to+"/capabilities/transfers")
	}
	b.call(t, "POST", "/v1/accounts/"+to, "email", "ada@partners.example", "metadata[a]", "c")
	b.call(t, "POST", "/v1/account_links", "account", to, "type", "account_update", "refresh_url", "https://a.example", "return_url", "https://a.example")
	b.call(t, "GET", "/v1/account")
	b.call(t, "GET", "/v1/balance") // empty
	require.NoError(t, b.sim.Fund("eur", 10_000))
	require.NoError(t, b.sim.Fund("gbp", 10_000))
	b.call(t, "GET", "/v1/balance")
	bare := id(b.call(t, "POST", "/v1/transfers", "amount", "100", "currency", "eur", "destination", to))
	full := id(b.call(t, "POST", "/v1/transfers", "amount", "1200", "currency", "eur", "destination", to, "transfer_group", "g", "description", "May", "metadata[a]", "b"))
	for range 12 { // more than a transfer shows
		b.call(t, "POST", "/v1/transfers/"+full+"/reversals", "amount", "100", "metadata[why]", "returned")
	}
	for _, transfer := range []string{bare, full} {
		b.call(t, "GET", "/v1/transfers/"+transfer)
		b.call(t, "POST", "/v1/transfers/"+transfer, "metadata[more]", "yes")
		b.call(t, "GET", "/v1/transfers/"+transfer+"/reversals?limit=5")
	}
	page := b.call(t, "GET", "/v1/transfers?limit=1&created[gte]=1&transfer_group=g&destination="+to)
	require.Len(t, page["data"], 1)
	b.call(t, "GET", "/v1/transfers?limit=1&starting_after="+full)
	b.call(t, "GET", "/v1/transfers/tr_none")
	b.call(t, "GET", "/v1/accounts/acct_none")
	b.call(t, "POST", "/v1/transfers/"+full+"/reversals", "amount", "1")
	require.NoError(t, b.sim.Reject(to))
	b.call(t, "GET", "/v1/accounts/"+to)

	b.requireInnocent(t)
	for _, operation := range []string{
		"GET /v1/account", "POST /v1/accounts", "GET /v1/accounts/{account}", "POST /v1/accounts/{account}",
		"GET /v1/accounts/{account}/capabilities/{capability}", "POST /v1/accounts/{account}/capabilities/{capability}", "POST /v1/account_links",
		"POST /v1/transfers", "GET /v1/transfers", "GET /v1/transfers/{transfer}", "POST /v1/transfers/{transfer}",
		"POST /v1/transfers/{id}/reversals", "GET /v1/transfers/{id}/reversals", "GET /v1/balance",
	} {
		require.NotZero(t, b.seen[operation], operation)
		delete(b.seen, operation)
	}
	require.Empty(t, b.seen, "judged, but not in the list")
	require.NoError(t, b.sim.Check())
}

// Every event is an event of Stripe's, of a type that an endpoint can ask for, about an object of Stripe's.
func TestEveryEventHasStripesShape(t *testing.T) {
	events := make(chan []byte, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err == nil {
			events <- payload
		}
	}))
	t.Cleanup(receiver.Close)
	b := newBench(t, stripesim.Options{WebhookURL: receiver.URL, WebhookSecret: "whsec_judged"})
	to := b.call(t, "POST", "/v1/accounts", "type", "express", "capabilities[transfers][requested]", "true")["id"].(string)
	require.NoError(t, b.sim.SetCapability(to, "active"))
	require.NoError(t, b.sim.Fund("gbp", 100))
	transfer := b.call(t, "POST", "/v1/transfers", "amount", "100", "currency", "gbp", "destination", to)["id"].(string)
	b.call(t, "POST", "/v1/transfers/"+transfer, "description", "May")
	b.call(t, "POST", "/v1/transfers/"+transfer+"/reversals", "amount", "10")
	b.call(t, "POST", "/v1/test/accounts/"+to+"/payout", "amount", "90", "currency", "gbp")
	require.NoError(t, b.sim.Deauthorize(to))

	missing := map[string]bool{"account.updated": true, "capability.updated": true, "transfer.created": true, "transfer.updated": true, "transfer.reversed": true,
		"payout.paid": true, "account.application.deauthorized": true}
	for len(missing) > 0 {
		select {
		case payload := <-events:
			var event struct {
				Type string `json:"type"`
				Data struct {
					Object json.RawMessage `json:"object"`
				} `json:"data"`
			}
			require.NoError(t, json.Unmarshal(payload, &event))
			var object struct {
				Object string `json:"object"`
			}
			require.NoError(t, json.Unmarshal(event.Data.Object, &object))
			require.NoError(t, b.object("event", payload), "%s", payload)
			require.NoError(t, b.object(object.Object, event.Data.Object), "%s", event.Data.Object)
			require.Contains(t, b.eventTypes(), any(event.Type))
			delete(missing, event.Type)
		case <-time.After(30 * time.Second):
			t.Fatalf("these never came: %v", missing)
		}
	}
}

// eventTypes are those that a webhook endpoint can ask for.
func (j *judge) eventTypes() []any {
	form := j.text.Paths["/v1/webhook_endpoints"]["post"].RequestBody.Content["application/x-www-form-urlencoded"]
	return form.Schema.Properties["enabled_events"].Items.Enum
}

// A judge that finds everything in order would prove nothing.
func TestTheJudgeFindsWhatIsWrong(t *testing.T) {
	b := newBench(t, stripesim.Options{})
	require.NoError(t, b.sim.Fund("gbp", 100))
	to := b.call(t, "POST", "/v1/accounts", "type", "express")["id"].(string)
	require.NoError(t, b.sim.SetCapability(to, "active"))
	good := b.call(t, "POST", "/v1/transfers", "amount", "1", "currency", "gbp", "destination", to)
	b.requireInnocent(t)
	for name, spoil := range map[string]func(map[string]any){
		"a field is missing":   func(o map[string]any) { delete(o, "reversed") },
		"an amount is a text":  func(o map[string]any) { o["amount"] = "1" },
		"null where none goes": func(o map[string]any) { o["livemode"] = nil },
		"another object":       func(o map[string]any) { o["object"] = "payout" },
		"a field in a list":    func(o map[string]any) { delete(o["reversals"].(map[string]any), "has_more") },
		"a field too many":     func(o map[string]any) { o["reversd"] = false },
		"a list is an object":  func(o map[string]any) { o["reversals"].(map[string]any)["data"] = map[string]any{} },
		"half a penny":         func(o map[string]any) { o["amount"] = 0.5 },
		"metadata is no text":  func(o map[string]any) { o["metadata"] = map[string]any{"a": 1} },
	} {
		text, err := json.Marshal(good)
		require.NoError(t, err)
		spoiled := map[string]any{}
		require.NoError(t, json.Unmarshal(text, &spoiled))
		require.NoError(t, b.object("transfer", text))
		spoil(spoiled)
		text, err = json.Marshal(spoiled)
		require.NoError(t, err)
		require.Error(t, b.object("transfer", text), name)
	}
	require.Error(t, b.object("error", []byte(`{"error":{"type":"gremlin","message":"no"}}`)))
	require.Error(t, b.object("error", []byte(`{"error":{"message":"no"}}`)))
	require.Error(t, b.object("gremlin", []byte(`{}`)))
	for name, form := range map[string][]string{
		"unknown parameter": {"amount", "1", "currency", "gbp", "destination", to, "amuont", "1"},
		"no destination":    {"amount", "1", "currency", "gbp"},
		"no number":         {"amount", "one", "currency", "gbp", "destination", to},
	} {
		b.verdicts = nil
		b.call(t, "POST", "/v1/transfers", form...)
		require.NotEmpty(t, b.verdicts, name)
	}
	b.verdicts = nil
	b.call(t, "GET", "/v1/transfers?metadata[a]=b")
	require.NotEmpty(t, b.verdicts, "a filter that Stripe does not have")
}
