package stripeconnect_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/models"
)

const webhookSecret = "whsec_test"

// keeper is where events go; it can fail.
type keeper struct {
	kept []models.StripeEvent
	err  error
}

func (k *keeper) KeepEvent(_ context.Context, e models.StripeEvent) error {
	k.kept = append(k.kept, e)
	return k.err
}

const goodEvent = `{"id":"evt_1","object":"event","api_version":"2023-10-16","type":"account.updated","account":"acct_1","livemode":false,
	"data":{"object":{"id":"acct_1","object":"account"}}}`

func TestOnlyGenuineEventsAreKept(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	sign := func(payload string, at time.Time) string { return stripesim.Sign([]byte(payload), webhookSecret, at) }
	signature := func(payload string, at time.Time) string {
		_, v1, _ := strings.Cut(sign(payload, at), ",")
		return v1
	}
	old := now.Add(-time.Hour)
	thin := `{"id":"evt_1","object":"v2.core.event","type":"v2.core.account.updated","related_object":{"id":"acct_1"}}`
	thinOfVersion := strings.Replace(thin, `"object"`, `"api_version":"2023-10-16","object"`, 1)
	large := strings.Replace(goodEvent, "acct_1", "acct_"+strings.Repeat("1", 300<<10), 1)
	for name, c := range map[string]struct {
		payload, header string
		status          int
	}{
		"good":                     {goodEvent, sign(goodEvent, now), 200},
		"five minutes old":         {goodEvent, sign(goodEvent, now.Add(-5*time.Minute)), 200},
		"five minutes ahead":       {goodEvent, sign(goodEvent, now.Add(5*time.Minute)), 200},
		"too old":                  {goodEvent, sign(goodEvent, now.Add(-5*time.Minute-time.Second)), 400},
		"from the future":          {goodEvent, sign(goodEvent, now.Add(5*time.Minute+time.Second)), 400},
		"two secrets, one is ours": {goodEvent, fmt.Sprintf("t=%d,v1=%s,%s", now.Unix(), strings.Repeat("0", 64), signature(goodEvent, now)), 200},
		"another secret":           {goodEvent, stripesim.Sign([]byte(goodEvent), "whsec_other", now), 400},
		"another payload":          {goodEvent + " ", sign(goodEvent, now), 400},
		"no signature":             {goodEvent, "", 400},
		"nonsense":                 {goodEvent, "t=now,v1=zz", 400},
		// An old event whose header claims a second, younger time beside the one that was signed.
		"a younger time in front": {goodEvent, fmt.Sprintf("t=%d,t=%d,%s", now.Unix(), old.Unix(), signature(goodEvent, old)), 400},
		"a younger time behind":   {goodEvent, fmt.Sprintf("t=%d,%s, t=%d", old.Unix(), signature(goodEvent, old), now.Unix()), 400},
		"thin event":              {thin, sign(thin, now), 400},
		"thin event of a version": {thinOfVersion, sign(thinOfVersion, now), 400},
		"another version":         {strings.Replace(goodEvent, "2023-10-16", "2024-04-10", 1), sign(strings.Replace(goodEvent, "2023-10-16", "2024-04-10", 1), now), 400},
		"without an id":           {strings.Replace(goodEvent, "evt_1", "", 1), sign(strings.Replace(goodEvent, "evt_1", "", 1), now), 400},
		"without data":            {`{"id":"evt_1","object":"event","api_version":"2023-10-16"}`, sign(`{"id":"evt_1","object":"event","api_version":"2023-10-16"}`, now), 400},
		"no JSON":                 {"hello", sign("hello", now), 400},
		"too large":               {large, sign(large, now), 413},
	} {
		t.Run(name, func(t *testing.T) {
			k, reasons := &keeper{}, []string(nil)
			handler := stripeconnect.WebhookHandler(webhookSecret, k, func() time.Time { return now },
				func(_ models.ID, reason string, _ error) { reasons = append(reasons, reason) })
			request := httptest.NewRequest(http.MethodPost, "/webhooks/stripe", strings.NewReader(c.payload))
			request.Header.Set("Stripe-Signature", c.header)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			require.Equal(t, c.status, answer.Code)
			if c.status != http.StatusOK {
				require.Empty(t, k.kept)
				require.Len(t, reasons, 1, "somebody is told")
				return
			}
			require.Empty(t, reasons)
			require.Equal(t, []models.StripeEvent{{EventID: "evt_1", EventType: "account.updated", Account: "acct_1", Payload: c.payload}}, k.kept)
		})
	}
}

// The endpoint for the own account and the one for connected accounts have a secret each; both kinds of events are taken.
func TestEachEndpointHasASecretOfItsOwn(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	older := strings.Replace(goodEvent, "2023-10-16", "2022-08-01", 1)
	for name, c := range map[string]struct {
		secrets, payload, secret string
		status                   int
		reason                   string
	}{
		"the first":             {"whsec_account,whsec_connect", goodEvent, "whsec_account", 200, ""},
		"the second":            {"whsec_account,whsec_connect", goodEvent, "whsec_connect", 200, ""},
		"with spaces":           {" whsec_account, whsec_connect ", goodEvent, "whsec_connect", 200, ""},
		"the other is missing":  {"whsec_account", goodEvent, "whsec_connect", 400, stripeconnect.RefusedSignature},
		"the list is no secret": {"whsec_account,whsec_connect", goodEvent, "whsec_account,whsec_connect", 400, stripeconnect.RefusedSignature},
		"another version":       {"whsec_account,whsec_connect", older, "whsec_account", 400, stripeconnect.RefusedEvent},
		"no secret":             {" , ", goodEvent, "", 503, stripeconnect.RefusedNoSecret},
	} {
		t.Run(name, func(t *testing.T) {
			k, reason := &keeper{}, ""
			handler := stripeconnect.WebhookHandler(c.secrets, k, func() time.Time { return now },
				func(_ models.ID, why string, _ error) { reason = why })
			request := httptest.NewRequest(http.MethodPost, "/webhooks/stripe", strings.NewReader(c.payload))
			request.Header.Set("Stripe-Signature", stripesim.Sign([]byte(c.payload), c.secret, now))
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			require.Equal(t, c.status, answer.Code)
			require.Equal(t, c.reason, reason)
			require.Len(t, k.kept, map[bool]int{true: 1}[c.status == http.StatusOK])
		})
	}
}

func TestAnEventThatCannotBeStoredIsSentAgain(t *testing.T) {
	now := time.Now()
	handler := stripeconnect.WebhookHandler(webhookSecret, &keeper{err: errors.New("full")}, func() time.Time { return now }, nil)
	request := httptest.NewRequest(http.MethodPost, "/webhooks/stripe", strings.NewReader(goodEvent))
	request.Header.Set("Stripe-Signature", stripesim.Sign([]byte(goodEvent), webhookSecret, now))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	require.Equal(t, http.StatusInternalServerError, answer.Code)
}

func TestWhatAnEventIsAbout(t *testing.T) {
	rail := railTo(t, http.NotFoundHandler())
	transfer := `{"id":"tr_1","object":"transfer","metadata":{"tributary_payout":"p"}}`
	for name, c := range map[string]struct {
		payload string
		want    payout.Notice
	}{
		"account":            {goodEvent, payout.Notice{Account: "acct_1"}},
		"own account":        {`{"type":"account.updated","data":{"object":{"id":"acct_own","object":"account"}}}`, payout.Notice{Account: "acct_own"}},
		"capability":         {`{"type":"capability.updated","account":"acct_1","data":{"object":{"id":"transfers","object":"capability"}}}`, payout.Notice{Account: "acct_1"}},
		"own capability":     {`{"type":"capability.updated","data":{"object":{"id":"transfers","object":"capability"}}}`, payout.Notice{}},
		"deauthorized":       {`{"type":"account.application.deauthorized","account":"acct_1","data":{"object":{"id":"ca_1","object":"application"}}}`, payout.Notice{Account: "acct_1"}},
		"transfer":           {`{"type":"transfer.created","data":{"object":` + transfer + `}}`, payout.Notice{TransferID: "tr_1", PayoutID: "p"}},
		"reversal":           {`{"type":"transfer.reversed","data":{"object":` + transfer + `}}`, payout.Notice{TransferID: "tr_1", PayoutID: "p", IsReversal: true}},
		"another's transfer": {`{"type":"transfer.created","data":{"object":{"id":"tr_2","object":"transfer"}}}`, payout.Notice{TransferID: "tr_2"}},
		"of the other mode":  {strings.Replace(goodEvent, `"livemode":false`, `"livemode":true`, 1), payout.Notice{}},
		"something else":     {`{"type":"payout.paid","account":"acct_1","data":{"object":{"id":"po_1","object":"payout"}}}`, payout.Notice{}},
	} {
		got, err := rail.Notice(c.payload)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
	_, err := rail.Notice("{")
	require.Error(t, err)
}
