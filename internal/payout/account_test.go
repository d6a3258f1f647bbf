package payout_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/payout"
	"tributary/models"
)

func TestOnboardingAgainKeepsTheAccount(t *testing.T) {
	s := newStage(t)
	e := s.Enroll("ada", models.ID{})
	onboard := func() models.PayoutAccount {
		t.Helper()
		page, account, err := s.payouts.Onboard(t.Context(), s.Owner, e.ID, "https://acme.example/again", "https://acme.example/done")
		require.NoError(t, err)
		require.NotEmpty(t, page)
		return account
	}
	first := onboard()
	s.Clock.Advance(49 * time.Hour) // longer than the rail keeps a key
	again := onboard()
	require.Equal(t, first.Destination, again.Destination)
	require.Equal(t, first.DestinationChangedAt, again.DestinationChangedAt, "nothing has to settle again")
	s.server.Close()
	_, _, err := s.payouts.Onboard(t.Context(), s.Owner, e.ID, "https://acme.example/again", "https://acme.example/done")
	require.ErrorIs(t, err, payout.ErrRailUnavailable)
}

// An account that left the platform does not come back: whoever sets payouts up again gets another, which settles for two
// days like any change of the destination.
func TestAnAccountThatIsGoneIsReplaced(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	onboard := func() models.PayoutAccount {
		t.Helper()
		page, account, err := s.payouts.Onboard(t.Context(), s.Owner, e.ID, "https://acme.example/again", "https://acme.example/done")
		require.NoError(t, err)
		response, err := noFollow().Get(page)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return account
	}
	first := onboard()
	for generation := range 2 {
		require.NoError(t, s.sim.Deauthorize(first.Destination))
		next := onboard() // also where no webhook told it yet
		require.NotEqual(t, first.Destination, next.Destination)
		require.Equal(t, generation+2, next.Generation)
		require.Equal(t, s.Clock.Now(), next.DestinationChangedAt.UTC())
		require.Equal(t, next.Destination, onboard().Destination, "a second click opens no other")
		require.NoError(t, s.payouts.RefreshAccount(t.Context(), models.RailNameStripe, first.Destination))
		first = next
	}
	require.NoError(t, s.payouts.RefreshAccount(t.Context(), models.RailNameStripe, first.Destination))
	s.Sell("ada", "1000.00")
	b := s.plan(t, s.CloseMonth())
	require.Equal(t, models.PayoutStatePlanned, s.payoutOf(t, b, e).State, "the month's close was more than two days ago")
}

// A partner whom the rail does not pay is moved to the bank, and back; a new way to be paid settles like a new account.
func TestAnEnrollmentIsMovedToAnotherRail(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	s.setReference(e, "GB33ADA")
	s.Sell("ada", "1000.00")
	period := s.CloseMonth()
	s.Clock.Advance(49 * time.Hour)
	planned := func() models.Payout {
		t.Helper()
		b := s.plan(t, period)
		s.Do(func(tx *models.Tx) error { _, err := s.payouts.Cancel(tx, s.Owner, b.ID); return err })
		return s.payoutOf(t, b, e)
	}
	set := func(by access.Caller, rail models.RailName) string {
		return s.try(t, func(tx *models.Tx) error { _, err := s.Programs.SetRail(tx, by, e.ID, rail); return err })
	}
	require.Equal(t, models.RailNameStripe, planned().Rail)
	require.Equal(t, "RAIL_UNKNOWN", set(s.Owner, "PIGEON"))
	require.Equal(t, "ENROLLMENT_NOT_FOUND", set(access.System("stranger", models.NewID()), models.RailNameManual))
	require.Empty(t, set(s.Owner, models.RailNameManual))
	p := planned()
	require.Equal(t, models.RailNameManual, p.Rail)
	require.Equal(t, payout.ReasonAccountChanged, p.Reason)
	s.Clock.Advance(48 * time.Hour)
	require.Empty(t, set(s.Owner, models.RailNameManual), "the same again is no change")
	p = planned()
	require.Empty(t, p.Reason)
	require.Equal(t, "GB33ADA", p.Destination)
	require.Empty(t, set(s.Owner, ""))
	require.Equal(t, models.RailNameStripe, planned().Rail)
}

func TestBankReferences(t *testing.T) {
	s := newStage(t)
	e := s.Enroll("ada", models.ID{})
	set := func(by access.Caller, reference string) (account models.PayoutAccount, err error) {
		err = models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
			account, err = s.payouts.SetBankReference(tx, by, e.ID, reference)
			return err
		})
		return account, err
	}
	for reference, fine := range map[string]bool{"GB33BUKB20201555555555": true, " GB33 BUKB ": true, strings.Repeat("x", 60): true, "1": true,
		"": false, " ": false, strings.Repeat("x", 61): false, "=1+1": false, "+44": false, "-1": false, "@a": false, "Straße": false, "a\nb": false, "a\tb": false} {
		account, err := set(s.Owner, reference)
		require.Equal(t, fine, err == nil, "%q", reference)
		if fine {
			require.Equal(t, strings.TrimSpace(reference), account.Destination)
			require.True(t, account.Ready)
		} else {
			require.Equal(t, "DESTINATION_INVALID", fault.CodeOf(err))
		}
	}
	before, err := set(s.Owner, "GB33")
	require.NoError(t, err)
	s.Clock.Advance(time.Hour)
	same, err := set(s.Owner, "GB33")
	require.NoError(t, err)
	require.Equal(t, before.DestinationChangedAt, same.DestinationChangedAt)
	other, err := set(s.Owner, "GB44")
	require.NoError(t, err)
	require.True(t, other.DestinationChangedAt.After(same.DestinationChangedAt))
	_, err = set(access.System("stranger", models.NewID()), "GB55")
	require.Equal(t, "ENROLLMENT_NOT_FOUND", fault.CodeOf(err))
}

// A partner who sets payouts up again while somebody reads the account that is gone keeps the new one.
func TestALateAnswerAboutAnAccountThatWasReplacedChangesNothing(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	onboard := func() models.PayoutAccount {
		_, account, err := s.payouts.Onboard(t.Context(), s.Owner, e.ID, "https://acme.example/again", "https://acme.example/done")
		require.NoError(t, err)
		return account
	}
	first := onboard()
	require.NoError(t, s.sim.Deauthorize(first.Destination))
	var next models.PayoutAccount
	slow := s.payouts
	s.behind(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if next.ID.IsZero() && strings.HasPrefix(r.URL.Path, "/v1/accounts/") {
			s.payouts, slow = slow, s.payouts // the new account is opened meanwhile
			next = onboard()
		}
		return false
	})
	require.NoError(t, s.payouts.RefreshAccount(t.Context(), models.RailNameStripe, first.Destination))
	var kept models.PayoutAccount
	require.NoError(t, s.DB.Read(t.Context()).Where("id = ?", next.ID).Take(&kept).Error)
	require.NotEqual(t, first.Destination, next.Destination)
	require.Equal(t, next.Destination, kept.Destination)
}
