package graph_test

import (
	"maps"

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
