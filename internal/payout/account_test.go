package payout_test

import (
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
