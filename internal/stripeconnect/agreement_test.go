package stripeconnect_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/models"
)

func TestAnAgreementIsAskedForOnlyWhereOneIsSet(t *testing.T) {
	var form url.Values
	rail := railTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.PostForm
		_, _ = io.WriteString(w, `{"id":"acct_1","object":"account","country":"US","tos_acceptance":{"service_agreement":"recipient"}}`)
	}))
	status, err := rail.OpenAccount(t.Context(), payout.Opening{Key: "tributary:1", Email: "a@b.example", Country: "US", Agreement: models.ServiceAgreementRecipient})
	require.NoError(t, err)
	require.Equal(t, models.ServiceAgreementRecipient, status.Agreement)
	require.Equal(t, "recipient", form.Get("tos_acceptance[service_agreement]"))
	_, err = rail.OpenAccount(t.Context(), payout.Opening{Key: "tributary:2", Email: "a@b.example"})
	require.NoError(t, err)
	for name := range form {
		require.NotContains(t, name, "tos_acceptance")
		require.NotEqual(t, "country", name)
	}
}

// Only what Stripe says of the partner is a refusal of the partner; whatever else goes wrong may go right later.
func TestWhatStripeSaysOfAPartner(t *testing.T) {
	for _, c := range []struct {
		status      int
		code, param string
		isPartner   bool
	}{
		{400, "", "country", true},
		{400, "country_unsupported", "", true},
		{400, "", "tos_acceptance[service_agreement]", true},
		{400, "", "capabilities[transfers][requested]", true},
		{400, "", "capabilities", true},
		{400, "email_invalid", "email", false},
		{400, "", "", false},
		{400, "", "country_code", false},
		{401, "", "country", false},
		{403, "", "country", false},
		{429, "rate_limit", "", false},
		{500, "", "country", false},
	} {
		rail := railTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = fmt.Fprintf(w, `{"error":{"type":"invalid_request_error","code":%q,"param":%q,"message":"no"}}`, c.code, c.param)
		}))
		_, err := rail.OpenAccount(t.Context(), payout.Opening{Key: "tributary:1", Email: "a@b.example", Country: "US"})
		var refusal *payout.Refusal
		require.Error(t, err)
		if !c.isPartner {
			require.NotErrorAs(t, err, &refusal, "%+v", c)
			continue
		}
		require.ErrorAs(t, err, &refusal, "%+v", c)
		require.Equal(t, payout.RefusedDestination, refusal.Kind)
	}
}
