package commission_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/commission/engine"
	"tributary/internal/testkit"
	"tributary/models"
)

// A rehearsal knows how many lines there will be, and leaves no trace.
func TestARehearsalWritesNothing(t *testing.T) {
	s := openProgram(t, "UTC", models.PeriodKindMonth, func(p *commission.PlanSpec) {
		p.Rules[0].Caps = []engine.CapSpec{{Per: "month", Scope: "enrollment", Amount: "15.00"}}
	})
	sponsor := s.Enroll("sponsor", models.ID{})
	s.Enroll("seller", sponsor.ID)
	for range 3 {
		s.Sell("seller", "100.00")
	}
	s.Refund("back", s.Sell("sponsor", "50.00"), "50.00")
	before := rowsOf(t, s)
	lines, err := s.Commission.Rehearse(t.Context(), s.Program.ID)
	require.NoError(t, err)
	require.Equal(t, before, rowsOf(t, s))
	s.Accrue()
	var earned int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Commission{}).Where("kind = ?", models.CommissionKindEarned).Count(&earned).Error)
	require.Equal(t, earned, lines)
	require.Positive(t, lines)
	lines, err = s.Commission.Rehearse(t.Context(), s.Program.ID)
	require.NoError(t, err)
	require.Zero(t, lines, "nothing waits")
}

// However a queue is cut into batches, and a batch into what is read at once, everything in it is rehearsed once.
func TestARehearsalOfBatches(t *testing.T) {
	s := testkit.NewScene(t)
	family(s)
	for range 4 {
		s.Sell("seller", "100.00")
	}
	for _, size := range []int{1, 2, 3, 4, 5} {
		for _, atOnce := range []int{1, 2, 5} {
			commission.SetBatches(t, size, atOnce)
			lines, err := s.Commission.Rehearse(t.Context(), s.Program.ID)
			require.NoError(t, err)
			require.EqualValues(t, 4*3, lines, "batches of %d, %d at once", size, atOnce)
		}
	}
}

// rowsOf counts the rows of every table.
func rowsOf(t *testing.T, s *testkit.Scene) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, model := range models.All() {
		var n int64
		require.NoError(t, s.DB.Read(t.Context()).Model(model).Count(&n).Error)
		counts[model.(interface{ TableName() string }).TableName()] = n
	}
	return counts
}
