package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/models"
)

func TestAPlanIsPreviewed(t *testing.T) {
	s := serve(t)
	s.Enroll("ann", models.ID{})
	period := s.owed()
	const query = `query($id: ID!) { payoutPlanPreview(periodId: $id) { period { id } contentHash total { amount } payoutCount
		totals { state rail reason sentence count amount { amount } } funds { rail need { amount } available { amount } short { amount } }
		notPaidCount notPaid { enrollment { id } rail state amount { amount } reason sentence } lastBatch { id } totalChange { amount } payoutCountChange
		newcomerCount newcomers { enrollment { id } amount { amount } earlierPayouts } leaverCount leavers { enrollment { id } amount { amount } }
		outlierCount outliers { enrollment { id } kind amount { amount } sentence } } }`
	of := map[string]any{"id": period.ID.Format(models.PrefixPeriod)}
	shown := s.must(s.keyFor(s.Owner, access.PayoutsRead, access.PartnersRead, access.ProgramsRead), query, of)
	at := func(path ...any) any { return shown.at(t, append([]any{"payoutPlanPreview"}, path...)...) }
	require.Equal(t, of["id"], at("period", "id"))
	require.EqualValues(t, "0.00", at("total", "amount"))
	require.Equal(t, s.enrollment("ann"), at("notPaid", 0, "enrollment", "id"))
	require.Equal(t, "NO_PAYOUT_ACCOUNT", at("notPaid", 0, "reason"))
	require.Equal(t, "the partner has not set up a payout account", at("totals", 0, "sentence"))
	require.Equal(t, "100.00", at("totals", 0, "amount", "amount"))
	require.Nil(t, at("lastBatch"))

	planned := s.must(s.key, duty{answer: "payoutBatch { contentHash }"}.text("planPayoutBatch"), variables(map[string]any{"periodId": of["id"]}, "p", nil))
	require.Equal(t, planned.at(t, "it", "payoutBatch", "contentHash"), at("contentHash"))
	require.Contains(t, s.ask(s.key, query, of).text, "BATCH_EXISTS")

	_, rival := s.otherMerchant()
	require.Contains(t, s.ask(rival, query, of).text, "PERIOD_NOT_FOUND")
	require.Equal(t, "FORBIDDEN", s.ask(s.keyFor(s.Owner, access.ProgramsRead), query, of).code())
}
