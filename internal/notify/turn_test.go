package notify_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/notify"
	"tributary/internal/program"
	"tributary/models"
)

// One that answers well but slowly has its turn end after one call, and rests for as long as it took.
func TestASlowEndpointKeepsAWorkerForOneCall(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.ConversionRecorded))
	s.Enroll("ann", models.ID{})
	for range 3 {
		s.Sell("ann", "10.00")
	}
	r.during = func() { s.Clock.Advance(9 * time.Second) }
	s.work()
	require.Len(t, r.got(), 1)
	s.after(8 * time.Second)
	require.Len(t, r.got(), 1)
	s.after(time.Second)
	require.Len(t, r.got(), 2)
	require.Zero(t, s.now().Failures)
	r.during = nil
	s.after(9 * time.Second)
	require.Len(t, r.got(), 3)
}

// Whoever changes an endpoint while it is told ends that turn: nothing more goes to where it was.
func TestAChangeEndsTheTurnThatIsUnderWay(t *testing.T) {
	for name, change := range map[string]func(*told, *models.Tx, string) error{
		"another address": func(s *told, tx *models.Tx, url string) error {
			_, err := s.Notify.UpdateEndpoint(tx, s.Owner, s.endpoint.ID, notify.EndpointChange{URL: &url})
			return err
		},
		"parked": func(s *told, tx *models.Tx, _ string) error {
			_, err := s.Notify.Park(tx, s.Owner, s.endpoint.ID)
			return err
		},
	} {
		leaked, other := newReceiver(t), newReceiver(t)
		s := newTold(t, leaked.URL, string(notify.ConversionRecorded))
		s.Enroll("ann", models.ID{})
		for range 3 {
			s.Sell("ann", "10.00")
		}
		leaked.during = func() {
			leaked.during = nil
			s.Do(func(tx *models.Tx) error { return change(s, tx, other.URL) })
		}
		leaked.answer(http.StatusGone) // what it says of the endpoint as it was counts for nothing
		s.work()
		require.Len(t, leaked.got(), 1, name)
		if name == "parked" {
			require.Equal(t, models.ParkReasonRequested, s.now().ParkReason)
			continue
		}
		require.Equal(t, models.EndpointStateActive, s.now().State)
		s.after(time.Hour)
		require.Len(t, leaked.got(), 1, name)
		require.Len(t, other.got(), 3, "and what the former refused is sent to the new one")
	}
}

// What was sealed under another TRIBUTARY_SECRET cannot sign: that is told, and a rotation mends it.
func TestASecretThatCannotBeReadIsAFailure(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.ConversionRecorded))
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	s.Do(func(tx *models.Tx) error {
		return tx.Model(&models.WebhookEndpoint{}).Where("id = ?", s.endpoint.ID).Update("secret", []byte("of another")).Error
	})
	s.work()
	require.Empty(t, r.got())
	require.Equal(t, models.DeliveryFailureSecret, s.deliveries()[0].Failure)
	require.Equal(t, 1, s.now().Failures)
	s.Do(func(tx *models.Tx) error { _, _, err := s.Notify.RotateSecret(tx, s.Owner, s.endpoint.ID); return err })
	s.after(5 * time.Second)
	require.Len(t, r.got(), 1, "though the one before still cannot be read")
}

// A test is sent once, and says nothing of its endpoint.
func TestATestIsSentOnce(t *testing.T) {
	r := newReceiver(t)
	r.answer(http.StatusGone)
	s := newTold(t, r.URL, string(notify.ConversionRecorded))
	var one, other models.WebhookDelivery
	s.Do(func(tx *models.Tx) (err error) {
		if one, err = s.Notify.Test(tx, s.Owner, s.endpoint.ID); err != nil {
			return err
		}
		other, err = s.Notify.Test(tx, s.Owner, s.endpoint.ID)
		return err
	})
	require.Equal(t, one.ID, other.ID, "while one waits there is no other")
	s.work()
	s.after(time.Hour)
	require.Len(t, r.got(), 1)
	require.Equal(t, models.DeliveryStateFailed, s.deliveries()[0].State)
	require.Equal(t, models.EndpointStateActive, s.now().State)
	require.Zero(t, s.now().Failures)
}

// A replay forgets failures: what failed then is not what is sent now.
func TestAReplayForgetsFailures(t *testing.T) {
	r := newReceiver(t)
	r.answer(http.StatusBadGateway)
	s := newTold(t, r.URL, string(notify.ConversionRecorded))
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	s.work()
	require.Equal(t, 1, s.now().Failures)
	s.Do(func(tx *models.Tx) error { _, err := s.Notify.Replay(tx, s.Owner, s.endpoint.ID, 1); return err })
	e := s.now()
	require.Zero(t, e.Failures)
	require.Nil(t, e.FailingSince)
	require.Nil(t, e.PausedUntil)
}

// However little of a long log an endpoint is told of, one sweep looks at a bounded stretch of it.
func TestASweepLooksAtABoundedStretch(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.ConversionRecorded))
	require.NoError(t, emit(t, s.DB, s.Program.ID, 12_000))
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	begun := s.now().CursorNumber
	require.NoError(t, s.Notify.Sweep(t.Context()))
	require.Equal(t, begun+5000, s.now().CursorNumber)
	s.work()
	require.Equal(t, begun+10_000, s.now().CursorNumber)
	require.Empty(t, r.got())
	s.work()
	require.Len(t, r.got(), 1)
}

// A partner is not told what is the merchant's alone: who else is in the tree, and what staff did.
func TestPartnersAreNotToldOfOthers(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.SponsorRequested))
	sue, ann := s.Enroll("sue", models.ID{}), s.Enroll("ann", models.ID{})
	own := newReceiver(t)
	s.Do(func(tx *models.Tx) error {
		_, _, err := s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{EnrollmentID: ann.ID, URL: own.URL, Types: []string{string(notify.SponsorRequested)}})
		if err != nil {
			return err
		}
		_, err = s.Programs.RequestSponsorChange(tx, s.Owner, program.SponsorRequest{EnrollmentID: ann.ID, SponsorID: sue.ID, EffectiveAt: tx.Now.Add(time.Hour), Reason: "asked"})
		return err
	})
	s.work()
	dataOf := func(c call) map[string]any {
		var body struct{ Data map[string]any }
		require.NoError(t, json.Unmarshal([]byte(c.body), &body))
		return body.Data
	}
	sponsor := sue.ID.Format(models.PrefixEnrollment)
	require.Equal(t, sponsor, dataOf(r.got()[0])["sponsorId"])
	require.NotContains(t, dataOf(own.got()[0]), "sponsorId")
	require.Equal(t, ann.ID.Format(models.PrefixEnrollment), dataOf(own.got()[0])["enrollmentId"])

	partner := access.Caller{Name: "user:ann", UserID: models.NewID(), PartnerID: ann.PartnerID}
	all := notify.After{Page: models.Page{Size: models.MaxPageSize}}
	slice, err := s.Notify.EventsOf(t.Context(), partner, ann.ID, all)
	require.NoError(t, err)
	for _, v := range slice.Rows {
		require.NotContains(t, v.Data, sponsor)
		one, err := s.Notify.Event(t.Context(), partner, v.ID)
		require.NoError(t, err)
		require.Equal(t, v.Data, one.Data)
	}
	slice, err = s.Notify.EventsOf(t.Context(), s.Owner, ann.ID, all)
	require.NoError(t, err)
	require.Contains(t, slice.Rows[len(slice.Rows)-1].Data, sponsor)
}
