package graph_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"tributary/models"
)

// countStatements counts what the database is asked from now on.
func countStatements(t *testing.T, db *models.DB) *atomic.Int64 {
	t.Helper()
	var n atomic.Int64
	count := func(*gorm.DB) { n.Add(1) }
	on := db.Read(t.Context()).Callback()
	require.NoError(t, on.Query().Before("gorm:query").Register("test:count", count))
	require.NoError(t, on.Row().Before("gorm:row").Register("test:count", count))
	require.NoError(t, on.Raw().Before("gorm:raw").Register("test:count", count))
	return &n
}

func TestAPageCostsAConstantNumberOfStatements(t *testing.T) {
	s := serve(t)
	above := models.ID{}
	for i := range 40 {
		name := fmt.Sprintf("partner-%d", i)
		e := s.Enroll(name, above)
		if i < 3 {
			above = e.ID
		}
		s.Refund("refund-"+name, s.Sell(name, "100.00"), "10.00")
	}
	s.CloseMonth()
	statements := countStatements(t, s.DB)
	id := s.Program.ID.Format(models.PrefixProgram)
	for name, query := range map[string]string{
		"conversions": `query($id: ID!, $n: Int) { program(id: $id) { conversions(first: $n) { edges { cursor node {
			id externalId customerId amount { amount } program { name } enrollment { code partner { name } sponsor { code } }
			attribution { method enrollment { code } candidates { won } }
			commissions { amount { amount } enrollment { code } period { key } conversion { id } } refunds { amount { amount } conversion { id } }
			} } pageInfo { hasNextPage endCursor } } } }`,
		"enrollments": `query($id: ID!, $n: Int) { program(id: $id) { enrollments(first: $n) { nodes {
			code partner { name } sponsor { partner { name } } program { name } balances { accrued { amount } payable { amount } inTransit { amount } } } } } }`,
		"refunds": `query($id: ID!, $n: Int) { program(id: $id) { refunds(first: $n) { nodes {
			amount { amount } conversion { externalId enrollment { code } } } } } }`,
	} {
		// How many keys a loader gathers depends on timing, so the count may differ by a few; a statement
		// for each entry would be at least forty.
		for _, n := range []int{2, 10, 40} {
			before := statements.Load()
			a := s.must(s.key, query, map[string]any{"id": id, "n": n})
			require.NotContains(t, a.text, `"enrollment":null`)
			require.LessOrEqual(t, statements.Load()-before, int64(30), "%d %s", n, name)
		}
	}
}
