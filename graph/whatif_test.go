package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/commission"
	"tributary/models"
)

// draft asks about the first month of the scene.
func (s *served) draftPlan() commission.WhatIfInput {
	return commission.WhatIfInput{ProgramID: s.Program.ID, PeriodKey: "2026-01", Plan: commission.PlanSpec{EffectiveFrom: s.Clock.Now(), MaxTotal: "20%",
		Rules: []commission.RuleSpec{{ID: "sales", RewardSpec: commission.RewardSpec{Percent: "20%"}}}}}
}

func (s *served) askWhatIf() models.WhatIfRun {
	s.T.Helper()
	var run models.WhatIfRun
	s.Do(func(tx *models.Tx) (err error) {
		run, err = s.Commission.RequestWhatIf(tx, s.Owner, s.draftPlan())
		return err
	})
	return run
}

func (s *served) answerWhatIf() models.WhatIfRun {
	s.T.Helper()
	run, err := s.Commission.WhatIfNow(s.T.Context(), s.Owner, s.draftPlan(), nil)
	require.NoError(s.T, err)
	return run
}

const askWhatIf = `query($id: ID!) { whatIf(id: $id) { state error startedAt finishedAt conversionsDone conversionsTotal conversions unpriced settled
	problems { conversionId ruleId detail } actual { amount } draft { amount currencyCode }
	levels { level actual { amount } draft { amount } actualLines draftLines } rules { ruleId actual { amount } draft { amount } }
	settlements { kind actual { amount } draft { amount } actualLines draftLines }
	winners: partners(first: 1) { nodes { enrollment { externalId } actual { amount } draft { amount } difference { amount } } pageInfo { hasNextPage endCursor } }
	losers: partners(order: LOSERS_FIRST, first: 1) { nodes { enrollment { externalId } difference { amount } } } } }`

func TestAWhatIfIsStartedAndRead(t *testing.T) {
	s := serve(t)
	ann := s.Enroll("ann", models.ID{})
	s.Enroll("ben", ann.ID)
	s.Sell("ben", "100.00")
	s.Accrue()
	const file = `
program: {slug: main, name: Main, currency: GBP, time_zone: UTC, domains: [acme.example]}
plan: {effective_from: 2026-01-01T00:00:00Z, max_total: 15%, rules: [{id: vip, when: 'order.gross > money("500.00")', percent: 15%}, {id: all, percent: 11%}]}
`
	start := func(changes map[string]any) answer {
		return s.must(s.key, `mutation($in: StartWhatIfInput!) { startWhatIf(input: $in) { whatIf { id state } userErrors { field code message } } }`,
			variables(map[string]any{"programId": s.main(), "planFile": file, "from": "2026-01-01T00:00:00Z", "to": "2026-01-06T00:00:00Z"}, "k", changes))
	}
	for note, c := range map[string]struct {
		changes map[string]any
		field   []any
		code    string
	}{
		"two spans":   {map[string]any{"periodKey": "2026-01"}, []any{"from"}, "WHATIF_SPAN_INVALID"},
		"a bad plan":  {map[string]any{"planFile": "plan: ["}, []any{"planFile"}, "PLAN_FILE_MALFORMED"},
		"a bad bound": {map[string]any{"planFile": fileBoundBy("1%")}, []any{"planFile", "plan", "rules", "0"}, "PLAN_ABOVE_BOUND"},
	} {
		refused := start(c.changes)
		require.Equal(t, c.code, refused.at(t, "startWhatIf", "userErrors", 0, "code"), note)
		require.Equal(t, c.field, refused.at(t, "startWhatIf", "userErrors", 0, "field"), note)
	}
	id := start(nil).at(t, "startWhatIf", "whatIf", "id")
	before := s.must(s.key, askWhatIf, map[string]any{"id": id})
	require.Equal(t, "QUEUED", before.at(t, "whatIf", "state"))
	require.Nil(t, before.at(t, "whatIf", "actual"))
	require.Empty(t, before.at(t, "whatIf", "winners", "nodes"))

	var run models.WhatIfRun
	require.NoError(t, s.DB.Read(t.Context()).Take(&run).Error)
	require.NoError(t, s.Commission.RunWhatIf(t.Context(), run.ID))
	done := s.must(s.key, askWhatIf, map[string]any{"id": id})
	require.Equal(t, "DONE", done.at(t, "whatIf", "state"))
	require.Equal(t, []any{"12.00", "11.00", "GBP"}, []any{done.at(t, "whatIf", "actual", "amount"), done.at(t, "whatIf", "draft", "amount"), done.at(t, "whatIf", "draft", "currencyCode")})
	require.Equal(t, "2.00", done.at(t, "whatIf", "levels", 1, "actual", "amount"))
	require.Equal(t, []any{"all", "sales"}, []any{done.at(t, "whatIf", "rules", 0, "ruleId"), done.at(t, "whatIf", "rules", 1, "ruleId")})
	require.Equal(t, []any{"ben", "1.00", true}, []any{done.at(t, "whatIf", "winners", "nodes", 0, "enrollment", "externalId"),
		done.at(t, "whatIf", "winners", "nodes", 0, "difference", "amount"), done.at(t, "whatIf", "winners", "pageInfo", "hasNextPage")})
	require.Equal(t, []any{"ann", "-2.00"}, []any{done.at(t, "whatIf", "losers", "nodes", 0, "enrollment", "externalId"), done.at(t, "whatIf", "losers", "nodes", 0, "difference", "amount")})
	require.Equal(t, false, done.at(t, "whatIf", "settled"))
	require.Equal(t, "NOT_FOUND", s.ask(s.key, askWhatIf, map[string]any{"id": "nonsense"}).code())
}

// fileBoundBy is a plan file with a bound.
func fileBoundBy(bound string) string {
	return "program: {slug: main, name: Main, currency: GBP, time_zone: UTC, domains: [acme.example]}\n" +
		"plan: {effective_from: 2026-01-01T00:00:00Z, max_total: " + bound + ", rules: [{id: all, percent: 11%}]}\n"
}
