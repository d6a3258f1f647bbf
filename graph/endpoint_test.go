package graph_test

import (
	"maps"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/notify"
	"tributary/models"
)

// endpoint is one that is told of the events about ann.
func (s *served) endpoint() models.WebhookEndpoint {
	s.T.Helper()
	var e models.WebhookEndpoint
	ann := s.enrolled("ann").ID
	s.Do(func(tx *models.Tx) (err error) {
		e, _, err = s.Notify.CreateEndpoint(tx, s.Owner, notify.EndpointInput{EnrollmentID: ann, URL: "https://a.example/"})
		return err
	})
	return e
}

func endpointOf(fields map[string]any) func(*served) map[string]any {
	return func(s *served) map[string]any {
		all := map[string]any{"endpointId": s.endpoint().ID.Format(models.PrefixEndpoint)}
		maps.Copy(all, fields)
		return all
	}
}

func endpointDuties() map[string]duty {
	return map[string]duty{
		"createWebhookEndpoint": {by: byBoth, scope: access.EventsWrite, input: ofAnn(map[string]any{"url": "https://a.example/hook", "types": []string{"conversion.recorded"}}),
			answer: "endpoint { id kind url types state cursorNumber } secret", other: map[string]any{"url": "https://b.example/"}, once: []string{"secret"}},
		"createPostback": {by: byBoth, scope: access.EventsWrite, input: ofAnn(map[string]any{"url": "https://a.example/?c={click_id}"}),
			answer: "endpoint { id kind url types state }", other: map[string]any{"url": "https://b.example/"}},
		"updateWebhookEndpoint": {by: byBoth, scope: access.EventsWrite, input: endpointOf(map[string]any{"url": "https://b.example/"}),
			answer: "endpoint { id url types }", other: map[string]any{"url": "https://c.example/"}},
		"rotateWebhookSecret": {by: byBoth, scope: access.EventsWrite, input: endpointOf(nil),
			answer: "endpoint { id oldSecretUntil } secret", other: map[string]any{"endpointId": models.NewID().Format(models.PrefixEndpoint)}, once: []string{"secret"}},
		"parkWebhookEndpoint": {by: byBoth, scope: access.EventsWrite, input: endpointOf(nil),
			answer: "endpoint { id state parkReason parkedAt }", other: map[string]any{"endpointId": models.NewID().Format(models.PrefixEndpoint)}},
		"unparkWebhookEndpoint": {by: byBoth, scope: access.EventsWrite, input: func(s *served) map[string]any {
			e := s.endpoint()
			s.Do(func(tx *models.Tx) error { _, err := s.Notify.Park(tx, s.Owner, e.ID); return err })
			return map[string]any{"endpointId": e.ID.Format(models.PrefixEndpoint)}
		}, answer: "endpoint { id state }", other: map[string]any{"endpointId": models.NewID().Format(models.PrefixEndpoint)}},
		"testWebhookEndpoint": {by: byBoth, scope: access.EventsWrite, input: endpointOf(nil),
			answer: "delivery { eventNumber eventType state nextTryAt }", other: map[string]any{"endpointId": models.NewID().Format(models.PrefixEndpoint)}},
		"replayEvents": {by: byBoth, scope: access.EventsWrite, input: func(s *served) map[string]any {
			require.NoError(s.T, s.Notify.Sweep(s.T.Context()))
			return endpointOf(map[string]any{"fromNumber": 2})(s)
		}, answer: "endpoint { id cursorNumber }", other: map[string]any{"fromNumber": 1}},
	}
}
