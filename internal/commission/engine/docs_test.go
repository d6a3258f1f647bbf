package engine_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
)

const planDocs = "../../../docs/plan-file.md"

// The files and the parts of plans in the documentation hold, and their examples come to what they say.
func TestTheExamplesOfTheDocumentationAreTrue(t *testing.T) {
	text, err := os.ReadFile(planDocs)
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		f := planFile{}
		if strings.HasPrefix(block[1], "program:") {
			require.NoError(t, yaml.UnmarshalWithOptions([]byte(block[1]), &f, yaml.Strict()))
		} else {
			f = partOf(t, block[1])
		}
		require.NotEmpty(t, f.Examples, block[1])
		require.NoError(t, engine.CheckExamples(f.Plan, f.Examples, f.setting(t)))
	}
}

// partOf gives a plan that has what a part of one leaves out.
func partOf(t *testing.T, text string) planFile {
	t.Helper()
	var part struct {
		engine.PlanSpec `yaml:",inline"`
		Examples        []engine.ExampleSpec `yaml:"examples"`
	}
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(text), &part, yaml.Strict()), text)
	f := planFile{Plan: part.PlanSpec, Examples: part.Examples}
	f.Program.Currency, f.Program.TimeZone, f.Program.Period = "GBP", "Europe/London", "month"
	f.Plan.EffectiveFrom, f.Plan.MaxTotal = start, "40%"
	if n := len(f.Plan.Rules); n == 0 || f.Plan.Rules[n-1].Kind != "" {
		f.Plan.Rules = append(f.Plan.Rules, engine.RuleSpec{ID: "sales", RewardSpec: engine.RewardSpec{Percent: "10%"}})
	}
	return f
}

// Whatever a plan file may say is in the documentation: every field, every variable of a condition, every code.
func TestTheDocumentationNamesEverything(t *testing.T) {
	text, err := os.ReadFile(planDocs)
	require.NoError(t, err)
	for file, shape := range map[string]string{"spec.go": `yaml:"([a-z_]+)`, "example.go": `yaml:"([a-z_]+)`, "environment.go": `name: "([a-z_.]+)"`} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		found := regexp.MustCompile(shape).FindAllStringSubmatch(string(source), -1)
		require.NotEmpty(t, found, file)
		for _, name := range found {
			if name[1] != "recruits" { // refused, whatever it says
				require.True(t, regexp.MustCompile(`[^a-z_]`+regexp.QuoteMeta(name[1])+`[^a-z_]`).Match(text), "%s of %s", name[1], file)
			}
		}
	}
	sources, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range sources {
		if strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(entry.Name())
		if err != nil {
			continue // a folder
		}
		for _, code := range refusals.FindAllStringSubmatch(string(source), -1) {
			if !slices.Contains(notRefusals, code[1]) {
				require.True(t, strings.Contains(string(text), "`"+code[1]+"`"), "%s of %s", code[1], entry.Name())
			}
		}
	}
}

var (
	refusals    = regexp.MustCompile(`"((?:PLAN|RULE|KIND|CONDITION|TIERS|CAP|LEVELS|GROUP|CURRENCY|BONUS|EXAMPLE)_[A-Z_]+)"`)
	notRefusals = []string{"CONDITION_ENVIRONMENT", "CONDITION_FALSE"}
)
