package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"tributary/internal/commission/engine"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/program"
)

const fewestCases = 150

// planFile is a plan file as far as the engine reads it.
type planFile struct {
	Program  program.Spec         `yaml:"program"`
	Plan     engine.PlanSpec      `yaml:"plan"`
	Examples []engine.ExampleSpec `yaml:"examples"`
}

// setting gives the program that a file's examples run in.
func (f planFile) setting(t *testing.T) engine.Setting {
	t.Helper()
	currency, err := money.ParseCurrency(f.Program.Currency)
	require.NoError(t, err)
	zone, err := time.LoadLocation(f.Program.TimeZone)
	require.NoError(t, err)
	groups := map[string]bool{}
	for _, g := range f.Program.Groups {
		groups[g.Code] = true
	}
	return engine.Setting{Terms: engine.Terms{Currency: currency, Zone: zone, Groups: groups}, PeriodKind: engine.PeriodKind(strings.ToUpper(f.Program.Period))}
}

func readCases(t *testing.T) map[string]planFile {
	t.Helper()
	paths, err := filepath.Glob("../testdata/*.yaml")
	require.NoError(t, err)
	files := map[string]planFile{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var f planFile
		require.NoError(t, yaml.UnmarshalWithOptions(text, &f, yaml.Strict()), path)
		require.NotEmpty(t, f.Examples, path)
		files[strings.TrimSuffix(filepath.Base(path), ".yaml")] = f
	}
	return files
}

// Every example is run by itself, so that one that fails hides no other.
func TestPlanCases(t *testing.T) {
	named := map[string]string{}
	for name, f := range readCases(t) {
		in := f.setting(t)
		for _, e := range f.Examples {
			require.NotContains(t, named, e.Name, "the name is used twice, in %s too", name)
			named[e.Name] = name
			t.Run(name+"/"+e.Name, func(t *testing.T) {
				require.NotEmpty(t, e.Shows)
				require.NoError(t, engine.CheckExamples(f.Plan, []engine.ExampleSpec{e}, in))
			})
		}
		require.NoError(t, engine.CheckExamples(f.Plan, f.Examples, in), "the file as a whole")
	}
	require.GreaterOrEqual(t, len(named), fewestCases)
}

// A case that would pass with another figure shows nothing, so each is run once more with every expected amount one
// unit off, one at a time.
func TestPlanCasesCanFail(t *testing.T) {
	for name, f := range readCases(t) {
		in := f.setting(t)
		for _, e := range f.Examples {
			for i, want := range e.Expect {
				if want.Stopped != "" {
					continue
				}
				wrong := e
				wrong.Expect = append([]engine.ExpectSpec(nil), e.Expect...)
				want.Amount, wrong.Expect[i].Amount = oneMore(t, want.Amount, in.Currency)
				err := engine.CheckExamples(f.Plan, []engine.ExampleSpec{wrong}, in)
				require.Equal(t, "EXAMPLE_FAILS", fault.CodeOf(err), "%s/%s, line %d", name, e.Name, i)
				require.Contains(t, err.Error(), "expected to "+want.To+": "+wrong.Expect[i].Amount, "%s/%s", name, e.Name)
				require.Contains(t, err.Error(), "\n  to "+want.To+": "+want.Amount, "%s/%s", name, e.Name)
			}
		}
	}
}

// oneMore gives an amount as lines show it, and one unit more.
func oneMore(t *testing.T, text string, currency money.Currency) (same, more string) {
	t.Helper()
	a, err := money.Parse(text, currency)
	require.NoError(t, err)
	return a.Decimal(), money.New(a.Minor+1, currency).Decimal()
}
