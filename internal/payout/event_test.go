package payout_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/payout"
	"tributary/internal/stripesim"
	"tributary/models"
)

// happens keeps an event as the webhook handler does, works it twice, and requires the second time to change nothing.
func (s *stage) happens(t *testing.T, payload string) {
	t.Helper()
	id := models.NewID().String()
	for range 2 { // Stripe delivers twice
		require.NoError(t, s.payouts.KeepEvent(t.Context(), models.StripeEvent{EventID: id, EventType: "test", Payload: payload}))
	}
	var kept []models.StripeEvent
	require.NoError(t, s.DB.Read(t.Context()).Where("event_id = ?", id).Find(&kept).Error)
	require.Len(t, kept, 1)
	require.NoError(t, s.payouts.HandleEvent(t.Context(), kept[0].ID))
	require.NoError(t, s.payouts.HandleEvent(t.Context(), kept[0].ID))
	require.NoError(t, s.DB.Read(t.Context()).Where("event_id = ?", id).Take(&kept[0]).Error)
	require.NotNil(t, kept[0].HandledAt)
}

func transferEvent(kind, transferID string, payoutID models.ID) string {
	return fmt.Sprintf(`{"type":%q,"data":{"object":{"id":%q,"object":"transfer","metadata":{"tributary_payout":%q}}}}`, kind, transferID, payoutID)
}

func (s *stage) reverse(t *testing.T, transferID, amount string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/v1/transfers/"+transferID+"/reversals",
		strings.NewReader(url.Values{"amount": {amount}}.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+simKey)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

func TestAWebhookResolvesAnUnknownOutcome(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropAfter)
	s.happens(t, transferEvent("transfer.created", s.sim.Transfers()[0].ID, p.ID))
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	require.Equal(t, models.BatchStateReconciling, s.batch(t, b.ID).State)
}

// The webhook is only a hint: what it says is not believed.
func TestAWebhookOfNoTransferResolvesNothing(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropBefore)
	s.Clock.Advance(100 * time.Hour) // past everything a look-up waits for
	before := s.payoutOf(t, b, e)
	for _, payload := range []string{transferEvent("transfer.created", "tr_made_up", p.ID), transferEvent("transfer.reversed", "tr_made_up", p.ID),
		transferEvent("transfer.created", "tr_made_up", models.NewID()), `{"type":"transfer.created","data":{"object":{"id":"tr_2"}}}`,
		`{"type":"account.updated","account":"acct_of_nobody"}`, `{"type":"payout.paid"}`} {
		s.happens(t, payload)
	}
	require.Equal(t, before, s.payoutOf(t, b, e))
}

func TestAReversalAtTheRailIsOwedAgain(t *testing.T) {
	s := newStage(t)
	b, e, p := oneDue(t, s, 100_000)
	require.NoError(t, s.payouts.Send(t.Context(), p.ID))
	transfer := s.sim.Transfers()[0].ID
	s.reverse(t, transfer, "3000")
	s.happens(t, transferEvent("transfer.reversed", transfer, p.ID))
	require.EqualValues(t, 3_000, s.Balance(e.ID, models.AccountPayable))
	require.Equal(t, models.PayoutStatePartlyReversed, s.payoutOf(t, b, e).State)
	require.Equal(t, models.BatchStateClosed, s.batch(t, b.ID).State, "the comparison was clean")
	require.EqualValues(t, 7_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	s.Prove()

	s.reverse(t, transfer, "7000")
	s.happens(t, transferEvent("transfer.reversed", transfer, p.ID))
	require.Equal(t, models.PayoutStateReversed, s.payoutOf(t, b, e).State)
	require.EqualValues(t, 10_000, s.Balance(e.ID, models.AccountPayable))
	require.Zero(t, s.Balance(s.Program.ID, models.AccountPaidOut))
}

func TestAnAccountThatWasRejectedOrLeftIsNotReady(t *testing.T) {
	s := newStage(t)
	e := s.partner(t, "ada")
	account := func() models.PayoutAccount {
		var a models.PayoutAccount
		require.NoError(t, s.DB.Read(t.Context()).Where("partner_id = ?", e.PartnerID).Take(&a).Error)
		return a
	}
	require.True(t, account().Ready)
	require.NoError(t, s.sim.Reject(account().Destination))
	s.happens(t, fmt.Sprintf(`{"type":"account.updated","account":%q}`, account().Destination))
	require.False(t, account().Ready)

	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.PayoutAccount{}).Where("partner_id = ?", e.PartnerID).Updates(map[string]any{"destination": "acct_gone", "ready": true}).Error
	})
	s.happens(t, `{"type":"account.application.deauthorized","account":"acct_gone"}`)
	require.False(t, account().Ready)
	require.Equal(t, "gone", account().Status)
	s.Sell("ada", "1000.00")
	require.Equal(t, payout.ReasonAccountNotReady, s.payoutOf(t, s.plan(t, s.CloseMonth()), e).Reason)
}

// The rail forgets a key after a day: asking for the account again must not open a second one, for which the partner
// would wait another two days.
