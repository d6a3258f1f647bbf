package stripe_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/money"
	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/internal/testkit"
	"tributary/models"
)

const key = "sk_test_judged"

// bench is a simulator whose every exchange is judged.
type bench struct {
	*judge
	sim *stripesim.Server
	url string
}

func newBench(t *testing.T, o stripesim.Options) bench {
	t.Helper()
	o.Now, o.SecretKey, o.Audit = time.Now, key, true
	sim, err := stripesim.New(o)
	require.NoError(t, err)
	j := newJudge(t, sim)
	front := httptest.NewServer(j)
	t.Cleanup(func() { front.Close(); sim.Close() })
	return bench{judge: j, sim: sim, url: front.URL}
}

// Every method of our adapter that speaks to Stripe is called; a new one has to be added here.
func TestEveryRequestOfOurAdapterIsOneThatStripeKnows(t *testing.T) {
	b := newBench(t, stripesim.Options{})
	rail, err := stripeconnect.New(stripeconnect.Config{Key: key, APIBase: b.url, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	require.NoError(t, b.sim.Fund("gbp", 100_000))
	require.NoError(t, b.sim.Fund("isk", 100_000))
	order := payout.Order{Key: "tributary:payout:1:g1", BatchID: models.NewID(), PayoutID: models.NewID(), Generation: 1, Amount: money.New(1_234, "GBP")}
	ctx := t.Context()
	calls := []struct {
		method string
		call   func() error
	}{
		{"OpenAccount", func() error {
			opened, err := rail.OpenAccount(ctx, payout.Opening{Key: "tributary:account:1", Email: "ada@partners.example", Country: "GB"})
			order.Destination = opened.Destination
			return err
		}},
		{"OpenAccount", func() error {
			_, err := rail.OpenAccount(ctx, payout.Opening{Key: "tributary:account:2", Email: "bob@partners.example"})
			return err
		}},
		{"OpenAccount", func() error {
			_, err := rail.OpenAccount(ctx, payout.Opening{Key: "tributary:account:3", Email: "cy@partners.example", Country: "US", Agreement: models.ServiceAgreementRecipient})
			return err
		}},
		{"AccountLink", func() error {
			page, err := rail.AccountLink(ctx, order.Destination, "https://acme.example/again", "https://acme.example/done")
			require.NoError(t, err)
			client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			answer, err := client.Get(page)
			if err == nil {
				err = answer.Body.Close()
			}
			return err
		}},
		{"Account", func() error { _, err := rail.Account(ctx, order.Destination); return err }},
		{"Account", func() error { _, err := rail.Account(ctx, "acct_gone"); return err }},
		{"Send", func() error { _, err := rail.Send(testkit.Admitted(ctx), order); return err }},
		{"Send", func() error { _, err := rail.Send(testkit.Admitted(ctx), order); return err }}, // replayed
		{"Send", func() error {
			krona := order
			krona.Key, krona.Amount = "tributary:payout:2:g1", money.New(5, "ISK")
			_, err := rail.Send(testkit.Admitted(ctx), krona)
			return err
		}},
		{"Find", func() error { _, err := rail.Find(ctx, order); return err }},
		{"List", func() error { _, err := rail.List(ctx, order.BatchID); return err }},
		{"Since", func() error {
			return rail.Since(ctx, time.Now().Add(-time.Hour), func([]payout.Receipt) error { return nil })
		}},
		{"Platform", func() error { _, err := rail.Platform(ctx); return err }},
		{"Available", func() error { _, err := rail.Available(ctx, "GBP"); return err }},
	}
	called := []string{"Admit", "Sendable", "Notice"} // these speak to nobody
	for _, c := range calls {
		require.NoError(t, c.call(), c.method)
		called = append(called, c.method)
	}
	adapter := reflect.TypeOf(rail)
	for i := range adapter.NumMethod() {
		require.True(t, slices.Contains(called, adapter.Method(i).Name), "%s is not judged: call it here", adapter.Method(i).Name)
	}
	for _, operation := range []string{"POST /v1/accounts", "GET /v1/accounts/{account}", "GET /v1/account", "POST /v1/account_links", "POST /v1/transfers", "GET /v1/transfers", "GET /v1/balance"} {
		require.NotZero(t, b.seen[operation], operation)
	}
	b.requireInnocent(t)
	require.NoError(t, b.sim.Check())
}

// What Stripe refuses reaches our adapter in the shape of Stripe's errors.
func TestRefusalsHaveTheShapeOfStripes(t *testing.T) {
	b := newBench(t, stripesim.Options{})
	rail, err := stripeconnect.New(stripeconnect.Config{Key: key, APIBase: b.url, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	opened, err := rail.OpenAccount(t.Context(), payout.Opening{Key: "tributary:account:1", Email: "ada@partners.example", Country: "GB"})
	require.NoError(t, err)
	send := func(idemKey, destination string) error {
		_, err := rail.Send(testkit.Admitted(t.Context()), payout.Order{Key: idemKey, BatchID: models.NewID(), PayoutID: models.NewID(), Generation: 1, Amount: money.New(100, "GBP"), Destination: destination})
		return err
	}
	require.Error(t, send("capability", opened.Destination))
	require.NoError(t, b.sim.SetCapability(opened.Destination, "active"))
	require.Error(t, send("poor", opened.Destination))
	require.Error(t, send("poor", opened.Destination), "another order under the key")
	require.Error(t, send("nobody", "acct_nobody"))
	for _, kind := range []stripesim.FaultKind{stripesim.LockTimeout, stripesim.KeyInUse, stripesim.RateLimited, stripesim.ServerError, stripesim.KeptError, stripesim.LateSuccess,
		stripesim.BadRequest, stripesim.Unauthorized} {
		b.sim.Script(stripesim.Fault{Kind: kind, Method: http.MethodPost, Path: "/v1/transfers", Count: 1})
		require.Error(t, send(string(kind), opened.Destination), kind)
	}
	b.requireInnocent(t)
	require.NoError(t, b.sim.Check())
}
