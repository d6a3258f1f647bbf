package payout_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/stripeconnect"
	"tributary/internal/stripesim"
	"tributary/models"
)

const stageSecret = "whsec_stage"

// delivery is one event as it arrives.
type delivery struct {
	payload, header string
}

func (s *stage) signed(payload string) delivery {
	return delivery{payload, stripesim.Sign([]byte(payload), stageSecret, s.Clock.Now())}
}

func eventOf(id, kind string, isLive bool, object string) string {
	return fmt.Sprintf(`{"id":%q,"object":"event","api_version":"2023-10-16","type":%q,"livemode":%t,"data":{"object":%s}}`, id, kind, isLive, object)
}

// Acceptance: what is not genuine is refused and leaves no trace; what is genuine moves money once, however often and in whatever
// order it comes; and what is of the other mode is kept and changes nothing.
func TestWebhooksInEveryShapeMoveMoneyOnce(t *testing.T) {
	s := newStage(t)
	b, e, p := spoiled(t, s, stripesim.DropAfter)
	made := s.sim.Transfers()[0]
	s.reverse(t, made.ID, "3000")
	handler := stripeconnect.WebhookHandler(stageSecret, s.payouts, s.Clock.Now, turnedAway)
	arrives := func(d delivery) int {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhooks/stripe", strings.NewReader(d.payload))
		request.Header.Set("Stripe-Signature", d.header)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Code
	}
	kept := func() (events []models.StripeEvent) {
		t.Helper()
		require.NoError(t, s.DB.Read(t.Context()).Order("event_id").Find(&events).Error)
		return events
	}
	object := fmt.Sprintf(`{"id":%q,"object":"transfer","metadata":{"tributary_payout":%q}}`, made.ID, p.ID)
	created, reversed := eventOf("evt_1", "transfer.created", false, object), eventOf("evt_2", "transfer.reversed", false, object)
	thin := `{"id":"evt_9","object":"v2.core.event","type":"v2.core.account.updated","api_version":"2023-10-16"}`
	for name, d := range map[string]delivery{
		"future-dated":    {created, stripesim.Sign([]byte(created), stageSecret, s.Clock.Now().Add(10*time.Hour))},
		"old":             {created, stripesim.Sign([]byte(created), stageSecret, s.Clock.Now().Add(-time.Hour))},
		"wrong secret":    {created, stripesim.Sign([]byte(created), "whsec_other", s.Clock.Now())},
		"changed":         {reversed, s.signed(created).header},
		"thin":            s.signed(thin),
		"another version": s.signed(strings.Replace(created, "2023-10-16", "2024-04-10", 1)),
	} {
		require.Equal(t, http.StatusBadRequest, arrives(d), name)
	}
	require.Empty(t, kept())

	account := `{"id":"` + made.Destination + `","object":"account"}`
	elsewhere := eventOf("evt_3", "account.application.deauthorized", true, account)
	for _, payload := range []string{reversed, created, reversed, created, elsewhere} { // the reversal comes first, and all twice
		require.Equal(t, http.StatusOK, arrives(s.signed(payload)))
	}
	require.Len(t, kept(), 3)
	for _, order := range [][]int{{1, 0, 2}, {0, 1, 2}} { // worked in the wrong order, then again
		for _, i := range order {
			require.NoError(t, s.payouts.HandleEvent(t.Context(), kept()[i].ID))
		}
	}
	require.Equal(t, models.PayoutStateTransferred, s.payoutOf(t, b, e).State)
	_, err := s.payouts.Reconcile(t.Context(), b.ID)
	require.NoError(t, err)
	require.Equal(t, models.PayoutStatePartlyReversed, s.payoutOf(t, b, e).State, "the amount comes from the rail, not from an event")
	require.EqualValues(t, 3_000, s.Balance(e.ID, models.AccountPayable))
	require.EqualValues(t, 7_000, s.Balance(s.Program.ID, models.AccountPaidOut))
	require.Len(t, s.sim.Transfers(), 1)
	require.NoError(t, s.sim.Check())
	var ready models.PayoutAccount
	require.NoError(t, s.DB.Read(t.Context()).Where("partner_id = ?", e.PartnerID).Take(&ready).Error)
	require.True(t, ready.Ready, "an event of the other mode says nothing about this one")
}

// turnedAway takes no note of webhooks that are turned away.
func turnedAway(models.ID, string, error) {}
