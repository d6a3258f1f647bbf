package notify_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/notify"
	"tributary/internal/testkit"
	"tributary/models"
)

func TestAPartnerIsToldOfItsOwnOnly(t *testing.T) {
	r := newReceiver(t)
	s := &told{Scene: testkit.NewScene(t)}
	ann := s.Enroll("ann", models.ID{})
	bob := s.Enroll("bob", models.ID{})
	partner := access.Caller{Name: "user:ann", UserID: models.NewID(), PartnerID: ann.PartnerID}
	require.NoError(t, s.Notify.Sweep(t.Context()))
	s.Do(func(tx *models.Tx) (err error) {
		s.endpoint, s.secret, err = s.Notify.CreateEndpoint(tx, partner, notify.EndpointInput{EnrollmentID: ann.ID, URL: r.URL})
		return err
	})
	s.Sell("bob", "10.00")
	s.Sell("ann", "20.00")
	s.work()
	require.Len(t, r.got(), 2, "of what happened after it was made: itself, and the sale")
	require.Contains(t, r.got()[1].body, `"20.00"`)
	s.refused("ENROLLMENT_NOT_FOUND", func(tx *models.Tx) error {
		_, _, err := s.Notify.CreateEndpoint(tx, partner, notify.EndpointInput{EnrollmentID: bob.ID, URL: r.URL})
		return err
	})
	s.refused("FORBIDDEN", func(tx *models.Tx) error {
		_, _, err := s.Notify.CreateEndpoint(tx, partner, notify.EndpointInput{ProgramID: s.Program.ID, URL: r.URL})
		return err
	})
	other := access.Caller{Name: "user:bob", UserID: models.NewID(), PartnerID: bob.PartnerID}
	s.refused("ENDPOINT_NOT_FOUND", func(tx *models.Tx) error { _, err := s.Notify.Park(tx, other, s.endpoint.ID); return err })
	_, err := s.Notify.Deliveries(t.Context(), other, s.endpoint.ID, models.Page{})
	require.ErrorIs(t, err, notify.ErrEndpointMissing)
}

func TestAPostbackPutsTheEventIntoItsAddress(t *testing.T) {
	r := newReceiver(t)
	s := &told{Scene: testkit.NewScene(t)}
	ann := s.Enroll("ann", models.ID{})
	s.Do(func(tx *models.Tx) (err error) {
		s.endpoint, err = s.Notify.CreatePostback(tx, s.Owner, notify.EndpointInput{EnrollmentID: ann.ID,
			URL: r.URL + "/p/{status}?a={amount}&c={currency}&e={external_id}&click={click_id}&fixed=%20"})
		return err
	})
	s.Sell("ann", "20.00")
	s.Refund("r 1&x", "order-1", "5.00")
	s.work()
	require.Len(t, r.got(), 2)
	require.Equal(t, "/p/recorded?a=20.00&c=GBP&e=order-1&click=&fixed=%20", r.got()[0].address)
	require.Equal(t, "/p/recorded?a=5.00&c=GBP&e=r%201%26x&click=&fixed=%20", r.got()[1].address)
	require.Equal(t, "GET", r.got()[0].method)
	require.Empty(t, r.got()[0].header.Get("webhook-signature"))
	s.refused("ENDPOINT_NOT_SIGNED", func(tx *models.Tx) error { _, _, err := s.Notify.RotateSecret(tx, s.Owner, s.endpoint.ID); return err })
}

func TestAddressesAndTypesAreChecked(t *testing.T) {
	s := &told{Scene: testkit.NewScene(t)}
	ann := s.Enroll("ann", models.ID{})
	for url, code := range map[string]string{"": "WEBHOOK_URL_INVALID", "ftp://a.example/": "WEBHOOK_URL_INVALID", "https://u:p@a.example/": "WEBHOOK_URL_INVALID",
		"https://a.example:22/": "WEBHOOK_URL_INVALID", "https://a.example/#x": "WEBHOOK_URL_INVALID", "https:///x": "WEBHOOK_URL_INVALID"} {
		s.refused(code, func(tx *models.Tx) error {
			_, _, err := s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{ProgramID: s.Program.ID, URL: url})
			return err
		})
	}
	for url, code := range map[string]string{"https://a.example/{nonsense}": "MACRO_UNKNOWN", "https://{click_id}.example/": "MACRO_UNKNOWN",
		"https://a.example{event}/": "MACRO_UNKNOWN", "https://a.example/{": "MACRO_UNKNOWN", "{event}://a.example/": "WEBHOOK_URL_INVALID", "mailto:{event}": "WEBHOOK_URL_INVALID"} {
		s.refused(code, func(tx *models.Tx) error {
			_, err := s.Notify.CreatePostback(tx, s.Owner, notify.EndpointInput{EnrollmentID: ann.ID, URL: url})
			return err
		})
	}
	s.refused("EVENT_TYPE_UNKNOWN", func(tx *models.Tx) error {
		_, err := s.Notify.CreatePostback(tx, s.Owner, notify.EndpointInput{EnrollmentID: ann.ID, URL: "https://a.example/", Types: []string{"payout.held"}})
		return err
	})
	s.refused("ENDPOINT_OWNER_INVALID", func(tx *models.Tx) error {
		_, _, err := s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{URL: "https://a.example/"})
		return err
	})
}

func TestTwentyEndpointsAndNotOneMore(t *testing.T) {
	s := newTold(t, "https://a.example/")
	create := func(tx *models.Tx) error {
		_, _, err := s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{ProgramID: s.Program.ID, URL: fmt.Sprintf("https://%s.example/", models.NewID())})
		return err
	}
	for range notify.MaxEndpoints - 1 {
		s.Do(create)
	}
	s.refused("TOO_MANY_ENDPOINTS", create)
	s.Do(func(tx *models.Tx) error { _, err := s.Notify.Park(tx, s.Owner, s.endpoint.ID); return err })
	s.refused("ENDPOINT_PARKED", func(tx *models.Tx) error { _, err := s.Notify.Park(tx, s.Owner, s.endpoint.ID); return err })
	s.Do(create)
	s.refused("TOO_MANY_ENDPOINTS", func(tx *models.Tx) error { _, err := s.Notify.Unpark(tx, s.Owner, s.endpoint.ID); return err })
}

func TestATestIsSentAndInNoLog(t *testing.T) {
	r := newReceiver(t)
	s := newTold(t, r.URL, string(notify.PayoutHeld))
	s.Do(func(tx *models.Tx) error { _, err := s.Notify.Test(tx, s.Owner, s.endpoint.ID); return err })
	s.work()
	require.Len(t, r.got(), 1)
	require.Contains(t, r.got()[0].body, `"type":"endpoint.test"`)
	s.refused("EVENT_NUMBER_INVALID", func(tx *models.Tx) error { _, err := s.Notify.Replay(tx, s.Owner, s.endpoint.ID, 1000); return err })
}
