package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func TestTheReplaysOfAPeriodAreRead(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.Sell("ann", "100.00")
	period := s.CloseMonth()
	replay := func() {
		_, err := s.Commission.Replay(t.Context(), s.Owner, period.ID)
		require.NoError(t, err)
	}
	replay()
	s.LeaveOut(models.ID{}, "a line is changed on purpose")
	change := func(rate int64) {
		s.Do(func(tx *models.Tx) error { return tx.Exec("UPDATE commissions SET rate_ppm = ?", rate).Error })
	}
	change(1)
	replay()
	change(100_000)
	const query = `query($id: ID!) { node(id: $id) { ... on Period { replays { nodes { startedAt finishedAt requestedBy lineCount conversionCount stored { amount } recomputed { amount currencyCode }
		differenceCount differences { kind commissionId conversionId enrollmentId ruleId level stored { amount } recomputed { amount } detail } } } } } }`
	id := map[string]any{"id": period.ID.Format(models.PrefixPeriod)}
	a := s.must(s.key, query, id)
	require.Len(t, a.at(t, "node", "replays", "nodes"), 2)
	require.Equal(t, []any{"0", []any{}}, []any{sprint(a.at(t, "node", "replays", "nodes", 0, "differenceCount")), a.at(t, "node", "replays", "nodes", 0, "differences")})
	require.Equal(t, []any{"1", "10.00", "10.00", "GBP", s.Owner.Name}, []any{sprint(a.at(t, "node", "replays", "nodes", 1, "differenceCount")), a.at(t, "node", "replays", "nodes", 1, "stored", "amount"),
		a.at(t, "node", "replays", "nodes", 1, "recomputed", "amount"), a.at(t, "node", "replays", "nodes", 1, "recomputed", "currencyCode"), a.at(t, "node", "replays", "nodes", 1, "requestedBy")})
	found := a.at(t, "node", "replays", "nodes", 1, "differences", 0)
	require.Equal(t, "TERMS", under(found, "kind"))
	require.Equal(t, ann.ID.Format(models.PrefixEnrollment), under(found, "enrollmentId"))
	require.Equal(t, "its rate is 10%, and 0.0001% is stored", under(found, "detail"))
	require.Equal(t, "FORBIDDEN", s.ask(s.partnerToken(ann, "ann@partners.example"), query, id).code())
}
