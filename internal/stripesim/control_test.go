package stripesim_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripesim"
)

func TestTheClockTurnsOverHTTPAndStaysTurned(t *testing.T) {
	w := newWorld(t, stripesim.Options{StateFile: filepath.Join(t.TempDir(), "stripe.json")})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	require.Equal(t, http.StatusOK, w.transfer("key", to, "g", "100").status)
	start := w.get("/v1/test/clock").body["now"].(float64)
	require.Equal(t, http.StatusOK, w.post("/v1/test/clock", "", "advance", "24h").status)
	w.start()
	require.EqualValues(t, start+24*3600, w.get("/v1/test/clock").body["now"])
	require.Empty(t, w.transfer("key", to, "g", "100").header.Get("Idempotent-Replayed"), "the key is forgotten")
	for _, wrong := range []string{"", "soon", "-1h"} {
		require.Equal(t, http.StatusBadRequest, w.post("/v1/test/clock", "", "advance", wrong).status)
	}
}

func TestFaultsAreScriptedOverHTTP(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	require.Equal(t, http.StatusOK, w.post("/v1/test/faults", "", "kind", "html_502", "skip", "1").status)
	require.Len(t, w.get("/v1/test/faults").body["data"], 1)
	require.Equal(t, http.StatusOK, w.transfer("a", to, "g", "100").status)
	require.Equal(t, http.StatusBadGateway, w.transfer("b", to, "g", "100").status)
	require.Empty(t, w.get("/v1/test/faults").body["data"])
	require.Equal(t, http.StatusOK, w.post("/v1/test/faults", "", "kind", "drop_after", "count", "9").status)
	require.Equal(t, http.StatusOK, w.do(http.MethodDelete, "/v1/test/faults", "", "Bearer "+secretKey, nil).status)
	require.Equal(t, http.StatusOK, w.transfer("c", to, "g", "100").status)
	require.Equal(t, http.StatusBadRequest, w.post("/v1/test/faults", "", "kind", "gremlins").status)
	require.Equal(t, http.StatusBadRequest, w.post("/v1/test/faults", "", "kind", "delay", "count", "-1").status)
	require.Equal(t, http.StatusBadRequest, w.post("/v1/test/events", "", "duplicate", "x").status)
	require.EqualValues(t, 2, w.post("/v1/test/events", "", "duplicate", "2").body["duplicate"])
	require.EqualValues(t, 0, w.post("/v1/test/release", "").body["held"])
}

// A fault for one account waits for it, whatever goes elsewhere before.
func TestAFaultMeetsOneAccountOnly(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	one, two := w.account(true), w.account(true)
	require.Equal(t, http.StatusOK, w.post("/v1/test/faults", "", "kind", "server_error", "destination", two).status)
	require.Equal(t, http.StatusOK, w.transfer("a", one, "g", "100").status)
	require.Equal(t, http.StatusInternalServerError, w.transfer("b", two, "g", "200").status)
	again := w.transfer("b", two, "g", "200")
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"), "it was read whole, and ran")
	require.Len(t, w.sim.Transfers(), 2)
	require.NoError(t, w.sim.Check())
}

// A capability is asked for, waits, is granted, and can be lost; each way it says why it is not usable.
func TestTheCapabilitysFlow(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	made := w.post("/v1/accounts", "", "type", "express", "country", "DE", "email", "a@b.example")
	id := made.body["id"].(string)
	require.Empty(t, made.body["capabilities"], "nobody asked for one")
	require.Equal(t, "eur", made.body["default_currency"])
	state := func() string {
		t.Helper()
		body := w.get("/v1/accounts/" + id + "/capabilities/transfers").body
		requirements := body["requirements"].(map[string]any)
		return fmt.Sprint(body["status"], " ", body["requested"], " ", requirements["disabled_reason"], " ", len(requirements["currently_due"].([]any)), " ",
			len(requirements["pending_verification"].([]any)))
	}
	require.Equal(t, "unrequested false requirements.past_due 2 0", state())
	require.Equal(t, http.StatusOK, w.post("/v1/accounts/"+id+"/capabilities/transfers", "", "requested", "true").status)
	require.Equal(t, "inactive true requirements.past_due 2 0", state())
	require.Equal(t, http.StatusOK, w.post("/v1/test/accounts/"+id+"/onboard", "").status)
	require.Equal(t, "active true <nil> 0 0", state())
	for status, want := range map[string]string{"pending": "pending true requirements.pending_verification 0 1", "inactive": "inactive true requirements.past_due 1 0"} {
		require.NoError(t, w.sim.SetCapability(id, status))
		require.Equal(t, want, state())
		require.Equal(t, "insufficient_capabilities_for_transfer", w.transfer("", id, "g", "1").code())
	}
	require.NoError(t, w.sim.SetCapability(id, "active"))
	require.Equal(t, http.StatusOK, w.transfer("", id, "g", "1").status)
	require.Equal(t, http.StatusOK, w.post("/v1/accounts/"+id, "", "capabilities[transfers][requested]", "false", "metadata[a]", "b").status)
	require.Empty(t, w.get("/v1/accounts/" + id).body["capabilities"])
	require.Error(t, w.sim.SetCapability(id, "great"))
	require.Equal(t, http.StatusNotFound, w.get("/v1/accounts/"+id+"/capabilities/card_payments").status)
	require.Equal(t, http.StatusOK, w.post("/v1/test/accounts/"+id+"/reject", "").status)
	require.Equal(t, http.StatusOK, w.post("/v1/test/accounts/"+id+"/deauthorize", "").status)
	require.Equal(t, http.StatusForbidden, w.get("/v1/accounts/"+id).status)
	require.Equal(t, "resource_missing", w.transfer("", id, "g", "1").code())
	require.NoError(t, w.sim.Check())
}

func TestAnAccountsMoneyIsItsOwn(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	id := w.transfer("", to, "g", "100").body["id"].(string)
	require.Equal(t, http.StatusOK, w.post("/v1/test/accounts/"+to+"/payout", "", "amount", "70", "currency", "gbp").status)
	require.Equal(t, "balance_insufficient", w.post("/v1/test/accounts/"+to+"/payout", "", "amount", "31", "currency", "gbp").code())
	require.Equal(t, "balance_insufficient", w.post("/v1/transfers/"+id+"/reversals", "", "amount", "31").code(), "its bank has the rest")
	require.Equal(t, http.StatusOK, w.post("/v1/transfers/"+id+"/reversals", "", "amount", "30", "metadata[why]", "returned").status)
	listed := w.get("/v1/transfers/" + id + "/reversals").body["data"].([]any)
	require.Len(t, listed, 1)
	require.Equal(t, "returned", listed[0].(map[string]any)["metadata"].(map[string]any)["why"])
	require.EqualValues(t, 930, w.available())
	require.NoError(t, w.sim.Check())
}

func TestOnlyWhatIsKnownIsAccepted(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to := w.account(true)
	unknown := w.post("/v1/transfers", "key", "amount", "1", "currency", "gbp", "destination", to, "amuont", "2")
	require.Equal(t, http.StatusBadRequest, unknown.status)
	require.Equal(t, "parameter_unknown", unknown.code())
	require.Equal(t, http.StatusBadRequest, w.get("/v1/transfers?metadata[tributary_payout]=p").status, "transfers cannot be searched by metadata")
	require.Equal(t, http.StatusBadRequest, w.post("/v1/transfers", "", "amount", "1", "currency", "pounds", "destination", to).status)
	require.Equal(t, http.StatusBadRequest, w.transfer(strings.Repeat("k", 256), to, "g", "1").status)
	require.Equal(t, http.StatusOK, w.transfer(strings.Repeat("k", 255), to, "g", "1").status)
	require.Equal(t, http.StatusNotFound, w.get("/v1/charges").status)
	id := w.transfer("key", to, "g", "1").body["id"].(string)
	changed := w.post("/v1/transfers/"+id, "", "description", "of May", "metadata[a]", "b")
	require.Equal(t, "of May", changed.body["description"])
	require.Equal(t, http.StatusBadRequest, w.post("/v1/transfers/"+id, "", "amount", "2").status, "what moved cannot change")
}

func TestTransfersAreListedByInstantAndBackwards(t *testing.T) {
	w := newWorld(t, stripesim.Options{})
	require.NoError(t, w.sim.Fund("gbp", 1_000))
	to, ids := w.account(true), []string{}
	start := w.now.Unix()
	for range 5 {
		ids = append(ids, w.transfer("", to, "g", "1").body["id"].(string))
		require.NoError(t, w.sim.Advance(1e9))
	}
	list := func(query string) (got []int, more bool) {
		t.Helper()
		r := w.get("/v1/transfers?" + query)
		require.Equal(t, http.StatusOK, r.status, r.text)
		for _, d := range r.body["data"].([]any) {
			for i, id := range ids {
				if id == d.(map[string]any)["id"] {
					got = append(got, i)
				}
			}
		}
		return got, r.body["has_more"].(bool)
	}
	for query, want := range map[string][]int{
		fmt.Sprintf("created=%d", start+2):                                {2},
		fmt.Sprintf("created[gt]=%d&created[lte]=%d", start+1, start+3):   {3, 2},
		fmt.Sprintf("created[gte]=%d&created[lt]=%d", start+1, start+3):   {2, 1},
		fmt.Sprintf("ending_before=%s&limit=3", ids[0]):                   {3, 2, 1},
		fmt.Sprintf("ending_before=%s&limit=3", ids[3]):                   {4},
		fmt.Sprintf("starting_after=%s&created[gte]=%d", ids[3], start+1): {2, 1},
	} {
		got, more := list(query)
		require.Equal(t, want, got, query)
		require.Equal(t, strings.Contains(query, ids[0]), more, query)
	}
	for _, wrong := range []string{"created=x", "created[gte]=", "ending_before=tr_none", "starting_after=" + ids[0] + "&ending_before=" + ids[1]} {
		require.Equal(t, http.StatusBadRequest, w.get("/v1/transfers?"+wrong).status, wrong)
	}
}
