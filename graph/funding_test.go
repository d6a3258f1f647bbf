package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func TestOnlyTheMerchantSeesTheFunding(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.owed()
	const query = `query($id: ID!) { program(id: $id) { funding { pending { period { id } lineCount amount { amount } } payable { amount } debts { amount }
		inTransit { amount } maturing { matured { lineCount amount { amount } } days { date startsAt lineCount amount { amount currencyCode } } later { lineCount } } nextRun { amount } rails { rail need { amount } short { amount } } } } }`
	of := map[string]any{"id": s.main()}
	shown := s.must(s.key, query, of)
	require.Equal(t, "100.00", shown.at(t, "program", "funding", "payable", "amount"))
	require.Equal(t, "100.00", shown.at(t, "program", "funding", "rails", 0, "need", "amount"))
	require.Equal(t, []any{}, shown.at(t, "program", "funding", "maturing", "days"))
	s.Sell("ann", "50.00")
	s.Accrue()
	today := s.Clock.Now().UTC()
	maturing := s.must(s.key, query, of).at(t, "program", "funding", "maturing")
	require.Equal(t, map[string]any{"matured": map[string]any{"lineCount": 0.0, "amount": map[string]any{"amount": "0.00"}}, "later": map[string]any{"lineCount": 0.0},
		"days": []any{map[string]any{"date": today.Format(time.DateOnly), "startsAt": today.Truncate(24 * time.Hour).Format(time.RFC3339), "lineCount": 1.0,
			"amount": map[string]any{"amount": "5.00", "currencyCode": "GBP"}}}}, maturing)
	require.Nil(t, s.must(s.partnerToken(ann, "ann@partners.example"), query, of).at(t, "program", "funding"))
}
