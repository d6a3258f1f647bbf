package stripesim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

func TestATransferNeedsCapabilityAndBalance(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 100))
	incomplete, complete, rejected := w.account(false), w.account(true), w.account(true)
	require.NoError(t, w.sim.Reject(rejected))
	for name, c := range map[string]struct {
		destination, amount, code string
	}{
		"unknown account": {"acct_nobody", "1", "resource_missing"},
		"not onboarded":   {incomplete, "1", "insufficient_capabilities_for_transfer"},
		"rejected":        {rejected, "1", "insufficient_capabilities_for_transfer"},
		"one too much":    {complete, "101", "balance_insufficient"},
		"nothing":         {complete, "0", "parameter_invalid_integer"},
		"less":            {complete, "-5", "parameter_invalid_integer"},
		"no destination":  {"", "1", "parameter_missing"},
		"no amount":       {complete, "", "parameter_missing"},
	} {
		r := w.transfer("", c.destination, "g", c.amount)
		require.Equal(t, http.StatusBadRequest, r.status, name)
		require.Equal(t, c.code, r.code(), name)
	}
	require.Empty(t, w.sim.Transfers())
	require.Equal(t, "balance_insufficient", w.post("/v1/transfers", "", "amount", "1", "currency", "eur", "destination", complete).code(), "each currency for itself")
	require.Equal(t, http.StatusOK, w.transfer("", complete, "g", "100").status, "all of it")
	require.Zero(t, w.available())
	require.NoError(t, w.sim.Check())

	require.Equal(t, http.StatusForbidden, w.get("/v1/accounts/acct_nobody").status)
	require.Equal(t, "account_invalid", w.get("/v1/accounts/acct_nobody").code())
	capability := func(id string) any {
		return w.get("/v1/accounts/" + id).body["capabilities"].(map[string]any)["transfers"]
	}
	require.Equal(t, "inactive", capability(incomplete))
	require.Equal(t, "active", capability(complete))
	require.Equal(t, "inactive", capability(rejected))
	require.Equal(t, http.StatusUnauthorized, w.do(http.MethodGet, "/v1/balance", "", "Bearer sk_test_other", nil).status)
}

func TestTransfersAreListedByGroupPageByPage(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 10_000))
	one, two := w.account(true), w.account(true)
	for i := range 7 {
		require.Equal(t, http.StatusOK, w.transfer("", one, "mine", fmt.Sprint(100+i)).status)
		require.Equal(t, http.StatusOK, w.transfer("", two, "other", "50").status)
	}
	require.Equal(t, http.StatusOK, w.transfer("", two, "mine", "1").status)
	list := func(query url.Values) ([]float64, string, bool) {
		r := w.get("/v1/transfers?" + query.Encode())
		require.Equal(t, http.StatusOK, r.status, r.text)
		var amounts []float64
		last := ""
		for _, d := range r.body["data"].([]any) {
			transfer := d.(map[string]any)
			amounts, last = append(amounts, transfer["amount"].(float64)), transfer["id"].(string)
		}
		return amounts, last, r.body["has_more"].(bool)
	}
	page, last, more := list(url.Values{"transfer_group": {"mine"}, "limit": {"4"}})
	require.Equal(t, []float64{1, 106, 105, 104}, page, "newest first")
	require.True(t, more)
	page, last, more = list(url.Values{"transfer_group": {"mine"}, "limit": {"4"}, "starting_after": {last}})
	require.Equal(t, []float64{103, 102, 101, 100}, page)
	require.False(t, more, "a full last page says that it is the last")
	page, _, more = list(url.Values{"transfer_group": {"mine"}, "starting_after": {last}})
	require.Empty(t, page)
	require.False(t, more)
	page, _, _ = list(url.Values{"transfer_group": {"mine"}, "destination": {two}})
	require.Equal(t, []float64{1}, page)
	page, _, more = list(url.Values{})
	require.Len(t, page, 10, "the default")
	require.True(t, more)
	require.Equal(t, "resource_missing", w.get("/v1/transfers?starting_after=tr_none").code(), "no list is not an empty list")
	for _, limit := range []string{"0", "101", "x"} {
		require.Equal(t, http.StatusBadRequest, w.get("/v1/transfers?limit="+limit).status)
	}
}

func TestReversalsGiveBackAtMostTheRest(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 100))
	id := w.transfer("", w.account(true), "g", "100").body["id"].(string)
	reverse := func(amount string) reply {
		if amount == "" {
			return w.post("/v1/transfers/"+id+"/reversals", "")
		}
		return w.post("/v1/transfers/"+id+"/reversals", "", "amount", amount)
	}
	require.Equal(t, http.StatusOK, reverse("30").status)
	read := w.get("/v1/transfers/" + id).body
	require.EqualValues(t, 30, read["amount_reversed"])
	require.Equal(t, false, read["reversed"])
	require.Equal(t, http.StatusBadRequest, reverse("71").status)
	require.Equal(t, http.StatusOK, reverse("").status, "the rest when no amount is named")
	require.Equal(t, true, w.get("/v1/transfers/" + id).body["reversed"])
	require.Equal(t, http.StatusBadRequest, reverse("").status)
	require.EqualValues(t, 100, w.available())
	require.EqualValues(t, 100, w.sim.Transfers()[0].Reversed)
	require.NoError(t, w.sim.Check())
}

func TestTheStateFileSurvivesARestart(t *testing.T) {
	w := newWorld(t, stripesim.Options{StateFile: filepath.Join(t.TempDir(), "stripe.json")})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	first := w.transfer("key", to, "g", "400")
	before := w.sim.Transfers()
	w.start()
	require.Equal(t, before, w.sim.Transfers())
	require.EqualValues(t, 600, w.available())
	again := w.transfer("key", to, "g", "400")
	require.Equal(t, first.text, again.text)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	require.Equal(t, http.StatusOK, w.transfer("key2", to, "g", "600").status)
	require.NoError(t, w.sim.Check())
	require.Equal(t, true, w.get("/v1/test/check").body["holds"])
}
