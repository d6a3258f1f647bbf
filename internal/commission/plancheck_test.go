package commission_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/internal/fault"
	"tributary/internal/testkit"
	"tributary/models"
)

const wholeFile = `program:
  slug: second
  name: Second
  currency: GBP
  time_zone: Europe/London
  domains: [acme.example]
  groups: [{code: gold, name: Gold}]
  terms: |
    Be nice.
plan:
  effective_from: 2026-01-01T00:00:00Z
  max_total: 15%
  levels:
    - {rate: 2%, of: sale}
  group_levels:
    gold: [{rate: 3%, of: sale}]
  rules:
    - {id: pro, when: 'order.metadata["plan"] == "pro"', percent: 12%}
    - {id: big, percent: 8%, caps: [{per: month, amount: "50.00"}]}
examples:
  - name: a sale
    partners: {ann: {}, ben: {sponsor: ann}}
    steps:
      - sale: {id: s1, by: ben, at: 2026-01-05T09:00:00Z, amount: "100.00", metadata: {plan: free}}
    expect:
      - {to: ben, amount: "8.00"}
      - {to: ann, amount: "2.00", level: 1}
`

func TestACheckedFileTellsWhatItComesTo(t *testing.T) {
	found, err := commission.CheckPlanFile([]byte(wholeFile))
	require.NoError(t, err)
	require.Equal(t, commission.PlanCheck{Rules: 2, Examples: 1, WorstCase: 150_000, WorstText: found.WorstText}, found)
	require.Equal(t, "the seller gets 12.0000, level 1 in group gold 3.0000", found.WorstText)
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	for _, name := range append(files, "../app/demodata/plan.yaml") {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		_, err = commission.CheckPlanFile(data)
		require.NoError(t, err, name)
	}
}

// Every refusal says where in the file, in which field, and what; and publishes nothing.
func TestARefusedFileSaysWhere(t *testing.T) {
	s := testkit.NewScene(t)
	apply := func(text string) error {
		return models.InTx(t.Context(), s.DB, func(tx *models.Tx) error {
			f, err := commission.ParsePlanFile([]byte(text))
			if err != nil {
				return err
			}
			_, _, err = s.Commission.ApplyPlanFile(tx, s.Owner, s.Programs, f)
			return err
		})
	}
	rows := func() (n int64) {
		for _, table := range []any{&models.Program{}, &models.PlanVersion{}, &models.Group{}, &models.Terms{}} {
			var some int64
			require.NoError(t, s.DB.Read(t.Context()).Model(table).Count(&some).Error)
			n += some
		}
		return n
	}
	before := rows()
	for name, c := range map[string]struct{ from, to, code, field, at string }{
		"two rules with one id":         {"{id: pro,", "{id: big,", "RULE_ID_TWICE", "plan.rules.1.id", "[19:12] two rules have the id \"big\""},
		"a table deeper than the plan":  {"gold: [{rate: 3%, of: sale}]", "gold: [{rate: 3%, of: sale}, {rate: 1%, of: sale}]", "LEVELS_TOO_DEEP", "plan.group_levels.gold", "[16:11] the plan has 1 levels"},
		"a percentage above the bound":  {"percent: 12%", "percent: 14%", "PLAN_ABOVE_BOUND", "plan.rules.0", "[18:7] rules.0 can pay 17% of a sale"},
		"a cap of zero":                 {`amount: "50.00"}]`, `amount: "0.00"}]`, "CAP_ZERO", "plan.rules.1.caps.0.amount", "[19:58] a cap of zero"},
		"an unknown kind":               {"{id: big,", "{id: big, kind: sale,", "PLAN_INVALID", "plan.rules.1.kind", "[19:23] a kind has"},
		"a failing example":             {`{to: ben, amount: "8.00"}`, `{to: ben, amount: "8.01"}`, "EXAMPLE_FAILS", "examples.0.expect.0", "[26:9] example \"a sale\": expected to ben: 8.01; got\n  to ben: 8.00"},
		"a condition that is not typed": {`== "pro"`, `== 7`, "CONDITION_INVALID", "plan.rules.0.when", "[18:23] column 24: found no matching overload"},
		"a condition of unknown facts":  {`order.metadata["plan"]`, `orders.metadata["plan"]`, "CONDITION_INVALID", "plan.rules.0.when", "[18:23] column 1: undeclared reference"},
		"an unknown currency":           {"currency: GBP", "currency: GBX", "CURRENCY_UNKNOWN", "program.currency", "[4:13] "},
		"an unknown zone":               {"Europe/London", "Europe/Atlantis", "TIME_ZONE_UNKNOWN", "program.time_zone", "[5:14] "},
		"a group that is not there":     {"groups: [{code: gold, name: Gold}]", "groups: []", "GROUP_UNKNOWN", "plan.group_levels.gold", "[16:11] the program has no group"},
		"a group of a bad name":         {"{code: gold, ", "{code: '!', ", "CODE_INVALID", "program.groups.0.code", "[7:19] "},
		"a rate without a percent sign": {"max_total: 15%", "max_total: 15", "RATE_MALFORMED", "plan.max_total", "[12:14] "},
		"a step that names nobody":      {"by: ben", "by: eve", "EXAMPLE_INVALID", "examples.0.steps.0.sale.by", "[24:28] the example has no partner"},
		"a field that there is not":     {"max_total: 15%", "max_totals: 15%", "PLAN_FILE_MALFORMED", "", "[12:3] unknown field \"max_totals\""},
		"a list where a text is due":    {"name: Second", "name: [Second]", "PLAN_FILE_MALFORMED", "", "[3:9] "},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, wholeFile, c.from)
			text := strings.Replace(wholeFile, c.from, c.to, 1)
			_, err := commission.CheckPlanFile([]byte(text))
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			require.Equal(t, c.field, fault.FieldOf(err))
			require.Contains(t, err.Error(), c.at)
			published := apply(text)
			require.Equal(t, err.Error(), published.Error(), "published in the same words")
			require.Equal(t, before, rows())
		})
	}
	require.NoError(t, apply(wholeFile))
	require.NotEqual(t, before, rows())
}

// An exported file is the program and its plan: applying it again publishes nothing, and exporting that gives it again.
func TestAnExportedFilePublishesNothing(t *testing.T) {
	s := testkit.NewScene(t)
	apply := func(text string) (p models.Program, v models.PlanVersion) {
		s.Do(func(tx *models.Tx) error {
			f, err := commission.ParsePlanFile([]byte(text))
			if err != nil {
				return err
			}
			p, v, err = s.Commission.ApplyPlanFile(tx, s.Owner, s.Programs, f)
			return err
		})
		return p, v
	}
	export := func(p models.Program, number int) string {
		text, err := s.Commission.ExportPlanFile(t.Context(), s.Owner, p, number)
		require.NoError(t, err)
		return text
	}
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	texts := []string{wholeFile}
	for _, name := range append(files, "../app/demodata/plan.yaml") {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		texts = append(texts, string(data))
	}
	for _, text := range texts {
		p, first := apply(text)
		exported := export(p, 0)
		again, v := apply(exported)
		require.Equal(t, first.ID, v.ID, "%s", p.Slug)
		require.Equal(t, first.Examples, v.Examples)
		require.Equal(t, exported, export(again, 0))
		again.UpdatedAt = p.UpdatedAt
		require.Equal(t, p, again)
	}
	p, first := apply(wholeFile)
	later := strings.Replace(strings.Replace(wholeFile, "percent: 12%", "percent: 11%", 1), "2026-01-01", "2026-03-01", 1)
	_, second := apply(later[:strings.Index(later, "examples:")])
	require.Equal(t, 2, second.Number)
	require.Contains(t, export(p, 1), "12%")
	require.Contains(t, export(p, 1), "expect:")
	require.NotContains(t, export(p, 2), "12%")
	require.NotContains(t, export(p, 2), "expect:")
	require.NotEqual(t, first.ContentHash, second.ContentHash)
	_, err = s.Commission.ExportPlanFile(t.Context(), s.Owner, p, 3)
	require.Equal(t, "PLAN_NOT_FOUND", fault.CodeOf(err))
}
