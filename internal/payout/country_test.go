package payout_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

func TestCountriesAreReadWithTheirAgreements(t *testing.T) {
	t.Parallel()
	got, err := payout.ParseCountries([]string{"GB", " DE:full", "US:recipient "})
	require.NoError(t, err)
	require.Equal(t, payout.Countries{"GB": "", "DE": models.ServiceAgreementFull, "US": models.ServiceAgreementRecipient}, got)
	for entry, code := range map[string]string{"": "COUNTRY_INVALID", "gb": "COUNTRY_INVALID", "GBR": "COUNTRY_INVALID", ":full": "COUNTRY_INVALID",
		"GB:": "AGREEMENT_INVALID", "GB:Full": "AGREEMENT_INVALID", "GB:full:x": "AGREEMENT_INVALID", "DE": "COUNTRY_TWICE", "DE:recipient": "COUNTRY_TWICE"} {
		_, err := payout.ParseCountries([]string{"DE:full", entry})
		require.Equal(t, code, fault.CodeOf(err), "%q", entry)
	}
}

func countries(t *testing.T, entries ...string) payout.Countries {
	t.Helper()
	c, err := payout.ParseCountries(entries)
	require.NoError(t, err)
	return c
}

// opensOnly makes the stage's rail refuse accounts but of one agreement.
func (s *stage) opensOnly(t *testing.T, agreement string) {
	t.Helper()
	sim, err := stripesim.New(stripesim.Options{Now: s.Clock.Now, SecretKey: simKey, Audit: true,
		Opens: func(country, asked string) bool { return country == "GB" && asked == agreement }})
	require.NoError(t, err)
	t.Cleanup(sim.Close)
	s.sim, s.server.Config.Handler = sim, http.Handler(sim)
}

func TestAnAccountIsOpenedUnderTheAgreementOfItsCountry(t *testing.T) {
	s := newStage(t)
	s.opensOnly(t, "recipient")
	ann := s.Enroll("ann", models.ID{}) // in GB
	onboard := func() (models.PayoutAccount, error) {
		_, a, err := s.payouts.Onboard(t.Context(), s.Owner, ann.ID, "https://acme.example/again", "https://acme.example/done")
		return a, err
	}
	held := func() models.PayoutAccount {
		t.Helper()
		found, err := s.payouts.AccountsOf(t.Context(), s.Owner, []models.ID{ann.ID})
		require.NoError(t, err)
		return found[ann.ID]
	}
	// With nothing set up Stripe is asked, and what it refuses is held.
	_, err := onboard()
	require.ErrorIs(t, err, payout.ErrAccountRefused)
	require.Equal(t, payout.StatusRefused, held().Status)
	require.Empty(t, held().Destination)
	s.Sell("ann", "1000.00")
	b := s.plan(t, s.CloseMonth())
	p := s.payoutOf(t, b, ann)
	require.Equal(t, models.PayoutStateHeld, p.State)
	require.Equal(t, payout.ReasonAccountNotReady, p.Reason)
	require.EqualValues(t, 10_000, s.Balance(ann.ID, models.AccountPayable))

	s.payouts.OnlyCountries(countries(t, "DE", "GB:full"))
	_, err = onboard()
	require.ErrorIs(t, err, payout.ErrAccountRefused)

	s.payouts.OnlyCountries(countries(t, "DE", "GB:recipient"))
	account, err := onboard()
	require.NoError(t, err, "another agreement is another request, whatever the rail remembers of the first")
	require.NotEmpty(t, account.Destination)
	require.Equal(t, models.ServiceAgreementRecipient, account.Agreement)
	require.Equal(t, "GB", account.Country)
	require.Equal(t, s.DB.Now(), account.DestinationChangedAt)
	s.payouts.OnlyCountries(countries(t, "DE", "GB:full"))
	again, err := onboard()
	require.NoError(t, err)
	require.Equal(t, account.Destination, again.Destination)
	require.Equal(t, models.ServiceAgreementRecipient, again.Agreement, "an agreement that was made stays")
}

// What Stripe refuses for other reasons than the partner is nobody's country.
func TestAnAccountThatIsNotOpenedForOtherReasonsIsTriedAgain(t *testing.T) {
	s := newStage(t)
	ann := s.Enroll("ann", models.ID{})
	for _, kind := range []stripesim.FaultKind{stripesim.Unauthorized, stripesim.BadRequest, stripesim.RateLimited, stripesim.ServerError, stripesim.HTML502} {
		s.sim.Script(stripesim.Fault{Kind: kind, Method: http.MethodPost, Path: "/v1/accounts", Count: 1})
		_, _, err := s.payouts.Onboard(t.Context(), s.Owner, ann.ID, "https://acme.example/again", "https://acme.example/done")
		require.ErrorIs(t, err, payout.ErrRailUnavailable, kind)
	}
	var kept int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.PayoutAccount{}).Count(&kept).Error)
	require.Zero(t, kept)
}
