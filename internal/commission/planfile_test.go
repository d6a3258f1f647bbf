package commission_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/fault"
)

func TestAPlanFileIsReadWholeOrNotAtAll(t *testing.T) {
	sample, err := os.ReadFile("../app/demodata/plan.yaml")
	require.NoError(t, err)
	file, err := commission.ParsePlanFile(sample)
	require.NoError(t, err)
	require.NotEmpty(t, file.Program.Slug)
	require.NotEmpty(t, file.Plan.Rules)

	_, err = commission.ParsePlanFile([]byte("program:\n  slug: a\n  sluug: b\n"))
	require.Equal(t, "PLAN_FILE_MALFORMED", fault.CodeOf(err))
	require.ErrorContains(t, err, "[3:3]")
	for name, text := range map[string]string{"too long": strings.Repeat("#", 300_001), "brackets": strings.Repeat("[", 100_000), "braces": strings.Repeat("{a: ", 60_000),
		"lists": strings.Repeat("- ", 100_000), "keys": strings.Repeat("? ", 100_000), "not a map": "- a", "tabs": "program:\n\tslug: a"} {
		began := time.Now()
		_, err := commission.ParsePlanFile([]byte(text))
		require.Equal(t, "PLAN_FILE_MALFORMED", fault.CodeOf(err), name)
		require.Less(t, time.Since(began), 5*time.Second, name)
	}
}
