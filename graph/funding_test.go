package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/models"
)

func TestOnlyTheMerchantSeesTheFunding(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.owed()
	const query = `query($id: ID!) { program(id: $id) { funding { pending { period { id } lineCount amount { amount } } payable { amount } debts { amount }
		inTransit { amount } nextRun { amount } rails { rail need { amount } short { amount } } } } }`
	of := map[string]any{"id": s.main()}
	shown := s.must(s.key, query, of)
	require.Equal(t, "100.00", shown.at(t, "program", "funding", "payable", "amount"))
	require.Equal(t, "100.00", shown.at(t, "program", "funding", "rails", 0, "need", "amount"))
	require.Nil(t, s.must(s.partnerToken(ann, "ann@partners.example"), query, of).at(t, "program", "funding"))
}
