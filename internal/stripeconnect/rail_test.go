package stripeconnect_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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

const testKey = "sk_test_connect"

func railTo(t *testing.T, handler http.Handler) *stripeconnect.Rail {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	rail, err := stripeconnect.New(stripeconnect.Config{Key: testKey, APIBase: server.URL, Gate: &testkit.NoLimits{}})
	require.NoError(t, err)
	return rail
}

// shore is the rail to a simulator, with one account that can be paid.
type shore struct {
	*stripeconnect.Rail
	sim *stripesim.Server
	to  string
}

func newShore(t *testing.T) shore {
	t.Helper()
	sim, err := stripesim.New(stripesim.Options{Now: time.Now, SecretKey: testKey, Audit: true})
	require.NoError(t, err)
	t.Cleanup(sim.Close)
	s := shore{Rail: railTo(t, sim), sim: sim}
	s.to = s.account(t, "one")
	return s
}

func (s shore) account(t *testing.T, key string) string {
	t.Helper()
	status, err := s.OpenAccount(t.Context(), payout.Opening{Key: "tributary:account:" + key, Email: key + "@partners.example", Country: "GB"})
	require.NoError(t, err)
	require.False(t, status.Ready)
	require.NotEmpty(t, status.Requirements)
	page, err := s.AccountLink(t.Context(), status.Destination, "https://a.example/again", "https://a.example/done")
	require.NoError(t, err)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(page)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return status.Destination
}

func orderFor(destination string, a money.Amount) payout.Order {
	id := models.NewID()
	return payout.Order{Key: "tributary:payout:" + id.String() + ":g1", BatchID: models.NewID(), PayoutID: id, Generation: 1, Amount: a, Destination: destination}
}

func TestAmountsAreSentAsStripeCountsThem(t *testing.T) {
	s := newShore(t)
	for name, c := range map[string]struct {
		amount money.Amount
		stripe int64
		code   string
	}{
		"two decimals":                      {money.New(1234, "GBP"), 1234, ""},
		"none":                              {money.New(500, "JPY"), 500, ""},
		"none, but sent with two":           {money.New(500, "ISK"), 50_000, ""},
		"the same for Uganda":               {money.New(7, "UGX"), 700, ""},
		"two, a forint needs no whole":      {money.New(1250, "HUF"), 1250, ""},
		"three, the last a zero":            {money.New(12_340, "KWD"), 12_340, ""},
		"three, the last not a zero":        {money.New(12_345, "KWD"), 0, "AMOUNT_NOT_SENDABLE"},
		"two, but counted without":          {money.New(1200, "MGA"), 12, ""},
		"two, but counted without, no zero": {money.New(1250, "MGA"), 0, "AMOUNT_NOT_SENDABLE"},
		"too large to be counted in cents":  {money.New(1<<62, "ISK"), 0, "AMOUNT_NOT_SENDABLE"},
		"nothing":                           {money.New(0, "GBP"), 0, "ORDER_INCOMPLETE"},
		"less than nothing":                 {money.New(-1, "GBP"), 0, "ORDER_INCOMPLETE"},
		"no currency":                       {money.New(1, "ZZZ"), 0, "ORDER_INCOMPLETE"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(s.sim.Transfers())
			currency := strings.ToLower(string(c.amount.Currency))
			require.NoError(t, s.sim.Fund(currency, 1_000_000))
			order := orderFor(s.to, c.amount)
			receipt, err := s.Send(testkit.Admitted(t.Context()), order)
			if c.code != "" {
				var refusal *payout.Refusal
				require.ErrorAs(t, err, &refusal, "what never left has a known outcome")
				require.Equal(t, payout.RefusedSetup, refusal.Kind)
				require.Equal(t, c.code, refusal.Call.ErrorCode)
				require.Len(t, s.sim.Transfers(), before)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.amount, receipt.Amount)
			require.Equal(t, order.PayoutID.String(), receipt.PayoutID)
			require.Equal(t, s.to, receipt.Destination)
			require.Equal(t, http.StatusOK, receipt.Call.HTTPStatus)
			require.NotEmpty(t, receipt.Call.RequestID)
			made := s.sim.Transfers()[before]
			require.Equal(t, c.stripe, made.Amount)
			require.Equal(t, currency, made.Currency)
			require.Equal(t, order.BatchID.String(), made.Group)
			require.Equal(t, c.amount, s.Sendable(c.amount))
			found, err := s.Find(t.Context(), order)
			require.NoError(t, err)
			require.Len(t, found, 1)
			require.Equal(t, c.amount, found[0].Amount)
		})
	}
	require.NoError(t, s.sim.Check())
}

func TestSendableLeavesWhatStripeCannotMove(t *testing.T) {
	var rail *stripeconnect.Rail
	for in, want := range map[money.Amount]int64{
		money.New(12_345, "KWD"): 12_340, money.New(9, "BHD"): 0, money.New(1299, "MGA"): 1200, money.New(1299, "GBP"): 1299,
		money.New(1299, "HUF"): 1299, money.New(3, "ISK"): 3, money.New(3, "JPY"): 3,
	} {
		require.Equal(t, money.New(want, in.Currency), rail.Sendable(in))
	}
}

func TestTheSameOrderAgainIsOneTransfer(t *testing.T) {
	s := newShore(t)
	require.NoError(t, s.sim.Fund("gbp", 1_000))
	order := orderFor(s.to, money.New(100, "GBP"))
	first, err := s.Send(testkit.Admitted(t.Context()), order)
	require.NoError(t, err)
	require.False(t, first.Call.Replayed)
	again, err := s.Send(testkit.Admitted(t.Context()), order)
	require.NoError(t, err)
	require.True(t, again.Call.Replayed)
	require.Equal(t, first.TransferID, again.TransferID)
	require.Len(t, s.sim.Transfers(), 1)

	changed := order
	changed.Amount = money.New(101, "GBP")
	_, err = s.Send(testkit.Admitted(t.Context()), changed)
	var refusal *payout.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, payout.RefusedChanged, refusal.Kind)
	require.Equal(t, "idempotency_error", refusal.Call.ErrorCode)

	same, err := s.OpenAccount(t.Context(), payout.Opening{Key: "tributary:account:one", Email: "one@partners.example", Country: "GB"})
	require.NoError(t, err)
	require.Equal(t, s.to, same.Destination)
}

func TestListsBalanceAndAccounts(t *testing.T) {
	s := newShore(t)
	require.NoError(t, s.sim.Fund("gbp", 100_000))
	batch := models.NewID()
	const many = 205 // three pages
	for range many {
		order := orderFor(s.to, money.New(100, "GBP"))
		order.BatchID = batch
		_, err := s.Send(testkit.Admitted(t.Context()), order)
		require.NoError(t, err)
	}
	listed, err := s.List(t.Context(), batch)
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, r := range listed {
		ids[r.TransferID] = true
	}
	require.Len(t, ids, many)
	none, err := s.List(t.Context(), models.NewID())
	require.NoError(t, err)
	require.Empty(t, none)
	available, err := s.Available(t.Context(), "GBP")
	require.NoError(t, err)
	require.Equal(t, money.New(100_000-many*100, "GBP"), available)
	nothing, err := s.Available(t.Context(), "EUR")
	require.NoError(t, err)
	require.Equal(t, money.Zero("EUR"), nothing)

	status, err := s.Account(t.Context(), s.to)
	require.NoError(t, err)
	require.True(t, status.Ready)
	require.NoError(t, s.sim.Reject(s.to))
	status, err = s.Account(t.Context(), s.to)
	require.NoError(t, err)
	require.False(t, status.Ready)
	gone, err := s.Account(t.Context(), "acct_gone")
	require.NoError(t, err, "an account that left is an answer, not a failure to ask")
	require.Equal(t, payout.AccountStatus{Destination: "acct_gone", Status: "gone"}, gone)
}

// The first page says that there is more, the second fails: then the list is no list, however long the first was.
func TestAListWithABrokenPageIsAnError(t *testing.T) {
	var asked atomic.Int64
	rail := railTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if asked.Add(1) == 1 {
			_, _ = w.Write([]byte(`{"object":"list","has_more":true,"url":"/v1/transfers","data":[{"id":"tr_1","object":"transfer","amount":1,"currency":"gbp"}]}`))
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","message":"no"}}`))
	}))
	found, err := rail.List(t.Context(), models.NewID())
	require.Error(t, err)
	require.Empty(t, found)
	require.EqualValues(t, 2, asked.Load())
}

func TestAKeyIsNeeded(t *testing.T) {
	_, err := stripeconnect.New(stripeconnect.Config{})
	require.Error(t, err)
	rail := railTo(t, http.NotFoundHandler())
	order := orderFor("acct_1", money.New(1, "GBP"))
	order.Key = ""
	_, err = rail.Send(testkit.Admitted(t.Context()), order)
	var refusal *payout.Refusal
	require.True(t, errors.As(err, &refusal), "a write without a key does not leave")
}
