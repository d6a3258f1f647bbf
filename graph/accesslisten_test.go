package graph_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"tributary/models"
)

// listening is how a subscription is tried.
type listening struct {
	given   map[string]any
	selects string
	// happens makes what is to be heard, of each partner that hears of its own, and gives what is told of ben's. Nil where
	// those who come are told at once how things stand.
	happens func() string
	tells   string // of ben's, at once
}

// listenings are the subscriptions; of one that gives an object of several types, each of them.
func (s *served) listenings(ids map[string]string) map[string]listening {
	sell := func() string {
		sale := s.Sell("ben", "1.00")
		s.Sell("top", "1.00")
		s.Sell("eve", "1.00")
		return `"externalId":"` + sale + `"`
	}
	job := func(noun string) listening {
		return listening{given: map[string]any{"id": ids[noun]}, selects: "{ ... on " + noun + " { id } }", tells: ids[noun]}
	}
	return map[string]listening{
		"conversionRecorded":  {given: map[string]any{"programId": ids["Program"]}, selects: "{ externalId enrollment { id } }", happens: sell},
		"payoutBatchProgress": {given: map[string]any{"batchId": ids["PayoutBatch"]}, selects: "{ payoutBatch { id } }", tells: ids["PayoutBatch"]},
		"jobProgress WhatIf":  job("WhatIf"),
		"jobProgress Export":  job("Export"),
	}
}

// heard are the rows of a subscription with the rule of each: its own, or where that leaves it to what is asked for, that
// of each type of object it may give.
func heard(field *ast.FieldDefinition) map[string]rule {
	r, _ := ruleOf(field.Directives)
	given := schema().Types[field.Type.Name()]
	if !r.isBare() || !given.IsAbstractType() {
		return map[string]rule{field.Name: r}
	}
	rows := map[string]rule{}
	for _, noun := range schema().GetPossibleTypes(given) {
		rows[field.Name+" "+noun.Name], _ = ruleOf(noun.Directives)
	}
	return rows
}

// whoListens tries every subscription as every caller.
func whoListens(t *testing.T, g *grid) {
	s := serve(t)
	ben, eve := s.Enroll("ben", models.ID{}), s.Enroll("eve", models.ID{})
	s.partnerToken(ben, "ben@partners.example")
	s.partnerToken(eve, "eve@partners.example")
	rival := s.hire()
	ids := s.everythingShown(ben, "ben")
	s.partnerToken(s.enrolled("top"), "top@partners.example")
	askers := s.askers("ben@partners.example", "top@partners.example", "eve@partners.example", rival)
	listenings := s.listenings(ids)
	for _, field := range schema().Subscription.Fields {
		for row, r := range heard(field) {
			l, known := listenings[row]
			require.True(t, known, "subscription %s has no entry in listenings()", row)
			delete(listenings, row)
			var cells []string
			for _, a := range askers {
				cell := s.listen(t, a, field, l, ids)
				r.agree(t, row, a, cell)
				cells = append(cells, cell)
			}
			g.put("Subscription."+row, askers, cells)
		}
	}
	require.Empty(t, listenings, "these are no subscriptions any more")
}

// listen subscribes and tells what came of it. Until something happens that is to be heard, nothing changes.
func (s *served) listen(t *testing.T, a asker, field *ast.FieldDefinition, l listening, ids map[string]string) string {
	t.Helper()
	var declared, passed []string
	for _, argument := range field.Arguments {
		require.Contains(t, l.given, argument.Name, "subscription %s has no value for an argument in listenings()", field.Name)
		declared = append(declared, "$"+argument.Name+": "+argument.Type.String())
		passed = append(passed, argument.Name+": $"+argument.Name)
	}
	query := "subscription(" + strings.Join(declared, ", ") + ") { it: " + field.Name + "(" + strings.Join(passed, ", ") + ") " + l.selects + " }"
	before := s.dump()
	e := s.openStream(http.MethodPost, a.credential, query, l.given)
	defer s.listens(0)
	defer e.response.Body.Close()
	first := make(chan string, 1)
	go func() {
		if e.response.StatusCode != http.StatusOK {
			text, _ := e.lines.ReadString('\n')
			first <- text
			return
		}
		_, data := e.hear()
		first <- data
	}()
	tells := l.tells
	if l.happens != nil {
		require.Eventually(t, func() bool { return len(first) > 0 || s.Streams.Listening() == 1 }, soon, time.Millisecond)
		if len(first) == 0 {
			require.Empty(t, differences(before, s.dump()), "%s only listened to %s", a.name, field.Name)
			tells = l.happens()
			before = s.dump()
		}
	}
	told := answer{text: <-first}
	require.NoError(t, json.Unmarshal([]byte(told.text), &told), "%s, %s: %q", field.Name, a.name, told.text)
	require.Empty(t, differences(before, s.dump()), "%s only listened to %s", a.name, field.Name)
	if refused := told.refusal(); refused != "" {
		return refused
	}
	require.NotNil(t, told.Data["it"], told.text)
	if !a.outside {
		require.Contains(t, told.text, tells, "%s, %s", field.Name, a.name)
		return cellYes
	}
	for noun, id := range ids {
		if !slices.Contains(shared, noun) || a.name == "other merchant" {
			require.NotContains(t, told.text, id, "%s hears of what is not its own by %s", a.name, field.Name)
		}
	}
	return cellOwn
}
