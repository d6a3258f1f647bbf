package notify_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"tributary/internal/notify"
	"tributary/models"
)

func TestAnEventIsDeliveredSigned(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL+"/hook", string(notify.ConversionRecorded))
	s.Clock.Set(time.Now().UTC()) // the library holds the timestamp against the real clock
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	s.work()
	require.Len(t, r.got(), 1, "of the chosen type only")
	got := r.got()[0]
	require.Equal(t, "POST /hook", got.method+" "+got.address)
	verifier, err := webhooks.NewWebhook(s.secret)
	require.NoError(t, err)
	require.NoError(t, verifier.Verify([]byte(got.body), got.header))
	require.Error(t, verifier.Verify([]byte(got.body+" "), got.header))
	var body notify.Envelope
	require.NoError(t, json.Unmarshal([]byte(got.body), &body))
	require.Equal(t, got.header.Get("webhook-id"), body.ID)
	require.Equal(t, "conversion.recorded", body.Type)
	require.Positive(t, body.Number)

	d := s.deliveries()[0]
	require.Equal(t, models.DeliveryStateDelivered, d.State)
	require.Equal(t, http.StatusOK, d.StatusCode)
	require.Equal(t, "thank you\uFFFD", d.Response)
	s.work()
	require.Len(t, r.got(), 1, "once")
}

func TestBothSecretsSignAfterARotation(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.ConversionRecorded))
	s.Clock.Set(time.Now().UTC())
	s.Enroll("ann", models.ID{})
	old := s.secret
	s.Do(func(tx *models.Tx) (err error) {
		_, s.secret, err = s.Notify.RotateSecret(tx, s.Owner, s.endpoint.ID)
		return err
	})
	require.NotEqual(t, old, s.secret)
	verify := func(secret string, c call) error {
		verifier, err := webhooks.NewWebhook(secret)
		require.NoError(t, err)
		return verifier.VerifyIgnoringTimestamp([]byte(c.body), c.header)
	}
	s.Sell("ann", "10.00")
	s.work()
	require.NoError(t, verify(old, r.got()[0]))
	require.NoError(t, verify(s.secret, r.got()[0]))
	s.Clock.Advance(notify.OldSecretLife)
	s.Sell("ann", "10.00")
	s.work()
	require.Error(t, verify(old, r.got()[1]))
	require.NoError(t, verify(s.secret, r.got()[1]))
}

// An endpoint that fails is tried for 72 hours, later and later, and then parked; unparked, it goes on where it was.
func TestAnEndpointThatOnlyFailsIsParked(t *testing.T) {
	r := newReceiver(t)
	r.answer(http.StatusInternalServerError)
	s := newTold(t, r.URL, string(notify.ConversionRecorded))
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	begun := s.Clock.Now()
	var tried []time.Duration
	for range 40_000 { // every ten seconds, for longer than 72 hours
		before := len(r.got())
		if next := s.deliveries(); len(next) > 0 && next[0].NextTryAt != nil && next[0].NextTryAt.After(s.Clock.Now()) {
			s.Clock.Set(*next[0].NextTryAt)
		}
		s.work()
		if len(r.got()) > before {
			tried = append(tried, s.Clock.Now().Sub(begun))
		}
		if s.now().State == models.EndpointStateParked {
			break
		}
		if s.now().PausedUntil.After(s.Clock.Now()) {
			s.Clock.Set(*s.now().PausedUntil)
		}
	}
	require.Len(t, tried, 10)
	require.Equal(t, []time.Duration{0, 5 * time.Second, 5*time.Minute + 5*time.Second}, tried[:3])
	require.Equal(t, notify.DeliveryLife, tried[9])
	e := s.now()
	require.Equal(t, models.ParkReasonFailing, e.ParkReason)
	d := s.deliveries()[0]
	require.Equal(t, models.DeliveryStatePending, d.State, "it waits for when the endpoint is told again")
	require.Equal(t, models.DeliveryFailureStatus, d.Failure)

	s.Sell("ann", "20.00")
	s.after(time.Hour)
	require.Len(t, r.got(), 10, "a parked endpoint is told of nothing")
	r.answer(http.StatusNoContent)
	s.Do(func(tx *models.Tx) error { _, err := s.Notify.Unpark(tx, s.Owner, e.ID); return err })
	s.work()
	require.Len(t, r.got(), 12, "what it was parked for, and what happened meanwhile")
	require.Equal(t, r.got()[0].header.Get("webhook-id"), r.got()[10].header.Get("webhook-id"))
	s.Do(func(tx *models.Tx) error { _, err := s.Notify.Replay(tx, s.Owner, e.ID, 1); return err })
	s.work()
	calls := r.got()
	require.Len(t, calls, 14, "both sales once more")
	require.Equal(t, calls[0].header.Get("webhook-id"), calls[12].header.Get("webhook-id"), "under the id of the first time")
}

func TestWhoIsGoneIsParkedAtOnce(t *testing.T) {
	r := newReceiver(t)
	r.answer(http.StatusGone)
	s := newTold(t, r.URL)
	s.Enroll("ann", models.ID{})
	s.work()
	require.Len(t, r.got(), 1)
	require.Equal(t, models.ParkReasonGone, s.now().ParkReason)
	var log []string
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.QueuedEvent{}).Pluck("type", &log).Error)
	require.Contains(t, log, string(notify.EndpointParked))
}

func TestARedirectIsNotFollowed(t *testing.T) {
	r := newReceiver(t)
	r.answer(http.StatusTemporaryRedirect)
	s := newTold(t, r.URL, string(notify.EnrollmentApproved))
	s.Enroll("ann", models.ID{})
	s.work()
	require.Len(t, r.got(), 1)
	require.Equal(t, models.DeliveryFailureRedirect, s.deliveries()[0].Failure)
}

// A worker dies after its call and before it could say so: the event is sent again, with the same id.
func TestAWorkerThatDiesSendsTwiceAndLosesNothing(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.EnrollmentApproved))
	s.Enroll("ann", models.ID{})
	require.NoError(t, s.Notify.Sweep(t.Context()))
	s.Do(func(tx *models.Tx) error { // the claim is all that is left of it
		return tx.Model(&models.WebhookEndpoint{}).Where("id = ?", s.endpoint.ID).Updates(map[string]any{"rung": false, "claim_until": tx.Now.Add(time.Minute)}).Error
	})
	require.NoError(t, s.Notify.Deliver(t.Context(), s.endpoint.ID))
	require.Empty(t, r.got(), "nobody sends beside who holds the claim")
	s.after(time.Minute)
	require.Len(t, r.got(), 1)
	require.Equal(t, models.DeliveryStateDelivered, s.deliveries()[0].State)
}

// One that hangs gives its worker back after one call, and others are told meanwhile.
func TestAnEndpointThatFailsPausesAndOthersGoOn(t *testing.T) {
	bad, good := newReceiver(t), newReceiver(t)
	bad.answer(http.StatusBadGateway)
	s := newTold(t, bad.URL, string(notify.ConversionRecorded))
	s.Do(func(tx *models.Tx) error {
		_, _, err := s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{ProgramID: s.Program.ID, URL: good.URL, Types: []string{string(notify.ConversionRecorded)}})
		return err
	})
	s.Enroll("ann", models.ID{})
	for range 5 {
		s.Sell("ann", "10.00")
	}
	s.work()
	require.Len(t, bad.got(), 1, "one call, and then a pause")
	require.Len(t, good.got(), 5)
	s.after(4 * time.Second)
	require.Len(t, bad.got(), 1)
	s.after(time.Second)
	require.Len(t, bad.got(), 2)
	s.after(10 * time.Second)
	require.Len(t, bad.got(), 3, "each pause is twice the last")
	bad.answer(http.StatusOK)
	s.after(20 * time.Second)
	require.Len(t, bad.got(), 7, "and ends when it answers")
}

func TestPruneForgetsWhatEndedLongAgo(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.EnrollmentApproved))
	s.Enroll("ann", models.ID{})
	s.work()
	s.Clock.Advance(notify.KeptFor - time.Microsecond)
	require.NoError(t, s.Notify.Prune(t.Context()))
	require.Len(t, s.deliveries(), 1)
	s.Clock.Advance(time.Microsecond)
	require.NoError(t, s.Notify.Prune(t.Context()))
	require.Empty(t, s.deliveries())
}
