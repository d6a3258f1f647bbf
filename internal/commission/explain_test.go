package commission_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/testkit"
	"tributary/models"
)

// requireAgrees explains a line for the merchant: whatever made it, it comes to what is stored, and its steps lead there.
func requireAgrees(t *testing.T, s *testkit.Scene, id models.ID) commission.Explanation {
	t.Helper()
	e, err := s.Commission.Explain(t.Context(), s.Owner, id)
	require.NoError(t, err)
	require.True(t, e.Agrees, "%s line of rule %s, level %d: %s", e.Line.Kind, e.Line.RuleID, e.Line.Level, e.Problem)
	require.Empty(t, e.Problem)
	if len(e.Steps) > 0 {
		require.Equal(t, e.Line.AmountMinor, e.Steps[len(e.Steps)-1].Amount.Minor, "%v", e.Steps)
	}
	return e
}
