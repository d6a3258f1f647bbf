package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func TestTheLogIsReadOverTheAPI(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	token := s.partnerToken(ann, "ann@partners.example")
	s.Sell("ann", "10.00")
	require.NoError(t, s.Notify.Sweep(t.Context()))
	const ask = `query($id: ID!, $after: Int) { node(id: $id) { ... on Program { events(afterNumber: $after) { nodes { id number type occurredAt enrollment { code } data } } }
		... on Enrollment { events(afterNumber: $after) { nodes { number type } } } } }`
	log := s.must(s.key, ask, map[string]any{"id": s.main(), "after": 4}).at(t, "node", "events", "nodes").([]any)
	require.Len(t, log, 1)
	sold := log[0].(map[string]any)
	require.EqualValues(t, 5, sold["number"])
	require.Equal(t, "conversion.recorded", sold["type"])
	require.Equal(t, map[string]any{"code": ann.Code}, sold["enrollment"])
	data := sold["data"].(map[string]any)
	require.Equal(t, map[string]any{"amount": "10.00", "currencyCode": "GBP"}, data["amount"])
	require.Equal(t, "order-1", data["externalId"])

	own := s.must(token, ask, map[string]any{"id": s.enrollment("ann")}).at(t, "node", "events", "nodes")
	require.Equal(t, []any{map[string]any{"number": 3.0, "type": "enrollment.approved"}, map[string]any{"number": 4.0, "type": "link.created"},
		map[string]any{"number": 5.0, "type": "conversion.recorded"}}, own)
	again := s.must(token, `query($id: ID!) { node(id: $id) { ... on Event { number } } }`, map[string]any{"id": sold["id"]})
	require.EqualValues(t, 5, again.at(t, "node", "number"))

	hidden := s.ask(token, ask, map[string]any{"id": s.main()})
	require.Equal(t, "FORBIDDEN", hidden.code(), hidden.text)
	odd := s.ask(s.key, ask, map[string]any{"id": s.main(), "after": -1})
	require.Equal(t, "BAD_USER_INPUT", odd.code(), odd.text)
}
