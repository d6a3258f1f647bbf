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

// Each limit is exact, and the line that opens too many levels is named.
func TestAPlanFileAtItsLimits(t *testing.T) {
	const start = "program:\n  slug: a\n"
	list := func(brackets, braces int) string {
		return start + "  domains: [" + strings.Repeat("[],", brackets-1) + strings.Repeat("{},", braces) + "]\n"
	}
	for name, c := range map[string]struct {
		text, want string // nothing when only the content is refused
	}{
		"as long as can be":       {start + strings.Repeat("#", 300_000-len(start)), ""},
		"a byte longer":           {start + strings.Repeat("#", 300_001-len(start)), "at most 300000 bytes"},
		"as many brackets":        {list(2500, 2500), ""},
		"a bracket more":          {list(2501, 2500), "at most 5000 brackets"},
		"a brace more":            {list(2500, 2501), "at most 5000 brackets"},
		"as many levels":          {start + "# " + strings.Repeat("- ", 100) + strings.Repeat("? ", 50) + strings.Repeat(": ", 50), ""},
		"a list more":             {start + "# " + strings.Repeat("- ", 101) + strings.Repeat("? ", 50) + strings.Repeat(": ", 50), "[3:1] the line opens more than 200 levels"},
		"a key more":              {start + "# " + strings.Repeat("- ", 100) + strings.Repeat("? ", 51) + strings.Repeat(": ", 50), "[3:1] the line opens more than 200 levels"},
		"a value more":            {start + "# " + strings.Repeat("- ", 100) + strings.Repeat("? ", 50) + strings.Repeat(": ", 51), "[3:1] the line opens more than 200 levels"},
		"levels on several lines": {start + strings.Repeat("# "+strings.Repeat("- ", 150)+"\n", 3), ""},
	} {
		_, err := commission.ParsePlanFile([]byte(c.text))
		if c.want != "" {
			require.ErrorContains(t, err, c.want, name)
		} else if err != nil {
			require.NotRegexp(t, "at most|opens more", err.Error(), name)
		}
	}
}
