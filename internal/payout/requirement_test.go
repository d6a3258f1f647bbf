package payout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/models"
)

func TestWhatARailAsksIsASentence(t *testing.T) {
	require.Equal(t, "a bank account or debit card to be paid to", payout.RequirementSentence("external_account"))
	require.Equal(t, "individual.new_thing", payout.RequirementSentence("individual.new_thing"), "what is not known is shown as it is")
	require.Equal(t, "the account can be paid to", payout.StatusSentence("active"))
	require.Equal(t, "resting", payout.StatusSentence("resting"))
}

func TestAnAccountThatLeftHoldsAndNeverFails(t *testing.T) {
	for name, status := range map[string]string{"rejected": "inactive", "left": "gone"} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			ann := s.partner(t, "ann")
			s.Sell("ann", "1000.00")
			period := s.CloseMonth()
			s.Do(func(tx *models.Tx) error {
				return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", ann.PartnerID).Updates(map[string]any{"ready": false, "status": status}).Error
			})
			p := s.payoutOf(t, s.plan(t, period), ann)
			require.Equal(t, models.PayoutStateHeld, p.State)
			require.Equal(t, payout.ReasonAccountNotReady, p.Reason)
			require.EqualValues(t, 10_000, s.Balance(ann.ID, models.AccountPayable))
		})
	}
}

func TestNoAccountIsOpenedWhereNobodyIsPaid(t *testing.T) {
	s := newStage(t)
	ann := s.Enroll("ann", models.ID{}) // in GB
	onboard := func() error {
		_, _, err := s.payouts.Onboard(t.Context(), s.Owner, ann.ID, "https://acme.example/again", "https://acme.example/done")
		return err
	}
	s.payouts.OnlyCountries(countries(t, "DE", "US"))
	require.ErrorIs(t, onboard(), payout.ErrCountry)
	var opened int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.PayoutAccount{}).Count(&opened).Error)
	require.Zero(t, opened)
	s.payouts.OnlyCountries(countries(t, "DE", "GB"))
	require.NoError(t, onboard())
	s.payouts.OnlyCountries(countries(t, "DE"))
	require.NoError(t, onboard(), "an account that is open stays in use")
}
